// From a record to the texts that a model reads: record_text.py of the model's repository, in JavaScript.
//
// The templates themselves were read by Jinja when this Space was built; here stands what they do, as JSON.

/** Something is wrong with what a user gave; its message is one sentence for them to read. */
export class Problem extends Error {}

// White space as Python knows it, which JavaScript's \s is not quite.
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, "gu");

/** A text without white space at its ends, as Python's strip leaves it. */
export const stripped = text => text.replace(ENDS, "");

/** The characters of a text as Python counts them. */
export const characters = text => Array.from(text);

/** The word by which a template may name a column: "Review Text" is review_text, "2nd" is _2nd. */
export function shortName(column) {
  const words = column.normalize("NFKC").replace(/[^\p{XID_Continue}]/gu, " ").split(" ").filter(Boolean);
  const name = words.join("_").replace(/^_+|_+$/gu, "").toLowerCase();
  return !name || /^[\p{XID_Start}_]/u.test(name) ? name : `_${name}`;
}

/** Which of the columns a template means by a field; undefined where there is none. Throws a Problem for several. */
export function columnOf(field, columns) {
  if (columns.includes(field)) return field;
  const wanted = field.normalize("NFC");
  const found = columns.filter(name => name.normalize("NFC") === wanted || shortName(name) === wanted);
  if (found.length > 1) {
    throw new Problem(`The columns cannot be told apart: “${field}” is short for “${found[0]}” and for “${found[1]}”.`);
  }
  return found[0];
}

/**
 * The texts to answer: one, or both of a pair. Throws a Problem where there is nothing to read, since scores of nothing
 * would look like an answer, and for a field that the model does not know, since a misspelt one would go unnoticed.
 */
export function inputTexts(reads, given) {
  const pair = reads.templates.length > 1;
  if (typeof given === "string") {
    if (pair) throw new Problem("The input cannot be read: it is one text, and this model reads two.");
    return [filledText(given)];
  }
  const names = Object.keys(given);
  const texts = ["text", "text_pair"];
  if (pair && names.length === 2 && texts.every(name => names.includes(name) && !reads.fields.includes(name))) {
    return texts.map(name => value(name, given[name])).map(ofPair);
  }
  const columns = new Map(reads.fields.map(field => [field, columnOf(field, names)]));
  const known = new Set(columns.values());
  const unknown = names.find(name => !known.has(name));
  if (unknown !== undefined) {
    const asked = reads.fields.join(", ");
    throw new Problem(`The input cannot be read: the record has an unknown field “${unknown}”. This model reads ${asked}.`);
  }
  const whole = new Map();
  for (const [field, column] of columns) whole.set(field, column === undefined ? "" : value(field, given[column]));
  if (![...whole.values()].some(stripped)) {
    const asked = reads.fields.join(", ");
    throw new Problem(`The input cannot be read: the record is empty. Fill at least one of ${asked}.`);
  }
  const rendered = reads.templates.map(template => rendering(template, whole));
  return pair ? rendered.map(ofPair) : rendered.map(filledText);
}

function value(name, given) {
  if (given === null || given === undefined) return "";
  if (typeof given === "string") return given;
  // JavaScript cannot tell 3.0 from 3, and what Python would print of either is not what it would print here.
  throw new Problem(`The input cannot be read: the field “${name}” is no text. Put it in quotation marks.`);
}

function filledText(text) {
  if (!stripped(text)) throw new Problem("The input cannot be read: the text is empty: there is nothing to classify.");
  return wellFormed(text);
}

function ofPair(text, place) {
  if (!stripped(text)) {
    const which = place ? "second" : "first";
    throw new Problem(`The input cannot be read: the ${which} text of the pair is empty: there are not two to read.`);
  }
  return wellFormed(text);
}

/** The text itself. Throws a Problem for half a surrogate pair, which is no character. */
export function wellFormed(text) {
  if (/\p{Surrogate}/u.test(text)) {
    throw new Problem("The input cannot be read: the text holds half a surrogate pair, which is no character. Decode it anew.");
  }
  return text;
}

/** What a template makes of a record's fields (a Map): "" where all of those that it reads are empty. */
export function rendering(template, fields) {
  const own = template.fields.map(field => fields.get(field));
  if (own.length && !own.some(stripped)) return "";
  return stripped(statements(template.body, fields));
}

const statements = (body, fields) => body.map(node => printed(evaluated(node, fields))).join("");

function printed(value) {
  return value === true ? "True" : value === false ? "False" : value === null ? "None" : String(value);
}

const truth = value => value !== "" && value !== 0 && value !== false && value !== null;

const FILTERS = {
  trim: stripped,
  lower: text => text.toLowerCase(),
  upper: text => text.toUpperCase(),
  length: text => characters(text).length,
  string: printed,
};

const COMPARISONS = {
  eq: (one, other) => one === other,
  ne: (one, other) => one !== other,
  lt: (one, other) => one < other,
  lteq: (one, other) => one <= other,
  gt: (one, other) => one > other,
  gteq: (one, other) => one >= other,
};

const OPERATIONS = {
  text: ([, text]) => text,
  field: ([, name], fields) => fields.get(name),
  concat: ([, ...parts], fields) => parts.map(part => printed(evaluated(part, fields))).join(""),
  replace: ([, before, after, of], fields) => printed(evaluated(of, fields)).replaceAll(before, () => after),
  filter: ([, name, of], fields) => FILTERS[name](evaluated(of, fields)),
  slice: ([, start, stop, of], fields) => characters(evaluated(of, fields)).slice(start ?? 0, stop ?? undefined).join(""),
  not: ([, of], fields) => !truth(evaluated(of, fields)),
  and: ([, one, other], fields) => both(one, other, fields, true),
  or: ([, one, other], fields) => both(one, other, fields, false),
  compare: ([, how, one, other], fields) => COMPARISONS[how](evaluated(one, fields), evaluated(other, fields)),
  choose: ([, test, then, otherwise], fields) => evaluated(truth(evaluated(test, fields)) ? then : otherwise, fields),
  body: ([, ...nodes], fields) => statements(nodes, fields),
};

const evaluated = (node, fields) => OPERATIONS[node[0]](node, fields);

function both(one, other, fields, needed) {
  const first = evaluated(one, fields);
  return truth(first) === needed ? evaluated(other, fields) : first;
}
