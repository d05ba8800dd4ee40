"""Receipts: one that is none is ignored, and a path means the same wherever it is typed from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.faults import GOOD
from hubpress import Job, load_recipe, run_stages
from hubpress.release.stages import STAGES

Spoil = Callable[[Path], object]


def _edited(**values: object) -> Spoil:
    def spoil(receipt: Path) -> None:
        found = json.loads(receipt.read_text(encoding="utf-8"))
        receipt.write_text(json.dumps(found | values), encoding="utf-8")

    return spoil


def _in_its_place(receipt: Path) -> None:
    receipt.unlink()
    (receipt / "inner").mkdir(parents=True)


NO_RECEIPTS: dict[str, Spoil] = {
    "nested": lambda receipt: receipt.write_text('{"a":' * 30_000, encoding="utf-8"),
    "torn": lambda receipt: receipt.write_text('{"stage": "data", "key', encoding="utf-8"),
    "empty": lambda receipt: receipt.write_text("", encoding="utf-8"),
    "bytes": lambda receipt: receipt.write_bytes(b'{"stage": "\xe9t\xe9"}'),
    "list": lambda receipt: receipt.write_text("[1]", encoding="utf-8"),
    "folder": _in_its_place,
    "summary": _edited(summary=["many"]),
    "inputs": _edited(inputs=7),
    "other stage": _edited(stage="train"),
    "number": _edited(inputs=[{"path": 5, "size": 1, "mtime_ns": 1, "sha256": ""}]),
    "outside": _edited(outputs=[{"path": "../../x", "size": 1, "mtime_ns": 1, "sha256": ""}]),
    "NUL": _edited(outputs=[{"path": "data/\0", "size": 1, "mtime_ns": 1, "sha256": ""}]),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the good model, and its build folder in which the data stage has run."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(GOOD, folder / "models" / "pets")
    _data(folder / "models", folder / "build")
    return folder


def _data(models: Path, build: Path) -> bool:
    """Run the data stage; return whether it had to."""
    job = Job.of(load_recipe("pets", models_dir=models), build_dir=build, quiet=True)
    return run_stages(job, until="data")[0].ran


@pytest.mark.parametrize("fault", NO_RECEIPTS)
def test_a_receipt_that_is_none_is_ignored_and_written_anew(fault: str, prepared: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    shutil.copytree(prepared / "build", build)
    receipt = build / "pets" / "receipts" / "data.json"
    NO_RECEIPTS[fault](receipt)
    assert _data(prepared / "models", build)
    assert json.loads(receipt.read_text(encoding="utf-8"))["stage"] == "data"
    assert not _data(prepared / "models", build)


def test_a_file_in_the_place_of_all_receipts_is_no_reason_to_end(prepared: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    shutil.copytree(prepared / "build", build)
    shutil.rmtree(build / "pets" / "receipts")
    (build / "pets" / "receipts").write_text("x", encoding="utf-8")
    assert _data(prepared / "models", build) and not _data(prepared / "models", build)


def test_it_does_not_matter_from_where_and_how_paths_are_typed(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative or absolute, of the models and of the build folder, and from another folder: nothing has changed."""
    monkeypatch.chdir(prepared)
    assert not _data(Path("models"), Path("build"))
    assert not _data(prepared / "models", Path("./build"))
    assert not _data(Path("models/../models"), prepared / "build")
    monkeypatch.chdir(prepared / "models" / "pets")
    assert not _data(Path(".."), Path("../../build"))


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        ({"card.summary": "Tells pets apart."}, {"card", "space"}),
        ({"card.summary": "Tells nine labels apart."}, {"report", "card", "space"}),  # which the records may contradict
        ({"card.training_data": "Made up.", "card.authors": "[{name: Ada}]"}, {"card"}),
        ({"license": "mit"}, {"card", "space"}),
        ({"title": "Pets of all kinds"}, {"report", "card", "space"}),
        ({"card.print_test_texts": "true"}, {"evaluate", "card"}),
        ({"evaluation.confidence": "0.9"}, {"evaluate", "card"}),
        ({"training.learning_rate": "1e-4"}, {"train", "card"}),
    ],
)
def test_a_changed_recipe_runs_what_reads_the_change(prepared: Path, change: dict[str, str], runs: set[str]) -> None:
    """Of the stages whose files are the same: no text of the card costs a training, or an evaluation."""

    def settings(*overrides: str) -> dict[str, object]:
        recipe = load_recipe("pets", models_dir=prepared / "models", overrides=overrides)
        job = Job.of(recipe, build_dir=prepared / "build", quiet=True)
        return {stage.name: stage.settings(job) for stage in STAGES}

    before, after = settings(), settings(*(f"{key}={value}" for key, value in change.items()))
    assert {name for name in before if before[name] != after[name]} == runs
