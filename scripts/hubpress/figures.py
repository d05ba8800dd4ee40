"""Facts -> PNG figures: pure, without a display, the same bytes for the same facts and matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubpress.tasks.kinds import METRIC_NAMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK, _MAIN, _SECOND, _THIRD = "#1f2937", "#2563eb", "#ea580c", "#059669"


@dataclass(frozen=True)
class Picture:
    """A figure of the card: its path in the repository, its alternative text, its PNG bytes."""

    path: str
    alt: str
    png: bytes


def pictures(training: dict[str, Any], evaluation: dict[str, Any], labels: Sequence[str]) -> dict[str, Picture]:
    """Return the card's figures by name: ``training`` and ``confusion``."""
    return {"training": training_curve(training), "confusion": confusion_matrix(evaluation, labels)}


def training_curve(training: dict[str, Any]) -> Picture:
    """Return loss and main metric by epoch, with the released epoch marked."""
    epochs, metric, best = training["epochs"], training["main_metric"], training["best_epoch"]
    numbers = [row["epoch"] for row in epochs]
    figure = _figure(7, 3.6)
    losses, score = figure.subplots(1, 2)
    for axes in (losses, score):
        _plain(axes)
        axes.set_xlabel("epoch")
        axes.set_xticks(numbers, [f"{number:g}" for number in numbers])
        axes.axvline(best, color="#9ca3af", linestyle=":", linewidth=1.2)
    losses.plot(numbers, [row["train_loss"] for row in epochs], "o-", color=_MAIN, label="training loss")
    losses.plot(numbers, [row["validation_loss"] for row in epochs], "s--", color=_SECOND, label="validation loss")
    losses.set_ylabel("loss")
    losses.legend(frameon=False, fontsize=8)
    score.plot(numbers, [row["metrics"][metric] for row in epochs], "o-", color=_THIRD)
    score.set_ylabel(f"validation {METRIC_NAMES[metric].title}")
    figure.suptitle(f"Training by epoch (released: epoch {best:g})", fontsize=10, color=_INK)
    first, last = epochs[0], epochs[-1]
    alt = (
        f"Two line charts over {len(epochs)} epochs. Training loss goes from {first['train_loss']:.3f} to "
        f"{last['train_loss']:.3f}, validation loss from {first['validation_loss']:.3f} to "
        f"{last['validation_loss']:.3f}; "
        f"validation {METRIC_NAMES[metric].title} is highest at epoch {best:g}."
    )
    return Picture("figures/training.png", alt, _png(figure))


def confusion_matrix(evaluation: dict[str, Any], labels: Sequence[str]) -> Picture:
    """Return the confusion matrix: counts, shaded by the share of each true class."""
    import numpy as np

    matrix = np.array(evaluation["confusion"])
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(3.6, 0.62 * len(labels) + 1.6)
    figure = _figure(size + 0.6, size)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=40, ha="right", fontsize=8)
    axes.set_yticks(ticks, labels, fontsize=8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    for row in ticks:
        for column in ticks:
            color = "white" if shares[row, column] > 0.55 else _INK
            axes.text(column, row, str(matrix[row, column]), ha="center", va="center", fontsize=8, color=color)
    figure.colorbar(image, ax=axes, fraction=0.046, pad=0.04, label="share of the true class")
    axes.set_title(f"Confusion on the test split (n = {int(matrix.sum())})", fontsize=10, color=_INK)
    wrong = matrix - np.diag(np.diag(matrix))
    true, predicted = (int(index) for index in np.unravel_index(int(wrong.argmax()), wrong.shape))
    most = (
        f" Most often confused: {labels[true]} taken for {labels[predicted]}, {int(wrong[true, predicted])} times."
        if wrong.any()
        else ""
    )
    right, total = int(np.trace(matrix)), int(matrix.sum())
    alt = f"Confusion matrix of {len(labels)} classes: {right} of {total} test records are right.{most}"
    return Picture("figures/confusion.png", alt, _png(figure))


def _figure(width: float, height: float) -> Figure:
    # Figure without pyplot: no global state, no display, and the same drawing whatever ran before.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.8)
    axes.set_axisbelow(True)


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)
    return stream.getvalue()
