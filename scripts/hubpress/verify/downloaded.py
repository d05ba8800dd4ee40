"""A commit on disk: its files, its card, and the facts that the card was rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hubpress.errors import HubpressError
from hubpress.files import found_json
from hubpress.hub.hand_edits import text_in
from hubpress.hub.readme import read_card
from hubpress.layout import CARD, EVALUATION, GENERATED, REPORT, TRAINING
from hubpress.recipe.published import load_published
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import Document, DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.training import TrainedFacts, TrainingFacts, training_kind
from hubpress.verify.by_hand import own_text
from hubpress.verify.published import PublishedCommit

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class DownloadedRelease:
    """A commit on disk, and the recipe that it is held against: one that is at hand, or its own."""

    commit: PublishedCommit
    recipe: Recipe
    files: Path
    card: str
    """What of README.md is the release's: what people have written outside of its marks is no part of it."""
    report: str
    """The same of REPORT.md."""
    evaluation: Evaluation
    training: TrainingFacts | TrainedFacts
    has_own_recipe: bool = True
    """Whether the recipe is the person's, and not the one that the commit carries."""

    @classmethod
    def of(cls, commit: PublishedCommit, recipe: Recipe | None, files: Path, *, data: str | None) -> DownloadedRelease:
        """Return a commit that was downloaded into *files*; *recipe* None takes its own, on the records in *data*.

        Raises HubpressError where it holds no facts, or no recipe that could be used.
        """
        card, report = (
            own_text((files / name).read_text(encoding="utf-8"), name) if (files / name).is_file() else ""
            for name in (CARD, REPORT)
        )
        evaluation = published_document(Evaluation, files / EVALUATION)
        return cls(
            commit, recipe or published_recipe(evaluation, files, data=data), files, card, report, evaluation,
            published_document(training_kind(found_json(files / TRAINING)), files / TRAINING), recipe is not None,
        )  # fmt: skip

    @property
    def made_card(self) -> str:
        """README.md as the release made it: where it holds people's edits, it is kept beside."""
        kept = text_in(self.files / GENERATED / CARD)
        return self.card if kept is None else kept

    @property
    def front_matter(self) -> Mapping[str, Any]:
        """The card's metadata. Raises HubpressError where it has none that can be read."""
        card = read_card(self.card)
        if not card.readable:
            faults = " ".join(fault.text for fault in card.faults)
            raise HubpressError(f"README.md has no front matter. {faults}", where=str(self.commit))
        return card.data


def published_recipe(evaluation: Evaluation, files: Path, *, data: str | None = None) -> Recipe:
    """Return the recipe that a commit carries; *data* names its records. Raises HubpressError where it has none."""
    sample = evaluation.sample
    return load_published(files, is_sample=sample.is_sample, uses_sample_records=sample.records, data=data)


def published_document(schema: type[D], path: Path) -> D:
    """Return a document of a commit. Raises HubpressError where there is none that can be read."""
    try:
        return schema.load(path)
    except DocumentError as error:
        raise HubpressError(
            f"{path.name} cannot be read, so there is nothing to measure against: {error.what}",
            where="the published revision",
            hint="Publish with `hubpress release` or `hubpress push`.",
        ) from error
