"""The newest records for test, those before them for validation: one by one, or in groups that stay whole."""

from __future__ import annotations

import numpy as np


def by_date(moments: np.ndarray, *, test: int, validation: int) -> dict[str, np.ndarray]:
    """Return the positions of each split's records, oldest first; of one date, in the order in which they stand."""
    return _parted(np.argsort(moments, kind="stable"), len(moments) - test - validation, len(moments) - test)


def groups_by_date(moments: np.ndarray, groups: np.ndarray, *, test: int, validation: int) -> dict[str, np.ndarray]:
    """Return the same where *groups* stay whole: each goes by its newest date, and the sizes come near those asked for.

    There are at least three groups.
    """
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    newest = np.full(len(first), np.iinfo(np.int64).min)
    np.maximum.at(newest, group, moments)
    by_age = np.lexsort((first, newest))
    rank = np.empty(len(first), dtype=np.int64)
    rank[by_age] = np.arange(len(first))
    ends = np.cumsum(np.bincount(group)[by_age])
    border = _nearest(ends[1:-1], len(moments) - test)
    end = _nearest(ends[ends < border], border - validation)
    return _parted(np.lexsort((moments, rank[group])), end, border)


def _nearest(ends: np.ndarray, wanted: int) -> int:
    return int(ends[np.argmin(np.abs(ends - wanted))])


def _parted(order: np.ndarray, end: int, border: int) -> dict[str, np.ndarray]:
    return {"train": order[:end], "validation": order[end:border], "test": order[border:]}
