"""What is taken for what: counts, shaded by the share of each true name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubpress.card.charts.canvas import INK, WIDTH, Picture, entitled, in_lines, new_figure, tint
from hubpress.schemas.evaluation import Confusion
from hubpress.text import counted

if TYPE_CHECKING:
    import numpy as np

_ROOMY = 12
"""Up to so many names every count stands in its cell; beyond, shades alone, and names in an order of likeness."""


def confusion_matrix(confusion: Confusion, *, entities: bool = False, ordinal: bool = False) -> Picture:
    """Return the confusion matrix of ``evaluation.confusion``; of *entities* the last name is "none".

    Many names stand so that those lie together that are taken for one another, unless they are *ordinal*.
    """
    import numpy as np

    given = np.array(confusion.matrix)
    roomy = len(given) <= _ROOMY
    order = np.arange(len(given)) if roomy or ordinal else _alike_together(given, entities)
    matrix, names = given[np.ix_(order, order)], [confusion.names[place] for place in order]
    figure = new_figure(WIDTH if roomy else 1.3 * WIDTH, 1.2 + (0.36 if roomy else 0.19) * len(names))
    axes = figure.subplots()
    tint(axes)
    image = _shade(axes, matrix, entities)
    # The columns have the numbers of the rows: names above each other's columns could be read at no width.
    ticks = range(len(names))
    numbered = [f"{in_lines(name, 30)}  {number}" for number, name in enumerate(names, start=1)]
    axes.set_yticks(ticks, numbered, fontsize=8 if roomy else 7)
    axes.set_xticks(ticks, [str(number + 1) for number in ticks], fontsize=8 if roomy else 6)
    axes.set_xlabel("answered (by the numbers of the rows)")
    axes.set_ylabel("true")
    if roomy:
        _write_counts(axes, matrix, entities)
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.6, aspect=30, pad=0.02)
    bar.set_label(f"share of the true {_kind(confusion, entities)}", color=INK, fontsize=8)
    bar.ax.tick_params(colors=INK, labelsize=7)
    bar.outline.set_edgecolor(INK)
    counted = int((given[:-1] if entities else given).sum())
    of_level = f", by {confusion.level}" if confusion.level else ""
    entitled(figure, f"Confusion on the test split{of_level} (n = {counted:,})")
    return Picture.of("confusion", _finding(confusion, given, entities), figure)


def _alike_together(matrix: np.ndarray, entities: bool) -> np.ndarray:
    """Return the places of names in an order in which those stand together that are taken for one another."""
    import numpy as np
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    inner = matrix[:-1, :-1] if entities else matrix
    shares = inner / np.maximum(inner.sum(axis=1, keepdims=True), 1)
    likeness = np.round((shares + shares.T) / 2, 9)
    np.fill_diagonal(likeness, 1)
    tree = linkage(squareform(1 - np.minimum(likeness, 1), checks=False), method="average", optimal_ordering=True)
    order: np.ndarray = leaves_list(tree)
    return np.append(order, len(inner)) if entities else order


def _shade(axes: Any, matrix: np.ndarray, entities: bool) -> Any:
    """Shade each cell by its share of the true name; spans that are no entity have no true type, and no shade."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    shares = np.ma.masked_equal(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1), 0)
    if entities:
        shares[-1] = np.ma.masked
    shades = LinearSegmentedColormap.from_list("share", ["#dbeafe", "#3b82f6", "#1e3a8a"])
    image = axes.imshow(shares, cmap=shades, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(np.arange(-0.5, len(matrix)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(matrix)), minor=True)
    axes.grid(which="minor", color=INK, alpha=0.25, linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    return image


def _write_counts(axes: Any, matrix: np.ndarray, entities: bool) -> None:
    shares = matrix / matrix.sum(axis=1, keepdims=True).clip(min=1)
    for row in range(len(matrix)):
        for column in range(len(matrix)):
            bare = not matrix[row, column] or (entities and row == len(matrix) - 1)
            color = INK if bare else "white" if shares[row, column] > 0.35 else "#1f2937"
            text = f"{matrix[row, column]:,}"
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=color, alpha=0.6 if bare else 1)


def _kind(confusion: Confusion, entities: bool) -> str:
    return str(confusion.level or ("type" if entities else "class"))


def _finding(confusion: Confusion, matrix: np.ndarray, entities: bool) -> str:
    import numpy as np

    names, right = confusion.names, int(np.trace(matrix))
    wrong = matrix - np.diag(np.diag(matrix))
    if entities:
        found, spurious = int(matrix[:-1].sum()), int(matrix[-1].sum())
        missed = int(matrix[:-1, -1].sum())
        told = (
            f"Confusion matrix of {counted(len(names) - 1, 'entity type')}: of {found} entities {right} are found with "
            f"their borders and type, {missed} are not found; {spurious} answered spans are no entity."
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
