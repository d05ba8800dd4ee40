// From a model's logits to an answer: decision.py of the model's repository, in JavaScript.
//
// Everything is read from the model's config.json. A test holds the two files against each other.

export const NOT_CLASSIFIABLE = "not classifiable";

// Scores are numbers of 32 bits, as numpy's are: only then do they reach a threshold in the same cases.
const rounded = Math.fround;

export function sigmoid(logits) {
  return Float32Array.from(logits, logit => {
    const small = rounded(Math.exp(-Math.abs(logit)));
    return rounded((logit >= 0 ? 1 : small) / rounded(1 + small));
  });
}

export function softmax(logits) {
  const most = logits.reduce((one, other) => Math.max(one, other), -Infinity);
  const powers = Float32Array.from(logits, logit => Math.exp(rounded(logit - most)));
  const sum = powers.reduce((one, other) => one + other, 0);
  return powers.map(power => power / sum);
}

/** The names of a config's labels, in the order of their ids. */
export function labelsOf(config) {
  return Object.entries(config.id2label)
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, name]) => name);
}

/** How logits become an answer. Throws an Error for a config that contradicts itself. */
export class Decision {
  constructor(config) {
    const given = config.decision ?? {rule: "argmax"};
    const kind = config.problem_type;
    if (kind !== "single_label_classification" && kind !== "multi_label_classification") {
      throw new Error(`problem_type ${kind} is not one of a classifier.`);
    }
    const {rule, top_k: most = null, positive = null, abstain_below: below = null} = given;
    if (!["argmax", "top_k", "threshold"].includes(rule) || (rule !== "argmax" && (given[rule] ?? null) === null)) {
      throw new Error(`decision.rule ${rule} is not argmax, nor top_k or threshold with its value beside it.`);
    }
    this.labels = labelsOf(config);
    this.exclusive = kind === "single_label_classification";
    this.positive = positive;
    this.abstainBelow = below;
    this.threshold = this.#floor(given.threshold ?? null);
    this.topK = rule === "argmax" ? 1 : most;
    this.parents = levels(config.parents ?? {}, this.labels);
  }

  /** The scores of one text's logits. */
  scores(logits) {
    const scores = this.exclusive ? softmax(logits) : sigmoid(logits);
    if (scores.length !== this.labels.length) {
      throw new Error(`there are ${scores.length} scores for ${this.labels.length} labels.`);
    }
    if (scores.some(Number.isNaN)) {
      throw new Error("the model's scores hold NaN: it may not bear the precision that it was loaded in.");
    }
    return scores;
  }

  /** The threshold and the number of labels that hold: those given, or else the model's own. */
  limits({threshold = null, topK = null} = {}) {
    return threshold === null && topK === null ? [this.threshold, this.topK] : [this.#floor(threshold), topK];
  }

  /**
   * The answer to one text's scores: a list of {label, score}, best first, equal scores in the order of ids.
   *
   * With a positive label it is a list of one {label, score, positive, threshold}; where the best label scores too
   * little, of one {label: "not classifiable", score}.
   */
  decide(scores, options = {}) {
    return this.#decided(scores, options).answer;
  }

  /** The parents of the labels in the answer, by level: lists like that of decide. */
  parentsOf(scores, options = {}) {
    const {chosen} = this.#decided(scores, options);
    return Object.fromEntries(
      [...this.parents].map(([level, {names, parent}]) => {
        const joined = new Float32Array(names.length).fill(this.exclusive ? 0 : -Infinity);
        const listed = new Set();
        parent.forEach((above, id) => {
          if (above < 0) return;
          joined[above] = this.exclusive ? joined[above] + scores[id] : Math.max(joined[above], scores[id]);
          if (chosen.has(id)) listed.add(above);
        });
        return [level, bestFirst(names, joined.map(score => Math.min(score, 1)), listed)];
      }),
    );
  }

  #decided(scores, options) {
    const [floor, most] = this.limits(options);
    if (this.positive !== null && floor !== null) {
      const column = this.labels.indexOf(this.positive);
      const score = scores[column];
      const label = score >= floor ? this.positive : this.labels[1 - column];
      return {answer: [{label, score, positive: this.positive, threshold: floor}], chosen: new Set()};
    }
    const below = options.abstainBelow ?? this.abstainBelow;
    const best = scores.reduce((one, other) => Math.max(one, other), -Infinity);
    if (below !== null && best < below) {
      return {answer: [{label: NOT_CLASSIFIABLE, score: best}], chosen: new Set()};
    }
    let ids = ranked(scores);
    if (floor !== null) ids = ids.filter(id => scores[id] >= (Array.isArray(floor) ? floor[id] : floor));
    if (most !== null) ids = ids.slice(0, most);
    return {answer: ids.map(id => ({label: this.labels[id], score: scores[id]})), chosen: new Set(ids)};
  }

  #floor(value) {
    if (value === null || typeof value === "number") return value;
    const floors = Array.isArray(value) ? value : this.labels.map(label => value[label]);
    if (floors.length !== this.labels.length || floors.some(floor => typeof floor !== "number")) {
      throw new Error(`threshold: there is not one value for each of ${this.labels.length} labels.`);
    }
    return floors;
  }
}

/** The ids of scores, best first, equal ones in their order. */
function ranked(scores) {
  return Array.from(scores.keys()).sort((one, other) => scores[other] - scores[one] || one - other);
}

function bestFirst(names, scores, listed) {
  return ranked(scores)
    .filter(id => listed.has(id))
    .map(id => ({label: names[id], score: scores[id]}));
}

/** For each level the names of parents, and for each label the number of its own among them (-1: it has none). */
function levels(parents, labels) {
  const above = labels.map(label => {
    const given = Object.hasOwn(parents, label) ? parents[label] : {};
    return new Map(typeof given === "string" ? [["", given]] : Object.entries(given));
  });
  const found = new Map();
  for (const level of new Set(above.flatMap(given => [...given.keys()]))) {
    const names = [...new Set(above.filter(given => given.has(level)).map(given => given.get(level)))];
    const ids = new Map(names.map((name, id) => [name, id]));
    found.set(level, {names, parent: above.map(given => ids.get(given.get(level)) ?? -1)});
  }
  return found;
}
