"""What the ONNX files are worth beside the weights, and which of them the Space answers from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.inference.onnx import computing_by, processor
from hubpress.layout import ONNX, QUANTIZED, WEIGHT_ONLY
from hubpress.metrics.counts import Predictions
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import WidgetAnswer, changed_answers
from hubpress.schemas.onnx_facts import OnnxFacts, OnnxFile, PageFacts
from hubpress.tasks.parts import difference
from hubpress.tasks.protocol import Measurable

if TYPE_CHECKING:
    from datasets import Dataset

_LOG = logging.getLogger(__name__)


def measure_onnx(
    recipe: Recipe,
    task: Measurable,
    pipe: Any,
    path_of: Callable[[str], Path],
    names: Sequence[str],
    *,
    test: Dataset,
    ours: Predictions,
    widget: tuple[WidgetAnswer, ...],
) -> OnnxFacts:
    """Return what the files are worth on the test split, by the code that measures the weights.

    *names* are those of the ONNX files, and *path_of* gives the model's files by theirs. *ours* and *widget* are what
    the weights gave: their answers to the test split, and to the examples.
    """
    main = recipe.main_metric
    predicted, answers = {recipe.weights_file: ours}, {}
    for name in names:
        _LOG.info("answering the test split by %s", name)
        with computing_by(pipe, path_of(name)):
            predicted[name] = task.predictions(pipe, test)
            answers[name] = task.widget(pipe, widget)
    metrics = {name: predictions.metrics(recipe.metrics) for name, predictions in predicted.items()}
    sign = -1 if METRIC_NAMES[main].lower_is_better else 1
    losses = {name: sign * (metrics[recipe.weights_file][main] - metrics[name][main]) for name in names}
    best = {name: name if losses[name] <= recipe.onnx.allowed_loss else ONNX for name in names}
    used, page = best[QUANTIZED], None
    if WEIGHT_ONLY in names:
        page = PageFacts(used=best[WEIGHT_ONLY], loss=losses[WEIGHT_ONLY], widget=answers[best[WEIGHT_ONLY]])
    changed, largest = changed_answers(widget, answers[used])
    return OnnxFacts(
        files=tuple(
            OnnxFile(path=name, bytes=path_of(name).stat().st_size, metrics=found) for name, found in metrics.items()
        ),
        loss=losses[QUANTIZED],
        difference=difference(recipe, predicted[QUANTIZED], ours),
        allowed_loss=recipe.onnx.allowed_loss,
        used=used,
        widget=answers[used],
        changed=changed,
        largest_difference=largest,
        processor=processor(),
        page=page,
    )
