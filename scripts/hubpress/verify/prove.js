// Asks a static Space in a browser: its page comes up, and its modules answer; what they say is posted back.

const post = (where, what) => fetch(`/${where}`, {method: "POST", body: JSON.stringify(what)});
const json = async name => (await fetch(name)).json();

/** What the page of the Space comes to: its answer's place, or why there is none. */
async function opened() {
  const frame = document.createElement("iframe");
  frame.src = "/index.html";
  document.body.append(frame);
  for (;;) {
    await new Promise(next => setTimeout(next, 50));
    const page = frame.contentDocument;
    if (page?.getElementById("page")?.hidden === false) return null;
    const problem = page?.querySelector("#loading .problem");
    if (problem) return problem.textContent;
  }
}

async function answered(answers, given) {
  try {
    return await answers.answer(given);
  } catch (error) {
    return {problem: error.message};
  }
}

/** The tokens and the logits of each window that the model is asked from now on. */
function watched(model) {
  const own = model.logits.bind(model);
  const seen = [];
  model.logits = async window => {
    const logits = await own(window);
    seen.push({ids: window.ids, logits: logits.map(row => Array.from(row))});
    return logits;
  };
  return seen;
}

try {
  const [{answersOf}, {rowsOfFile}, {TextModel, hubOf, transformers}] = await Promise.all([
    import("/answers.js"), import("/batch.js"), import("/model.js"),
  ]);
  const [settings, page, inputs] = await Promise.all(["/space.json", "/page.json", "/prove/inputs.json"].map(json));
  const why = await opened();
  const library = await transformers(page.runtime, () => {});
  const model = await TextModel.load(library, settings, hubOf(settings, location));
  const answers = answersOf(model, settings, page);
  const seen = watched(model);
  const [found, windows] = [[], []];
  let seconds = 0;
  for (const given of inputs.given) {
    const started = performance.now();
    answers.remembered?.clear();
    found.push(await answered(answers, given));
    seconds += (performance.now() - started) / 1000;
    windows.push(seen.splice(0));
  }
  const {rows} = await rowsOfFile(new File([inputs.csv], "examples.csv"), answers);
  const batch = [];
  for (const row of rows) batch.push(await answered(answers, row.given));
  const empty = await answered(answers, settings.task === "token-classification" ? " " : inputs.empty);
  await post("answers", {why, answers: found, windows, batch, empty, seconds, browser: navigator.userAgent});
} catch (error) {
  await post("failed", String(error?.message ?? error));
}
