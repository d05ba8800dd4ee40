// Reads a job from standard input, loads a folder with Transformers.js as its users do, and prints what it answers.
// Arguments: the folder of node_modules. No network: the model is read from its folder alone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

const require = createRequire(import.meta.url); // by path, since import ignores NODE_PATH
const packaged = join(process.argv[2], "@huggingface", "transformers");
const library = require(packaged);
const { env, pipeline, AutoTokenizer, AutoModelForSequenceClassification } = library;
env.allowRemoteModels = false;
env.useFSCache = false;

const { folder, task, inputs, plain } = JSON.parse(readFileSync(0, "utf8"));
env.localModelPath = dirname(folder);
const name = basename(folder);

async function answersBy(dtype) {
  const session_options = { intraOpNumThreads: 1 };
  if (plain) {
    const pipe = await pipeline(task, name, { dtype, session_options });
    const options = task === "token-classification" ? { ignore_labels: [] } : { top_k: null };
    const answers = [];
    for (const one of inputs) answers.push(await pipe(one, options)); // one at a time: int8 depends on the batch
    await pipe.dispose();
    return answers;
  }
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForSequenceClassification.from_pretrained(name, { dtype, session_options });
  const answers = [];
  for (const one of inputs) {
    const pair = typeof one === "string" ? [one, null] : [one.text, one.text_pair];
    const { logits } = await model(tokenizer(pair[0], { text_pair: pair[1], truncation: true }));
    answers.push(logits.tolist()[0]);
  }
  await model.dispose();
  return answers;
}

const { version } = JSON.parse(readFileSync(join(packaged, "package.json"), "utf8"));
console.log(JSON.stringify({ version, fp32: await answersBy("fp32"), int8: await answersBy("q8") }));
