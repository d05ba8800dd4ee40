"""Training elsewhere: by launchers that run here in their place; what comes back is what `release` goes on from."""

from __future__ import annotations

import base64
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.jobs import HubWithJobs, hub_with_jobs
from helpers.processes import Command, Ran
from hubpress.files import sha256_file
from hubpress.rehearsal.store import Store

TITLES = "conference-titles"
needs_submitit = pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="needs hubpress[slurm]")

Train = Callable[..., Ran]


@pytest.fixture
def train(hubpress: Command, quick: list[str], tmp_path: Path) -> Train:
    """Train the tiny model in a build folder of the test's own."""

    def run(*words: str, command: str = "train") -> Ran:
        return hubpress(command, TITLES, "--build-dir", tmp_path / "build", *quick, *words)

    return run


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tiny base in a package, which other machines have, too."""
    shutil.copytree(tiny_base, tmp_path / "packages" / "tiny_package" / "model")
    (tmp_path / "packages" / "tiny_package" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"), prepend=os.pathsep)
    digest = sha256_file(tiny_base / "model.safetensors")
    return ["--set", f"base_model={{package: {{module: tiny_package, folder: model, sha256: {digest}}}}}"]


@pytest.fixture
def jobs(store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubWithJobs]:
    """A Hub with jobs."""
    with hub_with_jobs(url, tmp_path / "jobs") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_TOKEN", store.write_token)
        yield hub


def stages(ran: Ran) -> dict[str, str]:
    """Return what each stage took, as the table has it."""
    return {row[0]: row[1] for line in ran.out.splitlines() if len(row := re.split(r"\s{2,}", line.strip())) > 2}


def in_a_sentence(ran: Ran, says: str, *, code: int = 1) -> None:
    """Assert that a command failed, and that its last line says why."""
    assert ran.code == code, ran.err
    line = ran.err.splitlines()[-1]
    assert line.startswith("hubpress: ")
    assert says in line
    assert "Traceback" not in ran.err


def stub(folder: Path, name: str, text: str) -> None:
    """Put a program into a folder of PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.slow
def test_job_of_the_hub_trains_and_its_weights_come_back(
    train: Train, jobs: HubWithJobs, base: list[str], tmp_path: Path
) -> None:
    """One request holds all of it, without the token but as a secret; after it the stage is done."""
    ran = train(*base, "--on", "jobs", "--launch", "flavor=t4-small", "--launch", "timeout=2h")
    log = "".join(path.read_text() for path in (tmp_path / "jobs").glob("*/log.txt"))
    assert ran.code == 0, ran.err + log
    [asked] = jobs.asked
    token = os.environ["HF_TOKEN"]
    assert (asked["flavor"], asked["timeoutSeconds"], asked["secrets"]) == ("t4-small", 7200, {"HF_TOKEN": token})
    script = base64.b64decode(asked["environment"]["HUBPRESS_SCRIPT"]).decode()
    assert token not in script
    assert token not in log + ran.err
    pinned = set(re.findall(r'^#   "([\w.-]+==[^"]+)",$', script, re.MULTILINE))
    import transformers

    assert f"transformers=={transformers.__version__}" in pinned
    assert not any("hubpress" in one or "+" in one for one in pinned)
    again = train(*base, "--on", "jobs")
    assert stages(again)["train"] == "unchanged"
    assert stages(train(*base, command="assemble"))["train"] == "unchanged"
    assert len(jobs.asked) == 1


def test_jobs_that_fail_are_told_in_a_sentence(train: Train, jobs: HubWithJobs, base: list[str]) -> None:
    """No credit, a job that ends without a result, settings that no job has: each one sentence."""
    words = [*base, "--on", "jobs"]
    jobs.refusal = (402, "Pre-paid credit balance is insufficient")
    in_a_sentence(train(*words), "the Hub wants credit for this job (402): Pre-paid credit balance is insufficient")
    jobs.refusal, jobs.runs = None, False
    in_a_sentence(train(*words), "left no result (ERROR)")
    in_a_sentence(train(*words, "--launch", "flavour=x"), "has no setting 'flavour'", code=2)
    assert len(jobs.asked) == 1


def test_what_may_not_be_sent_is_refused(train: Train, jobs: HubWithJobs, base: list[str], tmp_path: Path) -> None:
    """A base that lies here alone, and records of one's own without consent, go nowhere."""
    in_a_sentence(train("--on", "jobs"), "the base model is a folder of this machine", code=2)
    records = tmp_path / "titles.csv"
    records.write_text("Title,Conference\nOn joins,VLDB\n", encoding="utf-8")
    own = [*base, "--data", str(records)]
    in_a_sentence(train(*own, "--on", "jobs"), "the records would go to another machine", code=2)
    in_a_sentence(train(*own, "--on", "ssh:host"), "the records would go to another machine", code=2)
    assert not jobs.asked
    assert not (tmp_path / "build").exists()


def test_options_that_do_not_fit_are_refused(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another place than the three, settings without one, and Slurm where there is none."""
    in_a_sentence(train("--on", "moon"), "nothing trains on 'moon'", code=2)
    in_a_sentence(train("--launch", "flavor=x"), "go with --on", code=2)
    in_a_sentence(train("--on", "slurm", "--launch", "240"), "'240' is no KEY=VALUE", code=2)
    probe = ["--set", "training={method: linear_probe}"]
    in_a_sentence(train("--processes", "2", *probe), "runs in one process", code=2)
    monkeypatch.setenv("PATH", "/nonexistent")
    in_a_sentence(train("--on", "ssh:host"), "there is no ssh on this machine")


@needs_submitit
def test_slurm_that_is_not_there_is_told(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sbatch, no time, a setting that submitit does not know, a refused job: each one sentence; and no sacct."""
    monkeypatch.setenv("PATH", "/nonexistent")
    in_a_sentence(train("--on", "slurm"), "there is no sbatch on this machine")
    local = ["--on", "slurm", "--launch", "cluster=local"]
    in_a_sentence(train(*local), "how long the job may take", code=2)
    in_a_sentence(train(*local, "--launch", "timeout_min=5", "--launch", "gpus=1"), "submitit refuses", code=2)
    stub(tmp_path / "bin", "sbatch", "echo 'sbatch: error: invalid partition' >&2; exit 1")
    stub(tmp_path / "bin", "srun", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ran = train("--on", "slurm", "--launch", "timeout_min=5")
    in_a_sentence(ran, "Slurm takes no job: sbatch: error: invalid partition")
    assert "there is no sacct here" in ran.err


@needs_submitit
@pytest.mark.slow
def test_slurm_trains_in_a_job(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch script that submitit gives to sbatch is run here; after it the stage is done."""
    programs = tmp_path / "bin"
    # As Slurm does, sbatch keeps a copy of the script before it answers, for submitit renames its own then; and sacct
    # knows when the job is over.
    copy, over = tmp_path / "batch.sh", tmp_path / "over"
    job = f"(SLURM_JOB_ID=7 SLURM_NTASKS=1 sh {copy}; touch {over}) > /dev/null 2>&1 &"
    stub(programs, "sbatch", f'cp "$1" {copy}\n{job}\necho "Submitted batch job 7"')
    # Its own words are followed by the command.
    options = 'while [ "${1#-}" != "$1" ]; do case $1 in --output|--error) shift 2;; *) shift;; esac; done'
    stub(programs, "srun", f'{options}\nexec "$@" > {tmp_path}/srun.log 2>&1')
    state = f"$(if [ -e {over} ]; then echo FAILED; else echo RUNNING; fi)"
    stub(programs, "sacct", f'echo "JobID|State|NodeList"; echo "7|{state}|here"')
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    for name in ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("SLURM_JOB_NUM_NODES", "1")
    ran = train("--on", "slurm", "--launch", "timeout_min=30", "--launch", "slurm_partition=gpu")
    assert ran.code == 0, ran.err + (tmp_path / "srun.log").read_text()
    [batch] = (tmp_path / "build" / TITLES / "elsewhere" / "slurm").glob("*_submission.sh")
    assert "--partition=gpu" in batch.read_text()
    assert stages(train(command="assemble"))["train"] == "unchanged"


@pytest.mark.slow
def test_what_fails_on_the_other_machine_is_told_here(
    train: Train, base: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By ssh, whose place a shell takes: the sentence comes from there."""
    stub(tmp_path / "bin", "ssh", 'shift 3; cd "$HOME" && exec sh -c "$1"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "there"))
    (tmp_path / "there").mkdir()
    words = [*base, "--on", "ssh:host", "--launch", f"python={sys.executable}"]
    ran = train(*words, "--set", "training.fp16=true", "--set", "training.bf16=true")
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("hubpress: training: TrainingArguments refuses: At most one of fp16")
    assert list((tmp_path / "there").glob(f"hubpress-training/{TITLES}-*/result.tar"))
    stub(tmp_path / "bin", "ssh", "echo 'ssh: Could not resolve hostname' >&2; exit 255")
    in_a_sentence(train(*words), "the machine cannot be reached (ssh: Could not resolve hostname)")
