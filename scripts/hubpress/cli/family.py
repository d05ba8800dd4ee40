"""What ``release`` and ``promote`` share: one model after another, then the collection and the page of the family."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

import hubpress
from hubpress.cli.options import RecipeOptions, RunOptions, model_names
from hubpress.cli.output import Report, complain
from hubpress.errors import HubpressError, UsageError

if TYPE_CHECKING:
    from hubpress import Recipe, ReleaseResult, Target

Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="one or more models", autocompletion=model_names)
]
Collection = Annotated[
    str | None,
    typer.Option(metavar="TITLE", help="put what is proved into this collection on the Hub (default: the recipe's)"),
]


def chosen_models(names: list[str] | None, recipe: RecipeOptions, *, every: bool, what: str) -> list[str]:
    """Return the models that are meant. Raises UsageError for none, and for names beside ``--all``."""
    from hubpress.recipe.load import model_folders

    if names and every:
        raise UsageError(f"--all {what} every model, and takes no names.", hint="Give names, or --all.")
    chosen = list(model_folders(recipe.models)) if every else names or []
    if not chosen:
        raise UsageError("no model named.", hint="Name one or more (see `hubpress models`), or give --all.")
    return chosen


def refuse_bad_collection(collection: str | None, owner: str) -> None:
    """Raise UsageError for what cannot be the title of a collection, before anything is run."""
    from hubpress.hub.ids import refuse_bad_collection as refuse

    if collection is not None:
        refuse(collection, owner)


class Batch:
    """Models on their way one after another: what stops one holds back no other."""

    def __init__(self, report: Report, run: RunOptions, *, owner: str, collection: str | None) -> None:
        self._report, self._run, self._owner, self._collection = report, run, owner, collection
        self._families: dict[str, list[ReleaseResult]] = {}

    def publish(
        self, names: Sequence[str], load: Callable[[str], Recipe], publish: Callable[[Recipe], ReleaseResult]
    ) -> None:
        """Publish each model, and keep what was done, or why it failed. One that is alone raises HubpressError."""
        for name in names:
            if len(names) > 1 and not self._run.quiet:
                print(f"== {name}", file=sys.stderr)
            try:
                recipe = load(name)
                released = publish(recipe)
            except HubpressError as error:  # stops that model only
                if len(names) == 1:
                    raise
                self._failed(name, error)
                continue
            self._report.add(recipe, released)
            if title := self._collection or recipe.collection:
                self._families.setdefault(title, []).append(released)

    def gather(self, target: Target) -> None:
        """Put what was published and proved into its collections, and write the page of all that the owner has."""
        for title, releases in self._families.items():
            try:
                found = hubpress.collect_releases(target, title, releases)
                self._report.add_collection(found.collection)
                for moved in found.moved:
                    self._failed(f"collection {title}", moved)
            except HubpressError as error:
                self._failed(f"collection {title}", error)
        only = next(iter(self._families)) if len(self._families) == 1 else None
        self._report.page = hubpress.write_family_page(self._run.build_dir, target, self._owner, title=only)

    def _failed(self, name: str, error: HubpressError) -> None:
        self._report.add_failure(name, error)
        complain(error)
