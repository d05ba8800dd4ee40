"""``hubpress diff``: what a model changes against what is published of it."""

from __future__ import annotations

from typing import Annotated

import typer

import hubpress
from hubpress.cli.options import Name, Owner, RecipeOptions, RunOptions, Threads, default_owner, examples, grouped
from hubpress.cli.output import print_json, print_table

app = typer.Typer()


@app.command(epilog=examples("hubpress diff my-model --owner acme", "hubpress diff my-model --against v1.0.0 --json"))
@grouped
def diff(
    name: Name,
    recipe: RecipeOptions,
    run: RunOptions,
    owner: Owner = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="REVISION", help="a commit, tag or branch (default: the version that main holds)"),
    ] = None,
    threads: Threads = None,
) -> None:
    """Show what would change for those who use the published model.

    Figures, with a paired test where both versions were measured on the same records, labels, records, settings and
    files. The stages before a push are run first; nothing is sent. The Hub is that of HF_ENDPOINT; where that is not
    set, the rehearsal Hub if it has the repository.
    """
    found = hubpress.diff_model(
        recipe.load(name),
        build_dir=run.build_dir,
        owner=owner or default_owner(),
        against=against,
        threads=threads,
        quiet=run.quiet,
    )
    if run.json:
        print_json(found.as_json())
        return
    from hubpress.versions.words import FIGURE_HEADER, change_rows, figure_rows, summary_of

    print(summary_of(found))
    if not found.is_empty and found.figures:
        print_table(list(FIGURE_HEADER), figure_rows(found))
    if rows := change_rows(found):
        print_table(["What", "Change"], rows)
