// The page of a static Space: it loads the model, and answers one input, or many.

import {answersOf, count} from "./answers.js";
import {batchPanel} from "./batch_panel.js";
import {TextModel, hubOf, transformers} from "./model.js";
import {textPanel} from "./text_panel.js";
import {make, problem} from "./view.js";

const at = id => document.getElementById(id);
const SAMPLE = "This is a sample, trained on a few records to show how it works: do not rely on its answers.";

start();

async function start() {
  navigator.serviceWorker?.register("sw.js").catch(() => {}); // without one the page needs a network to be opened
  try {
    const [settings, page] = await Promise.all(["space.json", "page.json"].map(documentAt));
    const hub = hubOf(settings, location);
    header(settings, hub);
    const answers = await loaded(settings, page, hub);
    show(answers, settings, page, hub);
  } catch (error) {
    console.warn(error);
    at("loading").replaceChildren(problem(whyNot(error)));
  }
}

async function documentAt(name) {
  const response = await fetch(name);
  if (!response.ok) throw new TypeError(`${name} answers ${response.status}`);
  return response.json();
}

function header(settings, hub) {
  const card = `${hub}/${settings.model}`;
  document.title = settings.title;
  at("header").replaceChildren(
    make("h1", {}, settings.title),
    make("p", {}, settings.summary),
    make("p", {}, "Model ", make("a", {href: card}, settings.model), " · version ",
      make("a", {href: `${card}/tree/${settings.revision}`}, make("code", {}, settings.revision.slice(0, 7)))),
    ...(settings.sample ? [make("p", {class: "sample"}, make("strong", {}, "Sample."), ` ${SAMPLE}`)] : []),
  );
}

/** What answers, once runtime and model are here; the page tells how much of them has come. */
async function loaded(settings, page, hub) {
  if (typeof WebAssembly !== "object") throw new Error("WebAssembly");
  const bar = make("progress", {"aria-label": "Download"});
  const words = make("p");
  at("loading").replaceChildren(words, bar);
  const files = new Map();
  let spoken = "";
  const told = (name, so_far, total) => {
    files.set(name, [so_far, Math.max(total, so_far)]);
    const [here, all] = [0, 1].map(part => [...files.values()].reduce((sum, one) => sum + one[part], 0));
    [bar.value, bar.max] = [here, all];
    const next = `Loading the model: ${megabytes(here)} of ${megabytes(all)} MB. It is kept for the next visit.`;
    // A screen reader would read every step: it is told the first, and what follows.
    if (next !== spoken) words.textContent = spoken = next;
  };
  for (const [name, file] of Object.entries(page.runtime)) told(name, 0, file.bytes);
  const library = await transformers(page.runtime, so_far => {
    for (const [name, bytes] of Object.entries(so_far)) told(name, bytes, page.runtime[name].bytes);
  });
  const model = await TextModel.load(library, settings, hub, step => {
    if (step.status === "progress" && step.file) told(step.file, step.loaded, step.total ?? 0);
  });
  bar.removeAttribute("value");
  words.textContent = "The model starts.";
  const answers = answersOf(model, settings, page);
  at("loading").replaceChildren(make("p", {class: "unseen"}, "The model is ready."));
  return Object.assign(answers, {downloaded: [...files.values()].reduce((sum, one) => sum + one[0], 0)});
}

const megabytes = bytes => (bytes / 1e6).toFixed(1);

function whyNot(error) {
  const said = String(error?.message ?? error);
  if (/webassembly|wasm|compile/i.test(said) && !/fetch|answers \d/i.test(said)) {
    return `This browser cannot run the model: it has no WebAssembly, or refuses it (${said}). Try a newer one.`;
  }
  if (!navigator.onLine) return "There is no network, and the model is not here yet. Come back when there is one.";
  if (/fetch|load|network|answers \d|unauthori[sz]ed|forbidden|could not locate|integrity/i.test(said)) {
    const what = "The model, or what runs it, cannot be downloaded";
    return `${what} (${said}). Load the page again later; a private model cannot be read by a page.`;
  }
  return `The model cannot be started: ${said}`;
}

function show(answers, settings, page, hub) {
  at("page").hidden = false;
  tabs([["text", "Text"], ["batch", "Batch"], ["about", "About"]]);
  textPanel(answers, settings);
  batchPanel(answers, settings);
  const from = page.runtime.transformers.url.startsWith("https:") ? new URL(page.runtime.transformers.url).host : "this Space";
  at("panel-about").replaceChildren(
    make("p", {}, "The model runs in this browser: what you write or choose is sent nowhere."),
    make("p", {}, `Downloaded once, ${megabytes(answers.downloaded)} MB: the model's own files at its version from ${new URL(hub).host}; `,
      `Transformers.js and ONNX Runtime from ${from}, held against their hashes. After that the page works without a network.`),
    make("p", {}, `It computes from ${settings.onnx}, and decides by the model's config.json.`),
    make("p", {}, `At most ${count(settings.limits.rows)} rows of a file, and ${count(settings.limits.characters)} characters a text.`),
  );
}

function tabs(named) {
  const list = at("tabs");
  const buttons = named.map(([name, title]) =>
    make("button", {type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`}, title));
  const choose = chosen => buttons.forEach(button => {
    const isChosen = button === chosen;
    button.setAttribute("aria-selected", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
    at(button.getAttribute("aria-controls")).hidden = !isChosen;
  });
  const moves = {ArrowRight: 1, ArrowLeft: -1};
  list.replaceChildren(...buttons);
  list.addEventListener("click", ({target}) => buttons.includes(target) && choose(target));
  list.addEventListener("keydown", event => {
    const place = buttons.indexOf(document.activeElement);
    const next = {Home: 0, End: buttons.length - 1}[event.key] ?? (event.key in moves ? place + moves[event.key] : null);
    if (next === null) return;
    event.preventDefault();
    const chosen = buttons.at(next % buttons.length);
    choose(chosen);
    chosen.focus();
  });
  choose(buttons[0]);
}
