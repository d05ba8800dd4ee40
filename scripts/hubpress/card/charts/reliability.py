"""Reliability: of the answers in each bin of confidence, how many are right; and how many answers lie there."""

from __future__ import annotations

from hubpress.card.charts.canvas import MODEL, OTHERS, WIDTH, Picture, calm, entitled, explained, in_lines, new_figure
from hubpress.schemas.scores import Calibration

_RIGHT = {"top_label": "share of right answers", "every_label": "share of true labels"}


def reliability_diagram(calibration: Calibration, positive: str | None) -> Picture:
    """Return the reliability diagram of a classifier on the test split, above the shares of its answers by bin."""
    width = 1 / len(calibration.bins)
    filled = [one for one in calibration.bins if one.share]
    middles = [one.low + width / 2 for one in filled]
    sure, right = ([getattr(one, name) / one.share for one in filled] for name in ("confidence", "correct"))
    figure = new_figure(WIDTH, 4.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    for axes in (upper, lower):
        calm(axes)
    upper.bar(middles, right, width=width * 0.92, color=MODEL, alpha=0.35, label="by bin of 1/15")
    upper.plot([0, 1], [0, 1], color=OTHERS, linestyle="--", linewidth=1.2, label="as sure as right")
    upper.plot(sure, right, "o-", color=MODEL, markersize=4, linewidth=1.2, label="at the mean score of the bin")
    upper.set_xlim(0, 1)
    upper.set_ylim(0, 1.02)
    upper.set_ylabel(_RIGHT.get(calibration.of) or f"share of {in_lines(positive or '', 30)}")
    lower.bar(middles, [one.share for one in filled], width=width * 0.92, color=MODEL)
    lower.set_yscale("log")  # of many labels, nearly all score next to nothing
    lower.set_ylabel("share of all")
    lower.set_xlabel({"top_label": "score of the best label"}.get(calibration.of, "score"))
    explained(figure, 2)
    entitled(figure, f"Reliability on the test split: expected calibration error {calibration.error:.3f}")
    fullest = max(filled, key=lambda one: one.share)
    fullest_sure, fullest_right = fullest.confidence / fullest.share, fullest.correct / fullest.share
    alt = (
        f"Reliability diagram: the expected calibration error is {calibration.error:.3f}. In the fullest bin of scores "
        f"({100 * fullest.share:.0f}% of all) the mean score is {fullest_sure:.3f}, and {fullest_right:.3f} are right."
    )
    return Picture.of("reliability", alt, figure)
