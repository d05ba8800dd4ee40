"""What all figures share: one look, no display, the same bytes for the same facts and matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from hubpress.layout import CHARTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A figure is transparent, since the Hub's dark pages are its own setting, not the browser's, by which <picture> goes:
# each colour is read on white and on #0b0f19 alike. One colour means one thing, in all figures.
INK, FAINT = "#777b84", "#777b8440"
MODEL = "#3b82f6"  # what the released model does, on test records
VALIDATION = "#ea580c"
TRAINING = "#8b5cf6"
OTHERS = "#868e9c"  # the reference, and the line on which nothing is wrong
FURTHER = ("#0e9f9b", "#c2629b", "#a3862c", "#6b8e23")  # the model at other thresholds

WIDTH = 4.8
"""Inches: drawn so narrow, letters of nine points are nine pixels high on a page of 390 pixels."""


@dataclass(frozen=True)
class Picture:
    """A figure of the card: its path in the repository, its alternative text, its PNG bytes."""

    path: str
    alt: str
    png: bytes
    svg: bytes
    """The same to be scaled and printed."""

    @classmethod
    def of(cls, name: str, alt: str, figure: Figure) -> Picture:
        """Draw a figure as ``figures/NAME.png``, and as SVG."""
        import matplotlib as mpl

        png, svg = io.BytesIO(), io.BytesIO()
        how: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.12, "transparent": True}
        figure.savefig(png, format="png", metadata={"Software": None}, **how)
        with mpl.rc_context({"svg.hashsalt": name}):
            figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None}, **how)
        return cls(f"{CHARTS}/{name}.png", alt, png.getvalue(), svg.getvalue())

    @property
    def svg_path(self) -> str:
        """The path of the SVG in the repository."""
        return f"{self.path.removesuffix('.png')}.svg"

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of both forms by their paths."""
        return {self.path: self.png, self.svg_path: self.svg}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches."""
    # Figure without pyplot: no global state, no display, and the same drawing whatever ran before.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, layout="constrained")


def calm(axes: Any, *, grid: str = "y") -> None:
    """Take the frame away and draw faint lines along one axis, all in a colour that every page shows."""
    axes.spines[["top", "right"]].set_visible(False)
    tint(axes)
    axes.grid(axis=grid, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def tint(axes: Any) -> None:
    """Give frame, ticks and the titles of axes the colour that every page shows."""
    axes.spines[:].set_color(INK)
    axes.tick_params(colors=INK, labelsize=8)
    axes.xaxis.label.set(color=INK, fontsize=9)
    axes.yaxis.label.set(color=INK, fontsize=9)


def entitled(figure: Any, title: str) -> None:
    """Write a title above a figure, in as many lines as it needs."""
    figure.suptitle(in_lines(title, 58), fontsize=9.5, color=INK)


def explained(figure: Any, columns: int) -> None:
    """Write below a figure what its marks mean."""
    figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=8, labelcolor=INK)


def in_lines(text: str, width: int) -> str:
    """Return a name for a drawing: whole, in lines of at most *width* characters, and no dollar sign starts a formula.

    What no drawing could hold, of more than ten lines, ends with an ellipsis.
    """
    return "\n".join(wrap(" ".join(text.split()), width, max_lines=10, placeholder=" …")).replace("$", r"\$")
