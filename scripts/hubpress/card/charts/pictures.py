"""Facts -> figures as PNG and SVG: pure, without a display, the same bytes for the same facts and matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hubpress.card.charts.canvas import Picture
from hubpress.card.charts.classes import classes_by_f1
from hubpress.card.charts.confusion import confusion_matrix
from hubpress.card.charts.inputs import by_combination
from hubpress.card.charts.precision_recall import precision_recall
from hubpress.card.charts.reliability import reliability_diagram
from hubpress.card.charts.scatter import scatter
from hubpress.card.charts.training import training_curve
from hubpress.files import digest_of
from hubpress.schemas.evaluation import READABLE_NAMES, Evaluation
from hubpress.schemas.training import TrainedFacts, TrainingFacts

if TYPE_CHECKING:
    from hubpress.recipe.blocks import ReferenceFigure

# A release draws for its card, and again for the proof: the same facts give the same bytes, in seconds of matplotlib.
_KEPT = 8
_DRAWN: dict[str, dict[str, Picture]] = {}


def pictures(
    training: TrainingFacts | TrainedFacts,
    evaluation: Evaluation,
    reference: Sequence[ReferenceFigure] = (),
    *,
    ordinal: bool = False,
) -> dict[str, Picture]:
    """Return the card's figures by name; which there are depends on what was measured.

    ``training`` of a model that was trained here by steps; ``confusion`` for more than two names; ``classes`` where a
    matrix of all labels is missing; ``scatter`` of a model that answers numbers; ``inputs`` where combinations of
    inputs were measured; ``curve`` for a positive label; ``reliability`` of a classifier.
    """
    key = digest_of([ordinal, *(fact.model_dump(mode="json") for fact in (training, evaluation, *reference))])
    if key not in _DRAWN:
        while len(_DRAWN) >= _KEPT:
            del _DRAWN[next(iter(_DRAWN))]
        _DRAWN[key] = _drawn(training, evaluation, reference, ordinal=ordinal)
    return dict(_DRAWN[key])


def _drawn(
    training: TrainingFacts | TrainedFacts,
    evaluation: Evaluation,
    reference: Sequence[ReferenceFigure],
    *,
    ordinal: bool,
) -> dict[str, Picture]:
    drawn = {}
    if isinstance(training, TrainingFacts) and not training.is_linear_probe:
        drawn["training"] = training_curve(training)
    labels = evaluation.labels
    confusion = evaluation.confusion
    if confusion and len(confusion.names) > 2:
        entities = confusion.names[:-1] == labels
        drawn["confusion"] = confusion_matrix(confusion, entities=entities, ordinal=ordinal)
    if evaluation.targets is not None and evaluation.outcomes:
        drawn["scatter"] = scatter(evaluation)
    elif confusion is None or len(labels) > READABLE_NAMES:  # then the best and the worst are drawn
        drawn["classes"] = classes_by_f1(evaluation.per_class)
    if any(part.inputs is not None and part.level is None for part in evaluation.slices):
        drawn["inputs"] = by_combination(evaluation, reference)
    if evaluation.curve and evaluation.decision.positive:
        drawn["curve"] = precision_recall(evaluation.curve, evaluation.decision.positive, evaluation.per_class)
    if evaluation.calibration:
        drawn["reliability"] = reliability_diagram(evaluation.calibration, evaluation.decision.positive)
    return drawn
