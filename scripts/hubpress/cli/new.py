"""``hubpress new``: the folder of a new model, and what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubpress.cli.options import Json, examples
from hubpress.cli.output import print_json
from hubpress.content import content_dir
from hubpress.errors import UsageError
from hubpress.recipe.scaffold import TEMPLATES, NewModel, new_model
from hubpress.this_machine import typed_hubpress

if TYPE_CHECKING:
    from hubpress.draft.draft import Drafted

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress new my-model --task single-label",
        "hubpress new my-model --task binary --models DIR",
        "hubpress new my-model --from out --data records.csv",
    )
)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the folder, and the repository on the Hub")],
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK",
            help=f"what the model answers: {', '.join(TEMPLATES[:-1])} or {TEMPLATES[-1]}; with --from only where the "
            "model does not say it",
            autocompletion=lambda: list(TEMPLATES),
        ),
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            help="a model that is trained already: the folder that it was saved into, or OWNER/REPO[@REVISION] on the "
            "Hub",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="with --from: the records to measure it on, a file, a folder of train, validation and test files, a "
            "glob, a URL, or OWNER/NAME of a data set on the Hub",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY.PATH=VALUE",
            help="with --from: a value of the recipe that is not to be guessed, such as license=mit; repeatable",
        ),
    ] = None,
    models: Annotated[
        # Never the models that ship with hubpress: below an installed package is no place for anybody's own.
        Path, typer.Option(metavar="DIR", help="where it is written")
    ] = Path("models"),
    json: Json = False,
) -> None:
    """Write the folder of a new model, which runs as it is.

    By --task it holds a commented recipe, and sample records of its own. By --from it holds the recipe of a model that
    is trained already: what its files and the records say, with every guess marked, and a place for what nobody knows.
    """
    if checkpoint is None:
        _of_template(name, task, models, json=json, stray=data is not None or bool(overrides))
        return
    from hubpress.draft.given import refuse_missing

    refuse_missing(checkpoint, data)  # before the next line, which imports all libraries that read models
    from hubpress.draft.draft import draft_model

    drafted = draft_model(
        name, checkpoint=checkpoint, models_dir=models, data=data, task=task, overrides=overrides or ()
    )
    if json:
        lists = {"found": drafted.found, "guessed": drafted.guessed, "missing": drafted.missing}
        print_json({"folder": str(drafted.written.folder), "files": drafted.written.files, **lists})
        return
    _print_drafted(drafted)


def _of_template(name: str, task: str | None, models: Path, *, json: bool, stray: bool) -> None:
    if stray:
        hint = "Say with --from which model is trained already."
        raise UsageError("--data and --set belong to --from.", hint=hint)
    if task is None:
        hint = f"Choose from {', '.join(TEMPLATES)} by --task, or name a model that is trained already by --from."
        raise UsageError("nothing says what the model is.", hint=hint)
    written = new_model(name, template=task, models_dir=models)
    if json:
        print_json({"folder": str(written.folder), "files": written.files})
        return
    for file in written.files:
        print(written.folder / file)
    print("\nRelease it on its sample records, then see what its recipe makes of yours:")
    print(f"  {typed_hubpress()} release {_typed(written)} --sample")
    print(f"  {typed_hubpress()} data {_typed(written)} --data FILE")
    print("\nBefore it is released on yours, write your own sentences where the recipe says <fill in: …>.")


def _print_drafted(drafted: Drafted) -> None:
    recipe = drafted.written.folder / drafted.written.files[0]
    print(recipe)
    for heading, lines in (
        ("Found", drafted.found),
        ("Guessed, and marked so in the recipe", drafted.guessed),
        ("Missing: fill it in where the recipe says <fill in: …>", drafted.missing),
    ):
        if lines:
            print(f"\n{heading}:")
        for key, what in lines.items():
            print(f"  {key}: {what}")
    before = "Then release it" if drafted.missing else "Release it"
    print(f"\n{before}:\n  {typed_hubpress()} release {_typed(drafted.written)}")


def _typed(written: NewModel) -> str:
    """Return how a command names a model that was written."""
    models, name = written.folder.parent, written.folder.name
    # In a checkout ./models is where models are looked for anyway.
    found = models.resolve() == content_dir("models").resolve()
    return name if found else f"{name} --models {shlex.quote(str(models))}"
