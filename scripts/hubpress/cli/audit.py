"""``hubpress audit``: what is to be known of anybody's model repository, without running its code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import hubpress
from hubpress.cli.options import Json, examples, positive
from hubpress.cli.output import print_json, print_table

if TYPE_CHECKING:
    from hubpress import AuditReport

app = typer.Typer()

_HEADINGS = {"error": "Errors", "warning": "Warnings", "note": "Notes"}


@app.command(
    epilog=examples(
        "hubpress audit rehearsal/conference-titles",
        "hubpress audit some-owner/some-model --fail-on error",
        "hubpress audit build/conference-titles/repo --sarif build/audit.sarif",
    )
)
def audit(
    repository: Annotated[
        str, typer.Argument(metavar="REPO_OR_FOLDER", help="OWNER/REPO on the Hub of HF_ENDPOINT, or a folder")
    ],
    *,
    revision: Annotated[str | None, typer.Option(metavar="SHA", help="a commit, tag or branch (default: main)")] = None,
    fail_on: Annotated[
        Literal["error", "warning", "note", "never"],
        typer.Option("--fail-on", help="exit with 1 where a finding is this severe or worse"),
    ] = "warning",
    max_size: Annotated[
        int,
        typer.Option(
            "--max-size", parser=positive, metavar="MB", help="how large a text or a pickle may be to be read whole"
        ),
    ] = 50,
    online: Annotated[
        bool, typer.Option("--online", help="for a folder, too, ask the Hub for the licences of base models")
    ] = False,
    links: Annotated[bool, typer.Option("--links", help="ask the Web whether the card's links are there")] = False,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="write the findings as SARIF 2.1.0, too")] = None,
    json: Json = False,
) -> None:
    """Audit anybody's model repository without running its code."""
    report = hubpress.audit_repository(repository, revision=revision, max_size=max_size, online=online, links=links)
    if sarif is not None:
        from hubpress.audit.sarif import as_sarif
        from hubpress.files import write_json

        write_json(sarif, as_sarif(report))
    if json:
        print_json(report.as_json())
    else:
        _print(report)
    if fail_on != "never" and report.at_least(fail_on):
        raise typer.Exit(1)


def _print(report: AuditReport) -> None:
    commit = f" at {report.revision[:7]}" if report.revision else ""
    print(f"{report.audited}{commit} is taken for {report.kind}.", file=sys.stderr)
    for severity, heading in _HEADINGS.items():
        rows = [[finding.where, finding.text] for finding in report.findings if finding.severity == severity]
        if rows:
            print(f"\n{heading} ({len(rows)})")
            print_table(["Where", "What"], rows)
    if report.read_in_part:
        print(f"Of {len(report.read_in_part)} files the beginning alone was read: {', '.join(report.read_in_part)}.")
    counts = ", ".join(f"{sum(f.severity == each for f in report.findings)} {each}(s)" for each in _HEADINGS)
    print(f"{counts} in {report.audited}." if report.findings else f"Nothing found in {report.audited}.")
