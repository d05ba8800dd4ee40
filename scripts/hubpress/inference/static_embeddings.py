"""Static embeddings of model2vec: each token has one vector, whatever stands beside it, and a text their mean."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hubpress.errors import HubpressError, PackageMissing, first_line
from hubpress.files import sha256_file

INSTALL = "Install it: pip install 'hubpress[static]'."


@dataclass(frozen=True)
class StaticEmbeddings:
    """A loaded model of static embeddings, with what tells it from another."""

    model: Any
    sha256: str
    """Of the files that it was loaded from: the vectors, then the tokenizer."""
    bytes: int
    """What both take on disk."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return int(self.model.dim)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts (texts, dimensions); zeros where the model knows no token of a text."""
        # In threads of its own it would leave an environment variable behind.
        found = self.model.encode(list(texts), use_multiprocessing=False)
        return np.asarray(found, dtype=np.float64).reshape(len(texts), self.dimensions)


def refuse_without_model2vec(*, where: str) -> None:
    """Raise PackageMissing where model2vec is not installed."""
    if importlib.util.find_spec("model2vec") is None:
        what = "a static model needs the package model2vec, which is not installed."
        raise PackageMissing(what, where=where, hint=INSTALL)


def static_layout(folder: Path) -> Any:
    """Return where model2vec finds the files of a static model in a folder; None where one of them is missing."""
    from model2vec.persistence.datamodels import FOLDER_LAYOUTS

    return next((one for one in (each.with_parent(folder) for each in FOLDER_LAYOUTS) if one.is_valid()), None)


def load_static(folder: Path, *, where: str) -> StaticEmbeddings:
    """Return the static model in a folder.

    Its vectors are read as safetensors, its tokenizer and settings as JSON; no code of it is run. Raises HubpressError
    where model2vec is not installed, and for a folder that holds no model of it.
    """
    refuse_without_model2vec(where=where)
    from model2vec import StaticModel

    hint = "Name a model that StaticModel.from_pretrained() of model2vec loads."
    layout = static_layout(folder)
    if layout is None:
        what = "holds no static model (model.safetensors, tokenizer.json and config.json of model2vec)."
        raise HubpressError(what, where=where, hint=hint)
    try:
        model = StaticModel.from_pretrained(folder)
        probe = np.asarray(model.encode(["a text"], use_multiprocessing=False))
    except Exception as error:  # safetensors and tokenizers raise nothing more special
        said = first_line(error).rstrip(".")
        raise HubpressError(f"its static model cannot be loaded: {said}.", where=where, hint=hint) from error
    if probe.ndim != 2 or not np.isfinite(np.asarray(model.embedding, dtype=np.float32)).all():
        raise HubpressError("its vectors are no finite numbers.", where=where, hint=hint)
    files = (layout.embeddings, layout.tokenizer)
    digest = hashlib.sha256("".join(sha256_file(file) for file in files).encode()).hexdigest()
    return StaticEmbeddings(model, digest, sum(file.stat().st_size for file in files))
