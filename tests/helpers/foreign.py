"""Folders of other tools, made from samples: texts as they stand, and the other files with a content of their kind."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

WEIGHTS = {"encoder.weight": np.zeros((2, 2), np.float32)}


def make(folder: Path, sample: dict[str, Any]) -> None:
    """Write the files of a sample: texts as they stand (bytes, where a letter is none), the others with a content."""
    outputs = sample.get("heads", {})
    makers: dict[Path, Any] = {}
    for name, text in sample["files"].items():
        content = text.encode("utf-8" if name == "README.md" else "latin-1")
        makers[folder / name] = lambda path, content=content: path.write_bytes(content)
    for name in (*sample.get("tensors", ()), *outputs):
        shapes = {"classifier.weight": np.zeros((outputs[name], 2), np.float32)} if name in outputs else {}
        makers[folder / name] = lambda path, tensors=WEIGHTS | shapes: save_file(tensors, path)
    for name in sample.get("pickles", ()):
        makers[folder / name] = lambda path: path.write_bytes(pickle.dumps({"weights": Path("a")}))
    for name in sample.get("tokenizers", ()):
        makers[folder / name] = lambda path: Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")).save(str(path))
    for name in sample.get("torch", ()):
        makers[folder / name] = lambda path: torch.save({"bias": torch.zeros(2)}, path)
    for name in sample.get("joblibs", ()):
        makers[folder / name] = lambda path: joblib.dump({"coefficients": np.arange(9.0)}, path)
    for name, members in sample.get("zips", {}).items():
        makers[folder / name] = lambda path, members=members: zipped(path, members)
    for path, write in makers.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        path.chmod(0o644)


def zipped(path: Path, members: list[str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
