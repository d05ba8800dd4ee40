"""Figures that were published against those that were measured again; of int8 files, also on another processor.

Integer arithmetic gives the same everywhere (``assemble/onnx_export.py`` sees to that); but an int8 model rounds its
activations to 256 steps, and where two processors' floats differ in the last bit, one may come to lie on another step.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from hubpress.layout import QUANTIZED
from hubpress.schemas.answers import Answer, changed_answers
from hubpress.schemas.evaluation import Figures
from hubpress.schemas.onnx_facts import OnnxFacts, PageFacts
from hubpress.verify.proof import WIDGET_TOLERANCE, compare, leaves

INT8_TOLERANCE = 0.05
"""How far figures and scores of an int8 file may be from those of another kind of processor."""
OTHER_ANSWERS = 0.1
"""Of so many of the examples, one at least, the answer may change: scores that lie as near may change places."""


def compare_figures(claimed: Figures, measured: Figures, tolerance: float) -> list[str]:
    """Return a sentence for every figure that differs, but for the widget's answers: they have their own tolerance."""
    if claimed.training_texts is None:  # which older versions did not measure
        measured = measured.model_copy(update={"training_texts": None})
    one, other = claimed.onnx, measured.onnx
    if one is None or other is None or one.processor == other.processor:
        return compare(_figures_of(claimed), _figures_of(measured), "", tolerance)
    without = [_figures_of(figures.model_copy(update={"onnx": None})) for figures in (claimed, measured)]
    return compare(without[0], without[1], "", tolerance) + _compare_onnx(one, other, tolerance)


def of_test_alone(figures: Figures) -> Figures:
    """Return those figures that the test split gives by itself: no baselines, and nothing of what was chosen before."""
    chosen = dict.fromkeys(("chosen_on", "count", "metric", "value", "comparison", "aggregation"))
    lost = {name: one for name, one in figures.lost.items() if name == "test"} if figures.lost else figures.lost
    decision = figures.decision.model_copy(update=chosen)
    return figures.model_copy(update={"baselines": (), "decision": decision, "lost": lost, "training_texts": None})


def count_of_figures(figures: Figures) -> int:
    """Return how many single values ``compare_figures`` looks at."""
    return sum(1 for _ in leaves(_figures_of(figures), ""))


def compare_onnx_answers(facts: OnnxFacts, answers: Sequence[Answer], *, processor: str, where: str) -> list[str]:
    """Return what of the answers of the Space's ONNX file is not as *facts* have it, on a kind of *processor*."""
    if facts.used != QUANTIZED or facts.processor == processor:
        return compare(facts.widget, answers, where, WIDGET_TOLERANCE)
    if len(facts.widget) != len(answers):
        return [f"{where}: published {len(facts.widget)} answers, measured {len(answers)}"]
    changed, largest = changed_answers(facts.widget, tuple(answers))
    differences = compare(0, largest, f"{where}: largest difference of a score", INT8_TOLERANCE)
    return differences + compare(0, changed, f"{where}: other answers", max(1, int(OTHER_ANSWERS * len(answers))))


def answers_within(facts: OnnxFacts, processor: str) -> str:
    """Return in words how near the answers of the Space's ONNX file have to be on a kind of *processor*."""
    if facts.used != QUANTIZED or facts.processor == processor:
        return f"within {WIDGET_TOLERANCE:g}"
    return f"within {INT8_TOLERANCE:g}: int8, measured on {facts.processor or 'another processor'}, here {processor}"


def _compare_onnx(claimed: OnnxFacts, measured: OnnxFacts, tolerance: float) -> list[str]:
    """Compare facts of two kinds of processors: what int8 gives by its own tolerance, and the rest as ever."""
    one, other = ({file.path: file for file in facts.files} for facts in (claimed, measured))
    differences = []
    for name in sorted(one.keys() | other.keys()):
        within = INT8_TOLERANCE if name == QUANTIZED else tolerance
        pair = [files[name].as_json() if name in files else None for files in (one, other)]
        differences += compare(pair[0], pair[1], f"onnx.files.{name}", within)
    answers = compare_onnx_answers(
        claimed, measured.widget if claimed.used == measured.used else claimed.widget,
        processor=measured.processor or "", where="onnx.widget",
    )  # fmt: skip
    return [
        *differences,
        *compare(claimed.loss, measured.loss, "onnx.loss", INT8_TOLERANCE),
        *compare(claimed.difference, measured.difference, "onnx.difference", INT8_TOLERANCE),
        *compare(claimed.allowed_loss, measured.allowed_loss, "onnx.allowed_loss", 0),
        *answers,
        # Floats are as near on any processor.
        *_compare_page(claimed.page, measured.page, tolerance),
    ]


def _compare_page(claimed: PageFacts | None, measured: PageFacts | None, tolerance: float) -> list[str]:
    if claimed is None or measured is None:
        return compare(claimed, measured, "onnx.page", 0)
    return [
        *compare(claimed.used, measured.used, "onnx.page.used", 0),
        *compare(claimed.loss, measured.loss, "onnx.page.loss", tolerance),
        *compare(claimed.widget, measured.widget, "onnx.page.widget", WIDGET_TOLERANCE),
    ]


def _figures_of(figures: Figures) -> dict[str, JsonValue]:
    document = figures.as_json()
    names = [field.alias or name for name, field in Figures.model_fields.items() if name != "widget"]
    return {name: document[name] for name in names if name in document}
