// The tab for many inputs: a file or pasted lines in, a file of results out.

import {count} from "./answers.js";
import {ENDINGS, csvOf, headerOf, resultsOf, rowsOfFile, rowsOfLines} from "./batch.js";
import {Problem} from "./record_text.js";
import {make, problem, tableView} from "./view.js";

const PREVIEW = 100; // so many lines of results are shown
const SHOWN = 200; // characters of a cell
const at = id => document.getElementById(id);

/** Fill the tab. */
export function batchPanel(answers, settings) {
  const {limits} = settings;
  const code = names => names.flatMap((name, place) => [place ? ", " : "", make("code", {}, name)]);
  const texts = answers.texts.filter(name => !answers.fields.includes(name));
  const also = texts.length ? [", or ", code(answers.texts), `, read as ${answers.texts.length === 1 ? "it stands" : "they stand"}`] : [];
  at("batch-words").replaceChildren(
    make("p", {}, "A CSV file whose first line names the columns, or a JSONL file with an object a line. Read: ",
      code(answers.fields), also, ". Other columns are kept."),
    make("p", {}, `At most ${count(limits.rows)} rows, ${limits.file_mb} MB, ${count(limits.characters)} characters a text.`),
  );
  at("batch-file").accept = ENDINGS.join(",");
  let address = null;
  let stopped = false;
  at("batch-stop").addEventListener("click", () => (stopped = true));
  at("batch-go").addEventListener("click", async () => {
    stopped = false;
    if (address) URL.revokeObjectURL(address);
    address = null;
    busy(true);
    try {
      address = await run(answers, () => stopped);
    } catch (error) {
      if (!(error instanceof Problem)) console.warn(error);
      at("batch-status").replaceChildren(problem(error instanceof Problem ? error.message : `It ended: ${error.message}`));
    }
    busy(false);
  });
}

function busy(is) {
  at("batch-go").disabled = is;
  at("batch-stop").hidden = !is;
  at("batch-progress").hidden = !is;
  if (!is) return;
  at("batch-progress").removeAttribute("value");
  at("batch-results").hidden = true;
  at("batch-status").replaceChildren();
  at("batch-table").replaceChildren();
}

/** Answer all rows; return the address of the file of results. */
async function run(answers, isStopped) {
  const file = at("batch-file").files[0];
  const {rows, columns} = file ? await rowsOfFile(file, answers) : rowsOfLines(at("batch-lines").value, answers);
  const {kept, header} = headerOf(columns, answers);
  const parts = [csvOf([header])];
  const preview = [];
  let lines = 0;
  let done = 0;
  let seen = performance.now();
  at("batch-progress").max = rows.length;
  for (const row of rows) {
    if (isStopped()) break;
    const found = await resultsOf(row, done + 1, kept, answers);
    parts.push(csvOf(found));
    preview.push(...found.slice(0, PREVIEW - preview.length));
    lines += found.length;
    done += 1;
    if (performance.now() - seen > 100) {
      at("batch-progress").value = done;
      await new Promise(next => setTimeout(next)); // the page stays usable between rows
      seen = performance.now();
    }
  }
  const more = lines > PREVIEW ? ` These are the first ${PREVIEW} of them.` : "";
  const whole = done < rows.length ? `Stopped: ${count(done)} of ${count(rows.length)} rows` : `${count(done)} rows`;
  at("batch-status").replaceChildren(make("p", {}, `${whole}, ${count(lines)} lines of results.${more}`));
  at("batch-table").replaceChildren(tableView("First results", header, preview.map(cells => cells.map(brief))) ?? "");
  const name = `${file ? file.name.replace(/\.[^.]*$/, "").slice(0, 50) : "pasted"}-results.csv`;
  const results = new Blob(parts, {type: "text/csv;charset=utf-8"});
  const address = URL.createObjectURL(results);
  const size = `${count(Math.ceil(results.size / 1000))} kB`;
  at("batch-results").replaceChildren(make("a", {href: address, download: name, class: "download-link"}, `All results: ${name}, ${size}`));
  at("batch-results").hidden = false;
  return address;
}

const brief = cell => (String(cell).length <= SHOWN ? cell : `${String(cell).slice(0, SHOWN - 1).trimEnd()}…`);
