// Reads jobs from standard input, loads each folder with Transformers.js and prints what it answers, as JSON.
// No job may reach the network: every way out of Node throws, and what was tried is printed too.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { basename, dirname, join } from "node:path";

const attempts = [];
const refuse = (way) => (...given) => {
  attempts.push(`${way} ${String(given[0]?.url ?? given[0]?.host ?? given[0])}`);
  throw new Error(`${way}: there is no network here`);
};
globalThis.fetch = refuse("fetch");
net.Socket.prototype.connect = refuse("connect"); // under http, https, tls and undici
dgram.Socket.prototype.send = refuse("send");
dns.lookup = dns.promises.lookup = refuse("lookup");

// Only now, so that nothing keeps a way out; by path, since import ignores NODE_PATH.
const require = createRequire(import.meta.url);
const { env, pipeline } = require(join(process.argv[2], "@huggingface", "transformers"));
env.allowRemoteModels = false;
env.useFSCache = false;

// Transformers.js cuts a long text after [SEP] is added and so loses it; Python cuts first.
function endAsPython(tokenizer) {
  const call = tokenizer._call.bind(tokenizer);
  const end = call("").input_ids.data.at(-1);
  tokenizer._call = (text, options) => {
    const encoded = call(text, options);
    const { data, dims } = encoded.input_ids;
    if (dims.at(-1) === tokenizer.model_max_length) data[data.length - 1] = end;
    return encoded;
  };
}

const results = [];
for (const { folder, task, dtype, texts, options } of JSON.parse(readFileSync(0, "utf8"))) {
  env.localModelPath = dirname(folder);
  const session_options = { intraOpNumThreads: 1 };
  const pipe = await pipeline(task, basename(folder), { dtype, session_options });
  endAsPython(pipe.tokenizer);
  const answers = [];
  for (const text of texts) answers.push(await pipe(text, options)); // one at a time: int8 depends on the batch
  results.push(answers);
  await pipe.dispose();
}

let probe;
try {
  await fetch("http://127.0.0.1/");
} catch (error) {
  probe = error.message;
}
console.log(JSON.stringify({ results, attempts, probe }));
