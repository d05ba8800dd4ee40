"""Measure the tables of a results page again and write them into it: RESULTS.md beside this file, by default.

    python tests/benchmarks/results.py                                        # what needs nothing but the project
    python tests/benchmarks/results.py TITLES=title_conference.csv RELEASE=build/conference-titles
    python tests/benchmarks/results.py --only thresholds

A table stands between ``<!-- measured NAME: COMMAND -->`` and ``<!-- end NAME -->``. The command is run in the
project's folder, with this Python where it begins with ``python``; each line that it prints to stdout is a flat JSON
object, and lines with the same keys become one table. Capitals such as ``TITLES`` stand for files that are given;
tables whose files are not given stay as they are, and so does one whose command fails. Below each table stand the
machine, the versions, the date and the command.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).with_name("RESULTS.md")
_TABLE = re.compile(
    r"(?P<head><!-- measured (?P<name>[\w-]+): (?P<command>[^\n]+) -->\n).*?(?P<tail><!-- end (?P=name) -->)", re.DOTALL
)
_PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b")
_PACKAGES = ("torch", "transformers", "onnxruntime")


def main() -> int:
    """Measure what can be measured; return 1 where a command failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="NAME=PATH", help="what capitals in the commands stand for")
    parser.add_argument("--only", nargs="+", metavar="TABLE", help="these tables alone")
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    files = named(parser, given.files)
    tables = {found["name"]: found["command"] for found in _TABLE.finditer(given.page.read_text(encoding="utf-8"))}
    if unknown := sorted({*(given.only or ())} - {*tables}):
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(tables)}")
    failed = 0
    for name, command in tables.items():
        if given.only and name not in given.only:
            continue
        if missing := sorted({*_PLACEHOLDER.findall(command)} - {*files}):
            say(f"{name}: left as it is; give {' '.join(f'{one}=PATH' for one in missing)} to measure it")
            continue
        say(f"{name}: {command}")
        rows = rows_of(command, files)
        if rows:
            write(given.page, name, [*tables_of(rows), "", note(command)])
        else:
            failed = 1
            say(f"{name}: the command failed; its table is left as it is")
    return failed


def named(parser: argparse.ArgumentParser, words: Iterable[str]) -> dict[str, str]:
    """Return the files by their names, with whole paths; ends the program for a word that is none or lies nowhere."""
    files = {}
    for word in words:
        name, _, path = word.partition("=")
        if not (path and _PLACEHOLDER.fullmatch(name)):
            parser.error(f"{word!r} is not NAME=PATH with a name in capitals")
        if not Path(path).exists():
            parser.error(f"{name}: there is no {path}")
        files[name] = str(Path(path).resolve())
    return files


def rows_of(command: str, files: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """Return the rows that a command prints, None where it fails or prints none."""
    words = [_PLACEHOLDER.sub(lambda found: files[found[0]], word) for word in shlex.split(command)]
    if words[0] == "python":
        words[0] = sys.executable
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return None
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")] or None


def tables_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the lines of Markdown tables, one for each set of keys, in the order in which they first came."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    lines: list[str] = []
    for keys, group in groups.items():
        titles = [key.replace("_", " ") for key in keys]
        cells = [titles, ["---"] * len(keys), *([shown(row[key]) for key in keys] for row in group)]
        lines += ["", *(f"| {' | '.join(line)} |" for line in cells)]
    return lines


def shown(value: Any) -> str:
    """Return a cell: whole numbers from 10,000 with commas, the rest as JSON has it."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"
    return str(value).replace("|", "\\|")


def note(command: str) -> str:
    """Return what stands below a table: where, with what, when and how it was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    when = datetime.now(UTC).date().isoformat()
    return f"`{command}`, {when}: {processor()}; Python {platform.python_version()}, {packages}."


def processor() -> str:
    """Return the name of the processor and the number of cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        names = []
    return f"{names[0] if names else platform.processor() or platform.machine()}, {cores} cores"


def write(page: Path, name: str, lines: list[str]) -> None:
    """Put lines in the place of a table, in the page as it is now."""
    body = "\n".join(lines).strip("\n")

    def replaced(found: re.Match[str]) -> str:
        return f"{found['head']}\n{body}\n\n{found['tail']}" if found["name"] == name else found[0]

    page.write_text(_TABLE.sub(replaced, page.read_text(encoding="utf-8")), encoding="utf-8")


def say(text: str) -> None:
    """Tell how far it is, beside the rows."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
