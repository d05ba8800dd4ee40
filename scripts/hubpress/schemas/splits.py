"""data.json: what is known of a model's records."""

from __future__ import annotations

from pydantic import Field

from hubpress.schemas.document import Document, Part

Parents = dict[str, dict[str, str]]
"""For each label its parent on each level."""

CONFLICTING = "duplicates with another label"
"""The reason for which a duplicate is left out whose answer is not that of the record that is kept."""


class SplitMethod(Part):
    """How the records became splits, in the words of the recipe's ``data.split``."""

    method: str
    test_size: int | float
    validation_size: int | float
    seed: int
    column: str | None
    date_format: str | None = None
    group: str | None = None


class DatasetFacts(Part):
    """The data set on the Hub that the records are of."""

    path: str
    name: str | None
    """Its configuration, where the recipe names one."""
    commit: str
    """The commit (40 hex) that was read, whatever the recipe calls it."""


class NumberFacts(Part):
    """What is known of one number of a regression model in a split."""

    low: float
    high: float
    mean: float
    deviation: float
    """Their standard deviation."""


class SplitFacts(Document):
    """The splits of a model: their labels, counts and fingerprints, and what was dropped on the way."""

    labels: tuple[str, ...]
    """Label names in the order of their ids; of a token model the IOB2 tags."""
    counts: dict[str, int]
    """Rows by split."""
    label_counts: dict[str, dict[str, int]]
    """Records by split and label; of a token model entities by split and type."""
    fingerprints: dict[str, str]
    """The sha256 (hex) of each split's texts and answers."""
    dropped: dict[str, int]
    """Rows left out, by the reason in words."""
    unread: dict[str, int] = Field(default={})
    """What stands in the records and is not read, such as relations, by its name."""
    split: SplitMethod
    groups: dict[str, int] | None = None
    """Groups by split, where the records of a group stay together."""
    dates: dict[str, tuple[str, str]] | None = None
    """The oldest and the newest date by split, where the newest records are for test."""
    notes: tuple[str, ...] = ()
    """What of the splits is otherwise than one would think, each in some words."""
    parents: Parents = Field(default={})
    """Empty where there is no label table with parents."""
    padded: dict[str, int] | None = None
    """In how many records a label stood with white space around it, and was read without; None where in none."""
    targets: dict[str, dict[str, NumberFacts]] | None = None
    """The numbers of a regression model, by split and name; None of other models."""
    dataset: DatasetFacts | None = None
    """None where the records are files."""

    @property
    def is_test_alone(self) -> bool:
        """Whether there is no other split, as where somebody else's published one is measured on."""
        return set(self.counts) == {"test"}
