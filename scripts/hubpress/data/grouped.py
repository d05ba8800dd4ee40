"""Drawing whole groups: the records of one author, patient or document all come into one split."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

_DRAWS = 50  # random draws to choose from
_MOST_FOLDS = 20
_MOST_BUNDLES = 2000  # scikit-learn weighs one group after the other: a hundred thousand would take minutes
_TOO_LARGE = 1.5  # a group of so many times the records asked for is left where it is, while others can be drawn


@dataclass(frozen=True)
class Groups:
    """The groups of some rows, with how many rows of each stratum each has."""

    of_row: np.ndarray
    """For each row the number of its group."""
    counts: sparse.csr_array
    """Rows by group and stratum."""
    sizes: np.ndarray
    """Rows by group."""

    @classmethod
    def of(cls, groups: np.ndarray, strata: np.ndarray) -> Groups:
        """Return the groups of rows, each in a group and a stratum."""
        _, of_row = np.unique(groups, return_inverse=True)
        _, stratum = np.unique(strata, return_inverse=True)
        ones = np.ones(len(of_row), dtype=np.int64)
        counts = sparse.coo_array((ones, (of_row, stratum))).tocsr()
        return cls(of_row, counts, np.bincount(of_row))

    def take(self, chosen: np.ndarray) -> Groups:
        """Return some of the groups, numbered anew, with their rows."""
        renumbered = np.full(len(self.sizes), -1)
        renumbered[chosen] = np.arange(len(chosen))
        of_row = renumbered[self.of_row]
        return Groups(of_row[of_row >= 0], self.counts[chosen], self.sizes[chosen])

    def rows_in(self, chosen: np.ndarray) -> np.ndarray:
        """Return the positions of the rows of some groups."""
        return np.flatnonzero(np.isin(self.of_row, chosen))


def draw_groups(
    groups: Groups, strata: np.ndarray | None, *, asked: int, leave: int, seed: int, staying: np.ndarray
) -> np.ndarray | None:
    """Return the numbers of the groups whose rows come nearest to *asked* in all, and to their share of each stratum.

    At least *leave* groups are not drawn, nor are those of the rows *staying*. *strata* None draws at random, by
    scikit-learn's GroupShuffleSplit; else its StratifiedGroupKFold makes folds, of which some are taken together.
    Returns None where no group can be drawn.
    """
    free = np.setdiff1d(np.arange(len(groups.sizes)), groups.of_row[staying])
    if strata is not None:
        free = np.setdiff1d(free, _only_ones(groups))
    small = free[groups.sizes[free] <= asked * _TOO_LARGE]
    if groups.sizes[small].sum() > asked:
        free = small
    most = min(len(free), len(groups.sizes) - leave)
    if most < 1:
        return None
    share = min(asked / groups.sizes[free].sum(), 1.0)
    candidates = list(_shuffled(len(free), share, most, seed))
    if strata is not None:
        rows = np.isin(groups.of_row, free)
        candidates += _folds(groups.take(free), strata[rows], share, seed)
    wanted = asked / groups.sizes.sum() * np.asarray(groups.counts.sum(axis=0))
    fitting = [free[chosen] for chosen in candidates if 0 < len(chosen) <= most]
    nearest: np.ndarray = min(
        fitting, key=lambda chosen: _distance(groups, chosen, wanted, by_stratum=strata is not None)
    )
    return nearest


def _only_ones(groups: Groups) -> np.ndarray:
    """Return the groups that alone have rows of some stratum: without them, what is left could not learn it."""
    held = groups.counts.tocsc()
    alone = np.flatnonzero(np.diff(held.indptr) == 1)
    only: np.ndarray = np.unique(held.indices[held.indptr[alone]])
    return only


def _shuffled(count: int, share: float, most: int, seed: int) -> Iterator[np.ndarray]:
    """Yield draws of about a *share* of *count* groups, at most *most*."""
    from sklearn.model_selection import GroupShuffleSplit

    if count == 1:
        yield np.array([0])
        return
    numbers = np.arange(count)
    nearest = round(share * count)
    for size in sorted({min(max(size, 1), most, count - 1) for size in (nearest - 1, nearest, nearest + 1)}):
        splitter = GroupShuffleSplit(n_splits=_DRAWS, test_size=size, random_state=seed)
        for _, drawn in splitter.split(numbers, groups=numbers):
            yield drawn


def _folds(groups: Groups, strata: np.ndarray, share: float, seed: int) -> Iterator[np.ndarray]:
    """Yield the groups of some folds that lie side by side, of as many as make about a *share*."""
    from sklearn.model_selection import StratifiedGroupKFold

    count = len(groups.sizes)
    bundle_of_group = np.random.default_rng(seed).permutation(count) % min(count, _MOST_BUNDLES)
    bundles = bundle_of_group[groups.of_row]
    most = min(count, _MOST_FOLDS, int(np.unique(strata, return_counts=True)[1].max()))
    for folds in sorted(range(2, most + 1), key=lambda folds: (abs(round(share * folds) / folds - share), folds))[:3]:
        taken = min(max(round(share * folds), 1), folds - 1)
        splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a class of fewer records than folds: the best draw is looked for below
            drawn = [np.unique(groups.of_row[rows]) for _, rows in splitter.split(strata, strata, bundles)]
        for first in range(folds):
            yield np.concatenate([drawn[(first + number) % folds] for number in range(taken)])


def _distance(groups: Groups, chosen: np.ndarray, wanted: np.ndarray, *, by_stratum: bool) -> tuple[float, ...]:
    """Return how far a draw is from what is wanted: first strata that a side lacks, then the counts of records."""
    drawn = np.asarray(groups.counts[chosen].sum(axis=0))
    size = abs(float(drawn.sum() - wanted.sum()))
    if not by_stratum:
        return (size,)
    lost = int(np.sum(drawn == np.asarray(groups.counts.sum(axis=0))))
    return (lost, int(np.sum(drawn == 0)), size + float(np.abs(drawn - wanted).sum()))
