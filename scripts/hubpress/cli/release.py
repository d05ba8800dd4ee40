"""``hubpress release``: all stages of one or more models, published and proved."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

import hubpress
from hubpress.cli.options import (
    Isolated,
    PublishOptions,
    RecipeOptions,
    RunOptions,
    Threads,
    default_owner,
    examples,
    grouped,
    model_names,
    refuse_bad_owner,
)
from hubpress.cli.output import Report, complain
from hubpress.errors import HubpressError, UsageError

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress release conference-titles --sample",
        "hubpress release --all --sample",
        "hubpress release my-model --publish --owner acme --private",
    )
)
@grouped
def release(
    *,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="one or more models", autocompletion=model_names)
    ] = None,
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
    chosen = _chosen(names or [], recipe, every=every)
    if publish and owner is None:
        raise UsageError("--publish needs --owner, the user or organisation to publish under.")
    if pr and no_gate:
        raise UsageError("--pr stops at the gate, and --no-gate has none.", hint="Give one of them.")
    owner = default_owner() if owner is None else owner
    refuse_bad_owner(owner)
    with nullcontext(options.target(recipe)) if publish else options.rehearsal(run, owner) as target:
        report = Report(None if publish else target.hub.endpoint, run.build_dir)
        for name in chosen:
            if len(chosen) > 1 and not run.quiet:
                print(f"== {name}", file=sys.stderr)
            try:
                loaded = recipe.load(name)
                released = hubpress.release_model(
                    loaded,
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
                report.add(loaded, released)
            except HubpressError as error:  # stops that model only
                if len(chosen) == 1:
                    raise
                report.add_failure(name, error)
                complain(error)
        report.print(as_json=run.json)
    if report.has_failures:
        raise typer.Exit(1)


def _chosen(names: list[str], recipe: RecipeOptions, *, every: bool) -> list[str]:
    from hubpress.recipe.load import model_folders

    if names and every:
        raise UsageError("--all releases every model, and takes no names.", hint="Give names, or --all.")
    chosen = list(model_folders(recipe.models)) if every else names
    if not chosen:
        raise UsageError("no model named.", hint="Name one or more (see `hubpress models`), or give --all.")
    return chosen
