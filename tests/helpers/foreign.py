"""Folders of other tools, made from samples: texts as they stand, and the other files with a content of their kind."""

from __future__ import annotations

import json
import pickle
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

WEIGHTS = {"encoder.weight": np.zeros((2, 2), np.float32)}


_ODD: tuple[Any, ...] = (
    *(None, True, 0, 10**400, "", "x", "a/b", [], {}, [None], [[]]),
    {"a": None},
    [{"path": "a", "type": 1}],
)


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


def damaged(folder: Path, *, times: int, seed: str) -> Iterator[None]:
    """Damage the files of a folder as many times, each time from what they were: bytes, and the values of JSON."""
    chance = random.Random(seed)
    originals = {each: each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}
    for _ in range(times):
        for file, original in originals.items():
            start = chance.randrange(len(original) + 1)
            content = original[:start] + chance.randbytes(chance.randrange(4)) + original[start + 2 :]
            if file.suffix == ".json" and b"//" not in original and chance.random() < 0.8:
                document = {"": json.loads(original)}
                container, key = chance.choice(_leaves(document))
                container[key] = chance.choice(_ODD)
                content = json.dumps(document[""]).encode()
            file.write_bytes(chance.choice((content, original)))
        yield


def _leaves(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a nested value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, part in list(pairs) for leaf in ((value, key), *_leaves(part))]
