"""What is measured beside the metrics is compared between two versions, too."""

from __future__ import annotations

from typing import Any

from helpers.paths import ROOT
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.scores import Abstention, Calibration, Interval
from hubpress.versions.compare import Facts, changed_figures

SURE = Interval(low=0.0, high=1.0, standard_error=0.1)


def facts(error: float, coverage: float | None) -> Facts:
    """Return those of a golden card with a calibration error, and perhaps a coverage."""
    given = Evaluation.load(ROOT / "tests" / "samples" / "card" / "conference-titles" / "evaluation.json")
    update: dict[str, Any] = {
        "calibration": Calibration(error=error, interval=SURE, of="top_label", answers=5, bins=())
    }
    if coverage is not None:
        update["abstention"] = Abstention(
            below=0.5, coverage=coverage, selective_accuracy=0.9, intervals={"coverage": SURE}
        )
    evaluation = given.model_copy(update=update)
    return Facts(evaluation, None)  # type: ignore[arg-type]


def test_calibration_and_coverage_are_compared_without_a_test() -> None:
    """Both versions' figures stand side by side, and say why there is no test; what one lacks is left out."""
    changed = {one.name: one for one in changed_figures(facts(0.1, 0.8), facts(0.04, 0.7))}
    error, coverage = changed["expected_calibration_error"], changed["coverage"]
    assert (error.before, error.after, coverage.before, coverage.after) == (0.1, 0.04, 0.8, 0.7)
    assert error.untested == "the published answers do not give this figure"
    assert not coverage.fell_beyond_noise
    assert "coverage" not in {one.name for one in changed_figures(facts(0.1, None), facts(0.1, 0.7))}
