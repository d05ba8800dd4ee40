"""From a model's logits to an answer.

Everything is read from the model's config.json, so that the pipeline, the Space and the ONNX files decide alike.
Needs numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from numbers import Integral, Real
from typing import Any

import numpy as np

Answer = list[dict[str, Any]]
NOT_CLASSIFIABLE = "not classifiable"
"""What is answered where no label scores enough."""


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return the probability of each label by itself, without overflow."""
    small = np.exp(-np.abs(logits))
    scores: np.ndarray = np.where(logits >= 0, 1, small) / (1 + small)
    return scores


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of labels that exclude one another, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return scores


@dataclass(frozen=True, eq=False)
class Decision:
    """How logits become an answer; ``from_config`` makes one."""

    labels: tuple[str, ...]
    exclusive: bool
    """The labels exclude one another: softmax, else sigmoid."""
    threshold: np.ndarray | None
    """Labels whose score reaches it are answered: one number, or one for each label in the order of ids."""
    top_k: int | None
    """At most so many labels are answered."""
    positive: str | None
    """Of two labels, the one whose score is held against the threshold."""
    parents: Mapping[str, tuple[tuple[str, ...], np.ndarray]]
    """For each level the names, and for each label the number of its parent among them (-1: it has none)."""
    abstain_below: float | None = None
    """Where even the best label scores less, the answer is NOT_CLASSIFIABLE."""

    @classmethod
    def from_config(cls, config: Any) -> Decision:
        """Read a config.json (as a dict) or a transformers config. Raises ValueError when it contradicts itself."""
        settings = config if isinstance(config, Mapping) else config.to_dict()
        labels = tuple(name for _, name in sorted((int(key), name) for key, name in settings["id2label"].items()))
        problem_type = settings.get("problem_type")
        if problem_type not in ("single_label_classification", "multi_label_classification"):
            raise ValueError(f"problem_type {problem_type!r} is not one of a classifier.")
        exclusive = problem_type == "single_label_classification"
        given = settings.get("decision") or {"rule": "argmax"}
        rule, top_k, positive = given.get("rule"), given.get("top_k"), given.get("positive")
        if rule not in ("argmax", "top_k", "threshold") or (rule != "argmax" and given.get(rule) is None):
            raise ValueError(f"decision.rule {rule!r} is not argmax, nor top_k or threshold with its value beside it.")
        if (positive is not None) != (rule == "threshold" and exclusive and len(labels) == 2):
            raise ValueError("decision.positive must name the label that the threshold of a two-label model is for.")
        if positive not in (None, *labels):
            raise ValueError(f"decision.positive is {positive!r}, which is not a label.")
        plain = cls(labels, exclusive, None, None, positive, _levels(settings.get("parents") or {}, labels))
        floor, most = plain.limits(given.get("threshold"), 1 if rule == "argmax" else top_k)
        if floor is not None and not ((floor > 0) & (floor < 1)).all():
            raise ValueError("threshold: a model cannot decide at 0 (every label passes) or at 1 (none does).")
        below = given.get("abstain_below")
        if below is not None and (not exclusive or rule == "threshold" or not 1 / len(labels) < below < 1):
            raise ValueError(
                "decision.abstain_below is for the best of labels that exclude one another: 1/labels to 1."
            )
        if below is not None and NOT_CLASSIFIABLE in labels:
            raise ValueError(f"decision.abstain_below answers {NOT_CLASSIFIABLE!r}, which is one of the labels.")
        return cls(labels, exclusive, floor, most, positive, plain.parents, below)

    def scores(self, logits: np.ndarray) -> np.ndarray:
        """Return the scores of logits (rows, labels)."""
        logits = np.asarray(logits)
        if logits.dtype not in (np.float32, np.float64):
            logits = logits.astype(np.float32)  # in half precision many different scores would be equal
        return softmax(logits) if self.exclusive else sigmoid(logits)

    def limits(
        self,
        threshold: Any = None,
        top_k: int | None = None,
        parents: bool = False,
        abstain_below: float | None = None,
    ) -> tuple[np.ndarray | None, int | None]:
        """Return the threshold and the number of labels that hold for one call.

        What the caller gives replaces the model's own: a threshold from 0 (every label) to 1, all labels that reach
        it; a number, the best labels whatever they score; both, the best of those that reach it. What holds of
        *abstain_below* is not among them: it says whether there is an answer at all. Raises ValueError for values
        without sense.
        """
        if abstain_below is not None and not _is_share(abstain_below):
            raise ValueError(f"abstain_below: {abstain_below!r} is not a number from 0 (every text is answered) to 1.")
        if abstain_below is not None and (not self.exclusive or self.positive):
            raise ValueError("abstain_below: this model does not answer with the best of its labels.")
        if parents and not self.parents:
            raise ValueError("parents: the labels of this model have none.")
        if top_k is not None and (isinstance(top_k, bool) or not isinstance(top_k, Integral) or top_k < 1):
            raise ValueError(f"top_k: {top_k!r} is not a whole number from 1.")
        floor = None if threshold is None else _thresholds(threshold, self.labels)
        if self.positive and (top_k is not None or (floor is not None and floor.ndim)):
            raise ValueError("this model answers one of two labels by a single threshold: no top_k, no list.")
        return (self.threshold, self.top_k) if threshold is None and top_k is None else (floor, top_k)

    def decide(
        self,
        scores: np.ndarray,
        threshold: Any = None,
        top_k: int | None = None,
        parents: bool = False,
        abstain_below: float | None = None,
    ) -> list[Any]:
        """Return an answer for each row of scores (rows, labels), of things that JSON knows.

        - An answer is a list of ``{"label", "score"}``, best first, equal scores in the order of the labels' ids. It
          is empty when no label reaches the threshold.
        - With a positive label it is a list of one ``{"label", "score", "positive", "threshold"}``. The score is
          always the positive label's, so that answers can be ranked; the label is the positive one if that score
          reaches the threshold, else the other.
        - Where the best label scores below *abstain_below*, which replaces the model's own (0: it always answers), it
          is a list of one ``{"label": "not classifiable", "score"}`` with that best score.
        - With *parents* it is ``{"labels": [...], "parents": [...]}``, or ``"parents": {level: [...]}`` where there
          are levels: the parents of the labels in the answer, best first. A parent's score does not change with the
          threshold, since it is taken over all labels below it: their sum where labels exclude one another; else
          their maximum, below which the probability that one of them fits cannot fall.

        The options and their errors are those of ``limits``.
        """
        floor, most = self.limits(threshold, top_k, parents, abstain_below)
        scores = np.asarray(scores)
        if scores.ndim != 2 or scores.shape[1] != len(self.labels):
            raise ValueError(f"scores of shape {scores.shape} are not rows of {len(self.labels)} labels.")
        if np.isnan(scores).any():
            raise ValueError("the model's scores hold NaN: it may not bear the precision that it was loaded in.")
        if self.positive is not None and floor is not None:
            column, limit = self.labels.index(self.positive), float(floor)
            label = {True: self.positive, False: self.labels[1 - column]}
            rest = {"positive": self.positive, "threshold": limit}
            return [[{"label": label[score >= limit], "score": score, **rest}] for score in scores[:, column].tolist()]
        chosen = np.ones(scores.shape, dtype=bool) if floor is None else scores >= floor
        if most is not None and most < len(self.labels):
            chosen &= scores >= np.partition(scores, -most, axis=1)[:, -most, None]
            for row in np.flatnonzero(chosen.sum(axis=1) > most):  # equal scores at the edge: the first ids stay
                chosen[row, np.argsort(-scores[row], kind="stable")[most:]] = False
        unsure = self._unsure(scores, abstain_below)
        chosen[unsure] = False
        answers = _best_first(self.labels, scores, chosen)
        for one in unsure:
            answers[one] = [{"label": NOT_CLASSIFIABLE, "score": float(scores[one].max())}]
        if not parents:
            return answers
        above = {level: self._rolled_up(scores, chosen, *names) for level, names in self.parents.items()}
        rows: Sequence[Any] = above.get("") or [
            dict(zip(above, row, strict=True)) for row in zip(*above.values(), strict=True)
        ]
        return [{"labels": answer, "parents": row} for answer, row in zip(answers, rows, strict=True)]

    def _unsure(self, scores: np.ndarray, abstain_below: float | None) -> list[int]:
        """Return the rows that are not answered."""
        below = self.abstain_below if abstain_below is None else abstain_below
        if below is None:
            return []
        # An array of float64, as thresholds are, for the same reason.
        rows: list[int] = np.flatnonzero(scores.max(axis=1) < np.array([below], dtype=np.float64)).tolist()
        return rows

    def _rolled_up(
        self, scores: np.ndarray, chosen: np.ndarray, names: tuple[str, ...], parent: np.ndarray
    ) -> list[Answer]:
        children = np.argsort(parent, kind="stable")[np.sum(parent < 0) :]  # side by side, as reduceat needs them
        starts = np.searchsorted(parent[children], np.arange(len(names)))
        joined = (np.add if self.exclusive else np.maximum).reduceat(scores[:, children], starts, axis=1)
        rows, columns = np.nonzero(chosen[:, children])
        listed = np.zeros(joined.shape, dtype=bool)
        listed[rows, parent[children][columns]] = True
        return _best_first(names, np.minimum(joined, 1), listed)  # a sum may round up to over 1


def _best_first(names: Sequence[str], scores: np.ndarray, chosen: np.ndarray) -> list[Answer]:
    """Return what is chosen of each row, named and sorted."""
    rows, columns = np.nonzero(chosen)
    values = scores[rows, columns]
    order = np.lexsort((-values, rows))  # stable, and the columns ascend: equal scores stay in their order
    pairs = zip(columns[order].tolist(), values[order].tolist(), strict=True)
    counts = np.bincount(rows, minlength=len(scores)).tolist()
    return [[{"label": names[column], "score": value} for column, value in islice(pairs, count)] for count in counts]


def _thresholds(value: Any, labels: Sequence[str]) -> np.ndarray:
    if isinstance(value, Mapping):
        if odd := sorted(set(labels) ^ set(value), key=str):
            raise ValueError(f"threshold: {odd[0]!r} is missing or is not a label. Name every label once.")
        value = [value[label] for label in labels]
    several = isinstance(value, (list, tuple, np.ndarray))
    if several and len(value) != len(labels):
        raise ValueError(f"threshold: there are {len(value)} values for {len(labels)} labels.")
    for number in value if several else [value]:
        if not _is_share(number):
            raise ValueError(f"threshold: {number!r} is not a number from 0 (every label passes) to 1.")
    # An array of float64 in any case: numpy would round a bare number to the scores' precision before it compares.
    return np.array(value, dtype=np.float64)


def _is_share(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and 0 <= float(value) <= 1


def _levels(parents: Mapping[str, Any], labels: Sequence[str]) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    if unknown := sorted(set(parents) - set(labels)):
        raise ValueError(f"parents: {unknown[0]!r} is not a label.")
    of_label = [parents.get(label, {}) for label in labels]
    of_label = [{"": parent} if isinstance(parent, str) else parent for parent in of_label]
    levels = dict.fromkeys(level for above in of_label for level in above)
    if "" in levels and len(levels) > 1:
        raise ValueError("parents: some labels have a parent for each level, others a single one.")
    names = {level: list(dict.fromkeys(above[level] for above in of_label if level in above)) for level in levels}
    ids = {level: {name: number for number, name in enumerate(names[level])} for level in levels}
    return {
        level: (tuple(names[level]), np.array([ids[level].get(above.get(level), -1) for above in of_label]))
        for level in levels
    }
