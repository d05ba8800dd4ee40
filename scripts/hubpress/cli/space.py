"""``hubpress space``: build the Space of a model, Gradio or static, and run it here."""

from __future__ import annotations

from typing import Annotated

import typer

import hubpress
from hubpress.cli.options import (
    Name,
    Owner,
    RecipeOptions,
    RunOptions,
    Threads,
    examples,
    grouped,
    job_of,
    port_number,
)
from hubpress.cli.output import report_stages
from hubpress.errors import UsageError

app = typer.Typer()
_PORT = 7860


@app.command(
    epilog=examples(
        "hubpress space conference-titles --sample --serve",
        "hubpress space conference-titles --sample --serve --set space.sdk=static",
    )
)
@grouped
def space(
    name: Name,
    recipe: RecipeOptions,
    run: RunOptions,
    owner: Owner = None,
    serve: Annotated[bool, typer.Option("--serve", help="run the app on the staged model until Ctrl-C")] = False,
    port: Annotated[
        int | None,
        typer.Option(parser=port_number, metavar="PORT", help="where --serve runs it, 1 to 65535 (default: 7860)"),
    ] = None,
    threads: Threads = None,
) -> None:
    """Build the model's Space and, with --serve, run it here.

    It is a Gradio app, or a page that answers in its reader's browser, as `space.sdk` of the recipe says.
    """
    from hubpress.release.api import require_space

    if port and not serve:
        raise UsageError("--port says where --serve runs the app.", hint="Give --serve, too.")
    job = job_of(name, recipe, run, owner=owner, threads=threads)
    require_space(job.recipe)
    results = hubpress.run_stages(job, until="space")
    report_stages(name, results, as_json=run.json)
    if serve:
        from hubpress.space.build import sdk_of
        from hubpress.space.process import serve_app
        from hubpress.space.static_server import serve_page

        run_here = serve_page if sdk_of(job.recipe) == "static" else serve_app
        run_here(job.space, model=job.repo, port=port or _PORT)
