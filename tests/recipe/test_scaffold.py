"""``hubpress new``: a folder that can be released as it is written, and nothing half written or overwritten."""

from __future__ import annotations

import errno
import json
import re
import shlex
from pathlib import Path

import pytest

from helpers.paths import ROOT
from helpers.processes import Command
from hubpress.data.splitting import SPLITS
from hubpress.layout import SPLITS_FACTS
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.scaffold import TEMPLATES
from hubpress.schemas.splits import SplitFacts
from hubpress.this_machine import typed_hubpress

RELEASED = ("pair", "regression")  # by end_to_end/test_pairs_and_numbers.py
each_task = pytest.mark.parametrize("task", TEMPLATES)


@each_task
def test_a_new_model_reads_its_own_records(hubpress: Command, tmp_path: Path, task: str) -> None:
    """What it lists is there, its records are read with and without --sample, and no split lacks a label."""
    models = tmp_path / "models"
    written = json.loads(hubpress("new", "tea-time", "--task", task, "--models", models, "--json").out)
    assert written["folder"] == str(models / "tea-time")
    found = {path.relative_to(models / "tea-time").as_posix() for path in models.rglob("*") if path.is_file()}
    assert set(written["files"]) == found
    assert list(models.iterdir()) == [models / "tea-time"]
    for options in (["--sample"], []):
        build = tmp_path / f"build{len(options)}"
        ran = hubpress("data", "tea-time", "--models", models, "--build-dir", build, "--quiet", *options)
        assert ran.code == 0, ran.err
        counts = SplitFacts.load(build / "tea-time" / "data" / SPLITS_FACTS).label_counts
        assert all(counts[split][label] >= 3 for split in SPLITS for label in counts["train"])
    recipe = load_recipe("tea-time", models_dir=models)
    assert (recipe.repo_name, recipe.title) == ("tea-time", "Tea time")
    assert "my-model" not in (models / "tea-time" / "recipe.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("task", [task for task in TEMPLATES if task not in RELEASED])
@pytest.mark.slow
def test_a_new_model_runs_as_it_is(hubpress: Command, quick: list[str], tmp_path: Path, task: str) -> None:
    """The folder as ``new`` writes it is trained, measured, described and checked (test_models.py proves each kind)."""
    models = ["--models", tmp_path / "models"]
    assert hubpress("new", "tea-time", "--task", task, *models).code == 0
    ran = hubpress("check", "tea-time", *models, "--build-dir", tmp_path / "build", "--quiet", "--json", *quick)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["tea-time"]["stages"][-1]["result"] == "no problems"


@pytest.mark.parametrize(
    ("command", "task"), [*zip(["card", "space", "check", "release", "push", "diff"], TEMPLATES, strict=True)]
)
def test_own_sentences_are_asked_for_before_anything_is_spent(
    hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, task: str
) -> None:
    """Unless it is a sample, no record is read and no Hub asked while the card is open; each place has its line."""
    monkeypatch.chdir(tmp_path)
    assert hubpress("new", "tea-time", "--task", task, "--models", "own").code == 0
    lines = (tmp_path / "own" / "tea-time" / "recipe.yaml").read_text(encoding="utf-8").splitlines()
    marked = [number for number, line in enumerate(lines, 1) if "<fill in: " in line and not line.startswith("#")]
    ran = hubpress(command, "tea-time", "--models", "own", *(["--owner", "acme"] if command == "push" else []))
    assert (ran.code, ran.out) == (2, "")
    places = ["summary", "description", "intended_uses.0", "out_of_scope.0", "training_data", "limitations.0"]
    asked = [said.removeprefix("hubpress: ").partition(": is still to be filled in: ") for said in ran.err.splitlines()]
    keys = [number - ('"' not in lines[number - 1]) for number in marked]  # a folded text is below its key
    expected = [f"own/tea-time/recipe.yaml:{line}: card.{place}" for line, place in zip(keys, places, strict=True)]
    assert [place for place, says, what in asked if says and what.endswith(".")] == expected
    assert not list(tmp_path.rglob("*.parquet")) + list(tmp_path.rglob("receipts/*"))


@each_task
def test_the_marks_before_the_reference_can_be_taken_away(hubpress: Command, tmp_path: Path, task: str) -> None:
    """What a recipe shows in comments is right, too."""
    assert hubpress("new", "tea-time", "--task", task, "--models", tmp_path).code == 0
    path = tmp_path / "tea-time" / "recipe.yaml"
    text, taken = re.subn(r"^# (reference:$|  \w)", r"\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    assert taken == 8
    assert load_recipe("tea-time", models_dir=tmp_path).reference is not None


@pytest.mark.parametrize("folder", ["models", "my models"])
def test_the_next_commands_can_be_typed(
    hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """They name the folder, ./models without --models, so that hubpress finds the model again."""
    monkeypatch.chdir(tmp_path)
    ran = hubpress("new", "tea-time", "--task", "binary", *(["--models", folder] if folder != "models" else []))
    assert ran.code == 0, ran.err
    files, commands, before = ran.out.split("\n\n")
    assert "<fill in: …>" in before
    assert [Path(line).is_file() for line in files.splitlines()] == [True, True]
    release, data = (shlex.split(line) for line in commands.splitlines()[1:])
    own = shlex.split(typed_hubpress())
    assert release == [*own, "release", "tea-time", "--models", folder, "--sample"]
    assert data == [*own, "data", "tea-time", "--models", folder, "--data", "FILE"]
    assert hubpress(*data[len(own) : -1], f"{folder}/tea-time/sample/requests.csv", "--quiet").code == 0


def test_in_a_checkout_the_next_commands_need_no_folder(
    hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ./models is hubpress's own, --models is left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hubpress.cli.new.content_dir", lambda kind: tmp_path / kind)
    assert f"  {typed_hubpress()} release tea-time --sample\n" in hubpress("new", "tea-time", "--task", "token").out


def test_templates_are_no_models() -> None:
    """Every kind of model has a template, and none of them is listed or released with --all."""
    templates = ROOT / "models" / "templates"
    assert {path.name for path in templates.iterdir()} == set(TEMPLATES)
    assert not {"templates", *TEMPLATES} & model_folders(None).keys()


@pytest.mark.parametrize("there", ["model", "empty folder", "dangling link"])
def test_what_is_there_stays(hubpress: Command, tmp_path: Path, there: str) -> None:
    """A folder of that name, whatever is in it, is neither overwritten nor added to."""
    folder = tmp_path / "tea-time"
    if there == "dangling link":
        folder.symlink_to(tmp_path / "nowhere")
    else:
        folder.mkdir()
    if there == "model":
        (folder / "recipe.yaml").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    ran = hubpress("new", "tea-time", "--task", "token", "--models", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"hubpress: {folder}: is there already, and stays as it is. Give another name.\n"
    assert sorted(tmp_path.rglob("*")) == before
    assert there != "model" or (folder / "recipe.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../b", "a b", "a--b", "a..b", "b.", "tè", "b.git", "a\n", "x" * 97]
)
def test_bad_names_are_refused(hubpress: Command, tmp_path: Path, name: str) -> None:
    """What the Hub would refuse later is refused first, in one line, and nothing is written."""
    ran = hubpress("new", name, "--task", "token", "--models", tmp_path / "models")
    assert (ran.code, ran.out) == (2, "")
    assert f"{name!r} cannot be the name of a repository on the Hub. Use at most 96 letters" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["7", "1e5", "no", "null", "2026-01-31", "v1.5_b", "x" * 96])
def test_names_that_yaml_takes_for_something_else(hubpress: Command, tmp_path: Path, name: str) -> None:
    """A name stays a text in the recipe."""
    assert hubpress("new", name, "--task", "single-label", "--models", tmp_path).code == 0
    assert load_recipe(name, models_dir=tmp_path).repo_name == name


@pytest.mark.parametrize("words", [["tea-time"], ["tea-time", "--task", "ranking"], ["--task", "token"]])
def test_wrong_words_exit_with_2(hubpress: Command, tmp_path: Path, words: list[str]) -> None:
    """A name and one of the known tasks are needed."""
    ran = hubpress("new", *words, "--models", tmp_path)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert "See `hubpress new --help`." in ran.err or "Choose from single-label, " in ran.err
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written(hubpress: Command, tmp_path: Path) -> None:
    """One line says which folder, why, and what to do."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    ran = hubpress("new", "tea-time", "--task", "token", "--models", tmp_path / "file" / "models")
    where = tmp_path / "file" / "models"
    says = f"{where}: cannot be written to: Not a directory. Say with --models DIR where your models may lie."
    assert (ran.code, ran.out, ran.err) == (1, "", f"hubpress: {says}\n")


def test_nothing_half_written_stays(hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after the recipe leaves no folder, and the same command works once there is room."""
    whole = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "recipe.yaml":
            return whole(path, content)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    words = ["new", "tea-time", "--task", "multi-label", "--models", tmp_path]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        ran = hubpress(*words)
    assert ran.code == 1
    assert f"{tmp_path}: no space left on device." in ran.err
    assert not list(tmp_path.iterdir())
    assert hubpress(*words).code == 0
