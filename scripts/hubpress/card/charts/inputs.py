"""The main metric by what is given of a record: ours at each threshold, and the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hubpress.card.charts.canvas import FOURTH, GREY, INK, MAIN, SECOND, THIRD, Picture, calm, new_figure, plain_text
from hubpress.metrics.names import METRIC_NAMES

if TYPE_CHECKING:
    from hubpress.recipe.blocks import ReferenceFigure

_COLORS = (MAIN, THIRD, FOURTH, SECOND, "#0891b2", "#be185d")


def by_combination(evaluation: dict[str, Any], reference: Sequence[ReferenceFigure] = ()) -> Picture:
    """Return bars of the main metric, one group for each combination of inputs."""
    metric = evaluation["main_metric"]
    title = METRIC_NAMES[metric].title
    slices = [part for part in evaluation["slices"] if part["inputs"] is not None and part["level"] is None]
    names = list(dict.fromkeys(part["inputs"] for part in slices))
    counts = {part["inputs"]: part["count"] for part in slices}
    series: dict[str, dict[str, float]] = {}
    for part in slices:
        at = "this model" if part["threshold"] is None else f"this model at {part['threshold']:g}"
        series.setdefault(at, {})[part["inputs"]] = part["metrics"][metric]
    theirs = {one.inputs: one.value for one in reference if one.metric == metric and one.inputs and one.level is None}
    if theirs := {name: value for name, value in theirs.items() if name in names}:
        series["reference"] = theirs
    colors = dict(zip(series, _COLORS, strict=False)) | {"reference": GREY}
    figure = new_figure(7.2, 1.3 + (0.27 * len(series) + 0.2) * len(names))
    axes = figure.subplots()
    calm(axes, grid="x")
    height = 0.8 / len(series)
    for number, (label, values) in enumerate(series.items()):
        places = [names.index(name) + (number - (len(series) - 1) / 2) * height for name in values]
        axes.barh(places, list(values.values()), height=height * 0.9, color=colors.get(label, INK), label=label)
        for place, value in zip(places, values.values(), strict=True):
            axes.text(value + 0.01, place, f"{value:.3f}", va="center", fontsize=7.5, color=INK)
    ticks = [f"{plain_text(name, 40)}\n(n = {counts[name]:,})" for name in names]
    axes.set_yticks(range(len(names)), ticks, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_xlabel(f"{title} on the test split")
    if len(series) > 1:
        figure.legend(loc="outside lower center", ncols=min(4, len(series)), frameon=False, fontsize=8)
    axes.set_title(f"{title} by what is given of a record", fontsize=10, color=INK)
    ours = series.get("this model", {})
    listed = "; ".join(f"{name} {value:.3f}" for name, value in ours.items())
    beside = f" The reference: {'; '.join(f'{name} {value:.3f}' for name, value in theirs.items())}." if theirs else ""
    return Picture.of(
        "inputs", f"Bar chart of {title} by what is given of a record. This model: {listed}.{beside}", figure
    )
