"""``hubpress score``: answer all records of files with a published model."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import hubpress
from hubpress.cli.launch_options import settings_of
from hubpress.cli.options import Json, examples, positive
from hubpress.cli.output import print_json
from hubpress.text import counted

if TYPE_CHECKING:
    from hubpress import ScoreResult

app = typer.Typer()


@app.command(
    epilog=examples(
        'hubpress score rehearsal/conference-titles --input "records/*.parquet" --output answers',
        'hubpress score acme/my-model --input "hf://datasets/acme/works/*.parquet" --output answers --workers 8',
        "hubpress score acme/my-model --input works.csv --text-column title=Title --id-column DOI --output answers",
        'hubpress score acme/my-model --input "works/*.parquet" --output answers --engine slurm --tasks 64',
        'hubpress score acme/my-model --input "hf://datasets/acme/works/*.parquet" --output answers --engine jobs '
        "--tasks 4 --launch flavor=cpu-upgrade --launch timeout=6h",
    )
)
def score(
    model: Annotated[
        str, typer.Argument(metavar="OWNER/REPO", help="a model on the Hub of HF_ENDPOINT, or a release's folder")
    ],
    *,
    inputs: Annotated[
        list[str],
        typer.Option(
            "--input", metavar="GLOB", help="parquet, CSV or JSON Lines, here or where fsspec reaches; repeatable"
        ),
    ],
    output: Annotated[
        str,
        typer.Option(metavar="DIR", help="a folder of its own for the answers, or for jobs hf://datasets/OWNER/NAME"),
    ],
    revision: Annotated[str | None, typer.Option(metavar="SHA", help="a commit, tag or branch (default: main)")] = None,
    text_columns: Annotated[
        list[str] | None,
        typer.Option(
            "--text-column",
            metavar="FIELD=COLUMN",
            help="the column of a field of the model's input template (default: the one of its name); repeatable",
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id-column", metavar="COLUMN", help="the ids (default: id if it is there, else file and row)"),
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="CHARACTER", help="what divides the cells of CSV files (default: a comma)")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="answer by the int8 ONNX file, whose answers may differ")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(parser=positive, metavar="N", help="processes (default: one for each core)")
    ] = None,
    engine: Annotated[
        Literal["local", "ray", "slurm", "jobs"],
        typer.Option(help="this machine's cores, Ray (hubpress[ray]), a job array of Slurm, or jobs of the Hub"),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="the cluster of Ray (default: one of its own, here)"),
    ] = None,
    tasks: Annotated[
        int | None,
        typer.Option(parser=positive, metavar="N", help="tasks of the job array of Slurm, or jobs of the Hub"),
    ] = None,
    sbatch: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="an option of sbatch, such as partition=long; repeatable"),
    ] = None,
    launch: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="a setting of the jobs: flavor, timeout and others; repeatable"),
    ] = None,
    rows_per_part: Annotated[
        int, typer.Option("--rows-per-part", parser=positive, metavar="N", help="rows of a file of answers")
    ] = 16_384,
    quiet: Annotated[bool, typer.Option("--quiet", help="print no progress")] = False,
    json: Json = False,
) -> None:
    """Answer the records of files with a published model.

    Its decision is included. The answers are parquet files below --output; what cannot be answered stands with the
    reason in bad-rows.jsonl. A run that was stopped goes on where it was, and nothing is answered twice. Ends with 1
    where there are bad rows.
    """
    from hubpress.release.progress import progress_of

    with progress_of("score", quiet=quiet):
        result = hubpress.score_files(
            model, inputs, output, revision=revision, text_columns=text_columns or (), id_column=id_column,
            separator=separator, int8=int8, workers=workers, engine=engine, address=address,
            tasks=tasks, sbatch=sbatch or (), launch=settings_of(launch or []), rows_per_part=rows_per_part,
        )  # fmt: skip
    if json:
        print_json({**asdict(result), "output": str(result.output)})
    else:
        _print(result, jobs=engine == "jobs")
    if result.bad:
        raise typer.Exit(1)


def _print_submitted(result: ScoreResult, *, jobs: bool) -> None:
    if jobs:
        whose, when, then = f"answered by jobs of the Hub ({result.submitted})", "they have", "fetches what is there or"
    else:
        whose, when, then = f"submitted to Slurm as job {result.submitted}", "it has", "says what is there and"
    print(
        f"{result.answered:,} records are answered. The rest is {whose}: when {when} ended, run the same command "
        f"again, which {then} submits what is missing."
    )


def _print(result: ScoreResult, *, jobs: bool) -> None:
    if result.submitted:
        _print_submitted(result, jobs=jobs)
        return
    if result.stale:
        parts = "part was" if result.stale == 1 else "parts were"
        print(f"{result.stale:,} {parts} made anew: the model, its decision or their file has changed.")
    fresh = "all of them by an earlier run" if result.answered else "since the files have no more"
    if result.per_second:
        fresh = f"{result.per_second:,.0f} a second"
    bad = f", {result.bad:,} without an answer ({result.output}/bad-rows.jsonl)" if result.bad else ""
    print(
        f"{counted(result.answered, 'record')} answered by {result.model} at {result.commit[:7]} in "
        f"{counted(result.parts, 'part')} of {result.output}, {fresh}{bad}.",
        file=sys.stdout,
    )
