"""The rules for what is in a model's folder and in no Space."""

from __future__ import annotations

from hubpress.check.files import leaks, manifests
from hubpress.check.model import config, onnx, remote_code, tokenizer, weights
from hubpress.check.staged import Rule

RULES: tuple[Rule, ...] = (
    config.config,
    config.labels,
    config.problem_type,
    config.decision,
    config.local_settings,
    tokenizer.tokenizer_files,
    tokenizer.padding,
    tokenizer.longest_text,
    weights.weights,
    weights.pickles,
    weights.head,
    remote_code.python_files,
    remote_code.custom_pipelines,
    remote_code.auto_map,
    onnx.both,
    onnx.whole,
    onnx.inputs,
    onnx.outputs,
    onnx.int8,
    onnx.measured,
    onnx.used,
    leaks.machine_paths_in_onnx,
    manifests.inner_manifest,
)
