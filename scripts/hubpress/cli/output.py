"""What a person sees at the end: the table of stages and where to look, or the same as JSON; and complaints."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Container
from dataclasses import asdict
from typing import Any

from hubpress.errors import CheckFailed, HubpressError, VerifyFailed
from hubpress.hub.client import PushResult
from hubpress.release.runner import StageResult


def complain(error: HubpressError) -> None:
    """Print an error to stderr, each line marked as ours, with the rank where several processes train."""
    rank = os.environ.get("RANK")
    # A list of problems or a proof table speaks for itself.
    mark = "" if isinstance(error, CheckFailed | VerifyFailed) else f"hubpress{f' (rank {rank})' if rank else ''}: "
    print("\n".join(f"{mark}{line}" for line in str(error).splitlines()), file=sys.stderr)


def report(
    arguments: Namespace,
    outcomes: dict[str, list[StageResult]],
    pushes: dict[str, list[PushResult]] | None = None,
    *,
    failures: dict[str, HubpressError] | None = None,
    rehearsed_on: str | None = None,
    remote_code: Container[str] = (),
) -> None:
    """Print what every stage of every model did, and where to look.

    *rehearsed_on* is the rehearsal Hub's URL, *remote_code* names the repositories whose pipeline runs code of theirs.
    """
    pushes, failures = pushes or {}, failures or {}
    if arguments.json:
        document = {name: _as_json(rows, pushes.get(name, [])) for name, rows in outcomes.items()}
        print(json.dumps(document | {name: {"error": str(error)} for name, error in failures.items()}))
        return
    many = len(outcomes) + len(failures) > 1
    rows = [
        [*([name] if many else []), row.stage, f"{row.seconds:.1f} s" if row.ran else "unchanged", row.result]
        for name, stage_rows in outcomes.items()
        for row in stage_rows
    ]
    rows += [[name, "failed", "", str(error).splitlines()[0]] for name, error in failures.items()]
    print_table([*(["Model"] if many else []), "Stage", "Time", "Result"], rows)
    for pushed in (one for of_model in pushes.values() for one in of_model):
        _where_to_look(pushed, rehearsed_on, remote_code=pushed.repo_id.split("/")[-1] in remote_code)
    if rehearsed_on and pushes:
        print(f"\nAll pages: {rehearsed_on}/")


def _as_json(rows: list[StageResult], pushes: list[PushResult]) -> dict[str, Any]:
    """Return the stages, what the push of the model did, and under ``space`` what that of its Space did."""
    stages = [asdict(row) | {"seconds": round(row.seconds, 2)} for row in rows]
    model, *space = [asdict(pushed) for pushed in pushes] or [{}]
    return {"stages": stages, **model, **({"space": space[0]} if space else {})}


def _where_to_look(pushed: PushResult, rehearsed_on: str | None, *, remote_code: bool) -> None:
    where = "  (open it in a browser while `hubpress hub` runs)" if rehearsed_on else ""
    print(f"\n{pushed.url}{where}")
    if "/spaces/" in pushed.url:  # an app is looked at, not loaded
        return
    endpoint = f"HF_ENDPOINT={rehearsed_on} " if rehearsed_on else ""
    trust = ", trust_remote_code=True" if remote_code else ""
    code = f'from transformers import pipeline; print(pipeline(model="{pushed.repo_id}"{trust})("…"))'
    print(f"  load it:  {endpoint}python -c '{code}'")


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print a table: drawn to the width of a terminal, aligned plain text elsewhere."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Piped output has no width of its own; rich's guess of 80 columns would break every line.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
