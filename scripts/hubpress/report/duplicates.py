"""Texts that stand more than once: within a split, across splits, and with different answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from hubpress.report.near import Search, near_duplicates
from hubpress.report.texts import Records, SplitTexts
from hubpress.schemas.data_report import Conflicts, Duplicates, Pair, Place, Repeats
from hubpress.schemas.record_doubts import Leak
from hubpress.schemas.splits import CONFLICTING

_EXAMPLES = 3
_EARLIER: dict[str, tuple[str, ...]] = {"validation": ("train",), "test": ("train", "validation")}


def duplicates(records: Records, *, max_leak: float) -> Duplicates:
    """Return what stands more than once; test and validation are compared with the splits before them."""
    leaks, pairs = [], []
    for name, earlier in _EARLIER.items():
        split, others = records.splits[name], [records.splits[other] for other in earlier]
        exact = np.isin(split.exact, np.concatenate([other.exact for other in others]))
        normal = np.isin(split.normal, np.concatenate([other.normal for other in others]))
        search = near_duplicates(split, others, known=normal)
        leaks.append(_leak(split, exact, normal, search, max_leak))
        pairs.append(_pairs(records, split, others, exact, normal, search))
    return Duplicates(
        within={name: _within(split) for name, split in records.splits.items()},
        across=tuple(leaks),
        examples=tuple(_some_of_each_kind(pair for found in reversed(pairs) for pair in found)),  # of test first
        near=search.facts(),
        conflicts=_conflicts(records),
    )


def _some_of_each_kind(pairs: Iterable[Pair]) -> Iterator[Pair]:
    shown: Counter[str] = Counter()
    for pair in pairs:
        if shown[pair.kind] < _EXAMPLES:
            shown[pair.kind] += 1
            yield pair


def _leak(split: SplitTexts, exact: np.ndarray, normal: np.ndarray, search: Search, limit: float) -> Leak:
    same = int(normal.sum())
    near = len(search.pairs) / search.compared
    return Leak.model_validate(
        {
            "split": split.name,
            "exact": int(exact.sum()),
            "normalised": same - int(exact.sum()),
            "near": len(search.pairs),
            "compared": search.compared,
            "records": len(split),
            "share": round(same / len(split) + near, 6),
            "limit": limit,
        }
    )


def _pairs(
    records: Records,
    split: SplitTexts,
    others: Sequence[SplitTexts],
    exact: np.ndarray,
    normal: np.ndarray,
    search: Search,
) -> list[Pair]:
    """Return some examples of each kind."""
    found = [
        *_same_text("exact", records, split, others, np.flatnonzero(exact)[:_EXAMPLES]),
        *_same_text("normalised", records, split, others, np.flatnonzero(normal & ~exact)[:_EXAMPLES]),
    ]
    near = [
        Pair(
            kind="near",
            similarity=pair.similarity,
            one=records.place(split.name, pair.row),
            other=records.place(pair.other_split, pair.other_row),
        )
        for pair in search.pairs[:_EXAMPLES]
    ]
    return [*found, *near]


def _same_text(
    kind: str, records: Records, split: SplitTexts, others: Sequence[SplitTexts], rows: np.ndarray
) -> Iterator[Pair]:
    for row in rows.tolist():
        for other in others:
            ours, theirs = (split.exact, other.exact) if kind == "exact" else (split.normal, other.normal)
            if len(same := np.flatnonzero(theirs == ours[row])):
                one, there = records.place(split.name, row), records.place(other.name, same[0])
                yield Pair.model_validate({"kind": kind, "similarity": 1.0, "one": one, "other": there})
                break


def _within(split: SplitTexts) -> Repeats:
    exact = len(split) - len(np.unique(split.exact))
    return Repeats(exact=exact, normalised=len(split) - len(np.unique(split.normal)) - exact)


def _conflicts(records: Records) -> Conflicts:
    """Find the texts, in their normal form, that have more than one answer."""
    splits = list(records.splits.values())
    texts = np.concatenate([split.normal for split in splits])
    answers = np.concatenate([split.answers for split in splits])
    _, first, text = np.unique(texts, return_index=True, return_inverse=True)
    torn = np.zeros(len(first), dtype=bool)
    torn[text[answers != answers[first][text]]] = True
    rows = np.flatnonzero(torn[text])
    order = rows[np.lexsort((rows, text[rows]))]
    order = order[np.argsort(first[text[order]], kind="stable")]  # by the text's first record
    groups = np.split(order, np.flatnonzero(np.diff(text[order])) + 1) if len(order) else []
    return Conflicts(
        texts=len(groups),
        records=len(order),
        examples=tuple(tuple(_places(records, splits, group, answers)) for group in groups[:_EXAMPLES]),
        dropped=records.facts.dropped.get(CONFLICTING, 0),
    )


def _places(records: Records, splits: Sequence[SplitTexts], rows: np.ndarray, answers: np.ndarray) -> Iterator[Place]:
    """Return a record of each answer to a text, three at most."""
    starts = np.cumsum([0, *map(len, splits)])
    _, first = np.unique(answers[rows], return_index=True)
    for row in rows[np.sort(first)[:_EXAMPLES]]:
        number = int(np.searchsorted(starts, row, side="right")) - 1
        yield records.place(splits[number].name, row - starts[number])
