"""`hubpress score --engine jobs`: jobs of the Hub that commit their parts side by side, die, and are started again.

The requests for jobs are taken by a stand-in, which runs their scripts here; all else is on a rehearsal Hub.
"""

from __future__ import annotations

import base64
import os
import signal
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from helpers.jobs import HubWithJobs, hub_with_jobs
from helpers.pipeline import texts
from helpers.processes import Command, Ran, until
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.rehearsal.store import Store
from hubpress.score.job import answer_as_job
from score.conftest import FIELDS, answers_in, bad_rows_in, write

WORKS = RepoId("rehearsal/works", "dataset")


@pytest.fixture
def jobs(
    store: Store, url: str, subjects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubWithJobs]:
    """A Hub with jobs, a model and a data set of two files."""
    titles = [*texts(699), ""]
    records = [{"id": n, **dict.fromkeys(FIELDS, title)} for n, title in enumerate(titles)]
    write(tmp_path / "works" / "a.jsonl", records[:600])
    write(tmp_path / "works" / "b.jsonl", records[600:])
    api, hub_behind = HfApi(endpoint=url, token=store.write_token), Hub(url, store.write_token)
    for repo, folder in ((RepoId("rehearsal/subjects"), subjects), (WORKS, tmp_path / "works")):
        api.create_repo(repo.id, repo_type=repo.type, private=True, exist_ok=True)
        hub_behind.add(repo, folder, "Put there what is scored")
    with hub_with_jobs(url, tmp_path / "jobs") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", store.write_token)
        yield hub


def score(hubpress: Command, output: Path | str, *words: str) -> Ran:
    """Score the data set in parts of 100 rows: six of one file, and one of the other."""
    given = ["--input", f"hf://{WORKS.path}/*.jsonl", "--output", output, "--rows-per-part", "100", "--quiet"]
    return hubpress("score", "rehearsal/subjects", *given, *words)


def in_dataset(jobs: HubWithJobs, repo: str) -> list[str]:
    """Return the names of the files of a data set without its folder, [] where it is not there."""
    api = HfApi(endpoint=jobs.url, token=os.environ["HF_TOKEN"])
    if not api.repo_exists(repo, repo_type="dataset"):
        return []
    return sorted(name.partition("/")[2] for name in api.list_repo_files(repo, repo_type="dataset"))


def in_a_line(ran: Ran, says: str, *, code: int = 1) -> None:
    """Assert that a command failed, and that its last line says why."""
    assert ran.code == code, ran.err
    assert ran.err.splitlines()[-1].startswith(f"hubpress: {says}"), ran.err
    assert "Traceback" not in ran.err


@pytest.mark.slow
def test_jobs_commit_side_by_side(hubpress: Command, jobs: HubWithJobs, tmp_path: Path) -> None:
    """One that is killed is started again, alone; what comes here in the end is what this machine would have made."""
    words = ["--engine", "jobs", "--tasks", "2", "--launch", "flavor=cpu-upgrade", "--launch", "timeout=1h"]
    out, repo = tmp_path / "out", "rehearsal/subjects-answers"
    ran = score(hubpress, out, *words, "--workers", "1")
    assert ran.code == 0, ran.err
    assert "answered by jobs of the Hub (job0, job1)" in ran.out
    assert [(one["flavor"], one["timeoutSeconds"], one["command"][-1]) for one in jobs.asked] == [
        ("cpu-upgrade", 3600, "0"), ("cpu-upgrade", 3600, "1")
    ]  # fmt: skip
    until(lambda: "receipts/part-00000.json" in in_dataset(jobs, repo) or jobs.endings)
    assert not jobs.endings, (tmp_path / "jobs" / "job-0" / "log.txt").read_text()
    first, second = jobs.running
    assert first
    assert second
    os.killpg(first.pid, signal.SIGKILL)
    until(lambda: 0 in jobs.endings)
    os.killpg(second.pid, signal.SIGSTOP)
    ran = score(hubpress, out, *words)
    assert "job job0 ended without all of its answers (ERROR); its log is at" in ran.err
    assert "answered by jobs of the Hub (job1)" in ran.out
    os.killpg(second.pid, signal.SIGCONT)
    until(lambda: 1 in jobs.endings)
    there = {name for name in in_dataset(jobs, repo) if name.startswith("part-")}
    assert 4 <= len(there) < 7, (tmp_path / "jobs" / "job-1" / "log.txt").read_text()
    assert "answered by jobs of the Hub (job2)" in score(hubpress, out, *words).out
    until(lambda: 2 in jobs.endings)
    assert len(jobs.asked) == 3
    assert jobs.asked[2]["command"][-1] == "0"
    assert not list(out.glob("part-*"))
    ran = score(hubpress, out, *words)
    assert ran.out.startswith("699 records answered by rehearsal/subjects"), ran.err
    assert Counter(row["id"] for row in answers_in(out)) == Counter(map(str, range(699)))
    score(hubpress, tmp_path / "local", "--workers", "1")
    assert len(bad_rows_in(out)) == 1
    assert contents(out) == contents(tmp_path / "local")
    assert there <= set(in_dataset(jobs, repo))
    told = "".join(path.read_text() for path in (tmp_path / "jobs").glob("*/log.txt"))
    told += base64.b64decode(jobs.asked[0]["environment"]["HUBPRESS_SCRIPT"]).decode() + ran.err
    assert os.environ["HF_TOKEN"] not in told


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name, without locks."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock" and path.name != ".lock"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.slow
def test_answers_stay_in_the_data_set_that_is_named(hubpress: Command, jobs: HubWithJobs, tmp_path: Path) -> None:
    """In one folder, with one file of bad rows; a job that failed is told, and started again."""
    api = HfApi(endpoint=jobs.url, token=os.environ["HF_TOKEN"])
    repo, output = "rehearsal/subjects-2026", "hf://datasets/rehearsal/subjects-2026/may"
    words = ["--engine", "jobs", "--tasks", "1", "--workers", "1"]
    jobs.runs, jobs.message = False, "Job timeout"
    assert score(hubpress, output, *words).code == 0
    info = api.dataset_info(repo)
    assert info.private
    [parcel] = [name for name in in_dataset(jobs, repo) if name.endswith("parcel.tar")]
    path = api.hf_hub_download(repo, f"may/{parcel}", repo_type="dataset", local_dir=tmp_path / "parcel")
    with tarfile.open(path) as tar:
        names = tar.getnames()
        told = tar.extractfile("build/answers/tasks/tasks.json")
        assert told is not None
        order = told.read()
    assert "code/scripts/hubpress/score/job.py" in names
    ran = score(hubpress, output, *words)
    assert "job job0 ended without all of its answers (ERROR: Job timeout); its log is at" in ran.err
    assert "answered by jobs of the Hub (job1)" in ran.out
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "tasks.json").write_bytes(order)
    answer_as_job(tmp_path, 0)
    ran = score(hubpress, output, *words)
    assert (ran.code, "699 records answered by rehearsal/subjects" in ran.out, output in ran.out) == (1, True, True)
    names = in_dataset(jobs, repo)
    assert len([name for name in names if name.startswith("part-")]) == 7
    assert "bad-rows.jsonl" in names
    assert not any(name.startswith("tasks/") for name in names)
    assert len(jobs.asked) == 2
    in_a_line(
        score(hubpress, f"hf://{WORKS.path}", *words),
        f"hf://{WORKS.path}: holds other files than answers of hubpress score.",
        code=2,
    )


def test_what_jobs_cannot_do_is_said_in_a_line(
    hubpress: Command, jobs: HubWithJobs, subjects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No credit, a flavor that there is not, what lies on this machine alone; nothing is left here by then."""
    out, words = tmp_path / "out", ["--engine", "jobs", "--tasks", "2", "--rows-per-part", "99"]
    jobs.refusal = (402, "Pre-paid credit balance is insufficient")
    said = "--engine jobs: the Hub wants credit for this job (402): Pre-paid credit balance is insufficient"
    in_a_line(score(hubpress, out, *words), said)
    jobs.refusal = (400, "Invalid flavor: moon")
    said = "--engine jobs: the Hub refuses this job (400): Invalid flavor: moon"
    in_a_line(score(hubpress, out, *words, "--launch", "flavor=moon"), said)
    assert not jobs.asked
    for more, says in (
        (["--launch", "flavour=x"], "--launch: a job of the Hub has no setting 'flavour'."),
        (["--launch", "timeout=soon"], "--launch: timeout=soon is no time."),
        (["--sbatch", "time=10"], "--sbatch: is for Slurm."),
    ):
        in_a_line(score(hubpress, out, *words, *more), says, code=2)
    in_a_line(score(hubpress, out, "--engine", "jobs"), "--engine jobs: needs the number of tasks.", code=2)
    in_a_line(score(hubpress, out, "--launch", "flavor=x"), "--launch: is for jobs of the Hub.", code=2)
    in_a_line(score(hubpress, "hf://datasets/works", *words), "--output: 'hf://datasets/works' is no data set", code=2)
    given = ["--output", out, *words, "--quiet"]
    ran = hubpress("score", subjects, "--input", f"hf://{WORKS.path}/a.jsonl", *given)
    in_a_line(ran, f"{subjects}: a folder of this machine is not sent to jobs.", code=2)
    here = write(tmp_path / "a.jsonl", [{"id": 1, **dict.fromkeys(FIELDS, "Web")}])
    ran = hubpress("score", "rehearsal/subjects", "--input", here, *given)
    in_a_line(ran, f"--input: {here} is not on the Hub, and a job reads nothing else.", code=2)
