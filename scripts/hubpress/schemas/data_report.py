"""data_report.json: what the records of a model say about themselves, before anything is trained on them."""

from __future__ import annotations

from typing import Literal

from hubpress.schemas.document import Document, Part
from hubpress.schemas.evaluation import LostEntities
from hubpress.schemas.record_doubts import CutTexts, Leak
from hubpress.schemas.splits import NumberFacts


class LabelCount(Part):
    """A label (of a token model: a type of entity) and how often it stands in the records."""

    label: str
    count: int


class SuspiciousLabel(Part):
    """Labels that are hardly meant so, and what is strange about them."""

    labels: tuple[str, ...]
    why: str


class Spread(Part):
    """How many of something each record has."""

    least: int
    mean: float
    most: int


class LabelFacts(Part):
    """The labels, beyond their counts."""

    count: int
    smallest: tuple[LabelCount, ...]
    """The rarest, rarest first."""
    untested: tuple[str, ...]
    """Those without a record in the test split."""
    unvalidated: tuple[str, ...]
    """Those without a record in the validation split."""
    suspicious: tuple[SuspiciousLabel, ...]
    each_record: Spread | None = None
    """How many labels, or entities, a record has; None where it is always one."""


class SplitLengths(Part):
    """The lengths of the texts of a split."""

    measured: int
    """Of how many records, all or a random sample."""
    median: float
    percentile_95: float
    longest: int
    over: float | None = None
    """The share that is longer than the model reads; None where lengths are in words."""


class Lengths(Part):
    """How long the texts are."""

    unit: Literal["tokens", "words"]
    why_words: str | None = None
    """Why the base's tokenizer could not be asked."""
    max_length: int
    windows: bool
    """Whether a text over the length is read in several windows, and nothing of it is lost."""
    splits: dict[str, SplitLengths]


class Repeats(Part):
    """Records beyond the first of each text within one split."""

    exact: int
    normalised: int
    """Those that are the same but for case, white space and Unicode form."""


class Place(Part):
    """A record: its split, its row in its file (from 1), the beginning of its text, and its answer in words."""

    split: str
    row: int
    text: str
    answer: str


class Pair(Part):
    """Two records with the same text, or nearly so; ``similarity`` is that of their sets of shingles (Jaccard)."""

    kind: Literal["exact", "normalised", "near"]
    similarity: float
    one: Place
    other: Place


class NearDuplicates(Part):
    """How near-duplicates were looked for."""

    method: str = "MinHash"
    permutations: int
    shingle: int
    """Characters of the text, in one case and one Unicode form, that are compared at once."""
    threshold: float
    """From which similarity of the sets of shingles two texts are nearly the same."""
    against: int
    """With how many records of the other splits they were compared."""
    against_all: bool
    """Whether those were all; a random sample finds fewer than there are."""


class Conflicts(Part):
    """Texts that stand more than once, with different answers."""

    texts: int
    records: int
    examples: tuple[tuple[Place, ...], ...]
    dropped: int
    """Records with another answer than the one that was kept of their text, among the duplicates left out."""


class Duplicates(Part):
    """Texts that stand more than once."""

    within: dict[str, Repeats]
    across: tuple[Leak, ...]
    examples: tuple[Pair, ...]
    near: NearDuplicates
    conflicts: Conflicts


class Share(Part):
    """A script or a language by its name or code, and its share."""

    name: str
    share: float


class Languages(Part):
    """The languages that the texts seem to be in."""

    expected: tuple[str, ...]
    """The recipe's ``language``."""
    asked: int
    """How many texts were looked at."""
    told: int
    """How many of them are long and clear enough to tell."""
    found: tuple[Share, ...]
    """Of those, the most frequent first."""
    unexpected: float | None = None
    """The share that is in none of the recipe's languages; None where that cannot be said."""


class EntityFacts(Part):
    """The entities of a token model's records."""

    entities: int
    without: int
    """Records that have none."""
    longest: str
    """The longest of them, shortened."""
    longest_characters: int
    longest_type: str
    lost: dict[str, LostEntities] | None = None
    """By split those that the base's tokenizer cannot say, of large splits in a random sample; None where it could not
    be asked."""


Damage = Literal["no value", "replaced", "misread"]


class DamagedTexts(Part):
    """How many texts have one kind of damage, and the first of them: its split, its row, and the words at the damage.

    ``no value``: the text, or a line of it, is a word such as nan or None. ``replaced``: it holds U+FFFD. ``misread``:
    its bytes were read in another encoding than they were written in.
    """

    kind: Damage
    texts: int
    split: str
    row: int
    example: str


class Finding(Part):
    """Something to be minded, in a sentence or two."""

    kind: Literal["leak", "cut", "conflict", "repeats", "damaged", "border", "few", "untested", "language", "label"]
    text: str


class DataReport(Document):
    """What the records of a model say about themselves."""

    fingerprints: dict[str, str]
    """Those of the splits that were looked at."""
    counts: dict[str, int]
    dropped: dict[str, int]
    groups: dict[str, int] | None = None
    """Groups by split, where the records of a group stay together."""
    notes: tuple[str, ...] = ()
    """What of the splits is otherwise than one would think."""
    label_counts: dict[str, dict[str, int]]
    labels: LabelFacts
    targets: dict[str, dict[str, NumberFacts]] | None = None
    """The numbers of a regression model, by split and name."""
    lengths: Lengths
    duplicates: Duplicates
    scripts: tuple[Share, ...]
    """Of the letters, the most frequent first."""
    languages: Languages
    entities: EntityFacts | None = None
    damaged: tuple[DamagedTexts, ...] = ()
    """One for each kind of damage that texts have."""
    findings: tuple[Finding, ...]
    leak: Leak | None = None
    """The leak into the test split, where it is over the limit."""
    cut: CutTexts | None = None
    """What the model does not read, where it is over the limit."""

    @property
    def label_totals(self) -> dict[str, int]:
        """How often each label stands in all splits."""
        by_split = self.label_counts.values()
        return {label: sum(counts[label] for counts in by_split) for label in self.label_counts["train"]}
