"""The documents that hubpress writes: their JSON Schemas for readers of a repository, and what a torn one says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.paths import ROOT
from hubpress.schemas.data_report import DataReport
from hubpress.schemas.document import Document, DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.receipt import Receipt
from hubpress.schemas.scoring import ScoredPart, ScoringRun
from hubpress.schemas.space import SpaceSettings
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import TrainedFacts, TrainingFacts

PUBLISHED: dict[str, type[Document]] = {
    "evaluation": Evaluation,
    "training": TrainingFacts,
    "training_elsewhere": TrainedFacts,
    "data": SplitFacts,
    "data_report": DataReport,
    "config": ModelConfig,
    "space": SpaceSettings,
    "receipt": Receipt,
    "scored_part": ScoredPart,
    "scoring_run": ScoringRun,
}
SAMPLES = sorted((ROOT / "tests" / "samples" / "card").iterdir())


@pytest.mark.parametrize("name", PUBLISHED)
def test_json_schema_in_the_docs_is_fresh(name: str) -> None:
    """docs/schemas has each document's JSON Schema; a stale one is written anew, and this fails once."""
    path = ROOT / "docs" / "schemas" / f"{name}.schema.json"
    schema = PUBLISHED[name].model_json_schema(mode="validation")
    text = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"
    known = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.write_text(text, encoding="utf-8")
    assert known == text, f"{path.relative_to(ROOT)} was stale and has been written anew: commit it"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda folder: folder.name)
def test_a_document_is_written_as_it_was_read(sample: Path, tmp_path: Path) -> None:
    """What is not there stays away, what is null stays null."""
    for name, kind in (("evaluation.json", Evaluation), ("training.json", TrainingFacts)):
        kind.load(sample / name).save(tmp_path / name)
        before, after = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (sample, tmp_path))
        assert {"schema_version": 1, **before} == after


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"metrics": None}, "`metrics`: Input should be a valid dictionary"),
        ({"figure": 1}, "has an unknown key `figure`"),
        ({"schema_version": 2}, "`schema_version`: Input should be 1"),
        ({"per_class": [{"label": "VLDB"}]}, "lacks `per_class[0].precision`"),
        ({"main_metric": "accuracy"}, "the main metric 'accuracy' is not among the metrics"),
        ({"intervals": {}}, "no interval for average_precision"),
        ({"per_class": []}, "the positive label 'interesting' is not among the classes"),
        ({"widget": []}, "the ONNX file answers another number of examples"),
    ],
    ids=[
        "null",
        "unknown-key",
        "newer-version",
        "lacking",
        "no-main-metric",
        "no-interval",
        "no-positive",
        "no-example",
    ],
)
def test_a_document_that_is_otherwise_says_what_is_wrong(change: dict[str, object], says: str, tmp_path: Path) -> None:
    """One line names the place; no traceback, and nothing is guessed."""
    document = json.loads((SAMPLES[0] / "evaluation.json").read_text(encoding="utf-8"))
    (tmp_path / "evaluation.json").write_text(json.dumps(document | change), encoding="utf-8")
    with pytest.raises(DocumentError) as failed:
        Evaluation.load(tmp_path / "evaluation.json")
    assert str(failed.value).startswith(f"evaluation.json: {says}")


@pytest.mark.parametrize("text", ["", "{", '{"metrics": NaN}', "[1]"], ids=["empty", "torn", "nan", "list"])
def test_a_torn_document_says_so(text: str, tmp_path: Path) -> None:
    """Whatever a file holds, loading it ends in one line with the file's name."""
    (tmp_path / "training.json").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"^training\.json: "):
        TrainingFacts.load(tmp_path / "training.json")
    with pytest.raises(DocumentError, match=r"^missing\.json: cannot be read: No such file"):
        TrainingFacts.load(tmp_path / "missing.json")
