"""The F1 of the best and the worst classes, where there are too many for a matrix."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.card.charts.canvas import FAINT, INK, MODEL, WIDTH, Picture, calm, entitled, in_lines, new_figure
from hubpress.card.tables import best_and_worst
from hubpress.schemas.evaluation import ClassScore

_EACH = 10
_ENOUGH = 5
"""Below so many test records an F1 is chance; such classes are only drawn where there are no others."""
_LINE = 0.16  # inches of a line of a name
_BAR = 0.1


def classes_by_f1(per_class: Sequence[ClassScore]) -> Picture:
    """Return bars of the best and worst classes by F1 among those with enough test records, each below its name."""
    least = _ENOUGH if any(row.support >= _ENOUGH for row in per_class) else 1
    count = sum(row.support >= least for row in per_class)
    best, worst = best_and_worst(per_class, _EACH, support=least)
    rows = [*best, *worst]
    names = [in_lines(f"{row.label}: {row.f1:.2f} (n={row.support:,})", 62) for row in rows]
    places, reached = [], 0.0
    for number, name in enumerate(names):
        reached += _LINE * len(name.split("\n")) + (_LINE if worst and number == len(best) else 0)
        places.append(reached)
        reached += _BAR + 0.06
    figure = new_figure(WIDTH, reached + 1.0)
    axes = figure.subplots()
    calm(axes, grid="x")
    axes.barh(places, [row.f1 for row in rows], color=MODEL, height=_BAR, align="edge")
    for place, name in zip(places, names, strict=True):
        axes.text(0, place - 0.02, name, va="bottom", fontsize=7.5, color=INK)
    if worst:
        axes.axhline(places[len(best)] - _LINE * 1.6, color=FAINT, linewidth=1.2)
    axes.set_yticks([])
    axes.set_ylim(reached, 0)
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1 on the test split; n is the number of its records")
    entitled(figure, _title(len(best), len(worst), least))
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
