"""What the ONNX files are worth beside the weights, and which of them the Space answers from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hubpress.data import DataFacts, load_split
from hubpress.files import ONNX, QUANTIZED, WEIGHTS
from hubpress.onnx_model import put_onnx_in
from hubpress.recipe import Recipe
from hubpress.tasks import get_task


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
    task, facts, main = get_task(recipe), DataFacts.load(data_folder), recipe.main_metric
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
            **differing(widget, answers[used]),
        }
    }


def _file(name: str, path_of: Callable[[str], Path], metrics: dict[str, float]) -> dict[str, Any]:
    return {"path": name, "bytes": path_of(name).stat().st_size, "metrics": metrics}


def differing(ours: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how many of the *others*' answers are not *ours* (``changed``) and the ``largest_difference`` in score."""
    changed, largest = 0, 0.0
    for one, other in zip(ours, others, strict=True):
        changed += _decided(one) != _decided(other)
        scores = [{_key(entry): entry["score"] for entry in answer["output"]} for answer in (one, other)]
        both = scores[0].keys() & scores[1].keys()
        largest = max([largest, *(abs(scores[0][key] - scores[1][key]) for key in both)])
    return {"changed": changed, "largest_difference": round(largest, 6)}


def _decided(answer: dict[str, Any]) -> Any:
    """Return the labels that were decided for, in any order, or the spans with their types."""
    return sorted(answer["answer"]) if "answer" in answer else sorted(map(_key, answer["output"]))


def _key(entry: dict[str, Any]) -> Any:
    return entry.get("label") or (entry["start"], entry["end"], entry["entity_group"])
