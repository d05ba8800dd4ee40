"""Parquet, Arrow and saved data sets: ids stand for the names in the file, or are refused with their row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value, disable_progress_bars
from pyarrow import feather, ipc, parquet

from helpers.records import SEVERAL, TOKENS, answers, previewed
from hubpress.errors import DataError
from hubpress.recipe.load import load_recipe
from hubpress.release.api import preview_records

TOPICS = ClassLabel(names=["event", "repair"])
TAGS = ["O", "B-Place", "I-Place"]
TEXT = Value("string")


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Keep the bars of ``datasets`` out of the way."""
    disable_progress_bars()


def _dataset(topics: list[Any], kind: Any = TOPICS) -> Dataset:
    records = {"text": [f"Message {number}" for number in range(len(topics))], "topic": topics}
    return Dataset.from_dict(records, features=Features({"text": TEXT, "topic": kind}))


def _as_stream(table: pa.Table, path: Path) -> None:
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)


def _as_file(table: pa.Table, path: Path) -> None:
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)


WRITERS = {
    "records.parquet": parquet.write_table,
    "records.feather": feather.write_feather,
    "stream.arrow": _as_stream,
    "file.arrow": _as_file,
}


@pytest.mark.parametrize("name", WRITERS)
def test_ids_stand_for_the_names_in_the_file(name: str, tmp_path: Path) -> None:
    """One id, a list of them, and none, in every form of Arrow."""
    WRITERS[name](_dataset([1, 0]).data.table, tmp_path / name)
    assert answers(previewed(tmp_path, source=name)) == [("repair",), ("event",)]
    WRITERS[name](_dataset([[1, 0], [1]], List(TOPICS)).data.table, tmp_path / name)
    several = previewed(tmp_path, SEVERAL, source=name, columns={"label": None, "labels": "topic"})
    assert answers(several) == [("event", "repair"), ("repair",)]


def test_a_saved_data_set_is_read_with_its_shards_and_names(tmp_path: Path) -> None:
    """The shards of a folder are read in their order; a data set of several splits is split as it was."""
    _dataset([1, 0, 1]).save_to_disk(tmp_path / "one", num_shards=2)
    records = previewed(tmp_path, source="one")
    assert [(record.text, record.labels) for record in records] == [
        (f"Message {number}", (topic,)) for number, topic in enumerate(["repair", "event", "repair"])
    ]
    DatasetDict({"train": _dataset([1, 0]), "test": _dataset([0])}).save_to_disk(tmp_path / "split")
    given = previewed(tmp_path, source="split", split={"method": "given"})
    assert [(record.split, *(record.labels or ())) for record in given] == [
        ("train", "repair"),
        ("train", "event"),
        ("test", "event"),
    ]
    assert answers(previewed(tmp_path, source="split/test")) == [("event",)]
    files = previewed(
        tmp_path, source="split", files={"train": "train", "test": "test"}, split={"method": "given"}, count=1
    )
    assert [record.split for record in files] == ["train", "test"]
    # What --data names is read by itself, whatever files the recipe has.
    asked = load_recipe(tmp_path.name, models_dir=tmp_path.parent, data=str(tmp_path / "split"))
    assert len(preview_records(asked)) == 3


def test_a_data_set_by_its_name_has_names_and_splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``datasets`` loads it from a folder as it does from the Hub: one split, or all of them as they were given."""
    folder = tmp_path / "acme" / "pets"
    folder.mkdir(parents=True)
    for name, topics in {"train": [1, 0], "test": [0]}.items():
        _dataset(topics).to_parquet(folder / f"{name}-00000-of-00001.parquet")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    model = tmp_path / "model"
    assert answers(previewed(model, dataset={"path": "acme/pets"})) == [("repair",), ("event",)]
    assert answers(previewed(model, dataset={"path": "acme/pets", "split": "test"})) == [("event",)]
    given = previewed(model, dataset={"path": "acme/pets"}, split={"method": "given"})
    assert [record.split for record in given] == ["train", "train", "test"]
    with pytest.raises(DataError, match=r"data\.columns\.label: there is no column 'kind' in the data set 'acme/pets'"):
        previewed(model, dataset={"path": "acme/pets"}, columns={"label": "kind"})


def test_splits_that_nobody_asked_for_are_refused(tmp_path: Path) -> None:
    """Splits are not thrown together, and not expected where there are none."""
    DatasetDict({"train": _dataset([1, 0]), "test": _dataset([0])}).save_to_disk(tmp_path / "split")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="split")
    assert "split: holds the splits train and test. Set data.split.method to given, or let data.source name" in str(
        caught.value
    )
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="split/train", split={"method": "given"})
    assert "holds no splits of its own. Name the files in data.files" in str(caught.value)
    (tmp_path / "split" / "test" / "state.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="split/test")
    assert "state.json: is not what Dataset.save_to_disk writes." in str(caught.value)


def test_an_id_without_a_name_is_refused_with_its_row(tmp_path: Path) -> None:
    """-1 stands for no label, and 7 for none of two."""
    for strange in (-1, 7):
        table = _dataset([0, 1]).data.table
        table = table.set_column(1, table.schema.field("topic"), pa.array([0, strange]))
        parquet.write_table(table, tmp_path / "records.parquet")
        with pytest.raises(DataError) as caught:
            previewed(tmp_path, source="records.parquet")
        assert f"data.columns.label: 'topic' holds {strange} in row 2 of" in str(caught.value)


def test_names_that_are_older_than_the_column_are_not_used(tmp_path: Path) -> None:
    """Words in a column whose metadata say ids were named since; numbers for names are no names."""
    table = _dataset([0, 1]).data.table
    named = table.set_column(1, "topic", pa.array(["a", "b"])).replace_schema_metadata(table.schema.metadata)
    parquet.write_table(named, tmp_path / "records.parquet")
    assert answers(previewed(tmp_path, source="records.parquet")) == [("a",), ("b",)]
    parquet.write_table(_dataset([0, 1], ClassLabel(num_classes=2)).data.table, tmp_path / "records.parquet")
    assert answers(previewed(tmp_path, source="records.parquet", label_names={"0": "no", "1": "yes"})) == [
        ("no",),
        ("yes",),
    ]


def test_values_are_what_they_look_like(tmp_path: Path) -> None:
    """Categories are their words, numbers of 32 bits their decimals, and fields inside of a field keep their names."""
    frame = pd.DataFrame({"topic": pd.Categorical(["x", "y"]), "share": pd.Series([0.1, 2.5], dtype="float32")})
    frame.to_parquet(tmp_path / "records.parquet")
    records = previewed(tmp_path, source="records.parquet", input_template="{{ share }}")
    assert [(record.text, record.labels) for record in records] == [("0.1", ("x",)), ("2.5", ("y",))]
    features = Features({"topic": TEXT, "about": {"kind": TOPICS, "words": List(TEXT)}})
    rows = [{"topic": "x", "about": {"kind": 1, "words": ["a"]}}]
    Dataset.from_list(rows, features=features).to_parquet(tmp_path / "records.parquet")
    template = "{{ about.kind }} {{ about.words | join }}"
    assert previewed(tmp_path, source="records.parquet", input_template=template)[0].text == "repair a"


def test_tags_by_ids(tmp_path: Path) -> None:
    """The names in the file, or those that the recipe lists; ids without names, or outside of the list, are refused."""
    tokens, ids = [["Meet", "at", "Old", "Mill"]], [[0, 0, 1, 2]]
    columns = {"label": None, "tokens": "tokens", "tags": "ner"}
    found = [("Old Mill/Place",)]
    ways: list[tuple[Any, dict[str, Any]]] = [
        (ClassLabel(names=TAGS), {}),
        (Value("int8"), {"tag_names": TAGS}),
        (ClassLabel(num_classes=3), {"tag_names": TAGS}),
    ]
    for kind, data in ways:
        features = Features({"tokens": List(TEXT), "ner": List(kind)})
        Dataset.from_dict({"tokens": tokens, "ner": ids}, features=features).to_parquet(tmp_path / "r.parquet")
        assert answers(previewed(tmp_path, TOKENS, source="r.parquet", columns=columns, **data)) == found
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, TOKENS, source="r.parquet", columns=columns)
    assert "data.columns.tags 'ner': holds the ids of tags, [0, 0, 1, 2], in row 1 of" in str(caught.value)
    assert str(caught.value).endswith("in data.tag_names, such as [O, B-Place, I-Place].")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, TOKENS, source="r.parquet", columns=columns, tag_names=TAGS[:2])
    assert "holds the id 2 in row 1 of" in str(caught.value)


def test_tables_that_are_none_are_refused(tmp_path: Path) -> None:
    """A file that only has the ending, and metadata that nobody can read, end in a sentence."""
    (tmp_path / "records.arrow").write_bytes(b"text,topic\n" * 10)
    with pytest.raises(DataError, match="cannot be read as Arrow"):
        previewed(tmp_path, source="records.arrow")
    table = _dataset([0, 1]).data.table.replace_schema_metadata({"huggingface": "{"})
    parquet.write_table(table, tmp_path / "records.parquet")
    with pytest.raises(DataError, match="its metadata of `datasets` cannot be read"):
        previewed(tmp_path, source="records.parquet")


WORDS = ["Türe", "door2"]  # of five bytes each


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(5), pa.dictionary(pa.int32(), pa.binary())])
def test_bytes_are_texts_in_utf_8(kind: pa.DataType, tmp_path: Path) -> None:
    """Programs that know no type for texts write bytes: in the text, in a label, in a list of labels."""
    values = pa.array([word.encode() for word in WORDS]).cast(kind)
    for name in ("records.parquet", "stream.arrow"):
        WRITERS[name](pa.table({"text": values, "topic": values}), tmp_path / name)
        records = previewed(tmp_path, source=name)
        assert [(record.text, record.labels) for record in records] == [(word, (word,)) for word in WORDS]
    several = pa.array([[b"event", b"urgent"]], pa.list_(pa.binary()))
    parquet.write_table(pa.table({"text": ["a"], "topic": several}), tmp_path / "records.parquet")
    columns = {"label": None, "labels": "topic"}
    assert answers(previewed(tmp_path, SEVERAL, source="records.parquet", columns=columns)) == [("event", "urgent")]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """The column is named."""
    parquet.write_table(pa.table({"text": [b"T\xfcr"], "topic": ["event"]}), tmp_path / "records.parquet")
    with pytest.raises(DataError) as caught:
        previewed(tmp_path, source="records.parquet")
    assert "'text' holds bytes that are no UTF-8 text." in str(caught.value)


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather], ids=["parquet", "feather"])
def test_a_time_zone_that_nobody_knows_is_told(write: Callable[[pa.Table, str], None], tmp_path: Path) -> None:
    """A name from another list of zones, or none at all, is no traceback."""
    when = pa.array([1, 2], pa.timestamp("s", tz="Mars/Olympus"))
    path = tmp_path / "records.arrow"
    write(pa.table({"Title": ["a", "b"], "Conference": ["VLDB", "WWW"], "when": when}), str(path))
    file = path.rename(path.with_suffix(".parquet" if write is parquet.write_table else ".feather"))
    template = "data.input_template='{{ Title }} {{ when }}'"
    recipe = load_recipe("conference-titles", data=str(file), overrides=[template])
    with pytest.raises(DataError, match=r"timestamp\[m?s, tz=Mars/Olympus\] that cannot be read: "):
        preview_records(recipe)
