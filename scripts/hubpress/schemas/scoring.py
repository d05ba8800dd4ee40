"""What `hubpress score` writes beside its answers: score.json of the run, and a receipt for each part."""

from __future__ import annotations

from typing import Literal

from hubpress.files import digest_of
from hubpress.schemas.document import Document, Part
from hubpress.schemas.model_config import DecisionConfig


class ScoredModel(Part):
    """Which model answers, and by what."""

    name: str
    """The repository, or the whole path of a folder of this machine."""
    commit: str
    """The commit (40 hex); of a folder the sha256 of its files."""
    weights: str
    """The file that computes."""
    decision: DecisionConfig


class ScoringRun(Document):
    """score.json: what all parts below it have in common. Where it changes, all of them are answered again."""

    model: ScoredModel
    columns: dict[str, str | None]
    """For each field that the model reads the column as the user names it; None for a field that is left empty."""
    id_column: str | None
    """The column of the ids; None where file and row stand for one."""
    separator: str | None
    """Of CSV files, where it was named."""
    rows_per_part: int
    version: str
    """Of hubpress."""

    @property
    def key(self) -> str:
        """A digest of all that decides the answers."""
        return digest_of(self.as_json())


class ScoredFile(Part):
    """A file of records as it was read."""

    path: str
    """As fsspec has it: absolute, or with the scheme of where it lies."""
    size: int
    """In bytes."""
    version: str
    """``sha256:`` and the digest of a file of this machine; of others what their storage knows them by."""
    mtime_ns: int | None = None


class ScoredPart(Document):
    """receipts/part-NNNNN.json: written when the part and its bad rows are complete."""

    part: str
    """The file with the answers."""
    bytes: int
    sha256: str
    key: str
    """That of score.json."""
    model: ScoredModel
    file: ScoredFile
    number: int
    """Which part of that file it is, from 0."""
    answered: int
    """Rows with an answer."""
    bad: int
    """Rows without one; they stand with the reason in bad-rows.jsonl."""
    is_last: bool
    """Whether the file ends with it."""


class SharedFile(Part):
    """A file of records, and the tasks that answer it."""

    file: ScoredFile
    tasks: list[int]
    """Its parts go to them in turn: the first to the first, and so on, over and over."""
    done: tuple[int, ...] = ()
    """The numbers of its parts that are answered already, where the tasks do not see that themselves."""


class ScoringTasks(Document):
    """tasks/tasks.json: what is left of a run, shared among tasks that other machines run."""

    run: ScoringRun
    model_folder: str
    """Where the tasks find the model: below the answers, or the folder that was given; of jobs of the Hub empty."""
    ids: Literal["numbers", "unsigned", "texts"] | None
    """What the ids are; None where file and row stand for one."""
    workers: int | None
    """Processes of a task; None for one on each core that Slurm, or the job, gives it."""
    tasks: int
    files: list[SharedFile]
    """Those that are not answered whole."""
    job: str | None = None
    """What Slurm knows the tasks by, once they are submitted."""
    dataset: str | None = None
    """Where jobs of the Hub leave their parts, as ``OWNER/NAME``."""
    folder: str | None = None
    """The folder of that; None for the data set itself."""
    seconds: float | None = None
    """After which a job is ended, where that was said."""
