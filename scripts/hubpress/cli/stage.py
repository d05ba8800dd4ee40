"""``hubpress data|train|assemble|evaluate|card|check``: one stage of a model, and what it needs."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import hubpress
from hubpress.cli.launch_options import LaunchOptions
from hubpress.cli.options import (
    Name,
    Owner,
    RecipeOptions,
    RunOptions,
    Threads,
    examples,
    grouped,
    job_of,
    model_names,
    positive,
)
from hubpress.cli.output import print_json, report_stages
from hubpress.text import counted

app = typer.Typer()


@app.command(
    epilog=examples(
        "hubpress data conference-titles --sample",
        "hubpress data my-model --data titles.csv",
        "hubpress data my-model --preview",
    )
)
@grouped
def data(
    name: Name,
    recipe: RecipeOptions,
    run: RunOptions,
    preview: Annotated[
        bool, typer.Option("--preview", help="only show the first records as they are read, and write nothing")
    ] = False,
    rows: Annotated[
        int | None, typer.Option(parser=positive, metavar="N", help="how many records --preview shows (default: 3)")
    ] = None,
) -> None:
    """Read, split and describe the records."""
    if not preview and rows is None:
        _prepare(job_of(name, recipe, run), run)
        return
    from hubpress.data.preview import FEW, in_words

    records = hubpress.preview_records(recipe.load(name), count=rows or FEW)
    if run.json:
        print_json({name: {"records": [asdict(record) for record in records]}})
    else:
        print(in_words(records))


@app.command(
    epilog=examples(
        "hubpress train conference-titles --sample",
        "hubpress train my-model --set training.num_train_epochs=1",
        "hubpress train my-model --processes 2",
        "hubpress train my-model --on slurm --launch timeout_min=240 --launch gpus_per_node=1",
        "hubpress train my-model --on jobs --launch flavor=a10g-small --launch timeout=4h --upload-records",
    )
)
@grouped
def train(name: Name, recipe: RecipeOptions, run: RunOptions, where: LaunchOptions, threads: Threads = None) -> None:
    """Fine-tune the base model, here or elsewhere."""
    launcher = where.launcher()
    job = job_of(name, recipe, run, threads=threads)
    if launcher:
        from hubpress.release.elsewhere.launch import train_elsewhere

        report_stages(name, train_elsewhere(job, launcher), as_json=run.json)
        return
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        _run("train", job, run)
        return
    from hubpress.release.distributed import train_on_many

    # Rank 0 alone has results.
    if results := train_on_many(job):
        report_stages(name, results, as_json=run.json)


@app.command(epilog=examples("hubpress assemble conference-titles --sample"))
@grouped
def assemble(name: Name, recipe: RecipeOptions, run: RunOptions, threads: Threads = None) -> None:
    """Put weights, config and tokenizer together."""
    _run("assemble", job_of(name, recipe, run, threads=threads), run)


@app.command(epilog=examples("hubpress evaluate conference-titles --sample"))
@grouped
def evaluate(name: Name, recipe: RecipeOptions, run: RunOptions, threads: Threads = None) -> None:
    """Measure the assembled model on the test split."""
    _run("evaluate", job_of(name, recipe, run, threads=threads), run)


@app.command(epilog=examples("hubpress card conference-titles --sample --owner acme"))
@grouped
def card(name: Name, recipe: RecipeOptions, run: RunOptions, owner: Owner = None, threads: Threads = None) -> None:
    """Render README.md and its figures."""
    _run("card", job_of(name, recipe, run, owner=owner, threads=threads), run)


@app.command(
    epilog=examples("hubpress check conference-titles --sample", "hubpress check build/conference-titles/repo")
)
@grouped
def check(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME_OR_FOLDER", help="a model, or any staged folder", autocompletion=model_names),
    ],
    recipe: RecipeOptions,
    run: RunOptions,
    owner: Owner = None,
    threads: Threads = None,
) -> None:
    """Check the staged files, or any folder, and list every problem."""
    if Path(name).is_dir() or os.sep in name:
        _check_folder(Path(name), as_json=run.json)
    else:
        _run("check", job_of(name, recipe, run, owner=owner, threads=threads), run)


def _check_folder(folder: Path, *, as_json: bool) -> None:
    from hubpress.check.folder import kind_of_folder
    from hubpress.check.kind import OURS

    problems = hubpress.check_folder(folder)
    taken_for = kind_of_folder(folder)
    if as_json:
        found = [asdict(problem) for problem in problems]
        print_json({"folder": str(folder), "kind": taken_for.kind.name.lower(), "problems": found})
    if taken_for.kind not in OURS:
        print(f"{folder} is taken for {taken_for}.", file=sys.stderr)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(
        f"{counted(len(problems), 'problem')} in {folder}." if problems else f"No problems in {folder}.",
        file=sys.stderr,
    )
    if problems:
        raise typer.Exit(1)


def _prepare(job: hubpress.Job, run: RunOptions) -> None:
    from hubpress.report.summary import in_words
    from hubpress.schemas.data_report import DataReport

    stages = hubpress.run_stages(job, until="report")
    report = DataReport.load(job.data_report)
    report_stages(job.recipe.name, stages, as_json=run.json, more={"report": report.as_json()})
    if not run.json:
        print(in_words(report, str(job.data_page)))


def _run(stage: str, job: hubpress.Job, run: RunOptions) -> None:
    report_stages(job.recipe.name, hubpress.run_stages(job, until=stage), as_json=run.json)
