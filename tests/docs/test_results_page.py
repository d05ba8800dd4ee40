"""The page of measured results is written by one command, and its commands are programs of the project."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests" / "benchmarks" / "results.py"
PAGE = """# Results

<!-- measured small: python tests/benchmarks/thresholds.py --labels 5 --rows 500 -->

| chosen |
| --- |
| of long ago |

<!-- end small -->

<!-- measured real: python tests/benchmarks/thresholds.py FILE -->
kept
<!-- end real -->

<!-- measured broken: python tests/benchmarks/thresholds.py --no-such-option -->
kept, too
<!-- end broken -->
"""


def write_again(page: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program on a page."""
    given = [sys.executable, str(PROGRAM), "--page", str(page), *words]
    return subprocess.run(given, capture_output=True, text=True, timeout=600)


def test_a_table_is_measured_and_written_with_machine_versions_date_and_command(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    done = write_again(page)
    assert done.returncode == 1, done.stderr  # one of the commands is broken
    assert "real: left as it is; give FILE=PATH" in done.stderr
    assert "broken: the command failed" in done.stderr
    text = page.read_text(encoding="utf-8")
    assert "of long ago" not in text
    assert re.search(r"^\| common threshold \| 5 \| 500 \| [\d.]+ \| \d+ \|$", text, re.MULTILINE)
    assert re.search(
        r"^`python .*--rows 500`, \d{4}-\d\d-\d\d: .*\d+ cores; Python 3\.\d.*, torch .*\.$", text, re.MULTILINE
    )
    assert "\nkept\n" in text and "\nkept, too\n" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "none"], "no table none; there are small, real, broken"),
        (["FILE=/no/such/file"], "FILE: there is no /no/such/file"),
        (["file.csv"], "'file.csv' is not NAME=PATH"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is(tmp_path: Path, words: list[str], said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    done = write_again(page, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert page.read_text(encoding="utf-8") == PAGE


def test_the_commands_of_the_page_are_programs_of_the_project() -> None:
    text = (PROGRAM.parent / "RESULTS.md").read_text(encoding="utf-8")
    commands = re.findall(r"<!-- measured [\w-]+: (.+) -->", text)
    assert commands
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "python"
        assert (ROOT / words[1]).is_file(), command
