"""What a command prints in the end: the table and where to look, or JSON; commands that can be typed as they stand."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.processes import Command
from hubpress import PushedRelease, PushResult, StageResult, load_recipe
from hubpress.cli.output import Report
from hubpress.errors import HubpressError
from hubpress.rehearsal.server import running
from hubpress.this_machine import typed_hubpress, typed_python

SHA = "0123456789" * 4
HUB = "http://127.0.0.1:8899"


def pushed(name: str, *, hub: str = HUB) -> PushedRelease:
    """Return what a release of a model with its Space leaves."""
    model, space = (
        PushResult(f"acme/{name}", SHA, True, ("README.md",), (), 12, f"{hub}/{kind}acme/{name}")
        for kind in ("", "spaces/")
    )
    return PushedRelease(
        (StageResult("push", f"acme/{name}@0123456: 1 commit", 1.23456, True, 0.98765, 345_600_000, 1_200_000),),
        model,
        space,
    )


def printed(report: Report, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    """Return what a report prints."""
    report.print(as_json=as_json)
    return capsys.readouterr().out


def test_one_model_needs_no_name_in_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Stage, what it took, and result; below it where model and Space are, and how the model is loaded."""
    report = Report(rehearsed_on=HUB)
    report.add(load_recipe("conference-titles"), pushed("conference-titles"))
    lines = printed(report, capsys).splitlines()
    assert lines[1].split() == ["Stage", "Time", "CPU", "Memory", "Size", "Result"]
    assert lines[3].split()[:9] == ["push", "1.2", "s", "1.0", "s", "345.6", "MB", "1.2", "MB"]
    hub = f"(open it in a browser while `{typed_hubpress()} hub` runs)"
    code = 'from transformers import pipeline; print(pipeline(model="acme/conference-titles")("…"))'
    assert lines[-7:] == [
        "",
        f"{HUB}/acme/conference-titles  {hub}",
        f"  load it while that runs:  HF_ENDPOINT={HUB} {typed_python()} -c '{code}'",
        "",
        f"{HUB}/spaces/acme/conference-titles  {hub}",
        "",
        f"All pages: {HUB}/",
    ]


def test_on_a_real_hub_there_is_nothing_to_keep_running(capsys: pytest.CaptureFixture[str]) -> None:
    """No word of the rehearsal Hub; a model with code of its own is loaded with leave to run it."""
    report = Report()
    report.add(load_recipe("arxiv-interest"), pushed("arxiv-interest", hub="https://huggingface.co"))
    out = printed(report, capsys)
    assert "hubpress hub" not in out
    assert "HF_ENDPOINT" not in out
    assert "All pages" not in out
    assert 'pipeline(model="acme/arxiv-interest", trust_remote_code=True)' in out


def test_what_waits_or_is_private_is_loaded_as_it_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    """By the pull request's branch, whose page is shown; with a token, which the rehearsal Hub prints."""
    waiting = pushed("arxiv-interest", hub="https://huggingface.co")
    report = Report()
    model = replace(waiting.model, revision="refs/pr/7", private=True)
    report.add(load_recipe("arxiv-interest"), replace(waiting, model=model))
    out = printed(report, capsys)
    assert "https://huggingface.co/acme/arxiv-interest/discussions/7\n" in out
    assert 'pipeline(model="acme/arxiv-interest", revision="refs/pr/7", trust_remote_code=True)' in out
    assert "load it (it is private: with a token in HF_TOKEN that may read it):  " in out
    rehearsed = Report(rehearsed_on=HUB, build_dir=Path("my build"))
    hidden = pushed("conference-titles")
    rehearsed.add(load_recipe("conference-titles"), replace(hidden, model=replace(hidden.model, private=True)))
    token = f"HF_TOKEN=\"$({typed_hubpress()} hub --print-token --build-dir 'my build')\""
    assert f"HF_ENDPOINT={HUB} {token} {typed_python()} -c " in printed(rehearsed, capsys)


def test_the_command_of_the_hub_finds_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the build folder and the port, where they are not the usual ones."""
    report = Report(rehearsed_on="http://127.0.0.1:41001", build_dir=Path("my build"))
    report.add(load_recipe("conference-titles"), pushed("conference-titles"))
    assert f"while `{typed_hubpress()} hub --build-dir 'my build' --port 41001` runs" in printed(report, capsys)


def test_what_makes_one_doubt_a_model_comes_last(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a stage warned of stands below all addresses, with the model's name."""
    report, done = Report(rehearsed_on=HUB), pushed("conference-titles")
    doubted = replace(done.stages[0], warnings=("its answers are no better than chance.",))
    report.add(load_recipe("conference-titles"), replace(done, stages=(doubted, *done.stages)))
    assert printed(report, capsys).splitlines()[-1] == (
        "WARNING, conference-titles: its answers are no better than chance."
    )


def test_failures_stand_in_the_table_and_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Several models are named; one that failed has the first line of its error, and in JSON the whole."""
    report = Report()
    report.add(load_recipe("conference-titles"), pushed("conference-titles"))
    report.add_failure("[bold]pets[/bold]", HubpressError("no records.\nNone at all."))
    assert report.has_failures
    out = printed(report, capsys)
    assert out.splitlines()[1].split() == ["Model", "Stage", "Time", "CPU", "Memory", "Size", "Result"]
    assert [line.split() for line in out.splitlines() if "pets" in line] == [
        ["[bold]pets[/bold]", "failed", "no", "records."]
    ]
    document = json.loads(printed(report, capsys, as_json=True))
    assert document["[bold]pets[/bold]"] == {"error": "no records.\nNone at all."}
    model = document["conference-titles"]
    said = {"stage": "push", "result": "acme/conference-titles@0123456: 1 commit", "seconds": 1.23, "ran": True}
    assert model["stages"] == [
        {**said, "cpu_seconds": 0.99, "peak_memory": 345_600_000, "bytes": 1_200_000, "warnings": []}
    ]
    assert (model["sha"], model["repo_id"], model["uploaded"]) == (SHA, "acme/conference-titles", ["README.md"])
    assert model["space"]["url"] == f"{HUB}/spaces/acme/conference-titles"


@pytest.mark.parametrize("where", ["beside", "inside", "elsewhere"])
def test_commands_are_typed_as_no_shell_looks_them_up(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter that runs, by its shortest path that PATH has no part in."""
    bin_folder = tmp_path / "my work" / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "hubpress").touch()
    (tmp_path / "my work" / "src").mkdir()
    monkeypatch.setattr("sys.executable", str(bin_folder / "python"))
    monkeypatch.chdir(
        {"beside": tmp_path / "my work", "inside": bin_folder, "elsewhere": tmp_path / "my work" / "src"}[where]
    )
    python = {"beside": ".venv/bin/python", "inside": "./python", "elsewhere": str(bin_folder / "python")}[where]
    assert shlex.split(typed_python()) == [python]
    assert shlex.split(typed_hubpress()) == [python.replace("python", "hubpress")]
    (bin_folder / "hubpress").unlink()
    assert shlex.split(typed_hubpress()) == [python, "-m", "hubpress"]


def test_the_typed_interpreter_runs_in_a_fresh_shell() -> None:
    """Without an activated environment it is this one, with hubpress in it."""
    command = f"{typed_python()} -c 'import sys, hubpress; print(sys.prefix)'"
    ran = subprocess.run(["sh", "-c", command], env={}, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == sys.prefix


@pytest.mark.slow
def test_the_printed_line_loads_the_model(hubpress: Command, released: Path, tiny: list[str], tmp_path: Path) -> None:
    """While the Hub runs, "load it" does so as it is printed, in a shell that knows nothing of this environment."""
    build = shutil.copytree(released, tmp_path / "build")
    with running(build / "hub", port=0):
        ran = hubpress("release", "conference-titles", "--build-dir", build, "--quiet", *tiny)
        assert ran.code == 0, ran.err
        (line,) = [
            line.split("load it while that runs:")[1]
            for line in ran.out.splitlines()
            if "load it while that runs:" in line
        ]
        fresh = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        loaded = subprocess.run(["sh", "-c", line], env=fresh, capture_output=True, text=True, check=False)
        assert loaded.returncode == 0, loaded.stderr
        assert "'score':" in loaded.stdout
