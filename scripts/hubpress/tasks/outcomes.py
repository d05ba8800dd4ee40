"""What a model answered, held against the truth: one class, a set of labels, or one positive label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from hubpress.inference.inputs import shown_text
from hubpress.metrics.calibration import Reliability
from hubpress.metrics.counts import Counts, ResampledScores
from hubpress.metrics.ordinal import KAPPA, quadratic_kappa, resampled_kappa
from hubpress.schemas.evaluation import Confusion, CurvePoint, PrecisionRecall, WrongAnswer
from hubpress.tasks.levels import Level
from hubpress.text import shortened

if TYPE_CHECKING:
    from datasets import Dataset

TOP = "accuracy_top_"
"""How the names of metrics begin that look at several of the best classes."""

_CURVE = 200  # points of the precision-recall curve
_ERRORS = 50
_CUT = 200  # characters of a text in the list of errors
_OWN = ("f1", "precision", "recall")  # the positive label's


@dataclass(frozen=True, eq=False)
class BinaryPredictions:
    """The truth (records,), the positive label's score (records,) and the threshold that it is held against."""

    labels: tuple[str, ...]
    positive: int
    """The positive label's id."""
    truth: np.ndarray
    """True where a record is positive."""
    scores: np.ndarray
    threshold: float

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def answers(self) -> np.ndarray:
        """True where a record is answered as positive (records,)."""
        answers: np.ndarray = self.scores >= self.threshold
        return answers

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures by scikit-learn: the positive label's, or of both labels where a name says so."""
        from sklearn.metrics import average_precision_score, precision_recall_fscore_support

        from hubpress.metrics.scores import class_scores

        precision, recall, f1, _ = precision_recall_fscore_support(
            self.truth, self.answers, average="binary", zero_division=0
        )
        values = {"f1": f1, "precision": precision, "recall": recall}
        if "average_precision" in names:
            values["average_precision"] = average_precision_score(self.truth, self.scores)
        values |= class_scores(names, predictions=self.ids(self.answers), references=self.ids(self.truth))
        return {name: float(values[name]) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        from sklearn.metrics import average_precision_score

        counted = [name for name in names if name != "average_precision"]
        means = {"accuracy": (self.answers == self.truth).astype(np.float64)}
        rates = ResampledScores(self.counts, means, dict.fromkeys(_OWN, self.positive))
        found = dict(zip(counted, rates(counted, weights), strict=True)) if counted else {}
        if "average_precision" in names:
            found["average_precision"] = np.array(
                [
                    average_precision_score(self.truth, self.scores, sample_weight=row) if row[self.truth].any() else 0
                    for row in weights
                ]
            )
        return np.stack([found[name] for name in names])

    def bearing(self, name: str) -> int:
        """Return how many records a figure is of: recall is of those that are positive."""
        return self.counts.bearing(name, self.positive) if name in _OWN else len(self)

    @cached_property
    def counts(self) -> Counts:
        """The counts of both labels."""
        return Counts.of_ids(self.ids(self.truth), self.ids(self.answers), 2)

    def curve(self) -> PrecisionRecall:
        """Return the precision-recall curve, thinned to 200 points, and the point of the threshold."""
        from sklearn.metrics import precision_recall_curve

        precision, recall, thresholds = precision_recall_curve(self.truth, self.scores)
        kept = np.unique(np.linspace(0, len(thresholds) - 1, min(_CURVE, len(thresholds))).astype(int))
        own = self.metrics(("precision", "recall", "average_precision"))
        return PrecisionRecall(
            precision=tuple(precision[kept].tolist()),
            recall=tuple(recall[kept].tolist()),
            threshold=tuple(thresholds[kept].tolist()),
            chosen=CurvePoint(threshold=self.threshold, precision=own["precision"], recall=own["recall"]),
            average_precision=own["average_precision"],
        )

    def errors(self, records: Dataset) -> tuple[WrongAnswer, ...]:
        """Return up to 50 records that are answered wrong, the furthest from the threshold first."""
        wrong = np.flatnonzero(self.answers != self.truth)
        wrong = wrong[np.argsort(-np.abs(self.scores[wrong] - self.threshold), kind="stable")][:_ERRORS]
        listed = []
        for row in wrong.tolist():
            expected, answered = (self.labels[self.ids(part[row : row + 1])[0]] for part in (self.truth, self.answers))
            record, score = records[row], float(self.scores[row])
            cut = shortened(shown_text(record["text"], record.get("text_pair")), _CUT)
            listed.append(WrongAnswer(text=cut, expected=expected, answered=answered, score=score))
        return tuple(listed)

    def confusion(self) -> Confusion:
        """Return the confusion matrix of both labels, in the order of their ids."""
        return _confusion(self.labels, self.ids(self.truth), self.ids(self.answers), level=None)

    def ids(self, positive: np.ndarray) -> np.ndarray:
        """Return label ids for what is positive and what is not."""
        return np.where(positive, self.positive, 1 - self.positive)


@dataclass(frozen=True)
class BinaryAnswers:
    """The positive label's scores of the records of one combination of inputs."""

    whole: BinaryPredictions
    temperature: float | None = None
    """By which the model's logits are divided, of one that is calibrated."""

    def predictions(self, *, threshold: float | None = None, level: Level | None = None) -> BinaryPredictions:
        """Return the answers by the model's own threshold or another. Two labels have no levels above them."""
        own = self.whole
        limit = own.threshold if threshold is None else threshold
        return BinaryPredictions(own.labels, own.positive, own.truth, own.scores, limit)


@dataclass(frozen=True, eq=False)
class LabelSetPredictions:
    """The true and the answered labels of each record: matrices (records, labels) of 0 and 1."""

    labels: tuple[str, ...]
    truth: sparse.csr_matrix
    answers: sparse.csr_matrix

    def __len__(self) -> int:
        return int(self.truth.shape[0])

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures by scikit-learn; ``macro`` is over the labels that occur in truth or answers."""
        from sklearn.metrics import precision_recall_fscore_support

        occurring = np.flatnonzero(np.asarray((self.truth + self.answers).sum(axis=0)).ravel())
        averages = dict.fromkeys(name.partition("_")[2] for name in names)
        rates = {
            average: dict(
                zip(
                    ("precision", "recall", "f1"),
                    precision_recall_fscore_support(
                        self.truth[:, occurring], self.answers[:, occurring], average=average, zero_division=0
                    ),
                    strict=False,  # the fourth is the support
                )
            )
            for average in averages
        }
        return {name: float(rates[name.partition("_")[2]][name.partition("_")[0]]) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        return ResampledScores(self.counts)(names, weights)

    def bearing(self, name: str) -> int:
        """Return how many records have a label that a figure counts."""
        score, _, average = name.partition("_")
        return len(self) if average == "samples" else self.counts.bearing(score)

    @cached_property
    def counts(self) -> Counts:
        """The counts of each record and label."""
        return Counts.of_sets(self.truth, self.answers)

    def at(self, level: Level) -> LabelSetPredictions:
        """Return the same with every label's parent in its place."""
        rows = np.arange(len(level.parent))
        above = sparse.csr_matrix((np.ones(len(rows)), (rows, level.parent)), shape=(len(rows), len(level.names)))
        rolled_up = [sparse.csr_matrix((part @ above) > 0) for part in (self.truth, self.answers)]
        return LabelSetPredictions(level.names, *rolled_up)


@dataclass(frozen=True, eq=False)
class LabelSetAnswers:
    """Scores (records, labels) of all labels that reach the lowest threshold in question, 0 elsewhere."""

    labels: tuple[str, ...]
    truth: sparse.csr_matrix
    scores: sparse.csr_matrix
    own: np.ndarray | float
    """The model's own threshold: one, or one for each label."""
    reliability: Reliability | None = None
    """How sure and how right all scores are, of a model that is measured."""
    uncalibrated: Reliability | None = None
    """The same without its temperature."""

    def predictions(self, *, threshold: float | None = None, level: Level | None = None) -> LabelSetPredictions:
        """Return the labels over the model's own threshold, or another, perhaps rolled up to their parents."""
        limits = np.broadcast_to(self.own if threshold is None else threshold, (len(self.labels),))
        scores = self.scores.tocoo()
        reached = scores.data >= limits[scores.col]
        places = (scores.row[reached], scores.col[reached])
        answers = sparse.csr_matrix((np.ones(int(reached.sum()), dtype=bool), places), shape=scores.shape)
        predictions = LabelSetPredictions(self.labels, self.truth, answers)
        return predictions.at(level) if level else predictions


@dataclass(frozen=True, eq=False)
class ClassPredictions:
    """The true class of each record (records,) and the best-scored classes, best first (records, k)."""

    labels: tuple[str, ...]
    truth: np.ndarray
    ranked: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def metrics(self, names: Sequence[str]) -> dict[str, float]:
        """Return the named figures, by scikit-learn where it has them without all scores."""
        from hubpress.metrics.scores import class_scores

        values = class_scores(names, predictions=self.ranked[:, 0], references=self.truth)
        if KAPPA in names:
            values[KAPPA] = quadratic_kappa(self.truth, self.ranked[:, 0])
        means = self._means(names)
        return {name: float(values[name]) if name in values else float(means[name].mean()) for name in names}

    def resampled(self, names: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """Return the figures (names, resamples) with each record counted by weights (resamples, records)."""
        counted = [name for name in names if name != KAPPA]
        values = ResampledScores(self.counts, self._means(counted))(counted, weights) if counted else ()
        found = dict(zip(counted, values, strict=True))
        if KAPPA in names:
            found[KAPPA] = resampled_kappa(self.truth, self.ranked[:, 0], weights)
        return np.stack([found[name] for name in names])

    @cached_property
    def counts(self) -> Counts:
        """The counts of the first answers."""
        return Counts.of_ids(self.truth, self.ranked[:, 0], len(self.labels))

    def at(self, level: Level) -> ClassPredictions:
        """Return the same with every class's parent in its place."""
        return ClassPredictions(level.names, level.parent[self.truth], level.parent[self.ranked])

    def confusion(self, *, level: str | None = None) -> Confusion:
        """Return the confusion matrix of the first answers; *level* says whose names the labels are."""
        return _confusion(self.labels, self.truth, self.ranked[:, 0], level=level)

    def _means(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        found = self.ranked == self.truth[:, None]
        tops = {name: int(name.removeprefix(TOP)) for name in names if name.startswith(TOP)}
        means = {name: found[:, :top].any(axis=1).astype(np.float64) for name, top in tops.items()}
        return {"accuracy": found[:, 0].astype(np.float64), **means}


@dataclass(frozen=True)
class ClassAnswers:
    """Ranked classes of the records of one combination of inputs."""

    whole: ClassPredictions
    best: np.ndarray | None = None
    """The score of the best class (records,), of a model that is measured."""
    uncalibrated: np.ndarray | None = None
    """The same without its temperature."""

    @property
    def is_right(self) -> np.ndarray:
        """Whether the best class is the true one (records,)."""
        right: np.ndarray = self.whole.ranked[:, 0] == self.whole.truth
        return right

    def predictions(self, *, threshold: float | None = None, level: Level | None = None) -> ClassPredictions:
        """Return the answers, rolled up to *level*; they know no threshold."""
        return self.whole.at(level) if level else self.whole


def _confusion(labels: tuple[str, ...], truth: np.ndarray, answers: np.ndarray, *, level: str | None) -> Confusion:
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(truth, answers, labels=np.arange(len(labels)))
    return Confusion(level=level, names=labels, matrix=tuple(tuple(row) for row in matrix.tolist()))
