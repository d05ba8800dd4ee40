"""`hubpress score --engine slurm`: a job array whose tasks write side by side, die, and are submitted again.

sbatch and squeue are small programs here, which note what they are given; the script is run as Slurm runs it.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from helpers.pipeline import texts
from helpers.processes import Command, unmeasured, until
from hubpress.score.task import main
from score.conftest import FIELDS, answers_in, bad_rows_in, write

SBATCH = '#!/bin/bash\necho "$@" >> "{log}"\necho "4711;cluster"\n'
REFUSES = "#!/bin/bash\necho 'sbatch: error: invalid partition specified: gone' >&2\nexit 1\n"
SQUEUE = "#!/bin/bash\necho 4711_0\necho 4711_1\n"


def program(folder: Path, name: str, text: str) -> None:
    """Put a program where the PATH finds it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH with an sbatch that takes everything."""
    folder = tmp_path / "bin"
    program(folder, "sbatch", SBATCH.format(log=tmp_path / "submitted"))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def options_of(script: Path) -> dict[str, str]:
    """Return the options of a script, as sbatch reads them."""
    lines = [line.removeprefix("#SBATCH ") for line in script.read_text().splitlines() if line.startswith("#SBATCH ")]
    words = [word for line in lines for word in shlex.split(line)]
    return {word.partition("=")[0]: word.partition("=")[2] for word in words}


def task(script: Path, number: int) -> subprocess.Popen[bytes]:
    """Start a task of the array."""
    env = {**unmeasured(), "SLURM_ARRAY_TASK_ID": str(number), "SLURM_CPUS_PER_TASK": "1"}
    return subprocess.Popen(["bash", script], env=env, start_new_session=True, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_tasks_write_side_by_side(hubpress: Command, subjects: Path, tmp_path: Path, cluster: Path) -> None:
    """One that is killed is submitted again, alone; nothing is lost or there twice, and nobody else writes there."""
    titles = [*texts(1199), ""]
    write(tmp_path / "a b.jsonl", [{"id": n, **dict.fromkeys(FIELDS, title)} for n, title in enumerate(titles)])
    out = tmp_path / "out"
    words = ["score", subjects, "--input", tmp_path / "a b.jsonl", "--output", out, "--rows-per-part", "50", "--quiet"]
    slurm = [*words, "--engine", "slurm", "--tasks", "2", "--sbatch", "partition=long"]
    ran = hubpress(*slurm)
    assert (ran.code, ran.err) == (0, ""), ran
    assert "submitted to Slurm as job 4711" in ran.out
    script = out / "tasks" / "job.sh"
    options = options_of(script)
    assert [options[f"--{name}"] for name in ("array", "partition", "cpus-per-task")] == ["0,1", "long", "1"]
    first = task(script, 0)
    until(lambda: (out / "receipts" / "part-00002.json").is_file())
    os.kill(first.pid, signal.SIGSTOP)  # in the middle of a part
    assert main(str(out), "1") == 0
    ran = hubpress(*words)
    assert (ran.code, ran.err.count("another hubpress score writes there.")) == (1, 1)
    assert not bad_rows_in(out)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    there = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    program(cluster, "squeue", SQUEUE)
    ran = hubpress(*slurm)
    assert (ran.code, "2 tasks of job 4711 wait or run." in ran.err) == (1, True)
    (cluster / "squeue").unlink()
    assert json.loads(hubpress(*slurm, "--json").out)["submitted"] == "4711"
    assert options_of(script)["--array"] == "0"
    assert main(str(out), "0") == 0
    assert [row["reason"] for row in bad_rows_in(out)]  # gathered by the last task
    said = json.loads(hubpress(*slurm, "--json").out)
    assert (said["answered"], said["bad"], said["parts"], "submitted" in said and said["submitted"]) == (
        1199,
        1,
        24,
        None,
    )
    assert Counter(row["id"] for row in answers_in(out)) == Counter(map(str, range(1199)))
    assert there.items() <= {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}.items()
    assert (tmp_path / "submitted").read_text().count("--parsable") == 2


@pytest.mark.parametrize(("words", "says"), [
    (["--engine", "slurm"], "--engine slurm: needs the number of tasks. Give it: --tasks 16."),
    (["--tasks", "2"], "--tasks: is for Slurm, and for jobs of the Hub. Add --engine slurm or --engine jobs"),
    (["--sbatch", "time=10"], "--sbatch: is for Slurm."),
    (["--engine", "slurm", "--tasks", "2", "--sbatch", "array=1-9"], "--sbatch: array is settled by hubpress."),
    (["--engine", "slurm", "--tasks", "2", "--sbatch", "=x"], "--sbatch: '=x' is no option. Write KEY=VALUE"),
    (["--engine", "slurm", "--tasks", "2"], "sbatch: sbatch: error: invalid partition specified: gone"),
])  # fmt: skip
def test_what_slurm_cannot_do_is_said_in_a_line(
    words: list[str], says: str, hubpress: Command, subjects: Path, tmp_path: Path, cluster: Path
) -> None:
    """Slurm's own words, too."""
    program(cluster, "sbatch", REFUSES)
    records = write(tmp_path / "a.jsonl", [{"id": 1, **dict.fromkeys(FIELDS, "Web")}])
    ran = hubpress("score", subjects, "--input", records, "--output", tmp_path / "out", "--quiet", *words)
    assert (ran.out, ran.err.count("\n")) == ("", 1)
    assert f"hubpress: {says}" in ran.err


def test_without_slurm_a_line_says_where_to_go(
    hubpress: Command, subjects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is looked at."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = hubpress("score", subjects, "--input", "gone.csv", "--output", "out", "--engine", "slurm", "--tasks", "2")
    assert "hubpress: --engine slurm: needs sbatch, which is not on the PATH." in ran.err
    assert ran.code == 1
