// A model's tokenizer and its ONNX file, by Transformers.js: texts -> logits.

import {Encoder, maxLength} from "./tokens.js";
import {bytesOf, moduleUrl} from "./files.js";

const HUB = "https://huggingface.co";
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** The Hub that has the model: of a page that is tried on this machine, what serves the page. */
export function hubOf(settings, place) {
  return settings.endpoint ?? (LOOPBACK.includes(place.hostname) ? place.origin : HUB);
}

/** Transformers.js, set up to compute by the very files of *runtime*; *told* is given the bytes so far. */
export async function transformers(runtime, told) {
  const so_far = {};
  const [code, module, wasm] = await Promise.all(
    Object.entries(runtime).map(([name, file]) => bytesOf(file, bytes => told(Object.assign(so_far, {[name]: bytes})))),
  );
  const library = await import(moduleUrl(code));
  const {wasm: settings} = library.env.backends.onnx;
  settings.wasmPaths = {mjs: moduleUrl(module)};
  settings.wasmBinary = wasm;
  library.env.useWasmCache = false;
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}

/** A model read from its repository at the settings' revision, or wherever the library's env leads. */
export class TextModel {
  static async load(library, settings, told = () => {}) {
    const {AutoConfig, AutoModel, AutoTokenizer} = library;
    const about = {revision: settings.revision, progress_callback: told};
    const dtype = settings.onnx.includes("quantized") ? "q8" : "fp32";
    const config = await AutoConfig.from_pretrained(settings.model, about);
    const tokenizer = await AutoTokenizer.from_pretrained(settings.model, about);
    const model = await AutoModel.from_pretrained(settings.model, {...about, config, dtype, device: settings.device});
    return new TextModel(library, config, tokenizer, model);
  }

  constructor(library, config, tokenizer, model) {
    this.library = library;
    this.config = config;
    this.model = model;
    this.maxLength = maxLength(tokenizer.config, config);
    this.encoder = new Encoder(tokenizer, this.maxLength);
  }

  /** The logits of one window, in rows: one row, or one for each token. One at a time: int8 depends on the batch. */
  async logits({ids, types}) {
    const tensor = values => new this.library.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    const {logits} = await this.model({
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(types),
    });
    const width = logits.dims.at(-1);
    const rows = logits.data.length / width;
    return Array.from({length: rows}, (_, row) => logits.data.slice(row * width, (row + 1) * width));
  }
}
