// A model's tokenizer and its ONNX file, by Transformers.js: texts -> logits.

import {Encoder, maxLength} from "./tokens.js";
import {bytesOf, jsonOf, moduleUrl} from "./files.js";

const HUB = "https://huggingface.co";
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const DTYPES = {"onnx/model.onnx": "fp32", "onnx/model_int8.onnx": "int8", "onnx/model_quantized.onnx": "q8"};

/** The Hub that has the model: of a page that is tried on this machine, what serves the page. */
export function hubOf(settings, place) {
  return settings.endpoint ?? (LOOPBACK.includes(place.hostname) ? place.origin : HUB);
}

/** Transformers.js, set up to compute by the very files of *runtime*; *told* is given the bytes so far. */
export async function transformers(runtime, told) {
  const so_far = {};
  const [code, module, wasm] = await Promise.all(
    ["transformers", "onnx_module", "onnx_wasm"].map(name =>
      bytesOf(runtime[name], bytes => told(Object.assign(so_far, {[name]: bytes})))),
  );
  const library = await import(moduleUrl(code));
  const {wasm: settings} = library.env.backends.onnx;
  settings.wasmPaths = {mjs: moduleUrl(module)};
  settings.wasmBinary = wasm;
  library.env.useWasmCache = false;
  library.env.logLevel = library.LogLevel.ERROR;
  return library;
}

/** A model read from its repository at the settings' revision. */
export class TextModel {
  static async load(library, settings, hub, told = () => {}) {
    const {model, revision, onnx} = settings;
    // AutoTokenizer would ask for a file at main, whatever the revision, and so need a network every time.
    const [config, json, tokenizerConfig] = await Promise.all(
      ["config.json", "tokenizer.json", "tokenizer_config.json"].map(name => jsonOf(`${hub}/${model}/resolve/${revision}/${name}`)),
    );
    Object.assign(library.env, {remoteHost: `${hub}/`, allowLocalModels: false});
    const weights = await library.AutoModel.from_pretrained(model, {
      revision,
      config: new library.PretrainedConfig(config),
      dtype: DTYPES[onnx],
      device: "wasm",
      progress_callback: told,
    });
    return new TextModel(library, config, new library.PreTrainedTokenizer(json, tokenizerConfig), weights);
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
