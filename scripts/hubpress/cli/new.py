"""``hubpress new``: the folder of a new model, and what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from hubpress.cli.options import Json, examples
from hubpress.cli.output import print_json
from hubpress.content import content_dir
from hubpress.recipe.scaffold import TEMPLATES, NewModel, new_model
from hubpress.this_machine import typed_hubpress

app = typer.Typer()


@app.command(
    epilog=examples("hubpress new my-model --task single-label", "hubpress new my-model --task binary --models DIR")
)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="the folder, and the repository on the Hub")],
    task: Annotated[
        str,
        typer.Option(
            metavar="TASK",
            help=f"what the model answers: {', '.join(TEMPLATES[:-1])} or {TEMPLATES[-1]}",
            autocompletion=lambda: list(TEMPLATES),
        ),
    ],
    models: Annotated[
        # Never the models that ship with hubpress: below an installed package is no place for anybody's own.
        Path, typer.Option(metavar="DIR", help="where it is written")
    ] = Path("models"),
    json: Json = False,
) -> None:
    """Write the folder of a new model, which runs as it is.

    It holds a commented recipe, and sample records of its own.
    """
    written = new_model(name, template=task, models_dir=models)
    if json:
        print_json({"folder": str(written.folder), "files": written.files})
        return
    for file in written.files:
        print(written.folder / file)
    _print_next(written)


def _print_next(written: NewModel) -> None:
    models, name = written.folder.parent, written.folder.name
    # In a checkout ./models is where models are looked for anyway.
    found = models.resolve() == content_dir("models").resolve()
    model = name if found else f"{name} --models {shlex.quote(str(models))}"
    print("\nRelease it on its sample records, then see what its recipe makes of yours:")
    print(f"  {typed_hubpress()} release {model} --sample")
    print(f"  {typed_hubpress()} data {model} --data FILE")
