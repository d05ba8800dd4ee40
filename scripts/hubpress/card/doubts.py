"""Figures of a model that has something wrong with it, rather than a hard task: sentences that say where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from hubpress.card.trained_doubts import doubts_of_trained
from hubpress.metrics.chance import beyond_chance, other_order
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.outcomes import NONE, Outcomes
from hubpress.schemas.training import TrainedFacts, TrainingFacts
from hubpress.text import listed, quoted

NOTHING = 0.1
"""An agreement beyond chance, or a correlation, below which answers are next to worthless (of 1)."""
_SHOWN = 4
_ELSEWHERE = (
    "its tokenizer, the order of its labels, and data.input_template: one of them may be another than in its training"
)
_ORDER = "the order of the labels: id2label of the model, data.labels and data.label_names"
_HERE = "data.input_template, the records' labels, and how long it was trained"


def doubts(evaluation: Evaluation, training: TrainingFacts | TrainedFacts) -> tuple[str, ...]:
    """Return what makes one doubt that a model is what it should be, by its answers to the test records.

    Answers in another order of the labels, and answers that are no better than chance or than always the same. Of a
    model that was trained elsewhere also what :func:`doubts_of_trained` says.
    """
    where = _ELSEWHERE if isinstance(training, TrainedFacts) else _HERE
    if evaluation.decision.rule == "threshold":
        where = f"{where}; and at decision.threshold"
    if evaluation.outcomes is None:  # of an older version
        return ()
    found = _of_numbers if evaluation.targets is not None else _of_labels
    of_answers = tuple(found(evaluation, evaluation.outcomes, where))
    if not isinstance(training, TrainedFacts):
        return of_answers
    return (*of_answers, *doubts_of_trained(evaluation, training, where, is_worthless=bool(of_answers)))


def _of_labels(evaluation: Evaluation, outcomes: Outcomes, where: str) -> Iterator[str]:
    labels, count = evaluation.labels, evaluation.data.count
    true, answered = (_matrix(text, len(labels)) for text in (outcomes.expected, outcomes.answered))
    each, said = (np.asarray(part.sum(axis=0)).ravel() for part in (true, answered))
    if outcomes.correct is None:
        together, hits = (true.T @ answered).toarray(), int(true.multiply(answered).sum())
        agreement = beyond_chance(hits, said, each, count)
    else:  # entities are not right by chance: their places would have to be
        together, hits = _confused(evaluation, len(labels)), int(_matrix(outcomes.correct, len(labels)).sum())
        agreement = 2 * hits / max(1, int(said.sum() + each.sum()))
    if exchanged := other_order(together, each):
        yield f"{_exchanged(labels, exchanged, together, each)} Look at {_ORDER}."
    elif agreement < NOTHING:
        most = int(each.argmax())
        if outcomes.correct is not None:
            found = f"hardly any of their entities, {hits:,} of {int(each.sum()):,}, are found rightly"
        elif hits <= each[most]:
            found = (
                f"its answers are no better than always the most frequent label, {quoted(labels[most])}: {hits:,} of "
                f"{int(said.sum()):,} are right, and always that label would be right {int(each[most]):,} times"
            )
        else:
            found = f"its answers are hardly better than chance: {hits:,} of {int(said.sum()):,} are right"
        yield f"On {count:,} test records {found}. Look at {where}."


def _exchanged(labels: Sequence[str], exchanged: dict[int, int], together: np.ndarray, each: np.ndarray) -> str:
    shown = [f"{quoted(labels[one])} as {quoted(labels[other])}" for one, other in exchanged.items()]
    few = listed(shown) if len(shown) <= _SHOWN else f"{', '.join(shown[:_SHOWN])} and {len(shown) - _SHOWN} more"
    now = sum(int(together[one, one]) for one in exchanged)
    then = sum(int(together[one, other]) for one, other in exchanged.items())
    return (
        f"Its labels seem to be in another order than in its training: most test records of these are answered {few}. "
        f"So exchanged, {then:,} of {int(each[list(exchanged)].sum()):,} would be right, where {now:,} are now."
    )


def _of_numbers(evaluation: Evaluation, outcomes: Outcomes, where: str) -> Iterator[str]:
    from scipy.stats import spearmanr

    true, answered = (_numbers(text) for text in (outcomes.expected, outcomes.answered))
    constant = [len(np.unique(column)) < 2 for column in answered.T]
    ranks = [
        0.0 if flat or len(set(one)) < 2 else float(spearmanr(one, other).statistic)
        for flat, one, other in zip(constant, true.T, answered.T, strict=True)
    ]
    if max(ranks) < NOTHING:
        told = "run against the true ones" if max(ranks) < -NOTHING else "do not go with the true ones"
        yield (
            f"Its numbers {told} (Spearman correlation {max(ranks):.2f} on {len(true):,} test records), so that always "
            f"the mean would be as good. Look at {where}."
        )


def _confused(evaluation: Evaluation, labels: int) -> np.ndarray:
    """Return how often each type of entities is answered as each other, without those that are no entities."""
    if evaluation.confusion is None or evaluation.confusion.level is not None:
        return np.zeros((labels, labels), dtype=np.int64)
    return np.array(evaluation.confusion.matrix, dtype=np.int64)[:labels, :labels]


def _rows(text: str) -> list[Sequence[str]]:
    return [() if part == NONE else part.split(",") for part in text.split(" ")]


def _matrix(text: str, labels: int) -> sparse.csr_matrix:
    """Return how often each record has each label (records, labels)."""
    rows = _rows(text)
    places = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    columns = np.array([int(one) for row in rows for one in row], dtype=np.int64)
    return sparse.csr_matrix((np.ones(len(columns), dtype=np.int64), (places, columns)), (len(rows), labels))


def _numbers(text: str) -> np.ndarray:
    return np.array([[float(one) for one in row] for row in _rows(text)])
