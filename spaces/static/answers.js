// One input -> its answer, as the endpoints of a Gradio Space give it.

import {Decision, labelsOf} from "./decision.js";
import {Problem, characters, inputTexts, stripped, wellFormed} from "./record_text.js";
import {Tagger} from "./tagger.js";

const SHOWN = 10; // so many labels are listed with their scores, as on the model's card
const REMEMBERED = 64;

/** What answers for the model of a Space: by the task of its settings. */
export function answersOf(model, settings, page) {
  return new {
    "text-classification": Labels,
    "text-regression": Numbers,
    "token-classification": Entities,
  }[settings.task](model, settings, page);
}

class Answers {
  repeatsInput = true;

  constructor(model, settings, {reads}) {
    this.model = model;
    this.limits = settings.limits;
    this.reads = reads;
    this.fields = reads.fields;
    this.texts = reads.templates.length > 1 ? ["text", "text_pair"] : ["text"];
    this.remembered = new Map();
  }

  /** What the model reads of a text or a record. Throws a Problem for what cannot be read. */
  read(given) {
    if (typeof given !== "string") Object.entries(given).forEach(([name, one]) => this.within(one, `The field “${name}”`));
    else this.within(given);
    return inputTexts(this.reads, given).map(text => this.within(text));
  }

  within(text, what = "The text") {
    const length = typeof text === "string" ? characters(text).length : 0;
    if (length > this.limits.characters) {
      throw new Problem(`${what} has ${count(length)} characters; the limit is ${count(this.limits.characters)}.`);
    }
    return text;
  }

  /** The logits of texts, and whether they were longer than the model reads. The last ones are remembered. */
  async outputs(texts) {
    const key = JSON.stringify(texts);
    if (!this.remembered.has(key)) {
      const encoded = this.model.encoder.encode(texts);
      const [logits] = await this.model.logits(encoded);
      this.remembered.set(key, {logits, cut: encoded.cut});
      if (this.remembered.size > REMEMBERED) this.remembered.delete(this.remembered.keys().next().value);
    }
    return this.remembered.get(key);
  }

  named(texts, cut) {
    return {...Object.fromEntries(this.texts.map((name, place) => [name, texts[place]])), cut};
  }

  /** The lines of a file's results for one input; what cannot be read has its reason as a note. */
  async lines(given) {
    try {
      const found = await this.answer(given);
      return [[...this.cells(found), found.cut ? `only the first ${this.model.maxLength} tokens were read` : ""]];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return [[...this.columns.slice(1).map(() => ""), error.message]];
    }
  }
}

class Labels extends Answers {
  constructor(...given) {
    super(...given);
    this.decision = new Decision(this.model.config);
    const {labels, parents, positive, topK} = this.decision;
    const one = positive !== null || topK === 1;
    const names = [...labels, ...[...parents.values()].flatMap(level => level.names)];
    const isHeld = mark => names.some(name => name.includes(mark.trim()));
    this.separator = ["; ", " | ", " ¦ "].find(mark => !isHeld(mark)) ?? "\n";
    const levels = [...parents.keys()].map(level => level || "parents");
    this.columns = [...(one ? ["label", "score"] : ["labels", "scores"]), ...levels, "note"];
  }

  async answer(given, options = {}) {
    const texts = this.read(given);
    const {logits, cut} = await this.outputs(texts);
    const scores = this.decision.scores(logits);
    const ids = Array.from(scores.keys()).sort((one, other) => scores[other] - scores[one] || one - other);
    const found = {
      answer: this.decision.decide(scores, options),
      scores: ids.slice(0, SHOWN).map(id => ({label: this.decision.labels[id], score: scores[id]})),
      ...this.named(texts, cut),
    };
    if (this.decision.parents.size) found.parents = this.decision.parentsOf(scores, options);
    return found;
  }

  cells({answer, parents = {}}) {
    const joined = values => values.join(this.separator);
    const above = [...this.decision.parents.keys()].map(level => joined(parents[level].map(entry => entry.label)));
    return [joined(answer.map(entry => entry.label)), joined(answer.map(entry => entry.score.toFixed(6))), ...above];
  }
}

class Numbers extends Answers {
  constructor(...given) {
    super(...given);
    this.labels = labelsOf(this.model.config);
    this.ranges = this.model.config.targets ?? {};
    this.columns = [...this.labels, "note"];
  }

  async answer(given) {
    const texts = this.read(given);
    const {logits, cut} = await this.outputs(texts);
    if (!logits.every(Number.isFinite)) {
      throw new Problem("The model answers with no number: it may not bear the precision that it runs in.");
    }
    const answer = this.labels.map((label, id) => ({label, score: logits[id]}));
    return {answer, scores: answer, ...this.named(texts, cut)};
  }

  cells({answer}) {
    return answer.map(entry => entry.score.toFixed(6));
  }
}

class Entities extends Answers {
  repeatsInput = false; // a text stands once in a file of inputs, and would stand here once for each entity
  columns = ["entity", "type", "score", "start", "end", "note"];

  constructor(...given) {
    super(...given);
    this.tagger = new Tagger(this.model.config, this.model.encoder);
  }

  read(given) {
    const text = typeof given === "string" ? given : (given.text ?? "");
    if (typeof text !== "string") throw new Problem("The input cannot be read: it is no text.");
    if (!stripped(this.within(text))) throw new Problem("The input cannot be read: the text is empty.");
    return wellFormed(text);
  }

  async answer(given) {
    const text = this.read(given);
    const windows = this.model.encoder.windows(text);
    const logits = [];
    for (const window of windows) logits.push(await this.model.logits(window));
    return {text, entities: this.tagger.entities(text, windows, logits)};
  }

  async lines(given) {
    try {
      const {entities} = await this.answer(given);
      return entities.length ? entities.map(entity => [...cellsOf(entity), ""]) : [["", "", "", "", "", "no entity"]];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return [["", "", "", "", "", error.message]];
    }
  }
}

/** An entity as cells of a table. */
export const cellsOf = ({word, entity_group, score, start, end}) => [word, entity_group, score.toFixed(6), start, end];

/** A number as people read it. */
export const count = number => number.toLocaleString("en-US");
