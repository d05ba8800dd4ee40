"""Precision against recall over all thresholds, with the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.card.charts.canvas import MODEL, OTHERS, WIDTH, Picture, calm, entitled, explained, new_figure
from hubpress.schemas.evaluation import ClassScore, PrecisionRecall


def precision_recall(curve: PrecisionRecall, positive: str, per_class: Sequence[ClassScore]) -> Picture:
    """Return the precision-recall curve of the positive label, beside the share of positives as baseline."""
    support = {row.label: row.support for row in per_class}
    share = support[positive] / max(sum(support.values()), 1)
    chosen, average = curve.chosen, curve.average_precision
    figure = new_figure(WIDTH, 3.4)
    axes = figure.subplots()
    calm(axes, grid="both")
    # Between two thresholds precision falls at once, not along a line: the steps are what average precision sums up.
    axes.step(curve.recall, curve.precision, where="post", color=MODEL, label=f"this model (AP {average:.3f})")
    axes.axhline(share, color=OTHERS, linestyle="--", linewidth=1.2, label=f"share of positives ({share:.3f})")
    point = f"chosen threshold {chosen.threshold:.3g}"
    axes.plot(chosen.recall, chosen.precision, "o", color=MODEL, markersize=8, label=point, zorder=3)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.04)
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    explained(figure, 2)
    entitled(figure, f"Precision and recall of {positive} on the test split")
    alt = (
        f"Precision-recall curve of {positive}: average precision is {average:.3f}, where the share of positives is "
        f"{share:.3f}. At the chosen threshold {chosen.threshold:.3g} precision is {chosen.precision:.3f} and "
        f"recall {chosen.recall:.3f}."
    )
    return Picture.of("curve", alt, figure)
