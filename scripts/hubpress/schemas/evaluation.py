"""evaluation.json: everything that was measured of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def changed_answers(ours: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how many of the *others*' answers are not *ours* (``changed``) and the ``largest_difference`` in score."""
    changed, largest = 0, 0.0
    for one, other in zip(ours, others, strict=True):
        changed += _decided(one) != _decided(other)
        scores = [{_key(entry): entry["score"] for entry in answer["output"]} for answer in (one, other)]
        both = scores[0].keys() & scores[1].keys()
        largest = max([largest, *(abs(scores[0][key] - scores[1][key]) for key in both)])
    return {"changed": changed, "largest_difference": round(largest, 6)}


def _decided(answer: dict[str, Any]) -> Any:
    """Return the labels that were decided for, in any order, or the spans with their types."""
    return sorted(answer["answer"]) if "answer" in answer else sorted(map(_key, answer["output"]))


def _key(entry: dict[str, Any]) -> Any:
    return entry.get("label") or (entry["start"], entry["end"], entry["entity_group"])
