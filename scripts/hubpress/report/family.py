"""What an owner has released, as one page for a browser: nothing on it is fetched, and every figure was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.content import templates
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.released import Figure, ProvedCommit, Released

_TEMPLATE = "family.html.j2"


@dataclass(frozen=True)
class Member:
    """A release on the page, and the folder of its proofs, as the page gets there."""

    note: Released
    proofs: str

    @property
    def name(self) -> str:
        """Return the name of the repository without its owner."""
        return self.note.repo_id.split("/")[1]

    @property
    def commits(self) -> list[tuple[str, str, ProvedCommit]]:
        """Return what it is, its way on the Hub and its commit, of the model and of its Space if it has one."""
        space = self.note.space
        spaces = [("Space", f"spaces/{self.note.repo_id}", space)] if space else []
        return [("Model", self.note.repo_id, self.note.model), *spaces]


def render_family(title: str, endpoint: str, members: Sequence[Member]) -> str:
    """Return the page of what was released on the Hub at an address."""
    environment = templates(Path(__file__).parent, autoescape=True)
    environment.filters["metric"] = lambda name: METRIC_NAMES[name].title if name in METRIC_NAMES else name
    environment.filters["figure"] = figure_text
    return environment.get_template(_TEMPLATE).render(
        title=title, endpoint=endpoint, members=sorted(members, key=lambda one: (one.note.title.lower(), one.name))
    )


def figure_text(figure: Figure) -> str:
    """Return a figure with its interval: ``0.812 (0.790 to 0.833)``."""
    if figure.interval.rule == "unknown":
        return f"{figure.value:.3f} (no interval)"
    return f"{figure.value:.3f} ({figure.interval.low:.3f} to {figure.interval.high:.3f})"
