"""Build folders in which a command cannot work, and one in which an earlier command failed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from helpers.faults import BAD, assert_one_message, files_in
from helpers.processes import Command
from hubpress.children import run_child
from hubpress.release.meter import Meter


def test_a_build_folder_that_is_a_file_is_refused(pets: Path, tmp_path: Path, hubpress: Command) -> None:
    """Nothing can be built below a file."""
    (tmp_path / "build").write_text("", encoding="utf-8")
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, [f"{tmp_path / 'build'}"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_build_folder_is_refused(pets: Path, tmp_path: Path, hubpress: Command) -> None:
    """A folder without leave to write ends in one message."""
    (tmp_path / "build").mkdir(mode=0o500)
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, ["Permission denied."])


def test_two_commands_in_one_build_folder_are_refused(
    pets: Path, earlier: Path, tmp_path: Path, hubpress: Command
) -> None:
    """The second command says that another one is working there, and touches nothing."""
    shutil.copytree(earlier, tmp_path / "build")
    before = files_in(tmp_path / "build")
    with (tmp_path / "build" / "pets" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, ["another hubpress command is working here.", "--build-dir"])
    assert files_in(tmp_path / "build") == before


def test_after_a_fault_the_mended_recipe_goes_on(pets: Path, earlier: Path, tmp_path: Path, hubpress: Command) -> None:
    """A run on bad records leaves the earlier splits; on the good records again it makes the same ones."""
    shutil.copytree(earlier, tmp_path / "build")
    words = ["data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    assert hubpress(*words, "--data", BAD / "data" / "duplicate-rows.csv").code == 1
    assert hubpress(*words).code == 0
    facts = "pets/data/data.json"
    assert files_in(tmp_path / "build")[facts] == files_in(earlier)[facts]


def test_a_stage_is_unchanged_however_its_folder_is_typed(
    pets: Path, tmp_path: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run changes nothing, whether the models' folder is given from here, from the root or by a detour."""
    monkeypatch.chdir(tmp_path)
    models = pets.parent.relative_to(tmp_path)
    assert hubpress("data", "pets", "--models", models).code == 0
    for typed in (models, pets.parent, Path("build", "..", models)):
        ran = hubpress("data", "pets", "--models", typed)
        assert (ran.code, "data: unchanged" in ran.err) == (0, True), ran.err
    monkeypatch.chdir(pets)
    ran = hubpress("data", "pets", "--models", "..", "--build-dir", tmp_path / "build")
    assert "data: unchanged" in ran.err
    with (pets / "records.csv").open("a", encoding="utf-8") as stream:
        stream.write("It wags its tail.,dog,2024-12-31,train\n")
    monkeypatch.chdir(tmp_path)
    assert "unchanged" not in hubpress("data", "pets", "--models", models).err


def test_a_stage_tells_what_it_took(pets: Path, tmp_path: Path, hubpress: Command) -> None:
    """Its processor time, the memory that it needed, and the bytes that it left; run again, those it left before."""
    words = ["data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--json"]
    ran, again = (json.loads(hubpress(*words).out)["pets"]["stages"][0] for _ in range(2))
    left = tmp_path / "build" / "pets" / "data"
    assert ran["bytes"] == sum(path.stat().st_size for path in left.rglob("*") if path.is_file()) == again["bytes"]
    assert 0 < ran["cpu_seconds"] < 60
    assert 2**26 < ran["peak_memory"] < 2**40
    assert (ran["ran"], again["ran"]) == (True, False)


def test_the_work_of_a_stage_s_processes_is_its_own() -> None:
    """Half a second of processor time of a program that ran meanwhile is counted."""
    meter = Meter()
    run_child([sys.executable, "-c", "import time\nwhile time.process_time() < 0.5: pass"])
    assert meter.result("verify", "holds").cpu_seconds >= 0.5
