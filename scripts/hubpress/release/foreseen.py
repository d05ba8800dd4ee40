"""Which edits on the Hub the next release cannot keep, as far as that is known before anything is trained.

The texts are made once more by the recipe as it is now and by the facts of what is published, and the edits are merged
into these: what the recipe changes is known, what will be measured again is not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import JsonValue

from hubpress.card.records import card_of_records
from hubpress.card.render import rendered
from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.marks import MarksError
from hubpress.hub.merging import EditConflict, Edited, lines_at_risk, merged
from hubpress.hub.readme import read_card
from hubpress.layout import CARD, CONFIG, EVALUATION, RECIPE, SPACE, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import SpaceSettings
from hubpress.space.build import card_of_space, sdk_of, tested_versions
from hubpress.text import shorten
from hubpress.verify.downloaded import published_document, published_recipe

Edits = Mapping[str, Edited]
_FACTS = (CONFIG, EVALUATION, RECIPE, TRAINING)
_MEASURED = (
    *("task", "base_model", "trained", "data", "tokenizer", "training", "release"),
    *("decision", "evaluation", "onnx", "widget"),
)
"""What of a recipe decides facts: with those that are published goes what they were made by."""


def foresee(job: Job, hub: Hub, head: str, edits: Mapping[RepoId, Edits]) -> tuple[str, ...]:
    """Return in words which of the edits of each repository may yet stop the release, once it has been measured.

    *head* is the commit of the model on main. Raises EditConflict for an edit that the recipe, as it is now, leaves no
    room for, with a diff.
    """
    if not any(edits.values()):
        return ()
    with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
        folder = Path(fresh)
        try:
            made = _Texts(job, hub, head, folder)
        except HubpressError as error:
            return (f"Whether all of it can be kept is known once the card is made: {error.what}",)
        said = list[str]()
        for repo, of_repo in edits.items():
            said += _foreseen(repo, of_repo, made)
        return tuple(said)


def _foreseen(repo: RepoId, edits: Edits, made: _Texts) -> Iterator[str]:
    if not edits:
        return
    try:
        texts = made.of(repo)
    except HubpressError as error:
        yield f"{repo.path}: whether all of it can be kept is known once its card is made: {error.what}"
        return
    for name, edited in edits.items():
        try:
            merged(edited, texts.get(name, edited.base), name=name)
            risky = lines_at_risk(edited, name=name, known=made.known)
        except EditConflict as error:
            error.where = repo.path
            raise
        except MarksError:
            continue  # which is told where the text is merged
        for line, text in risky:
            what = "has a figure that the release measures again, or stands beside one"
            yield f"{name} of {repo.path}: line {line} {what} ({shorten(text, 60)}); if that changes, the release stops"


class _Texts:
    """The texts of the next release, by the facts of the one that is published."""

    def __init__(self, job: Job, hub: Hub, head: str, folder: Path) -> None:
        """Download these. Raises HubpressError where they, or the recipe that they were made by, cannot be read."""
        self._job, self._hub, self._folder = job, hub, folder
        model = RepoId(job.repo_id)
        there = hub.list_files(model, head)
        self._files = hub.download(model, head, folder / "model", only=[one for one in _FACTS if one in there])
        self._evaluation = published_document(Evaluation, self._files / EVALUATION)
        before = published_recipe(self._evaluation, self._files)
        self._recipe = job.recipe.model_copy(update={key: getattr(before, key) for key in _MEASURED})

    @property
    def known(self) -> tuple[str, ...]:
        """The texts of the recipe."""
        return tuple(_strings(self._recipe.model_dump(mode="json", include=_told_in(self._recipe))))

    def of(self, repo: RepoId) -> Mapping[str, str]:
        """Return the texts of a repository by name. Raises HubpressError where they cannot be made of these facts."""
        make: dict[str, Callable[[RepoId], Mapping[str, str]]]
        make = {"model": self._of_model, "space": self._of_space, "dataset": self._of_records}
        return make[repo.type](repo)

    def _of_model(self, repo: RepoId) -> Mapping[str, str]:
        return rendered(self._recipe, repo.id, self._files).texts

    def _of_records(self, repo: RepoId) -> Mapping[str, str]:
        return {CARD: card_of_records(self._recipe, repo.id, self._job.repo_id, self._evaluation)}

    def _of_space(self, repo: RepoId) -> Mapping[str, str]:
        head, recipe = self._hub.head(repo), self._recipe
        files = self._hub.download(repo, head, self._folder / "space", only=[CARD, SPACE])
        settings = published_document(SpaceSettings, files / SPACE)
        is_static = read_card((files / CARD).read_text(encoding="utf-8")).data.get("sdk") == "static"
        sdk = "static" if recipe.space.sdk == "auto" and is_static else sdk_of(recipe)
        text = card_of_space(
            recipe, self._evaluation, repo_id=self._job.repo_id, revision=settings.revision, sdk=sdk,
            versions=tested_versions(recipe) if sdk == "gradio" else {},
        )  # fmt: skip
        return {CARD: text}


def _told_in(recipe: Recipe) -> set[str]:
    """Return the keys of a recipe that nothing is measured by."""
    return set(type(recipe).model_fields) - {*_MEASURED, "folder"}


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)
