"""How far answers are from chance, and whether they are those of another order of the labels."""

from __future__ import annotations

import numpy as np

_SURE = 0.001  # the largest share of chance at which an order is called another one


def beyond_chance(hits: float, answered: np.ndarray, true: np.ndarray, records: int) -> float:
    """Return how far answers agree with the truth, corrected for chance: 1 is all right, 0 what a shuffle gives.

    *answered* and *true* are how often each label (labels,) is answered and true, *hits* how often both of a record. Of
    one label a record it is Cohen's kappa, of several the same made of micro F1. Always the same answer has 0.
    """
    by_chance = float(answered.astype(np.float64) @ true) / records
    most = float(answered.sum() + true.sum()) / 2
    return (hits - by_chance) / (most - by_chance) if most > by_chance else 0.0


def other_order(together: np.ndarray, true: np.ndarray) -> dict[int, int]:
    """Return which label seems to be answered in place of which, by their numbers; empty where none certainly is.

    *together* (labels, labels) says how many records of the label of a row are answered with that of a column, *true*
    (labels,) how many records have a label. Labels count as exchanged where the best assignment of answers to labels
    moves them, most records of each are answered so, and a sign test leaves chance no part in it.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.stats import binomtest

    rows, columns = linear_sum_assignment(together, maximize=True)
    moved = {int(row): int(column) for row, column in zip(rows, columns, strict=True) if row != column and true[row]}
    if len(moved) < 2 or any(2 * together[row, column] <= true[row] for row, column in moved.items()):
        return {}
    exchanged = sum(int(together[row, column]) for row, column in moved.items())
    right = sum(int(together[row, row]) for row in moved)
    is_sure = binomtest(exchanged, exchanged + right, 0.5, alternative="greater").pvalue < _SURE
    return moved if is_sure else {}
