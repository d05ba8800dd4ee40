"""What a person sees at the end: the table of stages and where to look, or the same as JSON; and complaints."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import CheckFailed, HubpressError, VerifyFailed
from hubpress.text import megabytes
from hubpress.this_machine import typed_hubpress, typed_python

if TYPE_CHECKING:
    import typer
    from pydantic import JsonValue

    from hubpress import Collected, PushedRelease, PushResult, Recipe, StageResult


_TAKEN = ("Time", "CPU", "Memory", "Size")
"""What a stage took: seconds, processor time, the most memory that one process had until then; and its files' size."""


def complain(error: HubpressError) -> None:
    """Print an error to stderr, each line marked as ours, with the rank where several processes train."""
    for line in getattr(error, "differences", ()):
        print(line, file=sys.stderr)
    rank = os.environ.get("RANK")
    # A list of problems or a proof table speaks for itself.
    mark = "" if isinstance(error, CheckFailed | VerifyFailed) else f"hubpress{f' (rank {rank})' if rank else ''}: "
    print("\n".join(f"{mark}{line}" for line in str(error).splitlines()), file=sys.stderr)


def print_json_error(error: HubpressError | typer.TyperException) -> None:
    """Print as JSON why a command failed; people are told, too."""
    print_json({"error": str(error) if isinstance(error, HubpressError) else _usage_line(error)})


def complain_of_usage(error: typer.TyperException) -> None:
    """Print in one line what is wrong with the words of a command, and where its options are listed."""
    print(f"hubpress: {_usage_line(error)}", file=sys.stderr)


def _usage_line(error: typer.TyperException) -> str:
    nearest = getattr(error, "possibilities", None)
    said = f"{error.message}. Did you mean {nearest[0]!r}?" if nearest else error.format_message()
    line = " ".join(said.split()).replace(": Value error, ", ": ")  # pydantic's words, which typer passes on
    context = getattr(error, "ctx", None)
    where = f" See `{context.command_path} --help`." if context else ""
    end = "" if line.endswith((".", "?")) else "."
    return f"{line[:1].lower()}{line[1:]}{end}{where}"


def print_json(document: Any) -> None:
    """Print a result for a program, in one line."""
    print(json.dumps(document))


def report_stages(
    name: str, stages: Sequence[StageResult], *, as_json: bool, more: Mapping[str, JsonValue] | None = None
) -> None:
    """Print what every stage of one model did; in JSON beside *more*."""
    if as_json:
        print_json({name: {"stages": _stages_as_json(stages), **(more or {})}})
    else:
        print_table(["Stage", *_TAKEN, "Result"], [_row(stage) for stage in stages])
        _print_warnings(name, stages)


@dataclass
class Report:
    """What was done to publish models, which failed, and where to look at the others."""

    rehearsed_on: str | None = None
    """The address of the rehearsal Hub that they were published on; None for any other Hub."""
    build_dir: Path = Path("build")
    """Where that Hub lies."""
    page: Path | None = None
    """The page of all that the owner has released."""
    _collections: list[Collected] = field(default_factory=list)
    _published: dict[str, tuple[Recipe, PushedRelease]] = field(default_factory=dict)
    _failures: dict[str, HubpressError] = field(default_factory=dict)

    def add(self, recipe: Recipe, pushed: PushedRelease) -> None:
        """Take what was done for a model."""
        self._published[recipe.name] = (recipe, pushed)

    def add_failure(self, name: str, error: HubpressError) -> None:
        """Take why a model failed."""
        self._failures[name] = error

    def add_collection(self, collection: Collected) -> None:
        """Take what was done for a collection."""
        self._collections.append(collection)

    @property
    def has_failures(self) -> bool:
        """Whether a model failed."""
        return bool(self._failures)

    def print(self, *, as_json: bool) -> None:
        """Print it all, as text or as JSON."""
        if as_json:
            published = {
                name: _release_as_json(pushed) | self._family_as_json(name)
                for name, (_, pushed) in self._published.items()
            }
            failed = {name: {"error": str(error)} for name, error in self._failures.items()}
            print_json(published | failed)
            return
        self._print_table()
        for recipe, pushed in self._published.values():
            for one in pushed.pushes:
                self._print_where_to_look(one, recipe)
        for family in self._collections:
            print(f"\n{family.url}\n  {family.title}: {len(family.added)} added, {len(family.had)} in it before")
        if self.page and self._published:
            print(f"\n{self.page}\n  all of it on a page: figures, links, proofs")
        if self.rehearsed_on and self._published:
            print(f"\nAll pages: {self.rehearsed_on}/")
        for name, (_, pushed) in self._published.items():
            _print_warnings(name, pushed.stages)

    def _family_as_json(self, name: str) -> dict[str, JsonValue]:
        """Return what holds a model beside others: its collection, and the page."""
        titles: list[JsonValue] = [
            {"title": one.title, "slug": one.slug, "url": one.url} for one in self._holding(name)
        ]
        return ({"collections": titles} if titles else {}) | ({"page": str(self.page)} if self.page else {})

    def _holding(self, name: str) -> list[Collected]:
        repo_id = self._published[name][1].model.repo_id
        return [one for one in self._collections if repo_id in (*one.added, *one.had)]

    def _print_table(self) -> None:
        many = len(self._published) + len(self._failures) > 1
        rows = [[name, *_row(stage)] for name, (_, pushed) in self._published.items() for stage in pushed.stages]
        nothing = [""] * len(_TAKEN)
        rows += [[name, "failed", *nothing, str(error).splitlines()[0]] for name, error in self._failures.items()]
        header = ["Model", "Stage", *_TAKEN, "Result"]
        print_table(header if many else header[1:], rows if many else [row[1:] for row in rows])

    def _print_where_to_look(self, pushed: PushResult, recipe: Recipe) -> None:
        hub = f"  (open it in a browser while `{self._hub_command()}` runs)" if self.rehearsed_on else ""
        print(f"\n{pushed.page}{hub}")
        if "/spaces/" in pushed.url:  # an app is looked at, not loaded
            return
        if recipe.is_adapter:
            print("  load it with its base by the first lines of Python on its card")
            return
        endpoint = f"HF_ENDPOINT={self.rehearsed_on} " if self.rehearsed_on else ""
        if pushed.private and self.rehearsed_on:
            endpoint += f'HF_TOKEN="$({self._hub_command("--print-token")})" '
        revision = f', revision="{pushed.revision}"' if pushed.revision else ""
        when = " while that runs" if self.rehearsed_on else ""
        when += " (it is private: with a token in HF_TOKEN that may read it)" if pushed.private else ""
        trust = ", trust_remote_code=True" if recipe.custom_pipeline else ""
        given = '{"text": "…", "text_pair": "…"}' if recipe.data.text_pair else '"…"'
        code = f'from transformers import pipeline; print(pipeline(model="{pushed.repo_id}"{revision}{trust})({given}))'
        if "/datasets/" in pushed.url:
            code = f'from datasets import load_dataset; print(load_dataset("{pushed.repo_id}"{revision}, split="test"))'
        print(f"  load it{when}:  {endpoint}{typed_python()} -c '{code}'")

    def _hub_command(self, *more: str) -> str:
        """Return the command that runs the rehearsal Hub at the address that is printed, with *more* words."""
        from hubpress.rehearsal.server import PORT

        port = str(self.rehearsed_on).rsplit(":", 1)[-1]
        words = [typed_hubpress(), "hub", *more]
        if self.build_dir != Path("build"):
            words += ["--build-dir", shlex.quote(str(self.build_dir))]
        return " ".join([*words, *(["--port", port] if port != str(PORT) else [])])


def _row(stage: StageResult) -> list[str]:
    time, cpu = (f"{stage.seconds:.1f} s", f"{stage.cpu_seconds:.1f} s") if stage.ran else ("unchanged", "")
    return [stage.stage, time, cpu, *(megabytes(size) if size else "" for size in _sizes(stage)), stage.result]


def _sizes(stage: StageResult) -> tuple[int, int]:
    return stage.peak_memory if stage.ran else 0, stage.bytes


def _print_warnings(name: str, stages: Sequence[StageResult]) -> None:
    """Print, last of all, what a person has to know before a release is used."""
    for sentence in (one for stage in stages for one in stage.warnings):
        print(f"\nWARNING, {name}: {sentence}")


def _stages_as_json(stages: Sequence[StageResult]) -> list[dict[str, JsonValue]]:
    rounded = ("seconds", "cpu_seconds")
    return [asdict(stage) | {name: round(getattr(stage, name), 2) for name in rounded} for stage in stages]


def _release_as_json(pushed: PushedRelease) -> dict[str, JsonValue]:
    """Return the stages, what the push of the model did, and under ``space`` and ``data`` what those of its Space and
    of the data set of its test split did."""
    space = {"space": asdict(pushed.space)} if pushed.space else {}
    data = {"data": asdict(pushed.data)} if pushed.data else {}
    return {"stages": _stages_as_json(pushed.stages), **asdict(pushed.model), **space, **data}


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print a table: drawn to the width of a terminal, aligned plain text elsewhere."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Piped output has no width of its own; rich's guess of 80 columns would break every line.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(name, overflow="fold")  # on a narrow terminal nothing is cut
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
