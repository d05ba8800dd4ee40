"""What does not fit together is said in one sentence, before anything is downloaded, answered or written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from helpers.processes import Command
from score.conftest import FIELDS, write

RECORD = {"id": "1", **dict.fromkeys(FIELDS, "Web")}


def without(*names: str, **more: Any) -> list[dict[str, Any]]:
    """Return one record without some columns, and with others."""
    return [{**{name: value for name, value in RECORD.items() if name not in names}, **more}]


@pytest.mark.parametrize(("files", "words", "says"), [
    ({}, [], 'no file matches'),
    ({}, ["--input", " "], "--input: it is empty. Give a file or a pattern"),
    ({"records/a.csv": [RECORD]}, ["--input", "{here}/records"], "is a folder. Say which of its files"),
    ({"a.txt": [RECORD]}, [], "a.txt: is of no format that is read. Files end with .parquet"),
    ({"a.parquet.gz": [RECORD]}, [], "a.parquet.gz: is of no format that is read."),
    ({"a": [RECORD]}, [], "a: is of no format that is read."),
    ({"a.csv": without("title")}, [], "a.csv: there is no column 'title', which the model reads. It has id,"),
    ({"a.csv": without("title", Titel="x")}, [], "Did you mean 'Titel'? Name another by --text-column title=COLUMN"),
    ({"a.jsonl": without("abstract")}, [], "a.jsonl: there is no column 'abstract'"),
    ({"a.parquet": without("abstract")}, [], "a.parquet: there is no column 'abstract'"),
    ({"a.csv": [RECORD], "b.jsonl": without("title")}, [], "b.jsonl: there is no column 'title'"),
    ({"a.csv": [RECORD], "b.jsonl": without("id")}, [], "b.jsonl: reads title in 'title',"),
    ({"a.csv": without("title", Title="x"), "b.csv": [RECORD]}, [], "where {here}/a.csv reads title in 'Title'"),
    ({"a.csv": [RECORD]}, ["--id-column", "DOI"], "a.csv: 'DOI' is no column of it, and the ids are read there."),
    ({"a.parquet": without(id=1.0)}, [], "a.parquet: 'id' holds numbers of type double, and is no id. Cast it"),
    ({"a.csv": [RECORD], "b.parquet": without(id=1.0)}, [], "b.parquet: 'id' holds numbers of type double"),
    ({"a.parquet": without(id=b"1")}, [], "a.parquet: 'id' is of type binary, and is no id. Write texts or whole"),
    ({"a.parquet": without(id=True)}, [], "a.parquet: 'id' is of type bool, and is no id."),
    ({"a.csv": [RECORD]}, ["--text-column", "titel=title"], "--text-column: 'titel' is no field of the model."),
    ({"a.csv": [RECORD]}, ["--text-column", "title"], "--text-column: 'title' names no field. Write title=title."),
    ({"a.csv": [RECORD]}, [word for name in FIELDS for word in ("--text-column", f"{name}=")], "every field of the"),
    ({"a.csv": [RECORD]}, ["--text-column", "title=x", "--text-column", "title=y"], "'title' is named twice."),
    ({"a.csv": [RECORD]}, ["--text-column", "title=x"], "a.csv: there is no column 'x'"),
    ({"a.csv": [RECORD]}, ["--separator", ";;"], "--separator: ';;' is not one character."),
    ({"a.csv": [RECORD]}, ["--separator", ";"], "there is no column 'title'"),
    ({"a.csv": [RECORD]}, ["--int8"], "has no onnx/model_quantized.onnx, which --int8 asks for. Leave --int8 out."),
    ({"a.csv": [RECORD]}, ["--revision", "v1"], "--revision: a folder has no revisions."),
    ({"a.csv": [RECORD]}, ["--address", "head:6379"], "--address: is that of a cluster of Ray. Add --engine ray"),
    ({"a.csv": [RECORD]}, ["--engine", "spark"], "'--engine': 'spark' is not one of 'local', 'ray', 'slurm'"),
    ({"a.csv": [RECORD]}, ["--output", "s3://works/out"], "--output: 's3://works/out' is no folder of this machine."),
    ({"a.csv": [RECORD]}, ["--workers", "0"], "'0' is not a whole number of at least 1"),
    ({"a.csv": [RECORD]}, ["--rows-per-part", "many"], "'many' is not a whole number of at least 1"),
    ({"a.csv": [RECORD], "out/mine.txt": [RECORD]}, [], "out: holds other files than answers of hubpress score."),
    ({"a.csv": [RECORD], "out": [RECORD]}, [], "out: is no folder. Give another --output."),
    ({"a.csv": [RECORD], "out/part-00000.parquet": [RECORD]}, [], "out: holds other files than answers"),
    ({"a.csv": [RECORD]}, ["--input", "nowhere://bucket/a.csv"], "nowhere://bucket/a.csv: cannot be read: Protocol"),
    ({"a.csv": [RECORD]}, ["--input", "memory://gone/*.csv"], "no file matches 'memory://gone/*.csv'. Look there for"),
    ({"a.csv": [RECORD]}, ["--input", "{here}/gone*.csv"], "gone*.csv' . Quote the pattern"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(
    files: dict[str, list[dict[str, Any]]], words: list[str], says: str,
    hubpress: Command, subjects: Path, tmp_path: Path,
) -> None:  # fmt: skip
    """Nothing is left of it."""
    for name, records in files.items():
        write(tmp_path / name, records)
    before = sorted(tmp_path.rglob("*"))
    given = [word.format(here=tmp_path) for word in words]
    pattern = [] if "--input" in words else ["--input", tmp_path / "[ab]*"]
    ran = hubpress("score", subjects, *pattern, "--output", tmp_path / "out", *given, "--quiet")
    assert (ran.code, ran.out) in ((1, ""), (2, "")), ran
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("hubpress: ")
    for part in says.format(here=tmp_path).split(" . "):
        assert part in ran.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("changes", "missing", "says"), [
    ({"decision": None}, "", "`decision`"),
    ({"auto_map": {"AutoModel": "other/code--x.Y"}}, "", "its config.json has code loaded by auto_map."),
    ({"attn_implementation": "someone/kernel"}, "", "its config.json has code loaded by attn_implementation."),
    ({}, "model.safetensors", "has neither onnx/model.onnx nor model.safetensors."),
    ({}, "config.json", "its config.json cannot be read"),
    ({"input_template": "{{ title"}, "", "its input_template is none."),
    ({"decision": None}, "+", "model: is an adapter that says nowhere how it decides. Name it as trained: in a recipe"),
    ({}, "+", "model: is an adapter without ONNX files, which hold the whole model. Release it again with onnx.export"),
    ({"architectures": ["BertForTokenClassification"]}, "+", "is an adapter, and token models answer by whole"),
], ids=["no-decision", "code", "kernel", "no-weights", "no-config", "no-template", "adapter", "no-onnx", "token"],
)  # fmt: skip
def test_a_model_that_cannot_answer_is_refused(
    changes: dict[str, Any], missing: str, says: str, hubpress: Command, subjects: Path, tmp_path: Path
) -> None:
    """Others' code is not run, and nothing is guessed where a repository does not say how its model decides."""
    model = tmp_path / "model"
    shutil.copytree(subjects, model)
    config = json.loads((model / "config.json").read_text(encoding="utf-8")) | changes
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if missing == "+":
        (model / "model.safetensors").rename(model / "adapter_model.safetensors")
        (model / "adapter_config.json").write_text("{}", encoding="utf-8")
    elif missing:
        (model / missing).unlink()
    records = write(tmp_path / "a.csv", [RECORD])
    ran = hubpress("score", model, "--input", records, "--output", tmp_path / "out", "--quiet")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert says in ran.err
    assert not (tmp_path / "out").exists()
