// A text's tokens and their logits -> entities, as pipeline("ner", aggregation_strategy=..., stride=...) finds them.

import {labelsOf, softmax} from "./decision.js";
import {characters, stripped} from "./record_text.js";

const OUTSIDE = "O";

const best = scores => scores.reduce((most, score, place) => (score > scores[most] ? place : most), 0);
const highest = scores => scores[best(scores)];

// From the scores of a word's pieces to those of the word.
const STRATEGIES = {
  simple: rows => rows[0], // the one piece of such a word
  first: rows => rows[0],
  average: rows => rows[0].map((_, tag) => rows.reduce((sum, row) => sum + row[tag], 0) / rows.length),
  max: rows => rows[best(rows.map(highest))],
};

const kindOf = tag => (/^[BI]-/.test(tag) ? tag.slice(2) : tag);

/** Finds entities by the aggregation strategy of a model's config.json. */
export class Tagger {
  constructor(config, {unknown, marksPieces}) {
    this.tags = labelsOf(config);
    this.kinds = [...new Set(this.tags.map(kindOf))].filter(kind => kind !== OUTSIDE);
    this.strategy = config.decision.aggregation_strategy;
    this.unknown = unknown;
    this.marksPieces = marksPieces;
  }

  /**
   * {entity_group, score, word, start, end} of each entity, in the order of the text; places count characters.
   *
   * *windows* are those of the text, *logits* has for each of them a row of logits for each token.
   */
  entities(text, windows, logits) {
    const letters = characters(text);
    const found = windows.flatMap((window, number) => grouped(this.#words(letters, window, logits[number])));
    const named = found.filter(entity => entity.entity_group !== OUTSIDE);
    return (windows.length > 1 ? withoutOverlaps(named) : named).map(entity => asIn(letters, entity));
  }

  #words(letters, {places, tokens}, logits) {
    const words = [];
    let group = [];
    const close = () => {
      if (group.length) words.push(this.#word(places, logits, group));
    };
    places.forEach((piece, place) => {
      if (piece === null) return;
      if (group.length && !this.#continues(letters, piece, tokens[place])) {
        close();
        group = [];
      }
      group.push(place);
    });
    close();
    return words;
  }

  /** Whether a piece belongs to the word of the piece before it; with "simple" each is a word of its own. */
  #continues(letters, piece, token) {
    if (this.strategy === "simple" || piece.id === this.unknown) return false;
    if (this.marksPieces) return characters(token).length !== piece.end - piece.start;
    return piece.start > 0 && !letters.slice(piece.start - 1, piece.start + 1).includes(" ");
  }

  #word(places, logits, group) {
    const scores = STRATEGIES[this.strategy](group.map(place => Array.from(softmax(logits[place]))));
    const tag = best(scores);
    return {tag: this.tags[tag], score: scores[tag], start: places[group[0]].start, end: places[group.at(-1)].end};
  }
}

/** Neighbours of the same kind as one, O included; a B- begins anew. */
function grouped(words) {
  const groups = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (last && kindOf(word.tag) === kindOf(last.at(-1).tag) && !word.tag.startsWith("B-")) last.push(word);
    else groups.push([word]);
  }
  return groups.map(group => ({
    entity_group: kindOf(group[0].tag),
    score: group.reduce((sum, word) => sum + word.score, 0) / group.length,
    start: group[0].start,
    end: group.at(-1).end,
  }));
}

/** The entities of several windows: of two that overlap the longer one, of equally long ones the surer. */
function withoutOverlaps(entities) {
  const kept = [];
  for (const entity of [...entities].sort((one, other) => one.start - other.start)) {
    const last = kept.at(-1);
    if (!last || !(last.start <= entity.start && entity.start < last.end)) kept.push(entity);
    else if (outweighs(entity, last)) kept[kept.length - 1] = entity;
  }
  return kept;
}

function outweighs(one, other) {
  const [size, there] = [one.end - one.start, other.end - other.start];
  return size > there || (size === there && one.score > other.score);
}

/** With the characters named; white space at the borders, which SentencePiece counts to a word, is left out. */
function asIn(letters, {entity_group, score, start, end}) {
  const covered = letters.slice(start, end);
  const first = covered.findIndex(letter => stripped(letter) !== "");
  const word = stripped(covered.join(""));
  const from = start + (first < 0 ? covered.length : first);
  return {entity_group, score, word, start: from, end: from + characters(word).length};
}
