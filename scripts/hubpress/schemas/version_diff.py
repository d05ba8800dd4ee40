"""What `hubpress diff --json` prints: what a model changes against a version of it that is published."""

from __future__ import annotations

from pydantic import JsonValue

from hubpress.schemas.document import Document, Part


class PairedTest(Part):
    """Whether the difference of a figure is more than noise, by both versions' answers to the same test records."""

    low: float
    """The difference's paired bootstrap interval over the records."""
    high: float
    confidence: float
    """Of the interval; a difference is beyond noise where `p_value` is below what is missing to 1."""
    p_value: float
    """Of the two-sided paired permutation test: how often chance alone, which deals each record's two answers to the
    two versions, makes a difference as large."""
    resamples: int

    @property
    def is_beyond_noise(self) -> bool:
        """Whether chance alone would rarely make such a difference."""
        return self.p_value < 1 - self.confidence


class FigureChange(Part):
    """A metric on the test split, in both versions."""

    name: str
    before: float
    after: float
    is_main: bool
    lower_is_better: bool | None = None
    """Whether it is an error, of which less is better; None where more is."""
    test: PairedTest | None = None
    untested: str | None = None
    """Why there is no test, such as that each version was measured on other records."""

    @property
    def difference(self) -> float:
        """What was gained."""
        return self.after - self.before

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than before, perhaps by chance."""
        return self.difference > 0 if self.lower_is_better else self.difference < 0

    @property
    def fell_beyond_noise(self) -> bool:
        """Whether it is worse than before, and chance alone does not explain it."""
        return self.is_worse and self.test is not None and self.test.is_beyond_noise


class CountChange(Part):
    """The records of a split; 0 where a version does not have it."""

    split: str
    before: int
    after: int


class SettingChange(Part):
    """A setting as the recipe states it; None where it is left to its default."""

    key: str
    before: JsonValue
    after: JsonValue


class FileChanges(Part):
    """Files of the repository."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


class VersionDiff(Document):
    """What the model at hand changes against a published commit."""

    repository: str
    endpoint: str
    against: str
    """The commit that is compared with."""
    tag: str | None = None
    """Its tag, such as `v1.0.0`."""
    version: str | None = None
    """The recipe's version of the model at hand."""
    figures: tuple[FigureChange, ...]
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    counts: tuple[CountChange, ...]
    """Every split, also those whose count is the same."""
    same_test_records: bool | None = None
    """Whether both were measured on the same test records, by their fingerprint; absent where the commit holds no
    figures of hubpress."""
    settings: tuple[SettingChange, ...]
    files: FileChanges
    hand_edits: tuple[str, ...] = ()
    """What people have written into the texts of main, which the next release keeps, one sentence for each kind."""

    @property
    def worse(self) -> tuple[FigureChange, ...]:
        """Those figures that fell beyond noise."""
        return tuple(figure for figure in self.figures if figure.fell_beyond_noise)

    @property
    def is_empty(self) -> bool:
        """Whether the published commit holds the very files of the model at hand."""
        return not (self.files.added or self.files.removed or self.files.changed)
