"""``hubpress verify``: prove a published model with its Space, or a Space alone."""

from __future__ import annotations

from typing import Annotated

import typer

import hubpress
from hubpress.cli.options import Isolated, RecipeOptions, RunOptions, Threads, examples, grouped, model_names
from hubpress.cli.output import complain, print_json
from hubpress.errors import VerifyFailed

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress verify rehearsal/conference-titles --sample",
        "hubpress verify acme/my-model --revision v1.0.0",
        "hubpress verify acme/my-model --data records.csv",
        "hubpress verify spaces/acme/my-model --isolated",
    )
)
@grouped
def verify(
    repo_id: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="or spaces/OWNER/REPO, for a Space alone")],
    recipe: RecipeOptions,
    run: RunOptions,
    revision: Annotated[str | None, typer.Option(metavar="SHA", help="a commit, tag or branch (default: main)")] = None,
    isolated: Isolated = False,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="its recipe (default: the one that publishes as REPO)",
            autocompletion=model_names,
        ),
    ] = None,
    run_code: Annotated[
        bool,
        typer.Option("--run-code", help="also run what was not pushed from here, in a sandbox if possible"),
    ] = False,
    threads: Threads = None,
) -> None:
    """Download what is published, and prove what its card says.

    The Hub is that of HF_ENDPOINT; where that is not set, the rehearsal Hub if it has the repository. Where no recipe
    at hand published it, its own counts, and --data names its records; without them their figures stay unproved.
    """
    proofs = hubpress.verify_repository(
        repo_id,
        build_dir=run.build_dir,
        model=model,
        models_dir=recipe.models,
        sample=recipe.sample,
        data=recipe.data,
        overrides=recipe.overrides or (),
        revision=revision,
        isolated=isolated,
        run_code=run_code,
        threads=threads,
        quiet=run.quiet,
    )
    if run.json:
        documents = {proof.kind: proof.as_json() for proof in proofs}
        space = {"space": documents["space"]} if "space" in documents else {}
        print_json({**documents.get("model", {}), **space})
    try:
        for proof in proofs:
            proof.raise_if_failed()
            if not run.json:
                print(proof.table())
    except VerifyFailed as error:
        complain(error)
        raise typer.Exit(error.exit_code) from error  # a program has read it in the proof's document
