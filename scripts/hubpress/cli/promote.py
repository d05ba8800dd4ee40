"""``hubpress promote``: what one owner has, proved, is published at another's without training again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

import hubpress
from hubpress.cli.family import Batch, Collection, Names, chosen_models, refuse_bad_collection
from hubpress.cli.options import (
    Isolated,
    PublishOptions,
    RecipeOptions,
    RunOptions,
    Threads,
    examples,
    grouped,
    refuse_bad_owner,
)
from hubpress.cli.output import Report

if TYPE_CHECKING:
    from hubpress import Target

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress promote my-model --from acme-staging --to acme",
        'hubpress promote --all --from acme-staging --to acme --collection "Our models"',
    )
)
@grouped
def promote(
    *,
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="promote every model")] = False,
    source: Annotated[
        str, typer.Option("--from", metavar="OWNER", help="the user or organisation that it was released under")
    ],
    owner: Annotated[
        str, typer.Option("--to", metavar="OWNER", help="the user or organisation to publish it under, too")
    ],
    accept_worse: Annotated[
        bool, typer.Option("--accept-worse", help="promote a version although a figure of it fell beyond noise")
    ] = False,
    collection: Collection = None,
    options: PublishOptions,
    isolated: Isolated = False,
    recipe: RecipeOptions,
    threads: Threads = None,
    run: RunOptions,
) -> None:
    """Publish at one owner's what another has and is proved.

    The same bytes: nothing is trained or measured again. Card, notebook and Space are rendered anew, since they name
    their repository, and go through the gate there. It takes the options of the recipe that the release was given. The
    Hub is that of HF_ENDPOINT; where that is not set, the rehearsal Hub if it has something of the first owner's.
    """
    chosen = chosen_models(names, recipe, every=every, what="promotes")
    for one in (source, owner):
        refuse_bad_owner(one)
    refuse_bad_collection(collection, owner)
    with _hub(options, recipe, run, source, owner) as (target, rehearsed_on):
        report = Report(rehearsed_on, run.build_dir)
        batch = Batch(report, run, owner=owner, collection=collection)
        promote_one = partial(
            hubpress.promote_model,
            target=target,
            source=source,
            owner=owner,
            build_dir=run.build_dir,
            isolated=isolated,
            accept_worse=accept_worse,
            threads=threads,
            quiet=run.quiet,
        )
        batch.publish(chosen, recipe.load, promote_one)
        batch.gather(target)
        report.print(as_json=run.json)
    if report.has_failures:
        raise typer.Exit(1)


@contextmanager
def _hub(
    options: PublishOptions, recipe: RecipeOptions, run: RunOptions, source: str, owner: str
) -> Iterator[tuple[Target, str | None]]:
    """Yield the Hub that is meant, and its address where it is the rehearsal's."""
    from hubpress.release.targets import rehearsal_folder

    there = rehearsal_folder(run.build_dir) / "repositories" / "models" / source
    if os.environ.get("HF_ENDPOINT", "").strip() or not there.is_dir():
        yield options.target(recipe), None
        return
    with options.rehearsal(run, owner) as target:
        yield target, target.hub.endpoint
