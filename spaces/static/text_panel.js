// The tab for one input: its boxes, the threshold and number of labels, the examples, and the answer.

import {Problem, stripped} from "./record_text.js";
import {answerView, entitiesView, make, numbersView, parentsView, problem, scoresView} from "./view.js";

const LONG = ["abstract", "text", "body", "description", "content", "summary"];
const TITLE = 60; // characters of an example without a title
const MOST_LABELS = 50; // of the slider
const BUTTONS = {"text-classification": "Classify", "text-regression": "Answer", "token-classification": "Find entities"};
const at = id => document.getElementById(id);

/** Fill the tab. */
export function textPanel(answers, settings) {
  const fields = answers.fields;
  const boxes = new Map(fields.map(name => [name, box(name, answers)]));
  const controls = answers.decision ? new Controls(answers, () => answer(true)) : null;
  const form = at("form");
  form.replaceChildren(
    ...[...boxes.values()].map(one => one.label),
    ...(controls?.labels ?? []),
    make("button", {type: "submit", class: "primary"}, BUTTONS[settings.task]),
  );
  let asked = 0; // answers may come in another order than they were asked for

  async function answer(isQuiet = false) {
    const values = new Map([...boxes].map(([name, {input}]) => [name, input.value]));
    if (isQuiet && ![...values.values()].some(stripped)) return;
    const number = ++asked;
    const mine = () => number === asked;
    at("answer").setAttribute("aria-busy", "true");
    try {
      if (![...values.values()].some(stripped)) throw new Problem("Write something first, or choose an example.");
      const given = answers.reads.plain && fields.length === 1 ? values.get(fields[0]) : Object.fromEntries(values);
      const options = controls?.options() ?? {};
      const found = await answers.answer(given, options);
      if (mine()) shown(found, answers, options);
    } catch (error) {
      if (!mine()) return;
      if (!(error instanceof Problem)) console.warn(error);
      at("answer").replaceChildren(problem(error instanceof Problem ? error.message : `There is no answer: ${error.message}`));
      at("scores").replaceChildren();
    } finally {
      if (mine()) at("answer").removeAttribute("aria-busy");
    }
    if (mine() && !isQuiet) at("answer").scrollIntoView({block: "nearest"});
  }

  form.addEventListener("submit", event => {
    event.preventDefault();
    answer();
  });
  examples(settings, answers, values => {
    values.forEach((value, place) => (boxes.get(fields[place]).input.value = value));
    controls?.reset();
    answer();
  });
}

function shown(found, answers, options) {
  if (found.entities) {
    const {words, more} = entitiesView(found, answers.tagger.kinds);
    at("answer").replaceChildren(words);
    at("scores").replaceChildren(...more.filter(Boolean));
    return;
  }
  if (!answers.decision) {
    at("answer").replaceChildren(numbersView(found, answers));
    at("scores").replaceChildren();
    return;
  }
  const [limit] = answers.decision.limits(options);
  at("answer").replaceChildren(answerView(found, answers.decision, limit, answers.model.maxLength));
  const above = found.parents ? parentsView(found, answers.decision) : [];
  at("scores").replaceChildren(scoresView(found, answers.decision, limit), ...above);
}

function box(name, answers) {
  // A name that is no word is a column's as people wrote it.
  const isWord = /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name);
  const words = isWord ? name.replaceAll("_", " ").trim() : name;
  const isText = answers.fields.length === 1 && answers.reads.plain;
  const title = isText ? "Text" : isWord && words ? words[0].toUpperCase() + words.slice(1).toLowerCase() : name;
  const isLong = isText || LONG.includes(name.toLowerCase());
  const input = isLong ? make("textarea", {rows: 4}) : make("input", {type: "text"});
  input.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) input.form.requestSubmit();
  });
  return {input, label: make("label", {}, title, " ", input)};
}

/** Threshold and number of labels, where the model's decision has them. */
class Controls {
  constructor({decision}, changed) {
    const {threshold, topK, labels} = decision;
    this.threshold = threshold;
    this.labels = [];
    const listen = (input, before = () => {}) => input.addEventListener("input", () => (before(), changed()));
    if (threshold !== null) {
      const several = Array.isArray(threshold);
      const words = several ? "The model's own thresholds, one for each label"
        : `The model's own threshold, ${Number(threshold.toPrecision(4))}`;
      this.own = make("input", {type: "checkbox", checked: true});
      this.slider = slider(0.01, 0.99, 0.01, several ? middle(threshold) : threshold);
      listen(this.own);
      // A threshold that somebody sets replaces the model's own.
      listen(this.slider.input, () => (this.own.checked = false));
      this.labels.push(make("label", {class: "beside"}, this.own, words), this.slider.label("Threshold"));
    }
    if (topK !== null && !(topK === 1 && threshold === null)) {
      this.topK = topK;
      this.number = slider(1, Math.max(topK, Math.min(MOST_LABELS, labels.length)), 1, topK);
      listen(this.number.input);
      this.labels.push(this.number.label("Number of labels"));
    }
  }

  /** The options that replace the model's own; none, where the controls say the same as the model. */
  options() {
    const topK = this.number ? Number(this.number.input.value) : null;
    const isOwn = !this.own || this.own.checked;
    if (isOwn && topK === (this.topK ?? null)) return {};
    return {threshold: this.own ? (isOwn ? this.threshold : Number(this.slider.input.value)) : null, topK};
  }

  reset() {
    if (this.own) this.own.checked = true;
    this.slider?.reset();
    this.number?.reset();
  }
}

const middle = values => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];

function slider(least, most, step, value) {
  const input = make("input", {type: "range", min: least, max: most, step, value: Math.min(Math.max(value, least), most)});
  const told = make("span"); // an output would take the label for itself
  const tell = () => (told.textContent = input.value);
  input.addEventListener("input", tell);
  tell();
  return {
    input,
    label: words => make("label", {}, make("span", {}, words, ": ", told), input),
    reset() {
      input.value = input.defaultValue;
      tell();
    },
  };
}

function examples(settings, answers, choose) {
  const filled = settings.examples.map(example => [example, valuesOf(example, answers)]).filter(([, values]) => values);
  at("examples").hidden = !filled.length;
  at("examples").append(...filled.map(([example, values]) => {
    const title = example.example_title || shortened(values[0]);
    const button = make("button", {type: "button"}, title);
    button.addEventListener("click", () => choose(values));
    return button;
  }));
}

/** What an example puts into the boxes; null where a text does not tell the record that it was made of. */
function valuesOf(example, answers) {
  if (example.record) return answers.fields.map(name => example.record[name] ?? "");
  return answers.reads.plain ? answers.texts.map(name => example[name]) : null;
}

const shortened = text => (text.length <= TITLE ? text : `${text.slice(0, TITLE - 1).trimEnd()}…`);
