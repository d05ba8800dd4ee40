"""data.json: what is known of a model's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubpress.files import read_json
from hubpress.layout import SPLITS_FACTS


@dataclass(frozen=True)
class SplitFacts:
    """What is known of a model's records: label names in id order (a token model's IOB2 tags), rows a split, records a
    split and label (a token model: entities a split and type), sha256 fingerprints, and what was dropped.

    ``parents`` holds for each label its parent on each level, where there is a label table with parents.
    """

    labels: tuple[str, ...]
    counts: dict[str, int]
    label_counts: dict[str, dict[str, int]]
    fingerprints: dict[str, str]
    dropped: dict[str, int]
    split: dict[str, Any]
    parents: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> SplitFacts:
        """Read the facts that :func:`prepare` wrote."""
        facts = read_json(folder / SPLITS_FACTS)
        return cls(**{**facts, "labels": tuple(facts["labels"])})
