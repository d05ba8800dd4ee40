"""Figures of int8 files that were measured on another kind of processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubpress.layout import ONNX, QUANTIZED
from hubpress.schemas.answers import Answer
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.onnx_facts import OnnxFacts
from hubpress.verify.figures import answers_within, compare_figures, compare_onnx_answers

SAMPLE = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "samples" / "card"
PUBLISHED = Evaluation.load(SAMPLE / "conference-titles" / "evaluation.json")
HERE, ELSEWHERE = "x86-64 (AVX-512 VNNI)", "x86-64 (AVX2, no VNNI)"


def facts(processor: str, file: str = QUANTIZED, moved: float = 0.0, **changes: Any) -> OnnxFacts:
    """Return the published facts, as if the int8 file's scores and one file's figures had been moved."""
    assert PUBLISHED.onnx is not None
    files = [
        one.model_copy(update={"metrics": {name: value + moved for name, value in one.metrics.items()}})
        if one.path == file else one
        for one in PUBLISHED.onnx.files
    ]  # fmt: skip
    widget = shifted(PUBLISHED.onnx.widget, moved)
    return PUBLISHED.onnx.model_copy(
        update={"files": tuple(files), "widget": widget, "processor": processor, "used": QUANTIZED, **changes}
    )


def shifted(answers: tuple[Answer, ...], by: float) -> tuple[Answer, ...]:
    return tuple(
        one.model_copy(
            update={"output": tuple(entry.model_copy(update={"score": entry.score + by}) for entry in one.output)}
        )
        for one in answers
    )


def differences(claimed: OnnxFacts, measured: OnnxFacts) -> list[str]:
    one, other = (PUBLISHED.model_copy(update={"onnx": onnx}) for onnx in (claimed, measured))
    return compare_figures(one, other, 1e-3)


def test_int8_may_differ_a_little_on_another_kind_of_processor() -> None:
    """Its figures and scores, and which examples lie on the edge; nothing of it on the same kind."""
    near = facts(ELSEWHERE, moved=0.02, changed=3)
    assert differences(facts(HERE), near) == []
    assert differences(facts(HERE), facts(HERE, moved=0.02))
    assert differences(facts(HERE), facts(HERE)) == []


def test_what_is_no_rounding_differs_on_any_processor() -> None:
    """Scores that are far off, other answers, and figures of the fp32 file."""
    assert any("onnx.widget: largest" in one for one in differences(facts(HERE), facts(ELSEWHERE, moved=0.1)))
    assert any(
        f"onnx.files.{QUANTIZED}.metrics" in one for one in differences(facts(HERE), facts(ELSEWHERE, moved=0.1))
    )
    assert any(f"onnx.files.{ONNX}" in one for one in differences(facts(HERE), facts(ELSEWHERE, ONNX, moved=0.02)))
    assert differences(facts(HERE), facts(ELSEWHERE, allowed_loss=0.3))


def test_answers_of_a_space_are_held_by_what_it_runs() -> None:
    int8, moved = facts(HERE), shifted(facts(HERE).widget, 0.02)
    assert compare_onnx_answers(int8, moved, processor=ELSEWHERE, where="widget") == []
    assert compare_onnx_answers(int8, moved, processor=HERE, where="widget")
    assert compare_onnx_answers(facts(HERE, used=ONNX), moved, processor=ELSEWHERE, where="widget")
    assert compare_onnx_answers(int8, moved[1:], processor=ELSEWHERE, where="widget")
    assert answers_within(int8, ELSEWHERE) == f"within 0.05: int8, measured on {HERE}, here {ELSEWHERE}"
