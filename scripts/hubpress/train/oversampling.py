"""More of what is rare: the records of a multi-label model's rare labels, several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datasets import Dataset


def oversampled(train: Dataset, wanted: int | None) -> Dataset:
    """Return the records with those of rare labels repeated, until each label that occurs stands *wanted* times.

    The rarest label comes first: what its records repeat of other labels counts for those. ``labels`` holds ids.
    """
    if wanted is None:
        return train
    labels = [np.array(ids, dtype=np.int64) for ids in train["labels"]]
    counts = np.bincount(np.concatenate(labels))
    holders: dict[int, list[int]] = {}
    for row, ids in enumerate(labels):
        for label in ids.tolist():
            holders.setdefault(label, []).append(row)
    extra: list[int] = []
    for label in sorted(holders, key=lambda number: (counts[number], number)):
        missing = wanted - int(counts[label])
        for row in np.resize(holders[label], max(missing, 0)).tolist():  # all of them in turn, and again
            extra.append(row)
            counts[labels[row]] += 1
    return train.select([*range(len(train)), *extra])
