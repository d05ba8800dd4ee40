// Answers as elements of the page. Whatever a model or a user says stands in text nodes, and is never read as HTML.

import {NOT_CLASSIFIABLE} from "./decision.js";
import {characters} from "./record_text.js";
import {cellsOf, count} from "./answers.js";

const LISTED = 10; // labels of an answer at once
const MOST = 100; // and on demand
const GOLDEN = 0.618034; // as steps around the colour circle, any number of hues lie far apart

/** An element with attributes and children, of which texts become text nodes. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "style" && value) element.style.cssText = value; // as the page's policy allows it
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

const score = entry => make("span", {class: "score"}, entry.score.toFixed(4));
const withScore = entry => [make("strong", {class: "label"}, entry.label), " ", score(entry)];

/** One sentence of what is wrong. */
export const problem = words => make("p", {class: "problem"}, words);

/** The answer of a classifier in words. */
export function answerView(found, decision, limit, maxLength) {
  const {answer, scores} = found;
  const words = [];
  if (decision.positive !== null) {
    const {label, positive, score: reached, threshold} = answer[0];
    const relation = label === positive ? "reaches" : "is below";
    words.push(
      make("p", {}, make("strong", {class: "label"}, label)),
      make("p", {}, `The score of “${positive}”, `, make("strong", {}, reached.toFixed(4)), `, ${relation} the threshold, `,
        make("strong", {}, threshold.toFixed(4)), "."),
    );
  } else if (!answer.length) {
    words.push(make("p", {}, make("strong", {}, "No label"), ` reaches ${named(limit, true)}. The best is `, withScore(scores[0]), "."));
  } else if (decision.abstainBelow !== null && answer[0].label === NOT_CLASSIFIABLE) {
    const below = short(decision.abstainBelow);
    words.push(make("p", {}, make("strong", {}, "Not classifiable"), ": the best label, ", withScore(scores[0]), `, scores below ${below}.`));
  } else if (limit === null) {
    words.push(make("p", {}, withScore(answer[0]), answer.length > 1 ? ` and the next ${count(answer.length - 1)}` : ""));
  } else {
    const one = answer.length === 1;
    const reach = `${one ? "reaches" : "reach"} ${named(limit, one)}:`;
    words.push(
      make("p", {}, make("strong", {}, count(answer.length)), ` of ${count(decision.labels.length)} labels ${reach}`),
      chips(answer.slice(0, LISTED)),
    );
    if (answer.length > LISTED) {
      const rest = make("summary", {}, `${count(answer.length - LISTED)} more`);
      words.push(make("details", {}, rest, chips(answer.slice(LISTED, MOST))));
    }
  }
  return make("div", {class: "answer"}, words, cutNote(found, maxLength));
}

const chips = entries => make("ul", {}, entries.map(entry => make("li", {}, withScore(entry))));
const cutNote = ({cut}, length) =>
  cut ? make("p", {class: "note"}, `Only the first ${count(length)} tokens were read: the text is longer.`) : null;
const short = number => String(Number(number.toPrecision(4)));

function named(limit, one) {
  if (Array.isArray(limit)) return one ? "its threshold" : "their thresholds";
  return `the threshold ${short(limit)}`;
}

/** The best labels as a table with bars; the labels of the answer are marked. */
export function scoresView(found, decision, limit) {
  const chosen = new Set(found.answer.map(entry => entry.label));
  const total = decision.labels.length;
  const marks = found.scores.map(({label}) => {
    if (limit === null || (decision.positive !== null && decision.positive !== label)) return null;
    return Array.isArray(limit) ? limit[decision.labels.indexOf(label)] : limit;
  });
  const title = total > found.scores.length ? `Best ${found.scores.length} of ${count(total)} labels` : "All labels";
  return barsView(title, found.scores, chosen, marks);
}

/** The parents of the answer's labels, a table for each level. */
export function parentsView(found, decision) {
  const levels = Object.entries(found.parents);
  if (!levels.some(([, entries]) => entries.length)) return [make("p", {}, "No label, and so no parent.")];
  const joined = decision.exclusive ? "the sum" : "the highest";
  const tables = levels.map(([level, entries]) => {
    const title = level ? level[0].toUpperCase() + level.slice(1) : "Parents";
    return barsView(title, entries.slice(0, MOST), new Set(entries.map(entry => entry.label)), []);
  });
  return [...tables, make("p", {class: "note"}, `A parent's score is ${joined} of the scores of all labels below it.`)];
}

function barsView(title, entries, chosen, marks) {
  const rows = entries.map((entry, number) => {
    const mark = marks[number] ?? null;
    const picked = chosen.has(entry.label);
    const held = mark === null ? null : make("span", {class: "unseen"}, `, threshold ${mark.toFixed(3)}`);
    const line = mark === null ? null : make("i", {style: `left:${(100 * mark).toFixed(2)}%`});
    return make("tr", {class: picked ? "chosen" : null},
      make("th", {scope: "row"}, entry.label, picked ? make("span", {class: "unseen"}, " (in the answer)") : null),
      make("td", {class: "score"}, entry.score.toFixed(4), held),
      barView(entry.score, line));
  });
  return bars(title, ["Label", "Score"], rows);
}

const barView = (share, line) =>
  make("td", {class: "bar", "aria-hidden": "true"}, make("div", {}, make("b", {style: `width:${(100 * share).toFixed(2)}%`}), line));

function bars(title, names, rows) {
  const head = make("tr", {}, names.map(name => make("th", {scope: "col"}, name)), make("td"));
  return make("table", {class: "bars"}, title ? make("caption", {}, title) : null,
    make("thead", {class: "unseen"}, head), make("tbody", {}, rows));
}

/** Numbers, each with a bar where it is said what it lies between. */
export function numbersView(found, answers) {
  const rows = found.answer.map(entry => {
    const range = answers.ranges[entry.label] ?? null;
    const said = range ? [" ", make("span", {class: "note"}, `${short(range[0])} to ${short(range[1])}`)] : null;
    const value = make("td", {class: "score"}, make("strong", {}, entry.score.toFixed(3)));
    const share = range ? Math.min(Math.max((entry.score - range[0]) / (range[1] - range[0]), 0), 1) : null;
    return make("tr", {class: "chosen"}, make("th", {scope: "row"}, entry.label, said), value,
      share === null ? null : barView(share, null));
  });
  return make("div", {class: "answer"}, bars("", ["Number", "Value"], rows), cutNote(found, answers.model.maxLength));
}

/** A colour for each type of entity, the same at every visit. */
export function colours(kinds) {
  return new Map(kinds.map((kind, number) => [kind, `hsl(${Math.round(((0.6 + number * GOLDEN) % 1) * 360)} 60% 50%)`]));
}

/** How many entities there are, the text with each marked, and a table of them. */
export function entitiesView({text, entities}, kinds) {
  const hues = colours(kinds);
  const letters = characters(text);
  const parts = [];
  let reached = 0;
  for (const {start, end, entity_group: kind} of entities) {
    parts.push(letters.slice(reached, start).join(""));
    const words = letters.slice(start, end).join("");
    parts.push(make("mark", {style: `--kind:${hues.get(kind) ?? "gray"}`}, words, " ", make("small", {}, kind)));
    reached = end;
  }
  parts.push(letters.slice(reached).join(""));
  const legend = [...hues].map(([kind, hue]) => make("li", {}, make("i", {style: `--kind:${hue}`}), kind));
  const number = entities.length;
  const words = number ? [make("strong", {}, count(number)), number === 1 ? " entity" : " entities"]
    : [make("strong", {}, "No entity"), " was found."];
  return {
    words: make("div", {class: "answer"}, make("p", {}, words)),
    more: [
      make("div", {class: "marked", id: "highlighted", role: "region", "aria-label": "Entities in the text"}, parts),
      make("ul", {class: "legend"}, legend),
      tableView("Entities", ["entity", "type", "score", "start", "end"], entities.map(cellsOf)),
    ],
  };
}

/** A table that scrolls sideways by itself where the page is narrow; null without rows. */
export function tableView(caption, header, rows) {
  if (!rows.length) return null;
  const head = make("tr", {}, header.map(name => make("th", {scope: "col"}, name)));
  const body = rows.map(cells => make("tr", {}, cells.map(cell => make("td", {}, String(cell)))));
  const table = make("table", {class: "plain"}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, body));
  // A box that scrolls has to take the focus, or the keyboard could not reach what is out of sight.
  return make("div", {class: "scroll", role: "region", "aria-label": caption, tabindex: "0"}, table);
}
