"""``hubpress models``: what can be released, and how far each is."""

from __future__ import annotations

import typer

import hubpress
from hubpress.cli.options import BUILD, BuildDir, Json, ModelsDir, examples
from hubpress.cli.output import print_json, print_table

app = typer.Typer()


@app.command(epilog=examples("hubpress models", "hubpress models --models DIR --json"))
def models(models: ModelsDir = None, build_dir: BuildDir = BUILD, json: Json = False) -> None:
    """Show what can be released, and how far each is."""
    found = hubpress.list_models(models_dir=models, build_dir=build_dir)
    if json:
        print_json([{"model": one.name, "task": one.task, "title": one.title, "done": one.done} for one in found])
        return
    rows = [[one.name, one.task, one.title, ", ".join(one.done) or "nothing yet"] for one in found]
    print_table(["Model", "Task", "Title", "Done"], rows)
