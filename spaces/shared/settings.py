"""What makes this Space the Space of one model: space.json, written when it was built."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import constants

SETTINGS = Path(__file__).resolve().parent / "space.json"


class Problem(Exception):
    """Something is wrong with what a user gave; its text is one sentence for them to read."""


@dataclass(frozen=True)
class Limits:
    """What a Space takes at most; stated on its page."""

    rows: int
    file_mb: int
    characters: int
    """Of one text."""


@dataclass(frozen=True)
class Settings:
    """The contents of space.json; ``load`` reads them."""

    model: str
    revision: str
    endpoint: str | None
    """The Hub that has the model; by default the one that HF_ENDPOINT names."""
    onnx: str
    task: str
    title: str
    summary: str
    space: str
    examples: Sequence[Mapping[str, Any]]
    """Those of the model's card: ``text``, ``example_title``, perhaps the ``record``, and the model's ``output``."""
    limits: Limits
    sample: bool = False
    """The model was trained as a sample, which the page says."""
    schema_version: int = 1
    """Of the form of space.json."""

    @classmethod
    def load(cls, path: Path = SETTINGS) -> Settings:
        """Read space.json. Raises OSError, ValueError or TypeError for a file that is none."""
        given = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**given, "limits": Limits(**given["limits"])})

    @property
    def card_url(self) -> str:
        """The page of the model."""
        return f"{self.endpoint or constants.ENDPOINT}/{self.model}"

    @property
    def version_url(self) -> str:
        """The model's files at the revision that this Space runs."""
        return f"{self.card_url}/tree/{self.revision}"

    def within_limit(self, text: str, what: str = "The text") -> str:
        """Return *text*. Raises Problem when it is too long."""
        if len(text) > self.limits.characters:
            raise Problem(f"{what} has {len(text):,} characters; the limit is {self.limits.characters:,}.")
        return text


def local_model() -> Path | None:
    """Return the folder that MODEL_DIR names, to try a model before it is published, or None."""
    folder = os.environ.get("MODEL_DIR")
    return Path(folder) if folder else None
