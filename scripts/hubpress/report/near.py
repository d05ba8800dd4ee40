"""Texts that are nearly the same: MinHash over shingles of characters finds them, their exact similarity decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from rensa import RMinHash

from hubpress.report.texts import SEED, SplitTexts, normal_form
from hubpress.schemas.data_report import NearDuplicates

PERMUTATIONS = 100
SHINGLE = 5
THRESHOLD = 0.7
"""Of two titles, one has about one other word; of two texts of a hundred words, five or six."""
# 20 bands of 5 values: a pair at the threshold is found with a probability of 0.97, at 0.5 with one of 0.47.
_BANDS = (20, 5)

MOST_COMPARED = 10_000
"""Records of a split that are looked for, at most."""
MOST_CHARACTERS = 10_000_000
"""In those."""
MOST_CHARACTERS_AGAINST = 400_000_000
"""In the texts that they are looked for in."""
_MOST_CANDIDATES = 10  # of a text, to be compared with it exactly
_MOST_CHECKS = 1_000_000
_MOST_OWNERS = 1_000  # of one band
_MULTIPLIER, _MIXER = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@dataclass(frozen=True)
class NearPair:
    """Two rows, and how similar they are: the one looked for, and the split with the row that is like it."""

    row: int
    other_split: str
    other_row: int
    similarity: float


@dataclass(frozen=True)
class Search:
    """What was found of ``compared`` rows, and in how many others."""

    pairs: Sequence[NearPair]
    compared: int
    against: int
    against_all: bool

    def facts(self) -> NearDuplicates:
        """Return how it was looked for, as the report says it."""
        return NearDuplicates(
            permutations=PERMUTATIONS,
            shingle=SHINGLE,
            threshold=THRESHOLD,
            against=self.against,
            against_all=self.against_all,
        )


def near_duplicates(split: SplitTexts, others: Sequence[SplitTexts], *, known: np.ndarray) -> Search:
    """Look for texts of *split* that are nearly those of other splits; *known* says which rows need no look.

    Of many rows, and of very many others, a random sample is taken; each row is found once at most.
    """
    rows = split.drawn(MOST_COMPARED, MOST_CHARACTERS)
    looked_for = _Index.of(split, rows[~known[rows]])
    against = 0
    for other in others:
        drawn = other.drawn(len(other), MOST_CHARACTERS_AGAINST // len(others))
        against += looked_for.search(other, drawn)
    pairs = [looked_for.found[row] for row in sorted(looked_for.found)]
    return Search(pairs, len(rows), against, against == sum(map(len, others)))


@dataclass
class _Index:
    """The texts that are looked for. ``keys`` are those of their bands in order, ``owners`` whose each is."""

    rows: np.ndarray
    shingles: list[np.ndarray]
    """Of each row its shingles, each once."""
    keys: np.ndarray
    owners: np.ndarray
    found: dict[int, NearPair] = field(default_factory=dict)
    checks: int = 0

    @classmethod
    def of(cls, split: SplitTexts, rows: np.ndarray) -> _Index:
        shingles: list[np.ndarray] = []
        keys = [np.empty((0, _BANDS[0]), dtype=np.uint64)]
        for batch in _Shingled.batches(split, rows):
            shingles += [np.unique(batch.of(place)) for place in range(len(batch.starts) - 1)]
            keys.append(batch.keys())
        flat = np.concatenate(keys).ravel()
        order = np.argsort(flat, kind="stable")
        return cls(rows, shingles, flat[order], np.repeat(np.arange(len(rows)), _BANDS[0])[order])

    def search(self, other: SplitTexts, rows: np.ndarray) -> int:
        """Look through rows of another split; return how many were looked at."""
        done = 0
        for batch in _Shingled.batches(other, rows):
            if self.checks > _MOST_CHECKS:
                break
            keys = batch.keys()
            first, last = np.searchsorted(self.keys, keys, "left"), np.searchsorted(self.keys, keys, "right")
            hits = last > first
            for place in np.flatnonzero(hits.any(axis=1)).tolist():
                ranges = zip(first[place][hits[place]], last[place][hits[place]], strict=True)
                candidates = {int(owner) for start, end in ranges for owner in self.owners[start:end][:_MOST_OWNERS]}
                self._check(candidates, batch.of(place), other.name, int(rows[done + place]))
            done += len(keys)
        return done

    def _check(self, candidates: set[int], shingles: np.ndarray, other: str, other_row: int) -> None:
        new = sorted(owner for owner in candidates if int(self.rows[owner]) not in self.found)[:_MOST_CANDIDATES]
        theirs = np.unique(shingles) if new else shingles
        for owner in new:
            similarity = _jaccard(self.shingles[owner], theirs)
            if similarity >= THRESHOLD:
                row = int(self.rows[owner])
                self.found[row] = NearPair(row, other, other_row, round(similarity, 3))
        self.checks += len(new)


@dataclass(frozen=True)
class _Shingled:
    """Some texts as numbers, one for each run of characters in their normal forms; ``starts`` is where each begins."""

    numbers: np.ndarray
    starts: np.ndarray

    @classmethod
    def batches(cls, split: SplitTexts, rows: np.ndarray) -> Iterator[_Shingled]:
        for texts in split.batches(rows):
            yield cls.of_texts([normal_form(text).ljust(SHINGLE) for text in texts])

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> _Shingled:
        """Return the shingles of texts that are long enough for one."""
        characters = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        numbers = np.zeros(len(characters) - SHINGLE + 1, dtype=np.uint64)
        for place in range(SHINGLE):
            numbers = numbers * _MULTIPLIER + characters[place : place + len(numbers)]
        numbers = (numbers ^ (numbers >> _HALF)) * _MIXER
        lengths = np.array([len(text) for text in texts])
        inside = np.ones(len(numbers), dtype=bool)  # not the runs that begin in one text and end in the next
        inside[(np.cumsum(lengths)[:-1, None] - np.arange(1, SHINGLE)).ravel()] = False
        return cls(numbers[inside], np.concatenate([[0], np.cumsum(lengths - SHINGLE + 1)]))

    def of(self, place: int) -> np.ndarray:
        """Return the shingles of one text."""
        return self.numbers[self.starts[place] : self.starts[place + 1]]

    def keys(self) -> np.ndarray:
        """Return a key for each band of each text's sketch: texts that are nearly the same share one."""
        starts = self.starts.astype(np.uint64)
        sketches = RMinHash.digest_matrix_from_flat_token_hashes(self.numbers, starts, PERMUTATIONS, SEED).to_rows()
        bands = np.array(sketches, dtype=np.uint64).reshape(-1, *_BANDS)
        keys = np.zeros(bands.shape[:2], dtype=np.uint64) + np.arange(_BANDS[0], dtype=np.uint64)
        for value in range(_BANDS[1]):
            keys = (keys ^ bands[:, :, value]) * _MIXER
            keys ^= keys >> _HALF
        return keys


def _jaccard(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the similarity of two sets of shingles, each of which has every shingle once."""
    both = len(np.intersect1d(ours, theirs, assume_unique=True))
    return both / (len(ours) + len(theirs) - both)
