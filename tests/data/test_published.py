"""A published test split: what anybody loads is what was measured on, of every kind of task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, List, Value

from helpers.data import MULTI, TOKEN, coloured
from hubpress.data.published import read_records, records_tag, write_records
from hubpress.data.stored import load_split
from hubpress.errors import DataError
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts

Write = Callable[[str, Sequence[dict[str, Any]] | str], str]
Prepare = Callable[..., SplitFacts]

TOKENS = [{"tokens": ["At", "Old", "Mill", str(n)], "tags": ["O", "B-Place", "I-Place", "O"]} for n in range(20)]
SPANS = [{"text": f"Mühle {n} in Ulm", "entities": [{"start": 0, "end": 5, "label": "Place"}]} for n in range(20)]
SPANS[3]["entities"] = []
PAIRS = [{"asked": f"Is {n % 4} even?", "said": f"It is, by {n}.", "kind": ("dog", "cat")[n % 2]} for n in range(20)]
WEIGHTS = [{"text": f"pet {n}", "weight": str(n / 4), "age": -n} for n in range(20)]
NUMBERS = {"columns": {"target_columns": ["age", "weight"]}, "labels": None}
NUMBER = Value("int64")
ENTITIES = List({"start": NUMBER, "end": NUMBER, "label": ClassLabel(names=["Place"])})
CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]] | None, dict[str, Any]]] = {
    "one label": ({}, None, {"label": ClassLabel(names=["dog", "cat"])}),
    "fields of its own": (
        {"evaluation": {"inputs": {"text only": ["text"]}}},
        None,
        {"label": ClassLabel(names=["dog", "cat"]), "record": Value("string")},
    ),
    "labels": (MULTI, coloured(30)[1:], {"labels": List(ClassLabel(names=["blue", "green", "red"]))}),
    "entities": (
        {**TOKEN, "data": {**TOKEN["data"], "columns": {"text": "text", "entities": "entities"}}},
        SPANS,
        {"entities": ENTITIES},
    ),
    "pairs": (
        {
            "widget": [{"text": "Is it?", "text_pair": "It is.", "example_title": "Yes"}],
            "data": {"input_template": "{{ asked }}", "text_pair": "{{ said }}"},
        },
        PAIRS,
        {"text_pair": Value("string"), "label": ClassLabel(names=["dog", "cat"])},
    ),
    "numbers": ({"task": "regression", "data": NUMBERS}, WEIGHTS, {"targets": List(Value("float64"))}),
    "tokens": (
        {**TOKEN, "data": {**TOKEN["data"], "columns": {"tokens": "tokens", "tags": "tags"}}},
        TOKENS,
        {"entities": ENTITIES, "words": List(List(NUMBER))},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_reads_back_with_its_fingerprint(case: str, prepare: Prepare, write: Write, tmp_path: Path) -> None:
    """In its order, with the names of the labels, whoever reads it; a label changed is another fingerprint."""
    changes, records, columns = CASES[case]
    source = {"source": write("records.jsonl", records)} if records else {}
    facts = prepare(changes, **source, split={"method": "random", "test_size": 0.3, "validation_size": 0.2})
    recipe = load_recipe("pets", models_dir=tmp_path / "models")
    split = load_split(tmp_path / "build" / "pets" / "data", "test")
    path, again = tmp_path / "data" / "test.parquet", tmp_path / "again" / "test.parquet"
    write_records(recipe, facts.labels, split, path)
    write_records(recipe, facts.labels, split, again)
    assert path.read_bytes() == again.read_bytes()

    loaded: Any = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert dict(loaded.features) == {"text": Value("string"), "row": NUMBER, **columns}
    assert list(loaded["text"]) == list(split["text"])
    read, fingerprint = read_records(recipe, facts.labels, path, cache_dir=tmp_path / "cache")
    assert fingerprint == facts.fingerprints["test"]
    assert read[:] == split.select_columns(read.column_names)[:]


@pytest.fixture
def published(prepare: Prepare, tmp_path: Path) -> tuple[Recipe, SplitFacts, Path]:
    facts = prepare({})
    recipe = load_recipe("pets", models_dir=tmp_path / "models")
    path = tmp_path / "test.parquet"
    write_records(recipe, facts.labels, load_split(tmp_path / "build" / "pets" / "data", "test"), path)
    return recipe, facts, path


def test_other_labels_columns_and_bytes_are_refused(published: tuple[Recipe, SplitFacts, Path], tmp_path: Path) -> None:
    recipe, facts, path = published
    with pytest.raises(DataError, match="column 'label' holds other kinds of values, or other labels"):
        read_records(recipe, ("cat", "dog"), path, cache_dir=tmp_path / "cache")
    found: Any = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    found.remove_columns("row").to_parquet(str(path))
    with pytest.raises(DataError, match="has the columns text, label, and not text, label, row"):
        read_records(recipe, facts.labels, path, cache_dir=tmp_path / "cache")
    with pytest.raises(DataError, match="a label stands there twice"):
        read_records(recipe, ("dog", "dog"), path, cache_dir=tmp_path / "cache")
    blank = Dataset.from_dict({"text": [None], "label": [0], "row": [1]}, features=found.features)
    blank.to_parquet(str(path))
    with pytest.raises(DataError, match=r"test\.parquet: cannot be read"):
        read_records(recipe, facts.labels, path, cache_dir=tmp_path / "cache")
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match=r"test\.parquet: cannot be read"):
        read_records(recipe, facts.labels, path, cache_dir=tmp_path / "cache")


def test_the_tag_is_that_of_the_records_and_their_labels(published: tuple[Recipe, SplitFacts, Path]) -> None:
    recipe, facts, _ = published
    tags = {
        records_tag(recipe, labels, fingerprint)
        for labels in (facts.labels, facts.labels[::-1])
        for fingerprint in ("a" * 64, "b" * 64)
    }
    assert len(tags) == 4
    assert records_tag(recipe, facts.labels, "a" * 64) in tags
