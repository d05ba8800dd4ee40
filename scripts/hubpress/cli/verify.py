"""``hubpress verify``: prove published models with their Spaces, or a Space alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import hubpress
from hubpress.cli.options import Isolated, RecipeOptions, RunOptions, Threads, examples, grouped, model_names
from hubpress.cli.output import complain, print_json
from hubpress.errors import HubpressError, UsageError, VerifyFailed
from hubpress.verify.engines.chosen import chosen_engines

if TYPE_CHECKING:
    from pydantic import JsonValue

    from hubpress.verify.proof import Proof

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress verify rehearsal/conference-titles --sample",
        "hubpress verify acme/my-model --revision v1.0.0",
        "hubpress verify acme/my-model --data records.csv",
        "hubpress verify acme/my-model acme/my-other-model --json",
        "hubpress verify acme/my-model --public-key signing-key.pub",
        "hubpress verify acme/my-model --engines onnxruntime,transformers.js,tei=http://127.0.0.1:8080",
        "hubpress verify spaces/acme/my-model --isolated",
    )
)
@grouped
def verify(
    repo_ids: Annotated[
        list[str],
        typer.Argument(metavar="OWNER/REPO...", help="one or more; spaces/OWNER/REPO for a Space alone"),
    ],
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
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="the public key (PEM) of whoever signed it"),
    ] = None,
    engines: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="also ask onnxruntime, transformers.js[=FOLDER], infinity[=URL|FOLDER|install], tei=URL, vllm=URL",
        ),
    ] = None,
    threads: Threads = None,
) -> None:
    """Download what is published, and prove what its card says.

    The Hub is that of HF_ENDPOINT; where that is not set, the rehearsal Hub if it has the repository. Where no recipe
    at hand published it, its own counts, and --data names its records; without them their figures stay unproved. Of
    several repositories each is tried, whatever is wrong with another; their JSON documents stand in `repositories`.
    """
    if len(repo_ids) > 1 and (revision or model):
        what = "--revision and --model are those of one repository."
        raise UsageError(what, hint="Verify that one by itself.")
    chosen_engines(engines)  # once, before any of them is downloaded
    prove = partial(
        hubpress.verify_repository,
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
        public_key=public_key,
        engines=engines,
        quiet=run.quiet,
    )
    documents: list[JsonValue] = []
    failed: HubpressError | None = None
    for repo_id in repo_ids:
        try:
            proofs = prove(repo_id)
            documents.append(_document(proofs))
            for proof in proofs:
                proof.raise_if_failed()
                if not run.json:
                    print(proof.table())
        except VerifyFailed as error:
            complain(error)
            failed = error
        except HubpressError as error:
            if len(repo_ids) == 1:
                raise
            complain(error)
            documents.append({"repo_id": repo_id, "error": str(error)})
            failed = failed or error
    if run.json:
        print_json(documents[0] if len(repo_ids) == 1 else {"repositories": documents})
    if failed:
        raise typer.Exit(failed.exit_code) from failed  # a program has read it in the proof's document


def _document(proofs: tuple[Proof, ...]) -> dict[str, JsonValue]:
    documents = {proof.kind: proof.as_json() for proof in proofs}
    return {**documents.get("model", {}), **({"space": documents["space"]} if "space" in documents else {})}
