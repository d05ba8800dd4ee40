// Texts -> the tokens that a model reads, cut where Python cuts them, and where each stands in its text.
//
// Transformers.js's tokenizer knows the tokens; it cuts after special tokens are added, and tells no places.

import {characters} from "./record_text.js";

const NO_LENGTH = 1_000_000; // transformers writes 1e30 where a tokenizer has no length
const LONGEST_STRIDE = 128;

/** The most tokens that a model reads at once; null where nothing says it. */
export function maxLength(tokenizerConfig, config) {
  const length = tokenizerConfig.model_max_length || NO_LENGTH;
  return length < NO_LENGTH ? Math.trunc(length) : (config.max_position_embeddings ?? null);
}

/** What a model reads of texts; *tokenizer* is Transformers.js's. */
export class Encoder {
  constructor(tokenizer, length) {
    this.inner = tokenizer._tokenizer;
    this.length = length;
    this.unknown = this.inner.model.unk_token_id;
    this.marksPieces = Boolean(this.inner.model.config?.continuing_subword_prefix);
  }

  /** The first window of one text, or two texts together; *cut* says whether more was there. */
  encode(texts) {
    const pieces = texts.map(text => this.inner.encode_text(text));
    const room = this.#room(texts.length);
    if (texts.length === 1) {
      const read = pieces[0].slice(0, room);
      return {...this.#joined([read]), cut: pieces[0].length > read.length};
    }
    const lengths = longestFirst(pieces[0].length, pieces[1].length, room);
    const read = pieces.map((one, place) => one.slice(0, lengths[place]));
    return {...this.#joined(read), cut: read.some((one, place) => one.length < pieces[place].length)};
  }

  /** The windows of a text, which overlap, each with the places of its pieces; null is the place of a special token. */
  windows(text) {
    const pieces = this.#placed(text);
    const processor = this.inner.tokenizer.post_processor;
    const room = this.#room(1);
    const step = room - Math.min(Math.trunc(room / 3), LONGEST_STRIDE);
    const found = [];
    for (let start = 0; start === 0 || found.at(-1).end < pieces.length; start += step) {
      const part = pieces.slice(start, start + room).map((piece, place) => ({...piece, ...trimmed(piece, processor, place === 0)}));
      const joined = this.#joined([part.map(piece => piece.token)]);
      const before = this.#before();
      const places = joined.tokens.map((_, place) => part[place - before] ?? null);
      found.push({...joined, places, end: Math.min(start + room, pieces.length)});
    }
    return found;
  }

  #room(texts) {
    if (this.length === null) return Infinity;
    const nothing = texts === 2 ? [[], []] : [[], null];
    return this.length - (this.inner.post_processor?.(...nothing, true).tokens.length ?? 0);
  }

  #before() {
    const mark = "\u0000";
    return this.inner.post_processor?.([mark], null, true).tokens.indexOf(mark) ?? 0;
  }

  #joined(pieces) {
    const {tokens, token_type_ids: given} = this.inner.post_processor
      ? this.inner.post_processor(pieces[0], pieces[1] ?? null, true)
      : {tokens: pieces.flat()};
    // RoBERTa has one type for both texts of a pair, which Transformers.js numbers.
    const isRoberta = processorsOf(this.inner.tokenizer.post_processor).some(one => one.type === "RobertaProcessing");
    const types = given && !isRoberta ? given : tokens.map(() => 0);
    return {tokens, ids: tokens.map(token => this.#id(token)), types};
  }

  #id(token) {
    return this.inner.added_tokens_map.get(token)?.id ?? this.inner.model.tokens_to_ids.get(token) ?? this.unknown;
  }

  /** The pieces of a text, each with the characters from start to end that it stands for. */
  #placed(text) {
    const {inner} = this;
    const found = [];
    let reached = 0;
    inner.splitter_unnormalized.split(text).forEach((section, number) => {
      const start = text.indexOf(section, reached);
      reached = start + section.length;
      const first = characters(text.slice(0, start)).length;
      if (inner.added_tokens_map.has(section)) {
        found.push({token: section, start: first, end: first + characters(section).length});
      } else {
        found.push(...this.#ofSection(section, number, first));
      }
    });
    const expected = inner.encode_text(text);
    const same = expected.length === found.length && expected.every((token, place) => token === found[place].token);
    if (!same) throw new Error("this tokenizer's pieces cannot be found in the text.");
    return found.map(piece => ({...piece, id: this.#id(piece.token)}));
  }

  #ofSection(section, number, first) {
    const {inner} = this;
    const {text, origin} = normalised(section, inner.normalizer);
    if (inner.splitter_normalized.split(text).some(part => inner.added_tokens_map.has(part))) {
      throw new Error("this text holds a word that the tokenizer keeps whole in a form of its own.");
    }
    const words = inner.pre_tokenizer ? inner.pre_tokenizer(text, {section_index: number}) : [text];
    const units = unitsOf(characters(text), inner);
    const found = [];
    let reached = 0;
    for (const word of words) {
      const size = units.size(word);
      reached = units.find(word, reached);
      let place = reached;
      const pieces = inner.model([word]);
      for (const token of pieces) {
        const isWhole = pieces.length === 1;
        const end = isWhole ? reached + size : place + units.size(units.bare(token));
        if (end > reached + size) throw new Error("a piece of this tokenizer is longer than its word.");
        const [start, stop] = units.span(place, end, origin).map(one => first + one);
        found.push({token, start, end: stop});
        place = end;
      }
      if (place !== reached + size) throw new Error("the pieces of this tokenizer do not add up to their word.");
      reached = place;
    }
    return found;
  }
}

/** How many tokens of two texts are read: the longer one is cut first, as tokenizers (Rust) does it. */
export function longestFirst(one, other, room) {
  const [short, long] = one <= other ? [one, other] : [other, one];
  let kept = [short, short > room ? short : Math.max(short, room - short)];
  if (short + long <= room) kept = [short, long];
  else if (kept[0] + kept[1] > room) kept = [Math.trunc(room / 2), Math.trunc(room / 2) + (room % 2)];
  return one <= other ? kept : kept.reverse();
}

/** A text as the tokenizer's normalizer makes it, and for each character there from where to where it was made of. */
export function normalised(text, normalizer) {
  const given = characters(text);
  const same = given.map((_, place) => [place, place + 1]);
  if (!normalizer) return {text, origin: same};
  const whole = normalizer(text);
  for (const parts of [same, clusters(text)]) {
    const made = parts.map(([start, end]) => characters(normalizer(given.slice(start, end).join(""))));
    if (made.flat().join("") === whole) return {text: whole, origin: made.flatMap((one, at) => one.map(() => parts[at]))};
  }
  // What a character becomes may depend on those before it: then each is what it adds to them.
  const origin = [];
  for (let end = 1; end <= given.length; end++) {
    const length = characters(normalizer(given.slice(0, end).join(""))).length;
    while (origin.length < length) origin.push([end - 1, end]);
  }
  const length = characters(whole).length;
  if (origin.length < length) throw new Error("this tokenizer changes texts in a way that tells no places.");
  return {text: whole, origin: origin.slice(0, length)};
}

/** A letter with its accents, as places of characters. */
function clusters(text) {
  const found = [];
  characters(text).forEach((letter, place) => {
    if (found.length && /\p{M}/u.test(letter)) found.at(-1)[1] = place + 1;
    else found.push([place, place + 1]);
  });
  return found;
}

/** What words and pieces are counted in: characters, or bytes, with what stands for a space. */
function unitsOf(letters, inner) {
  const kinds = [inner.pre_tokenizer, ...(inner.pre_tokenizer?.tokenizers ?? [])].filter(Boolean);
  const bytes = kinds.find(kind => kind.byte_encoder);
  const space = kinds.find(kind => kind.str_rep);
  if (bytes) return new Bytes(letters, bytes);
  return new Letters(letters, space?.str_rep, inner.model.config?.continuing_subword_prefix);
}

class Letters {
  constructor(letters, space, prefix) {
    this.letters = space ? letters.map(letter => (letter === " " ? space : letter)) : letters;
    this.space = space;
    this.prefix = prefix ?? "";
  }

  size(word) {
    return characters(word).length;
  }

  bare(token) {
    return this.prefix && token.startsWith(this.prefix) ? token.slice(this.prefix.length) : token;
  }

  /** Where a word begins: -1 where a space was put before the text. */
  find(word, from) {
    const letters = characters(word);
    for (let start = from; start + letters.length <= this.letters.length; start++) {
      if (letters.every((letter, place) => letter === this.letters[start + place])) return start;
    }
    if (this.space && from === 0 && letters[0] === this.space) return -1;
    throw new Error("a word of this tokenizer cannot be found in the text.");
  }

  span(start, end, origin) {
    // The space that was put before the text stands where its first letter does.
    return [origin[Math.max(start, 0)][0], origin[Math.max(end - 1, 0)][1]];
  }
}

class Bytes {
  constructor(letters, kind) {
    const added = kind.add_prefix_space && letters[0] !== " " ? [" "] : [];
    this.places = [];
    const coder = new TextEncoder();
    this.bytes = [...added, ...letters].flatMap((letter, place) => {
      const coded = Array.from(coder.encode(letter), byte => kind.byte_encoder[byte]);
      this.places.push(...coded.map(() => place - added.length));
      return coded;
    });
  }

  size(word) {
    return characters(word).length;
  }

  bare(token) {
    return token;
  }

  find(word, from) {
    const letters = characters(word);
    if (!letters.every((letter, place) => letter === this.bytes[from + place])) {
      throw new Error("a word of this tokenizer cannot be found in the text.");
    }
    return from;
  }

  span(start, end, origin) {
    return [origin[Math.max(this.places[start], 0)][0], origin[Math.max(this.places[end - 1], 0)][1]];
  }
}

const processorsOf = processor => [processor, ...(processor?.processors ?? [])].filter(Boolean);

/** The place of a piece of bytes without the spaces at its ends, as tokenizers (Rust) trims it. */
function trimmed({token, start, end}, processor, isFirst) {
  const trims = processorsOf(processor).filter(one => ["ByteLevel", "RobertaProcessing"].includes(one.type));
  for (const {add_prefix_space: prefix = true} of trims.filter(one => one.trim_offsets !== false)) {
    const [before, after] = [/^Ġ*/, /Ġ*$/].map(spaces => spaces.exec(token)[0].length);
    if (before) start = Math.min(start + before - ((isFirst || start === 0) && prefix ? 1 : 0), end);
    if (after && end >= after) end = Math.max(end - after, start);
  }
  return {start, end};
}
