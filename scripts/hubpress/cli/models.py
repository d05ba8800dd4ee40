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
    from hubpress.schemas.released import Released

app = typer.Typer()


@app.command(epilog=examples("hubpress models", "hubpress models --models DIR --json"))
def models(models: ModelsDir = None, build_dir: BuildDir = BUILD, json: Json = False) -> None:
    """Show what can be released, and how far each is.

    Each release follows with its owner, version, date, main figure and proof.
    A recipe that cannot be used is named after the others, and the command fails.
    """
    found = hubpress.list_models(models_dir=models, build_dir=build_dir)
    problems = [problem for one in found for problem in one.problems]
    if json:
        print_json([_as_json(one) for one in found])
        raise typer.Exit(RecipeError.exit_code if problems else 0)  # each problem stands with its model
    print_table(
        ["Model", "Task", "Title", "Done"],
        [[one.name, one.task or "", one.title or "", _how_far(one)] for one in found],
    )
    if rows := [_row(one, released) for one in found for released in one.releases]:
        print_table(["Released", "Owner", "Hub", "Version", "Date", "Main figure", "Proof"], rows)
    if problems:
        raise RecipeError(problems)


def _as_json(one: ModelStatus) -> dict[str, JsonValue]:
    status: dict[str, JsonValue] = {"model": one.name, "task": one.task, "title": one.title, "done": list(one.done)}
    figure = {"figure": one.figure.as_json()} if one.figure else {}
    releases: list[JsonValue] = [{"owner": each.owner, **each.as_json()} for each in one.releases]
    return {**status, "problems": list(one.problems), **figure, "releases": releases}


def _row(one: ModelStatus, released: Released) -> list[str]:
    from hubpress.metrics.names import METRIC_NAMES
    from hubpress.report.family import figure_text

    named = METRIC_NAMES.get(released.figure.metric)
    proofs = "; ".join(proved.proof for proved in (released.model, released.space) if proved)
    return [
        one.name,
        released.owner,
        released.hub.split(" ")[0],  # a rehearsal Hub is called so, with its identity behind
        f"{released.tag}, withdrawn for {released.withdrawn_for}" if released.withdrawn_for else released.tag or "none",
        released.date[:10],
        f"{named.title if named else released.figure.metric} {figure_text(released.figure)}",
        proofs,
    ]


def _how_far(one: ModelStatus) -> str:
    return "its recipe cannot be used" if one.problems else ", ".join(one.done) or "nothing yet"
