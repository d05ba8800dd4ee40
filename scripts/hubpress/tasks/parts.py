"""What ``metrics/`` counts, as parts of evaluation.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from hubpress.inference.static_embeddings import StaticEmbeddings
from hubpress.metrics.bootstrap import Difference, sure_intervals
from hubpress.metrics.calibration import ECE, Reliability
from hubpress.metrics.counts import Counts, Predictions
from hubpress.metrics.selective import COVERAGE, SELECTIVE_ACCURACY, SelectiveAnswers
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import ClassScore
from hubpress.schemas.scores import (
    Abstention,
    Calibration,
    CalibrationError,
    Interval,
    LabelThresholdGain,
    ReliabilityBin,
)
from hubpress.schemas.static import StaticFacts


def intervals(recipe: Recipe, predictions: Predictions, names: Sequence[str] = ()) -> dict[str, Interval]:
    """Return how sure each of some metrics is, by default the recipe's; raises HubpressError for a single record."""
    spec, asked = recipe.evaluation, names or recipe.metrics
    found = sure_intervals(asked, predictions, samples=spec.bootstrap_samples, confidence=spec.confidence)
    return {name: Interval(**asdict(interval)) for name, interval in found.items()}


def calibration(
    recipe: Recipe,
    of: Literal["top_label", "positive", "every_label"],
    reliability: Reliability,
    uncalibrated: Reliability | None,
) -> Calibration:
    """Return how far scores can be taken for probabilities, and how far those without the model's temperature could."""
    return Calibration(
        **dict(_error(recipe, reliability)),
        of=of,
        answers=reliability.decisions,
        bins=tuple(
            ReliabilityBin(low=low, share=share, confidence=confidence, correct=correct)
            for low, share, confidence, correct in reliability.bins()
        ),
        uncalibrated=None if uncalibrated is None else _error(recipe, uncalibrated),
    )


def _error(recipe: Recipe, reliability: Reliability) -> CalibrationError:
    interval = intervals(recipe, reliability, (ECE,))[ECE]
    return CalibrationError(error=reliability.metrics((ECE,))[ECE], interval=interval)


def abstention(recipe: Recipe, below: float, answers: SelectiveAnswers) -> Abstention:
    """Return how many records a model answers, and how many of those rightly."""
    names = (COVERAGE, SELECTIVE_ACCURACY)
    return Abstention(below=below, **answers.metrics(names), intervals=intervals(recipe, answers, names))


def gains(recipe: Recipe, names: Sequence[str], own: Predictions, common: Predictions) -> dict[str, LabelThresholdGain]:
    """Return each metric of both, with the paired interval of the difference."""
    sure = intervals(recipe, Difference(own, common), names)
    one, other = own.metrics(names), common.metrics(names)
    return {name: LabelThresholdGain(own=one[name], common=other[name], difference=sure[name]) for name in names}


def difference(recipe: Recipe, one: Predictions, other: Predictions) -> Interval:
    """Return the paired interval of what the main metric of *one* is more than that of *other*."""
    return intervals(recipe, Difference(one, other), (recipe.main_metric,))[recipe.main_metric]


def static_facts(recipe: Recipe, embeddings: StaticEmbeddings) -> StaticFacts:
    """Return what a static model is."""
    spec = recipe.evaluation.static_model
    return StaticFacts(
        id=spec.id if spec else None,
        revision=spec.revision if spec else None,
        sha256=embeddings.sha256,
        bytes=embeddings.bytes,
        dimensions=embeddings.dimensions,
    )


def class_scores(counts: Counts, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return the figures of every class, in the order of *labels*."""
    return tuple(ClassScore(**asdict(rates)) for rates in counts.per_class(labels))
