"""What ``metrics/`` counts, as parts of evaluation.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from hubpress.metrics.bootstrap import bootstrap_intervals
from hubpress.metrics.counts import Counts, Predictions
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import ClassScore, Interval


def intervals(recipe: Recipe, predictions: Predictions) -> dict[str, Interval]:
    """Return how sure each of the recipe's metrics is; raises HubpressError for a single record."""
    spec = recipe.evaluation
    found = bootstrap_intervals(recipe.metrics, predictions, samples=spec.bootstrap_samples, confidence=spec.confidence)
    return {name: Interval(**asdict(interval)) for name, interval in found.items()}


def class_scores(counts: Counts, labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return the figures of every class, in the order of *labels*."""
    return tuple(ClassScore(**asdict(rates)) for rates in counts.per_class(labels))
