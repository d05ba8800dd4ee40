"""``hubpress models``: what can be released, and how far each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

import hubpress
from hubpress.cli.options import BUILD, BuildDir, Json, ModelsDir, examples
from hubpress.cli.output import print_json, print_table
from hubpress.errors import RecipeError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from hubpress import ModelStatus

app = typer.Typer()


@app.command(epilog=examples("hubpress models", "hubpress models --models DIR --json"))
def models(models: ModelsDir = None, build_dir: BuildDir = BUILD, json: Json = False) -> None:
    """Show what can be released, and how far each is.

    A recipe that cannot be used is named after the others, and the command fails.
    """
    found = hubpress.list_models(models_dir=models, build_dir=build_dir)
    problems = [problem for one in found for problem in one.problems]
    if json:
        print_json([_as_json(one) for one in found])
        raise typer.Exit(RecipeError.exit_code if problems else 0)  # each problem stands with its model
    rows = [[one.name, one.task or "", one.title or "", _how_far(one)] for one in found]
    print_table(["Model", "Task", "Title", "Done"], rows)
    if problems:
        raise RecipeError(problems)


def _as_json(one: ModelStatus) -> dict[str, JsonValue]:
    status: dict[str, JsonValue] = {"model": one.name, "task": one.task, "title": one.title, "done": list(one.done)}
    return {**status, "problems": list(one.problems)}


def _how_far(one: ModelStatus) -> str:
    return "its recipe cannot be used" if one.problems else ", ".join(one.done) or "nothing yet"
