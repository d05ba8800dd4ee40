"""What the ONNX files are worth beside the weights, and which of them the Space answers from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hubpress.data.stored import load_split
from hubpress.inference.onnx import put_onnx_in
from hubpress.layout import ONNX, QUANTIZED, SPLITS_FACTS, WEIGHTS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Answer, changed_answers
from hubpress.schemas.splits import SplitFacts
from hubpress.tasks.registry import get_task


def measure_onnx(
    recipe: Recipe,
    data_folder: Path,
    pipe: Any,
    path_of: Callable[[str], Path],
    *,
    ours: dict[str, float],
    widget: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return ``{"onnx": …}`` for evaluation.json; nothing where the recipe exports none.

    ``files`` has size (bytes) and test metrics of the weights and of each ONNX file; ``loss`` what the int8 file loses
    of the main metric; ``used`` the file that the Space answers from, ``widget`` its answers to the examples,
    ``changed`` how many are other ones than the weights', ``largest_difference`` the largest difference of a score
    among them. *ours* and *widget* are what the weights gave. *pipe* computes by an ONNX file afterwards.
    """
    if not recipe.onnx.export:
        return {}
    task, facts, main = get_task(recipe), SplitFacts.load(data_folder / SPLITS_FACTS), recipe.main_metric
    test = load_split(data_folder, "test")
    files = [_file(WEIGHTS, path_of, ours)]
    answers = {}
    for name in (ONNX, QUANTIZED):
        put_onnx_in(pipe, path_of(name))
        files.append(_file(name, path_of, task.metrics(recipe, facts, pipe, test)))
        answers[name] = task.widget(pipe, widget)
    loss = ours[main] - files[-1]["metrics"][main]
    used = QUANTIZED if loss <= recipe.onnx.allowed_loss else ONNX
    return {
        "onnx": {
            "files": files,
            "loss": loss,
            "allowed_loss": recipe.onnx.allowed_loss,
            "used": used,
            "widget": answers[used],
            **_changed(widget, answers[used]),
        }
    }


def _changed(ours: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    answers = (
        tuple(Answer(output=one["output"], answer=one.get("answer")) for one in several) for several in (ours, others)
    )
    changed, largest = changed_answers(*answers)
    return {"changed": changed, "largest_difference": largest}


def _file(name: str, path_of: Callable[[str], Path], metrics: dict[str, float]) -> dict[str, Any]:
    return {"path": name, "bytes": path_of(name).stat().st_size, "metrics": metrics}
