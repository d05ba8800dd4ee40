"""A linear model of scikit-learn on what the head reads of a text, and its coefficients as that head's weights."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from hubpress.errors import HubpressError
from hubpress.metrics.names import is_better
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import ProbeFacts, TriedStrength
from hubpress.tasks.losses import class_weights, positive_weights, share_logits
from hubpress.tasks.protocol import Trainable

_LOG = logging.getLogger(__name__)
_VALUES = {
    "C": tuple(float(f"{value:.3g}") for value in np.logspace(-4, 1, 11)),
    "alpha": tuple(float(f"{value:.3g}") for value in np.logspace(4, -1, 11)),
}
"""What is compared of scikit-learn's parameters of regularisation, the strongest first."""
_FOLDS = 5
_EQUAL = 1e-9  # of two means of scores
_ENOUGH = 10_000  # iterations, of which a probe takes some dozens


@dataclass(frozen=True)
class Examples:
    """What a probe learns from: features (records, size) and answers: ids, rows of 0 and 1, or numbers."""

    features: np.ndarray
    answers: np.ndarray

    def some(self, rows: np.ndarray) -> Examples:
        """Return the examples of some rows."""
        return Examples(self.features[rows], self.answers[rows])

    @classmethod
    def of(cls, features: np.ndarray, encoded: Any, task: str, labels: int) -> Examples:
        """Return the examples of an encoded split, of which *features* are known."""
        given = encoded["labels"]
        if task == "multi-label":
            answers = np.zeros((len(given), labels))
            for row, ids in enumerate(given):
                answers[row, ids] = 1
            return cls(features, answers)
        return cls(features, np.array(given))


@dataclass(frozen=True)
class LinearModel:
    """The last layer of a model: weights (labels, size) and bias (labels,)."""

    weight: np.ndarray
    bias: np.ndarray

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return what it answers to features (records, labels)."""
        return np.asarray(features @ self.weight.T + self.bias)


@dataclass(frozen=True)
class Probe:
    """How a probe is fitted to the answers of one kind of model."""

    fit: Callable[..., LinearModel]
    title: str
    parameter: Literal["C", "alpha"]


def refuse_few(recipe: Recipe, splits: SplitFacts) -> None:
    """Raise HubpressError for a train split from which a probe or a warm-up cannot learn: labels without records, with
    nothing but records, or none of which there are two.

    Where records have several labels, one without any gets its share of them alone, as in fine-tuning.
    """
    training, counts, total = recipe.training, splits.label_counts.get("train", {}), splits.counts["train"]
    if recipe.task == "regression" or not (training.fits_head or training.contrastive):
        return
    found = {label: counts.get(label, 0) for label in splits.labels}
    if recipe.task != "multi-label" and (training.fits_head or training.pooling is None):  # which a probe chooses
        for label, count in found.items():
            if count in (0, total):
                what = f"all {total}" if count else "none of the"
                raise HubpressError(
                    f"{what} records for training have the label {label!r}, so that a linear probe cannot learn it.",
                    where="training.method",
                    hint="Give more records, leave the label out, or fine-tune with a training.pooling.",
                )
    if training.contrastive and max(found.values()) < 2:
        raise HubpressError(
            "no label has two records for training, so that there are no pairs of one class.",
            where="training.contrastive",
            hint="Give more records, or take it out.",
        )


def refuse_shares(recipe: Recipe, splits: SplitFacts, *, has_bias: bool) -> None:
    """Raise HubpressError where a probe of several labels would give one its share alone, and the layer has no bias."""
    counts, total = splits.label_counts.get("train", {}), splits.counts["train"]
    if has_bias or recipe.task != "multi-label" or not recipe.training.fits_head:
        return
    for label in splits.labels:
        if counts.get(label, 0) in (0, total):
            raise HubpressError(
                f"the label {label!r} has no records for training, or all of them, and the base's last layer has no "
                "bias, without which a linear probe cannot say so.",
                where="training.method",
                hint="Give the label records or leave it out, fine-tune, or choose another base model.",
            )


def fit_probe(
    recipe: Recipe,
    task: Trainable,
    encoded: Any,
    examples: Mapping[str, Examples],
    *,
    labels: Sequence[str],
    has_bias: bool,
    is_fresh: bool,
) -> tuple[LinearModel, ProbeFacts]:
    """Return the linear model of the train split, with what its regularisation was chosen by.

    *encoded* is that split, *examples* are its features and those of validation. The strongest regularisation is taken
    whose main metric is within one standard error of the best, by cross-validation in train. It is chosen on validation
    where a part would lack a class, and without *is_fresh*, for an encoder that has seen the train split. The features
    are brought to a mean of 0 and divided by one number, their standard deviation, which weights and bias take back.
    """
    train, kind = examples["train"], _PROBES[recipe.task]
    # A layer without a bias cannot take a mean away again. With one, solvers come to their end sooner without it.
    centre = train.features.mean(axis=0) if has_bias else np.zeros(train.features.shape[1])
    scale = float((train.features - centre).std()) or 1.0
    scaled = {name: Examples((part.features - centre) / scale, part.answers) for name, part in examples.items()}
    weights = _weights(recipe, labels, encoded)

    def fit(part: Examples, value: float, what: str) -> LinearModel:
        return kind.fit(
            part, value, weights, has_bias=has_bias, said=f"fitting the head, {kind.parameter} {value:g} ({what})"
        )

    folds, values = list(_folds(recipe, train)) if is_fresh else [], _VALUES[kind.parameter]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metrics: a fold may lack a label
        tried = [
            _tried(recipe, task, fit, scaled, folds, value, f"{number} of {len(values)}")
            for number, value in enumerate(values, start=1)
        ]
        chosen = _chosen(tried, recipe.main_metric)
        model = fit(scaled["train"], chosen.value, "the chosen one")
    facts = ProbeFacts(
        estimator=kind.title,
        parameter=kind.parameter,
        value=chosen.value,
        features=train.features.shape[1],
        chosen_by=f"{len(folds)}-fold cross-validation in train" if folds else "the validation split",
        tried=tuple(tried),
    )
    weight = model.weight / scale
    return LinearModel(weight, model.bias - weight @ centre), facts


def fold_in(model: LinearModel, layer: Any) -> None:
    """Give a linear layer of torch the weights of a linear model."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(model.weight, dtype=layer.weight.dtype))
        if layer.bias is not None:
            layer.bias.copy_(torch.tensor(model.bias, dtype=layer.bias.dtype))


def _tried(
    recipe: Recipe,
    task: Trainable,
    fit: Callable[[Examples, float, str], LinearModel],
    scaled: Mapping[str, Examples],
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    value: float,
    what: str,
) -> TriedStrength:
    def score(learned: Examples, held: Examples, what: str) -> float:
        return _metric(recipe, task, fit(learned, value, what).logits(held.features), held.answers)

    if not folds:
        return TriedStrength(value=value, score=score(scaled["train"], scaled["validation"], what))
    train = scaled["train"]
    scores = [
        score(train.some(learned), train.some(held), f"{what}, fold {number} of {len(folds)}")
        for number, (learned, held) in enumerate(folds, start=1)
    ]
    return TriedStrength(
        value=value, score=float(np.mean(scores)), standard_error=float(np.std(scores, ddof=1) / len(scores) ** 0.5)
    )


def best_of(tried: Sequence[TriedStrength], metric: str) -> TriedStrength:
    """Return the strength with the best score, of equal ones the strongest."""
    best = tried[0]
    for one in tried:
        best = one if is_better(metric, one.score, best.score) else best
    return best


def _chosen(tried: Sequence[TriedStrength], metric: str) -> TriedStrength:
    """Return the strongest that is no more than one standard error behind the best.

    Where the best has the same score in every fold, as where all answers are right, that is its own standard error: the
    one of the best is 0 then, and says nothing of other records.
    """
    best = best_of(tried, metric)

    def near(one: TriedStrength) -> bool:
        return abs(one.score - best.score) <= (best.standard_error or one.standard_error or 0.0) + _EQUAL

    return next(one for one in tried if near(one))


def _metric(recipe: Recipe, task: Trainable, logits: np.ndarray, answers: np.ndarray) -> float:
    from transformers import EvalPrediction

    truth = torch.tensor(answers)
    reduced = task.reducer()(torch.tensor(logits), truth).numpy()
    return task.validation_metrics()(EvalPrediction(reduced, truth.numpy()))[recipe.main_metric]


def _folds(recipe: Recipe, train: Examples) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows to learn from and rows to measure on; nothing where a part would lack a label."""
    from sklearn.model_selection import KFold, StratifiedKFold

    seed = int(recipe.training.arguments.get("seed", 0))
    if recipe.task == "single-label":
        fewest = int(np.unique(train.answers, return_counts=True)[1].min())
        if fewest >= 2:
            folds = StratifiedKFold(min(_FOLDS, fewest), shuffle=True, random_state=seed)
            yield from folds.split(train.features, train.answers)
    elif recipe.task == "regression" and len(train.answers) >= 2 * _FOLDS:
        yield from KFold(_FOLDS, shuffle=True, random_state=seed).split(train.features)


def _weights(recipe: Recipe, labels: Sequence[str], encoded: Any) -> np.ndarray | None:
    """Return what the recipe's ``class_weight`` gives each label, as in the loss of fine-tuning."""
    of = {"single-label": class_weights, "multi-label": positive_weights}.get(recipe.task)
    weights = of(recipe.training, labels, encoded) if of and recipe.training.class_weight else None
    return None if weights is None else weights.numpy()


def _logistic(value: float, **words: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=value, max_iter=_ENOUGH, **words)


def _classes(part: Examples, value: float, weights: np.ndarray | None, *, has_bias: bool, said: str) -> LinearModel:
    _LOG.info("%s", said)
    by_label = None if weights is None else dict(enumerate(weights.tolist()))
    model = _logistic(value, class_weight=by_label, fit_intercept=has_bias).fit(part.features, part.answers)
    if len(model.classes_) == 2:  # whose one row says how much more the second is meant than the first
        halves = np.array([[-0.5], [0.5]])
        return LinearModel(halves * model.coef_, (halves * model.intercept_)[:, 0])
    return LinearModel(model.coef_, np.broadcast_to(model.intercept_, len(model.classes_)))


def _labels(part: Examples, value: float, weights: np.ndarray | None, *, has_bias: bool, said: str) -> LinearModel:
    from joblib import Parallel, delayed

    def fit(label: int, answers: np.ndarray) -> tuple[np.ndarray, float]:
        _LOG.info("%s: label %d of %d", said, label + 1, part.answers.shape[1])
        if np.ptp(answers) == 0:  # which only a layer with a bias can say: see refuse_shares
            return np.zeros(part.features.shape[1]), float(share_logits(answers.sum(), len(answers)))
        weight = None if weights is None else {0: 1.0, 1: float(weights[label])}
        model = _logistic(value, class_weight=weight, fit_intercept=has_bias).fit(part.features, answers)
        return model.coef_[0], float(np.ravel(model.intercept_)[0])

    # Threads: what takes the time lets go of Python's lock, and features need not be copied.
    at_once = Parallel(n_jobs=torch.get_num_threads(), prefer="threads")
    rows, biases = zip(*at_once(delayed(fit)(*one) for one in enumerate(part.answers.T)), strict=True)
    return LinearModel(np.array(rows), np.array(biases))


def _numbers(part: Examples, value: float, weights: np.ndarray | None, *, has_bias: bool, said: str) -> LinearModel:
    from sklearn.linear_model import Ridge

    _LOG.info("%s", said)
    deviation = part.answers.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    model = Ridge(alpha=value, fit_intercept=has_bias).fit(part.features, part.answers / deviation)
    bias = np.broadcast_to(model.intercept_, deviation.shape) * deviation
    return LinearModel(model.coef_.reshape(len(deviation), -1) * deviation[:, None], bias)


_PROBES = {
    "single-label": Probe(_classes, "LogisticRegression", "C"),
    "multi-label": Probe(_labels, "LogisticRegression for each label", "C"),
    "regression": Probe(_numbers, "Ridge", "alpha"),
}
