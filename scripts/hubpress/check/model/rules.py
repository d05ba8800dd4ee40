"""The rules for what is in a model's folder, by the kind of folder for which they hold."""

from __future__ import annotations

from hubpress.check.model import config, libraries, onnx, remote_code, tokenizer, weights
from hubpress.check.staged import Rule

ANY: tuple[Rule, ...] = (
    weights.whole,
    onnx.whole,
    config.local_settings,
)

TRANSFORMERS: tuple[Rule, ...] = (
    config.config,
    config.labels,
    config.problem_type,
    tokenizer.longest_text,
    tokenizer.tokenizer_class,
    config.version,
    weights.weights,
    weights.head,
    remote_code.python_files,
    remote_code.custom_pipelines,
    remote_code.auto_map,
)

FOREIGN_TRANSFORMERS: tuple[Rule, ...] = (tokenizer.any_tokenizer,)

RELEASE: tuple[Rule, ...] = (
    config.decision,
    tokenizer.tokenizer_files,
    tokenizer.padding,
    onnx.both,
    onnx.inputs,
    onnx.outputs,
    onnx.int8,
    onnx.measured,
    onnx.used,
    libraries.released_adapter,
)

ADAPTER: tuple[Rule, ...] = (libraries.adapter,)
SENTENCE_TRANSFORMERS: tuple[Rule, ...] = (libraries.modules,)
SETFIT: tuple[Rule, ...] = (libraries.setfit,)
DIFFUSERS: tuple[Rule, ...] = (libraries.diffusers,)
GGUF: tuple[Rule, ...] = (libraries.gguf,)
