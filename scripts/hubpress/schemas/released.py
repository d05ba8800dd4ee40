"""released/HUB/OWNER/REPO/released.json: what was proved and is on main, of a model and its Space, at one owner's."""

from __future__ import annotations

from hubpress.schemas.document import Document, Part
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.scores import Interval


class Figure(Part):
    """The main figure of a model on its test split, as its document of evaluation has it."""

    metric: str
    """Its name in ``metrics/names.py``."""
    value: float
    interval: Interval
    confidence: float
    """Of the interval."""
    count: int
    """The records that it was measured on."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Figure:
        """Return the main figure of an evaluation."""
        name = evaluation.main_metric
        return cls(
            metric=name,
            value=evaluation.metrics[name],
            interval=evaluation.intervals[name],
            confidence=evaluation.confidence,
            count=evaluation.data.count,
        )


class ProvedCommit(Part):
    """A commit of main whose proof held."""

    sha: str
    proof: str
    """What the proof came to, in a line."""
    table: str
    """The file of the whole proof, beside this document."""


class Released(Document):
    """A release of a model, and of its Space if it has one."""

    model_name: str
    """The model's folder among the recipes."""
    title: str
    hub: str
    """The Hub, as receipts call it."""
    repo_id: str
    tag: str | None = None
    date: str
    """When the release was complete, by UTC: ``2026-01-31T12:00:00+00:00``."""
    figure: Figure
    is_sample: bool
    """Whether it was made from sample records or a sample base."""
    model: ProvedCommit
    space: ProvedCommit | None = None
    withdrawn_for: str | None = None
    """The tag of the version that main went back to by ``yank``; None while main holds this one."""

    @property
    def owner(self) -> str:
        """Return under whom it was released."""
        return self.repo_id.split("/")[0]
