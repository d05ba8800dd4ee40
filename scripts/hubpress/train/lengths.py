"""Encoded records in the order of their lengths, so that the batches of a pass over them are padded little."""

from __future__ import annotations

from typing import Any


def longest_first(encoded: Any) -> list[int]:
    """Return the numbers of an encoded split's rows, those of most tokens first."""
    lengths = [len(tokens) for tokens in encoded["input_ids"]]
    return sorted(range(len(lengths)), key=lambda row: -lengths[row])


def by_length(encoded: Any) -> Any:
    """Return the rows of an encoded split with the longest first."""
    return encoded.select(longest_first(encoded))
