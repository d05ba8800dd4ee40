"""The F1 of the best and the worst classes, where there are too many for a matrix."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.card.charts.canvas import FAINT, INK, MAIN, SECOND, Picture, calm, new_figure, plain_text
from hubpress.card.tables import best_and_worst
from hubpress.schemas.evaluation import ClassScore

_EACH = 15
_ENOUGH = 5
"""Below so many test records an F1 is chance; such classes are only drawn where there are no others."""


def classes_by_f1(per_class: Sequence[ClassScore]) -> Picture:
    """Return bars of the best and worst classes by F1 among those with enough test records."""
    least = _ENOUGH if any(row.support >= _ENOUGH for row in per_class) else 1
    count = sum(row.support >= least for row in per_class)
    best, worst = best_and_worst(per_class, _EACH, support=least)
    bars = [*((row, MAIN) for row in best), *((row, SECOND) for row in worst)]
    places = [number + (bool(worst) and number >= len(best)) for number in range(len(bars))]
    figure = new_figure(7.2, 1.1 + 0.21 * (len(bars) + 1))
    axes = figure.subplots()
    calm(axes, grid="x")
    axes.barh(places, [row.f1 for row, _ in bars], color=[color for _, color in bars], height=0.72)
    axes.set_yticks(places, [plain_text(row.label, 52) for row, _ in bars], fontsize=7.5)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_xlim(0, 1.16)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_xlabel("F1 on the test split; n is the number of its records")
    for place, (row, _) in zip(places, bars, strict=True):
        axes.text(row.f1 + 0.01, place, f"{row.f1:.2f}, n={row.support}", va="center", fontsize=6.5, color=INK)
    if worst:
        axes.axhline(len(best), color=FAINT, linewidth=1.2)
    axes.set_title(_title(len(best), len(worst), least), fontsize=10, color=INK)
    return Picture.of("classes", _finding(best, worst, count, least), figure)


def _title(best: int, worst: int, least: int) -> str:
    enough = f"at least {least} test record{'s' if least > 1 else ''}"
    return f"F1 of the {best} best and {worst} worst labels with {enough}" if worst else f"F1 of labels with {enough}"


def _finding(best: Sequence[ClassScore], worst: Sequence[ClassScore], count: int, least: int) -> str:
    if not best:
        return "An empty bar chart: no label has a test record."
    low = (worst or best)[-1]
    return (
        f"Bar chart of F1 by label, among {count} labels with at least {least} test record{'s' if least > 1 else ''}: "
        f"from {best[0].f1:.2f} for {best[0].label} down to {low.f1:.2f} for {low.label}."
    )
