"""The main metric by what is given of a record: ours at each threshold, and the reference's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubpress.card.charts.canvas import (
    FURTHER,
    INK,
    MODEL,
    OTHERS,
    WIDTH,
    Picture,
    calm,
    entitled,
    explained,
    in_lines,
    new_figure,
)
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.evaluation import Evaluation

if TYPE_CHECKING:
    from hubpress.recipe.blocks import ReferenceFigure

_COLORS = (MODEL, *FURTHER)
_OURS, _REFERENCE = "this model", "reference"


@dataclass(frozen=True)
class CombinationBars:
    """The lengths of the bars: one group for each combination of inputs, in it a bar for each series."""

    metric: str
    """The main metric's title."""
    counts: Mapping[str, int]
    """The test records that have each combination, by its name, in the order of the groups."""
    series: Mapping[str, Mapping[str, float]]
    """The metric by combination: ours, ours at other thresholds, the reference's; some combinations may lack."""

    @classmethod
    def of(cls, evaluation: Evaluation, reference: Sequence[ReferenceFigure] = ()) -> CombinationBars:
        """Return what was measured of the combinations, and what is published of the same ones."""
        metric = evaluation.main_metric
        counts: dict[str, int] = {}
        series: dict[str, dict[str, float]] = {}
        for part in evaluation.slices:
            if part.inputs is not None and part.level is None:
                counts[part.inputs] = part.count
                label = _OURS if part.threshold is None else f"{_OURS} at {part.threshold:g}"
                series.setdefault(label, {})[part.inputs] = part.metrics[metric]
        same = [one for one in reference if one.metric == metric and one.level is None]
        if published := {one.inputs: one.value for one in same if one.inputs in counts and one.inputs}:
            series[_REFERENCE] = published
        return cls(METRIC_NAMES[metric].title, counts, series)

    @property
    def finding(self) -> str:
        """What the bars show, in words."""
        theirs = f" The reference: {self._listed(_REFERENCE)}." if _REFERENCE in self.series else ""
        return f"Bar chart of {self.metric} by what is given of a record. This model: {self._listed(_OURS)}.{theirs}"

    def _listed(self, label: str) -> str:
        return "; ".join(f"{name} {value:.3f}" for name, value in self.series.get(label, {}).items())


def by_combination(evaluation: Evaluation, reference: Sequence[ReferenceFigure] = ()) -> Picture:
    """Return bars of the main metric, one group for each combination of inputs."""
    bars = CombinationBars.of(evaluation, reference)
    figure = new_figure(WIDTH, 1.3 + (0.19 * len(bars.series) + 0.2) * len(bars.counts))
    axes = figure.subplots()
    calm(axes, grid="x")
    _draw(axes, bars)
    ticks = [f"{in_lines(name, 18)}\n(n = {count:,})" for name, count in bars.counts.items()]
    axes.set_yticks(range(len(ticks)), ticks, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_xlabel(f"{bars.metric} on the test split")
    if len(bars.series) > 1:
        explained(figure, min(2, len(bars.series)))
    entitled(figure, f"{bars.metric} by what is given of a record")
    return Picture.of("inputs", bars.finding, figure)


def _draw(axes: Any, bars: CombinationBars) -> None:
    """Draw each series' bars around the middle of their groups, with their lengths as numbers."""
    colors = dict(zip(bars.series, _COLORS, strict=False)) | {_REFERENCE: OTHERS}
    groups = list(bars.counts)
    height = 0.8 / len(bars.series)
    for number, (label, values) in enumerate(bars.series.items()):
        places = [groups.index(name) + (number - (len(bars.series) - 1) / 2) * height for name in values]
        axes.barh(places, list(values.values()), height=height * 0.9, color=colors.get(label, INK), label=label)
        for place, value in zip(places, values.values(), strict=True):
            axes.text(value + 0.01, place, f"{value:.3f}", va="center", fontsize=8, color=INK)
