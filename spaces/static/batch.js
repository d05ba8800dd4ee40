// Files and pasted lines of inputs: checked whole before the first is answered; their results as CSV.

import {Problem, characters, columnOf, stripped} from "./record_text.js";
import {count} from "./answers.js";

export const ENDINGS = [".csv", ".tsv", ".jsonl", ".ndjson"];
const DELIMITERS = [",", ";", "\t"];
const MOST_COLUMNS = 50;
const NAMED = 5; // columns that a message lists

/** The rows of a chosen file: {rows: [{given, values}], columns}. Throws a Problem, which names the line. */
export async function rowsOfFile(file, answers) {
  const ending = ENDINGS.find(one => file.name.toLowerCase().endsWith(one));
  const {file_mb: most} = answers.limits;
  if (!ending) throw new Problem(`${file.name} is not a file of a kind that is read here: ${ENDINGS.join(", ")}.`);
  if (file.size > most * 1e6) throw new Problem(`${file.name} is larger than ${most} MB. Send it in several parts.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const told = "Save it as “CSV UTF-8” or as JSONL.";
  if (bytes.slice(0, 8192).includes(0)) throw new Problem(`${file.name} is a binary file or not in UTF-8. ${told}`);
  let text;
  try {
    text = new TextDecoder("utf-8", {fatal: true}).decode(bytes);
  } catch {
    throw new Problem(`${file.name} is no text in UTF-8. ${told}`);
  }
  if (!stripped(text)) throw new Problem(`${file.name} is empty.`);
  const rows = ending === ".csv" || ending === ".tsv" ? csvRows(text, file.name, answers) : lineRows(text, file.name, answers, true);
  return checked(rows, file.name, answers);
}

/** The rows of pasted lines, one input each. */
export function rowsOfLines(text, answers) {
  if (!stripped(text)) throw new Problem("There is nothing to read yet: choose a file, or paste some lines.");
  const name = "The text that you pasted";
  return checked(lineRows(text, name, answers, false), name, answers);
}

function checked(found, name, answers) {
  const columns = new Set();
  const rows = [];
  for (const row of found) {
    rows.push(row);
    if (rows.length > answers.limits.rows) {
      throw new Problem(`${name} has more than ${count(answers.limits.rows)} rows. Send it in several parts.`);
    }
    for (const [column, value] of Object.entries(row.values)) {
      columns.add(column);
      const length = typeof value === "string" ? characters(value).length : 0;
      if (length > answers.limits.characters) {
        const over = `${count(length)} characters; the limit is ${count(answers.limits.characters)}.`;
        throw new Problem(`${name}, line ${count(row.line)}: a text has ${over}`);
      }
    }
    if (columns.size > MOST_COLUMNS) throw new Problem(`${name} has more than ${MOST_COLUMNS} columns.`);
  }
  if (!rows.length) throw new Problem(`${name} has no rows.`);
  return {rows, columns: [...columns]};
}

function* csvRows(text, name, answers) {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const known = [...answers.fields, ...answers.texts];
  const headers = DELIMITERS.map(mark => [...records(first, mark, name)][0]?.cells.map(stripped) ?? []);
  const matches = headers.map(header => columnsOf(header, known).length);
  const chosen = matches.indexOf(Math.max(...matches));
  const header = headers[chosen];
  const wanted = wantedOf(header, answers);
  if (!wanted) {
    const is = `Its first line, which has to name the columns, is: ${first.trim().slice(0, 80)}`;
    throw new Problem(`${name} has no column ${listed(answers)}. ${is}`);
  }
  const twice = header.find((cell, place) => header.indexOf(cell) !== place);
  if (twice !== undefined) throw new Problem(`${name} has two columns named “${twice}”.`);
  let isHeader = true;
  for (const {cells, line} of records(text, DELIMITERS[chosen], name)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    if (cells.length === 1 && cells[0] === "") continue;
    if (cells.length !== header.length) {
      const why = "A text with a comma, a quotation mark or a line break has to stand in quotation marks.";
      const values = `there are ${cells.length} values for ${header.length} columns`;
      throw new Problem(`${name}, line ${count(line)}: ${values}. ${why}`);
    }
    const values = Object.fromEntries(header.map((column, place) => [column, cells[place]]));
    yield {line, values, given: givenOf(values, wanted)};
  }
}

/** The records of CSV with the line that each ends on. */
function* records(text, delimiter, name) {
  let cells = [];
  let cell = "";
  let line = 1;
  let state = "start"; // of a cell; then "plain", "quoted", and "closed" behind its last quotation mark
  const broken = why => new Problem(`${name}, line ${count(line)}: this is not CSV (${why}).`);
  for (let place = 0; place < text.length; place++) {
    const letter = text[place];
    if (state === "quoted") {
      if (letter === '"' && text[place + 1] === '"') place++;
      else if (letter === '"') {
        state = "closed";
        continue;
      }
      if (letter === "\n") line++;
      cell += letter;
    } else if (letter === delimiter) {
      cells.push(cell);
      [cell, state] = ["", "start"];
    } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[place + 1] === "\n") place++;
      yield {cells: [...cells, cell], line};
      [cells, cell, state] = [[], "", "start"];
      line++;
    } else if (letter === '"' && state === "start") {
      state = "quoted";
    } else if (state === "closed") {
      throw broken("a quotation mark stands inside of a quoted text; there it has to be doubled");
    } else {
      cell += letter;
      state = "plain";
    }
  }
  if (state === "quoted") throw broken("a quotation mark is not closed");
  if (cells.length || cell) yield {cells: [...cells, cell], line};
}

function* lineRows(text, name, answers, isJson) {
  const lines = text.split(/\r\n|\n|\r/);
  for (const [number, whole] of lines.entries()) {
    const line = number + 1;
    const one = stripped(whole);
    if (!one) continue;
    // Pasted lines are texts; but a model of several fields may be given records, as its API takes them.
    if (!isJson && !(answers.fields.length > 1 && one.startsWith("{"))) {
      const cells = answers.texts.length > 1 ? one.split("\t") : [one];
      const values = Object.fromEntries(answers.texts.slice(0, cells.length).map((column, at) => [column, cells[at]]));
      const isPair = answers.texts.length > 1 && cells.length === answers.texts.length;
      yield {line, values, given: isPair ? values : one};
      continue;
    }
    const found = parsed(one, `${name}, line ${count(line)}`);
    if (typeof found === "string") {
      yield {line, values: {text: found}, given: found};
      continue;
    }
    const isRecord = found !== null && typeof found === "object" && !Array.isArray(found);
    const wanted = isRecord ? wantedOf(Object.keys(found), answers) : null;
    if (!wanted) {
      throw new Problem(`${name}, line ${count(line)}: this is neither a text nor an object with ${listed(answers)}.`);
    }
    yield {line, values: found, given: givenOf(found, wanted)};
  }
}

function parsed(text, where) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(`${where}: this is not JSON (${error.message}).`);
  }
}

/** Which of the columns the model reads: its fields, or else its texts; null where there is neither. */
function wantedOf(names, answers) {
  const found = columnsOf(names, answers.fields);
  const whole = answers.texts.every(text => names.includes(text)) ? answers.texts : null;
  if (whole && whole.length > 1 && found.length < answers.fields.length) return whole;
  return found.length ? found : whole;
}

function columnsOf(names, fields) {
  return [...new Set(fields.map(field => columnOf(field, names)).filter(name => name !== undefined))];
}

function givenOf(values, wanted) {
  if (wanted.length === 1 && wanted[0] === "text") return values.text ?? "";
  return Object.fromEntries(wanted.map(name => [name, values[name]]));
}

function listed({fields, texts}) {
  const names = [...fields, ...texts.filter(text => !fields.includes(text))];
  return names.slice(0, NAMED).map(name => `“${name}”`).join(" or ");
}

/** The header of a file of results: the file's own columns, then those of the answers. */
export function headerOf(columns, answers) {
  const own = new Set([...answers.fields, ...answers.texts]);
  const kept = columns.filter(name => answers.repeatsInput || !own.has(name));
  const named = answers.columns.map(name => {
    while (kept.includes(name)) name = `model_${name}`;
    return name;
  });
  return {kept, header: ["row", ...kept, ...named]};
}

/** The lines of a file of results for one row. */
export async function resultsOf(row, number, kept, answers) {
  const cells = kept.map(name => cellOf(row.values[name]));
  return (await answers.lines(row.given)).map(answer => [number, ...cells, ...answer]);
}

const cellOf = value => (value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));

/** Lines of cells as CSV. */
export function csvOf(lines) {
  const quoted = cell => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return lines.map(cells => `${cells.map(cell => quoted(String(cell))).join(",")}\r\n`).join("");
}
