// Reads jobs from standard input and prints what the modules of a static Space make of each, as JSON.
// The folder of the modules comes first; that of the packages, where tokens are asked for, second.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, packages] = process.argv.slice(2);
const module = name => import(pathToFileURL(join(folder, name)));
const { Decision } = await module("decision.js");
const { inputTexts, shortName } = await module("record_text.js");
const { Encoder, longestFirst } = await module("tokens.js");
const { Tagger } = await module("tagger.js");

const told = work => {
  try {
    return work();
  } catch (error) {
    return { problem: error.message };
  }
};

const JOBS = {
  decide: ({ config, logits, options }) => {
    const decision = new Decision(config);
    return logits.map(row => {
      const scores = decision.scores(Float32Array.from(row));
      return { answer: decision.decide(scores, options), parents: decision.parentsOf(scores, options) };
    });
  },
  texts: ({ reads, given }) => given.map(one => told(() => inputTexts(reads, one))),
  names: ({ columns }) => columns.map(shortName),
  lengths: ({ cases }) => cases.map(one => longestFirst(...one)),
  tokens: ({ tokenizer, length, texts, pairs, config, logits }) => {
    const require = createRequire(import.meta.url);
    const { PreTrainedTokenizer } = require(join(packages, "@huggingface", "transformers"));
    const [json, settings] = ["tokenizer.json", "tokenizer_config.json"].map(name =>
      JSON.parse(readFileSync(join(tokenizer, name), "utf8")));
    const encoder = new Encoder(new PreTrainedTokenizer(json, settings), length);
    const tagger = new Tagger(config, encoder);
    return {
      single: texts.map(text => encoder.encode([text])),
      pairs: pairs.map(pair => encoder.encode(pair)),
      windows: texts.map(text => told(() => encoder.windows(text))),
      // The logits of a token are those of its id.
      entities: texts.map(text => told(() => {
        const windows = encoder.windows(text);
        return tagger.entities(text, windows, windows.map(window => window.ids.map(id => Float32Array.from(logits[id]))));
      })),
    };
  },
};

const jobs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(jobs.map(job => JOBS[job.do](job))));
