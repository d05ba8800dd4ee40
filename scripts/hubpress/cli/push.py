"""``hubpress push``: publish a model and its Space on HF_ENDPOINT."""

from __future__ import annotations

from typing import Annotated

import typer

import hubpress
from hubpress.cli.options import (
    Name,
    PublishOptions,
    RecipeOptions,
    RunOptions,
    Threads,
    examples,
    grouped,
    refuse_bad_owner,
)
from hubpress.cli.output import Report

app = typer.Typer()


@app.command(
    epilog=examples("hubpress push my-model --owner acme --private", "hubpress push my-model --owner acme --tag v1.0.0")
)
@grouped
def push(
    name: Name,
    owner: Annotated[str, typer.Option(metavar="OWNER", help="the user or organisation to publish under")],
    publish: PublishOptions,
    recipe: RecipeOptions,
    run: RunOptions,
    threads: Threads = None,
) -> None:
    """Publish model and Space on HF_ENDPOINT with HF_TOKEN.

    Each is one commit. The stages and checks that come before are run first.
    """
    refuse_bad_owner(owner)
    loaded = recipe.load(name)
    pushed = hubpress.push_model(
        loaded, publish.target(recipe), build_dir=run.build_dir, owner=owner, threads=threads, quiet=run.quiet
    )
    report = Report()
    report.add(loaded, pushed)
    report.print(as_json=run.json)
