"""What is answered against what is true: a point a record, and the line on which both are the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.card.charts.canvas import INK, MODEL, OTHERS, WIDTH, Picture, calm, entitled, in_lines, new_figure
from hubpress.metrics.numbers import read
from hubpress.schemas.evaluation import Evaluation

if TYPE_CHECKING:
    from hubpress.schemas.evaluation import NumberScore

_MOST_POINTS = 2_000
_MOST_NUMBERS = 6
_ABREAST = 2


def scatter(evaluation: Evaluation) -> Picture:
    """Return the answered numbers over the true ones, each number in a square of its own, the first six of them."""
    assert evaluation.outcomes is not None and evaluation.targets is not None
    count = len(evaluation.targets)
    truth, answers = (read(text, count) for text in (evaluation.outcomes.expected, evaluation.outcomes.answered))
    rows = np.unique(np.linspace(0, len(truth) - 1, min(len(truth), _MOST_POINTS)).astype(int))
    shown = evaluation.targets[:_MOST_NUMBERS]
    abreast = min(len(shown), _ABREAST)
    down = math.ceil(len(shown) / abreast)
    figure = new_figure(WIDTH, WIDTH / abreast * down)
    squares = np.ravel(figure.subplots(down, abreast, squeeze=False))
    for place, (square, one) in enumerate(zip(squares, shown, strict=False)):
        _draw(square, one, truth[rows, place], answers[rows, place])
    for square in squares[len(shown) :]:
        square.set_axis_off()
    some = f", {len(rows):,} of {len(truth):,} records" if len(rows) < len(truth) else ""
    entitled(figure, f"Answered and true numbers of the test split{some}")
    figures = "; ".join(_in_words(one) for one in shown)
    return Picture.of("scatter", f"Answered against true numbers of {len(truth):,} test records. {figures}.", figure)


def _draw(axes: Any, one: NumberScore, truth: np.ndarray, answers: np.ndarray) -> None:
    calm(axes, grid="both")
    given = [limit for limit in (one.low, one.high) if limit is not None]
    low, high = (float(end) for end in (min([*given, *truth, *answers]), max([*given, *truth, *answers])))
    room = 0.04 * (high - low)
    ends = (low - room, high + room)
    axes.plot(ends, ends, color=OTHERS, linestyle="--", linewidth=1.2)
    axes.plot(truth, answers, "o", color=MODEL, markersize=4, alpha=0.45, markeredgewidth=0)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    axes.set_xlabel("true")
    axes.set_ylabel("answered")
    axes.set_title(in_lines(one.label, 30), fontsize=9, color=INK)


def _in_words(one: NumberScore) -> str:
    names = {"pearson": "correlation", "mae": "mean absolute error"}
    told = [f"{words} {one.metrics[name]:.3f}" for name, words in names.items() if name in one.metrics]
    return f"{one.label}: {', '.join(told) or 'see the table'}"
