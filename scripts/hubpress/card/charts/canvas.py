"""What all figures share: one look, no display, the same bytes for the same facts and matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubpress.layout import CHARTS
from hubpress.text import shorten

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, GREY, FAINT = "#1f2937", "#9ca3af", "#e5e7eb"
MAIN, SECOND, THIRD, FOURTH = "#2563eb", "#ea580c", "#059669", "#7c3aed"


@dataclass(frozen=True)
class Picture:
    """A figure of the card: its path in the repository, its alternative text, its PNG bytes."""

    path: str
    alt: str
    png: bytes

    @classmethod
    def of(cls, name: str, alt: str, figure: Figure) -> Picture:
        """Draw a figure as ``figures/NAME.png``."""
        stream = io.BytesIO()
        figure.savefig(stream, format="png", metadata={"Software": None}, bbox_inches="tight", pad_inches=0.12)
        return cls(f"{CHARTS}/{name}.png", alt, stream.getvalue())


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches."""
    # Figure without pyplot: no global state, no display, and the same drawing whatever ran before.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")


def calm(axes: Any, *, grid: str = "y") -> None:
    """Take the frame away and draw faint lines along one axis."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def plain_text(text: str, length: int) -> str:
    """Return a name for a drawing: cut at *length* with an ellipsis, and no dollar sign starts a formula."""
    return shorten(text, length).replace("$", r"\$")
