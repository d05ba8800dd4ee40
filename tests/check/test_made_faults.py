"""Faults of a staged model that git cannot keep, or that must not lie in a repository: made, and told alike."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

from helpers.check import append, assert_says, in_onnx, remeasure, restage
from hubpress.check.folder import check_folder
from hubpress.layout import CARD, ONNX, QUANTIZED


@dataclass(frozen=True)
class Made:
    """A fault that git cannot keep, or that must not lie in a repository: the code that makes it, and what is said."""

    name: str
    make: Callable[[Path], object]
    says: list[str]


def token(*parts: str) -> str:
    """Put a token together at run time: whole ones in a repository set off every scanner."""
    return "".join(parts)


def write(name: str, content: bytes) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return make


def cut(name: str, kept: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:kept])


def linked(folder: Path) -> None:
    (folder / "figures" / "second.png").symlink_to("confusion.png")


def without_head(folder: Path) -> None:
    save_file({"encoder.weight": np.zeros((2, 2), np.float32)}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)


def noted(model: Any) -> None:
    entry = model.graph.node[0].metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.stack_trace", "File /opt/venv/lib/python3.11/site-packages/a.py"


def outside(model: Any) -> None:
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", "model.onnx.data"


def multiplied(largest: int) -> Callable[[Any], object]:
    def change(model: Any) -> None:
        weights = np.full((4, 3), largest, dtype=np.int8)
        activations = onnx.numpy_helper.from_array(np.full((1, 4), 255, dtype=np.uint8), "largest")
        model.graph.initializer.extend([activations, onnx.numpy_helper.from_array(weights, "weights")])
        model.graph.node.append(onnx.helper.make_node("MatMulInteger", ["largest", "weights"], ["product"]))

    return change


def renamed(old: str, new: str) -> Callable[[Any], object]:
    def change(model: Any) -> None:
        for value in (*model.graph.input, *model.graph.output):
            value.name = new if value.name == old else value.name
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [new if name == old else name for name in names]

    return change


def fixed(side: str, axis: int, size: int) -> Callable[[Any], object]:
    def change(model: Any) -> None:
        getattr(model.graph, side)[0].type.tensor_type.shape.dim[axis].dim_value = size

    return change


LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
TORN = "model.safetensors | torn or not safetensors"
MADE = [
    Made("symlink", linked, ["figures/second.png | symbolic link"]),
    Made("symlink-to-nothing", lambda f: (f / "data").symlink_to("nowhere"), ["data | symbolic link"]),
    Made("mode-0600", lambda f: (f / "model.safetensors").chmod(0o600), ["model.safetensors | mode is 0600"]),
    Made("pipe", lambda f: os.mkfifo(f / "queue"), ["queue | neither a file nor a folder"]),
    Made("empty-folder", lambda f: (f / "extra").mkdir(), ["extra | empty or closed"]),
    Made("pycache", write("__pycache__/wording.pyc", b"x\0"), ["__pycache__ | tool's own folder"]),
    Made("compiled", write("wording.pyc", b"x\0"), ["wording.pyc | compiled Python"]),
    Made("checkpoint", write("checkpoint-60/optimizer.pt", b"PK\x03\x04"), ["checkpoint-60 | left over from training"]),
    Made("hidden-folder", write(".secret/notes.txt", b""), [".secret | is hidden"]),
    Made("git-folder", write(".git/HEAD", b"ref: refs/heads/main\n"), [".git | tool's own folder"]),
    Made("notebook-checkpoints", write(".ipynb_checkpoints/a.txt", b"x\n"), [".ipynb_checkpoints | tool's own folder"]),
    Made("env-file", write(".env", b"A=1\n"), [".env | file for credentials"]),
    Made("name-with-control", write("notes\x1b[31m.txt", b"x\n"), ["notes\\x1b[31m.txt | letters that the Hub"]),
    Made("name-with-backslash", write("figures\\a.txt", b"x\n"), ["figures\\a.txt | letters that the Hub"]),
    Made("not-utf-8", lambda f: write(CARD, (f / CARD).read_bytes() + "Größe\n".encode("latin-1"))(f),
         ["README.md:75 | not UTF-8"]),
    Made("byte-order-mark", lambda f: write(CARD, b"\xef\xbb\xbf" + (f / CARD).read_bytes())(f),
         ["README.md | byte order mark"]),
    Made("card-too-large", append(CARD, "word " * 220_000), ["README.md | over 1,000,000"]),
    Made("json-nested-without-end", write("extra.json", b"[" * 100_000), ["extra.json | not usable JSON"]),
    Made("png-torn", cut("figures/confusion.png", 40), ["figures/confusion.png | not a whole PNG"]),
    Made("weights-torn", cut("model.safetensors", 400), [TORN]),
    Made("weights-torn-in-header", cut("model.safetensors", 50), [TORN]),
    Made("head-missing", without_head, ["model.safetensors | start a random one"]),
    Made("path-in-onnx", in_onnx(noted), ["onnx/model.onnx | Strip `metadata_props`"]),
    Made("onnx-torn", cut(ONNX, 150), ["onnx/model.onnx | torn or not ONNX"]),
    Made("onnx-torn-int8", cut(QUANTIZED, 356), ["onnx/model_quantized.onnx | torn or not ONNX"]),
    Made("onnx-not-onnx", write("onnx/model_fp16.onnx", b"Not one."), ["onnx/model_fp16.onnx | torn or not ONNX"]),
    Made("onnx-of-no-graph", in_onnx(lambda model: model.ClearField("graph")), ["onnx/model.onnx | torn or not ONNX"]),
    Made("onnx-with-an-unknown-operator", in_onnx(lambda model: setattr(model.graph.node[0], "op_type", "Guess")),
         ["onnx/model.onnx | No Op registered for Guess"]),
    Made("onnx-saturates", in_onnx(multiplied(65), QUANTIZED),
         ["onnx/model_quantized.onnx | until then use onnx/model.onnx there"]),
    Made("onnx-external", in_onnx(outside), ["onnx/model.onnx | lie in another file"]),
    Made("onnx-other-output", in_onnx(renamed("logits", "scores")), ["onnx/model.onnx | no output `logits`"]),
    Made("onnx-other-input", in_onnx(renamed("attention_mask", "mask")), ["onnx/model.onnx | takes 'mask', which"]),
    Made("onnx-without-ids", in_onnx(renamed("input_ids", "token_type_ids")), ["onnx/model.onnx | no `input_ids`"]),
    Made("onnx-for-one-text", in_onnx(fixed("input", 0, 1)), ["onnx/model.onnx | `input_ids` is 1 by any, not any"]),
    Made("onnx-for-128-tokens", in_onnx(fixed("input", 1, 128), QUANTIZED),
         ["onnx/model_quantized.onnx | `input_ids` is any by 128, not any"]),
    Made("onnx-with-other-labels", in_onnx(fixed("output", 1, 5)),
         ["onnx/model.onnx | `logits` are 5, but config.json names 3 labels"]),
    Made("pickled-bin", write("pytorch_model.bin", pickle.dumps({"a": 1})), ["pytorch_model.bin | is pickled"]),
    Made("zipped-bin", write("pytorch_model.bin", b"PK\x03\x04\0\0"), ["pytorch_model.bin | is pickled"]),
    Made("pt-file", write("model.pt", b"x\0"), ["model.pt | is pickled"]),
    Made("joblib-file", write("model.joblib", b"x\0"), ["model.joblib | is pickled"]),
    Made("training-args", write("training_args.bin", b"PK\x03\x04"), ["training_args.bin | state of training"]),
    Made("optimizer", write("optimizer.pt", b"PK\x03\x04"), ["optimizer.pt | state of training"]),
    Made("rng-state", write("rng_state_0.pth", b"PK\x03\x04"), ["rng_state_0.pth | state of training"]),
    Made("token-of-the-hub", append("wording.py", f"# {token('h', 'f_', LETTERS[:34])}"), ["wording.py:3 | (hf_a…)"]),
    Made("token-of-github", append("wording.py", f"# {token('gh', 'p_', LETTERS)}"), ["wording.py:3 | (ghp_…)"]),
    Made("token-of-github-fine", append("wording.py", f"# {token('github', '_pat_', LETTERS)}"),
         ["wording.py:3 | GitHub token (gith…)"]),
    Made("key-of-aws", append(CARD, token("AK", "IA", "ABCDEFGHIJ234567")), ["README.md:75 | AWS access key (AKIA…)"]),
    Made("key-of-an-api", append(CARD, token("s", "k-proj-", LETTERS)), ["README.md:75 | API key (sk-p…)"]),
    Made("token-of-slack", append(CARD, token("xo", "xb-", "1234567890-abc")), ["README.md:75 | Slack token (xoxb…)"]),
    Made("private-key", append(CARD, token("-----BEGIN RSA ", "PRIVATE KEY-----")), ["README.md:75 | private key"]),
    Made("password-in-url", append(CARD, token("https://ada:", "love", "lace@example.org")),
         ["README.md:75 | password in a URL"]),
]  # fmt: skip


@pytest.mark.parametrize("fault", MADE, ids=lambda fault: fault.name)
def test_made_fault(folder: Path, fault: Made) -> None:
    """Each fault made at run time gives its sentences and nothing else."""
    fault.make(folder)
    remeasure(folder)
    restage(folder)
    assert_says(check_folder(folder), fault.says)


def test_secret_is_never_shown_in_full(folder: Path) -> None:
    """The sentence about a token holds its first four characters and no more of it."""
    secret = token("h", "f_", LETTERS[:34])
    append("wording.py", f"# {secret}")(folder)
    restage(folder)
    (problem,) = check_folder(folder)
    assert secret[:4] in str(problem)
    assert secret[:6] not in str(problem)
