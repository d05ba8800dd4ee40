"""``hubpress release``: all stages of one or more models, published and proved."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Annotated

import typer

import hubpress
from hubpress.cli.family import Batch, Collection, Names, chosen_models, refuse_bad_collection
from hubpress.cli.options import (
    Isolated,
    PublishOptions,
    RecipeOptions,
    RunOptions,
    Threads,
    default_owner,
    examples,
    grouped,
    refuse_bad_owner,
)
from hubpress.cli.output import Report
from hubpress.errors import UsageError

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress release conference-titles --sample",
        "hubpress release --all --sample",
        "hubpress release my-model --publish --owner acme --private",
        'hubpress release --all --publish --owner acme --collection "Our models"',
    )
)
@grouped
def release(
    *,
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="release every model")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="publish on HF_ENDPOINT; without it nothing leaves the machine")
    ] = False,
    owner: Annotated[
        str | None,
        typer.Option(metavar="OWNER", help="the user or organisation to publish under (rehearsal default: rehearsal)"),
    ] = None,
    pr: Annotated[
        bool, typer.Option("--pr", help="stop at open pull requests, with the proofs as their descriptions")
    ] = False,
    no_gate: Annotated[
        bool, typer.Option("--no-gate", help="change main before anything is proved, instead of after it")
    ] = False,
    accept_worse: Annotated[
        bool, typer.Option("--accept-worse", help="release a version although a figure of it fell beyond noise")
    ] = False,
    collection: Collection = None,
    options: PublishOptions,
    isolated: Isolated = False,
    recipe: RecipeOptions,
    threads: Threads = None,
    run: RunOptions,
) -> None:
    """Run all stages, and publish what was proved.

    Model and Space are proved where only their owner looks, and come to main then: on the rehearsal Hub, or with
    --publish on HF_ENDPOINT, with the token of HF_TOKEN.
    """
    chosen = chosen_models(names, recipe, every=every, what="releases")
    if publish and owner is None:
        raise UsageError("--publish needs --owner, the user or organisation to publish under.")
    if pr:
        _refuse_beside_pr(no_gate=no_gate, collection=collection)
    owner = default_owner() if owner is None else owner
    refuse_bad_owner(owner)
    refuse_bad_collection(collection, owner)
    with nullcontext(options.target(recipe)) if publish else options.rehearsal(run, owner) as target:
        report = Report(None if publish else target.hub.endpoint, run.build_dir)
        batch = Batch(report, run, owner=owner, collection=collection)
        release_one = partial(
            hubpress.release_model,
            build_dir=run.build_dir,
            owner=owner,
            target=target,
            isolated=isolated,
            gate=not no_gate,
            only_propose=pr,
            accept_worse=accept_worse,
            threads=threads,
            quiet=run.quiet,
        )
        batch.publish(chosen, recipe.load, release_one)
        if not pr:
            batch.gather(target)
        report.print(as_json=run.json)
    if report.has_failures:
        raise typer.Exit(1)


def _refuse_beside_pr(*, no_gate: bool, collection: str | None) -> None:
    """Raise UsageError for what contradicts ``--pr``."""
    if no_gate:
        raise UsageError("--pr stops at the gate, and --no-gate has none.", hint="Give one of them.")
    if collection:
        raise UsageError("--pr leaves main as it is, and a collection holds what is there.", hint="Give one of them.")
