"""One model on its way, and what a stage is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from hubpress.bases.static import settled_static
from hubpress.data.sources import source_files
from hubpress.errors import PackageMissing, UsageError
from hubpress.files import digest_of
from hubpress.hub.ids import RepoId, RepoType, not_a_name
from hubpress.inference.adapter import refuse_without_peft
from hubpress.layout import CHANGELOG, DATA_PAGE, DATA_REPORT, MANIFEST
from hubpress.recipe.recipe import Recipe
from hubpress.trained.settle import settled

REHEARSAL_OWNER = "rehearsal"
"""Under whom models are published where nobody is named."""


@dataclass(frozen=True)
class Changes:
    """What a version changes: a few words for titles, and all of it as Markdown for messages and the changelog."""

    title: str
    body: str


@dataclass(frozen=True)
class Job:
    """One model on its way: its recipe, its build folder, and how the person asked for it."""

    recipe: Recipe
    folder: Path
    owner: str = REHEARSAL_OWNER
    quiet: bool = False
    threads: int | None = None
    changes: Changes | None = None
    """What it changes against the published version, once that is known."""
    base: str | None = None
    """The commit of main that was read for what it changes, empty where there was none; None where none was read."""

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        *,
        build_dir: Path | str,
        owner: str = REHEARSAL_OWNER,
        quiet: bool = False,
        threads: int | None = None,
    ) -> Job:
        """Return the job of a recipe, whose folder below *build_dir* has its name.

        Where it names a trained model, what that says of itself is filled in; a static model is that of one commit.
        Raises UsageError for an *owner* that no Hub takes, and HubpressError for a trained or a static model that
        cannot be taken; DataError for records that are not there, and else PackageMissing for an adapter without peft.
        """
        refuse_bad_owner(owner)
        try:
            if recipe.training.lora:
                refuse_without_peft("an adapter", where="training.lora")
            recipe = settled_static(settled(recipe))
        except PackageMissing:
            source_files(recipe)  # what is wrong with a path is mended without installing anything
            raise
        return cls(recipe, Path(build_dir) / recipe.name, owner, quiet, threads)

    @property
    def data(self) -> Path:
        """The folder of the splits."""
        return self.folder / "data"

    @property
    def data_report(self) -> Path:
        """What the splits say, as JSON."""
        return self.folder / DATA_REPORT

    @property
    def data_page(self) -> Path:
        """The same, as a page for a browser."""
        return self.folder / DATA_PAGE

    @property
    def preflight(self) -> Path:
        """The folder in which the base model is asked, and that its answer is kept in."""
        return self.folder / "preflight"

    @property
    def train(self) -> Path:
        """The folder of checkpoints and trained weights."""
        return self.folder / "train"

    @property
    def repo(self) -> Path:
        """The staged folder: the very bytes that are checked and pushed."""
        return self.folder / "repo"

    @property
    def manifest(self) -> Path:
        """The list of the staged folder's files, kept beside it."""
        return self.folder / MANIFEST

    def receipt(self, stage: str) -> Path:
        """Return where a stage leaves its receipt."""
        return self.folder / "receipts" / f"{stage}.json"

    @property
    def pushed(self) -> Path:
        """The folder that keeps the manifest of every commit pushed to this repository, by its id."""
        return self.folder / "pushed" / self.repo_id

    @property
    def repo_id(self) -> str:
        """The repository on the Hub, and the Space, which has the same name."""
        return f"{self.owner}/{self.recipe.repo_name}"

    @property
    def data_id(self) -> str | None:
        """The data set repository of the test split; None where that is not published."""
        return self.recipe.test_data_id(self.owner)

    @property
    def test_data(self) -> Path:
        """The folder of that repository."""
        return self.folder / "test-data"

    @property
    def space(self) -> Path:
        """The folder of the Space, whose model is not published yet."""
        return self.folder / "space"

    def tag(self, asked: str | None) -> str | None:
        """Return the tag of a release, model and Space alike: the one *asked* for, or that of the recipe's version."""
        return asked or self.recipe.version_tag

    @property
    def version(self) -> str:
        """What a release is called behind the model's name: its version where the recipe gives one, else nothing."""
        return f" {self.recipe.version_tag}" if self.recipe.version_tag else ""

    @property
    def title(self) -> str:
        """The title of the release's commit."""
        change = f": {self.changes.title}" if self.changes else ""
        return f"Release {self.recipe.repo_name}{self.version}{change}"

    @property
    def message(self) -> str:
        """What is said below the title of the release's commits, and of its tags."""
        return self.changes.body if self.changes else ""

    @property
    def changelog(self) -> Path:
        """The changelog as it is to be published, where there is one."""
        return self.folder / CHANGELOG

    def hand_edits(self, kind: RepoType) -> Path:
        """Return where it is noted what people have written into the texts of its model, or of its data set."""
        return self.folder / "hand-edits" / f"{kind}.json"

    @property
    def pinned_space(self) -> Path:
        """The folder of the Space as it is pushed, pinned to a commit of its model."""
        return self.folder / "space-pinned"

    def new_repository(self, hub: str, repo: RepoId) -> Path:
        """Return where it is noted that a repository on a Hub waits for its first release to be proved."""
        return self.folder / "gate" / digest_of(hub)[:8] / f"{repo.path}.json"

    @property
    def pushed_data(self) -> Path:
        """The folder that keeps the manifest of every commit pushed to the data set of the test split, by its id."""
        return self.folder / "pushed" / "datasets" / str(self.data_id)

    @property
    def pushed_spaces(self) -> Path:
        """The folder that keeps the manifest of every commit pushed to the Space, by its id."""
        return self.folder / "pushed" / "spaces" / self.repo_id


@dataclass(frozen=True)
class StageOutput:
    """What a stage made: its files, and one line for the table."""

    outputs: Sequence[Path]
    summary: str
    lasts: bool = True
    """Whether it holds as long as its inputs do; else the stage is run again, for what was not there this time."""
    warnings: Sequence[str] = ()
    """What a person has to know before the release is used, a sentence each."""


@dataclass(frozen=True)
class Stage:
    """One stage: the files that it reads, whatever else decides its result, and its work."""

    name: str
    inputs: Callable[[Job], Sequence[Path]]
    settings: Callable[[Job], JsonValue]
    run: Callable[[Job], StageOutput]


def refuse_bad_owner(owner: str) -> None:
    """Raise UsageError for what no Hub takes for a user or an organisation, such as nothing at all."""
    fault = not_a_name(owner) if owner else "is empty"
    if fault:
        what = f"{owner!r} is no user or organisation: it {fault}."
        raise UsageError(what, where="--owner", hint="Give the name as the Hub has it.")
