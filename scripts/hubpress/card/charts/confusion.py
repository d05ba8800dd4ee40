"""What is taken for what: counts, shaded by the share of each true name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubpress.card.charts.canvas import INK, Picture, new_figure, plain_text
from hubpress.schemas.evaluation import Confusion

if TYPE_CHECKING:
    import numpy as np

_ROOMY = 12
"""Up to so many names every count stands in its cell; beyond, only those that are not 0, in smaller cells."""


def confusion_matrix(confusion: Confusion, *, entities: bool = False) -> Picture:
    """Return the confusion matrix of ``evaluation.confusion``; of *entities* the last name is "none"."""
    import numpy as np

    matrix = np.array(confusion.matrix)
    names = [plain_text(name, 34) for name in confusion.names]
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    roomy = len(names) <= _ROOMY
    cell, font = (0.62, 8) if roomy else (0.4, 6.5)
    size = max(3.6, cell * len(names) + 1.6)
    figure = new_figure(size + 0.6, size)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(names))
    axes.set_xticks(ticks, names, rotation=40 if roomy else 60, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(ticks, names, fontsize=8)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    for row in ticks:
        for column in ticks:
            if roomy or matrix[row, column]:
                color = "white" if shares[row, column] > 0.55 else INK
                text = _count(int(matrix[row, column]), short=not roomy)
                axes.text(column, row, text, ha="center", va="center", fontsize=font, color=color)
    figure.colorbar(image, ax=axes, fraction=0.046, pad=0.04, label=f"share of the true {_kind(confusion, entities)}")
    counted = int((matrix[:-1] if entities else matrix).sum())
    of_level = f", by {confusion.level}" if confusion.level else ""
    axes.set_title(f"Confusion on the test split{of_level} (n = {counted:,})", fontsize=10, color=INK)
    return Picture.of("confusion", _finding(confusion, matrix, entities), figure)


def _kind(confusion: Confusion, entities: bool) -> str:
    return str(confusion.level or ("type" if entities else "class"))


def _count(number: int, *, short: bool) -> str:
    return f"{number / 1000:.0f}k" if short and number >= 10_000 else str(number)


def _finding(confusion: Confusion, matrix: np.ndarray, entities: bool) -> str:
    import numpy as np

    names, right = confusion.names, int(np.trace(matrix))
    wrong = matrix - np.diag(np.diag(matrix))
    if entities:
        found, spurious = int(matrix[:-1].sum()), int(matrix[-1].sum())
        missed = int(matrix[:-1, -1].sum())
        told = (
            f"Confusion matrix of {len(names) - 1} entity types: of {found} entities {right} are found with their "
            f"borders and type, {missed} are not found; {spurious} answered spans are no entity."
        )
        wrong = wrong[:-1, :-1]
    else:
        level = f"{len(names)} names of the level {confusion.level}" if confusion.level else f"{len(names)} classes"
        told = f"Confusion matrix of {level}: {right} of {int(matrix.sum())} test records are right."
    if not wrong.any():
        return told
    true, predicted = (int(index) for index in np.unravel_index(int(wrong.argmax()), wrong.shape))
    times = int(wrong[true, predicted])
    return f"{told} Most often confused: {names[true]} taken for {names[predicted]}, {_times(times)}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
