"""Models and records of which no recipe can be made: one sentence each, and nothing is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from draft.conftest import Row, Save, tea_rows, write_csv, write_jsonl
from helpers.faults import assert_one_message
from helpers.processes import Command

Spoil = Callable[[Path], None]
SAID = "license: apache-2.0\nlanguage: en"


def _config(**changes: object) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")

    return spoil


def _without(*names: str) -> Spoil:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink(missing_ok=True)

    return spoil


def _with(name: str, text: str = "{}") -> Spoil:
    def spoil(folder: Path) -> None:
        _text(name, text)(folder)

    return spoil


def _only_checkpoints(folder: Path) -> None:
    (folder / "checkpoint-10").mkdir()
    (folder / "config.json").rename(folder / "checkpoint-10" / "config.json")
    (folder / "model.safetensors").unlink()


def _make_bi_encoder(folder: Path) -> None:
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    _config(architectures=["BertModel"])(folder)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


TAGGER = ["BertForTokenClassification"]
MODELS: dict[str, tuple[Spoil, str]] = {
    "empty": (_empty, "has no config.json"),
    "no weights": (_without("model.safetensors"), "has no weights"),
    "no tokenizer": (_without("tokenizer.json", "tokenizer_config.json", "vocab.txt"), "has no tokenizer beside it"),
    "only checkpoints": (_only_checkpoints, "has no model at its top, but 1 checkpoint of"),
    "SetFit": (_with("config_setfit.json"), "is a SetFit model"),
    "sentence-transformers": (_make_bi_encoder, "makes vectors of texts; it has no labels"),
    "quantised": (_config(quantization_config={"bits": 4}), "has quantised weights"),
    "remote code": (_config(auto_map={"AutoModelForSequenceClassification": "own.Model"}), "needs code of its own"),
    "no head": (_config(architectures=["BertForMaskedLM"]), "has no head that gives labels"),
    "one label": (
        _config(id2label={"0": "tea"}, problem_type="single_label_classification"),
        "answers with numbers, not with labels",
    ),
    "labels not numbered": (_config(id2label={"1": "a", "2": "b"}), "does not number its labels from 0"),
    "tags of BIOES": (_config(architectures=TAGGER, id2label={"0": "O", "1": "S-Tea"}), "are not those of IOB2"),
    "nameless tags": (_config(architectures=TAGGER, id2label={"0": "LABEL_0", "1": "LABEL_1"}), "tags have no names"),
}  # fmt: skip


@pytest.mark.parametrize("fault", MODELS)
def test_a_model_that_cannot_be_taken_is_refused(fault: str, save: Save, hubpress: Command, tmp_path: Path) -> None:
    """It is named as it was typed, and no folder of a model is left."""
    spoil, says = MODELS[fault]
    folder = tmp_path / "checkpoint"
    shutil.copytree(save(readme=SAID), folder)
    spoil(folder)
    _refused(hubpress, tmp_path, str(folder), write_csv(tmp_path / "tea.csv", tea_rows()), says=says)


def _csv(change: Callable[[list[Row]], list[Row]]) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / "tea.csv", change(tea_rows()))


def _each(**changes: Callable[[Row], object]) -> Callable[[Path], Path]:
    return _csv(lambda rows: [{**row, **{key: of(row) for key, of in changes.items()}} for row in rows])


def _numbered(**columns: int) -> Callable[[Path], Path]:
    """Write columns of numbers in the place of the labels, which count up to so many."""
    return _csv(
        lambda rows: [
            {"text": row["text"], **{name: number % most for name, most in columns.items()}}
            for number, row in enumerate(rows)
        ]
    )


def _two_files(folder: Path) -> Path:
    (folder / "records").mkdir()
    write_csv(folder / "records" / "one.csv", tea_rows())
    return write_csv(folder / "records" / "two.csv", tea_rows()).parent


def _text(name: str, text: str) -> Callable[[Path], Path]:
    def written(folder: Path) -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return written


def _folder(folder: Path) -> Path:
    (folder / "records").mkdir()
    return folder / "records"


RECORDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "not there": (lambda folder: folder / "tea.csv", "does not exist"),
    "empty": (_text("tea.csv", ""), "is empty"),
    "no ending": (_text("tea.data", "text,tea\n"), "has no ending that says how to read it"),
    "no JSON": (_text("tea.jsonl", "{broken\n"), "is not JSON"),
    "columns of pandas": (_text("tea.json", '{"text": ["a"], "tea": ["green"]}'), "a list for each column"),
    "not well quoted": (_text("tea.csv", 'text,tea\n"a,green\nb,black\n'), "quoted text that does not end"),
    "an empty folder": (_folder, "holds no file of records"),
    "two files": (_two_files, "holds 2 files that may be the records: one.csv and two.csv"),
    "no labels": (_numbered(colour=4), "no column fits the model's 3 labels ('green', 'black', 'herbal'): 'text' has"),
    "a label more": (
        _each(tea=lambda row: row["tea"].replace("black", "oolong")),
        "'tea' comes nearest: 24 of its 36 values are among them, but not 'oolong' (row 2).",
    ),
    "a label misspelt once": (
        _csv(lambda rows: [{**rows[0], "tea": "gren"}, *rows[1:], {"text": "A mug", "tea": "mate"}]),
        "'tea' comes nearest: 35 of its 37 values are among them, but not 'gren' (row 1) and 'mate' (row 37). "
        "Did you mean 'green'?",
    ),
    "many labels that are none": (
        _each(tea=lambda row: row["tea"] if int(row["text"].split()[7]) % 9 else row["text"][-26:-15]),
        "'tea' comes nearest: 32 of its 36 values are among them, but not ",
    ),
    "texts for labels": (
        _csv(lambda rows: [{"label": row["text"], "brew": row["text"].split()[3]} for row in rows]),
        "'label' looks like texts, not like labels: 36 of its 36 values differ, such as 'A cup of sencha on day",
    ),
    "an id too high": (
        _csv(lambda rows: [{"text": row["text"], "label": number % 3 * 2} for number, row in enumerate(rows)]),
        "'label' comes nearest: 24 of its 36 values are among them, but not '4' (row 3).",
    ),
    "one label in two ways": (
        _csv(lambda rows: [{**rows[0], "tea": "Green"}, *rows[1:]]),
        "'tea' writes one label of the model in several ways: 'Green' (row 1) and 'green' (row 4).",
    ),
    "a column misspelt": (
        _csv(lambda rows: [{"text": row["text"], **{name: int(row["tea"] == tea) for tea, name in
                            (("green", "green"), ("black", "black"), ("herbal", "herbl"))}} for row in rows]),
        "2 columns of zeros and ones are called as labels of the model, but none is for 'herbal'. Did you mean 'herbl",
    ),
    "no texts": (_each(text=lambda row: 7), "no column holds texts: 'text' has '7'"),
    "several numbers": (_numbered(cups=3, spoons=2), "several columns could hold the labels: cups and spoons"),
    "no header": (_text("tea.csv", "green,A cup\n" * 9 + "black,A pot\n" * 9), "have no header: their first line"),
    "no label": (_csv(lambda rows: [*rows, {"text": "A cup", "tea": ""}]), "there is no label in row 37"),
    "one kind of label": (_each(tea=lambda row: "green"), "hold 1 class;"),
    "too few": (_csv(lambda rows: rows[:2]), "data.split"),
}  # fmt: skip


@pytest.mark.parametrize("fault", RECORDS)
def test_records_that_do_not_fit_are_refused(fault: str, save: Save, hubpress: Command, tmp_path: Path) -> None:
    """The sentence says which values were found, and no folder of a model is left."""
    make, says = RECORDS[fault]
    settings = {"problem_type": "single_label_classification"}
    _refused(hubpress, tmp_path, str(save(readme=SAID, **settings)), make(tmp_path), says=says)


def test_records_of_another_task_are_refused(save: Save, hubpress: Command, tmp_path: Path) -> None:
    """Lists of labels are none for a model of one label, and texts alone none for one that finds entities."""
    rows = [{"text": row["text"], "teas": [row["tea"], "green"]} for row in tea_rows()]
    path = write_jsonl(tmp_path / "tea.jsonl", rows)
    single = save(readme=SAID, problem_type="single_label_classification")
    _refused(hubpress, tmp_path, str(single), path, says="not as a single-label model has them")
    tagger = save(["O", "B-Tea", "I-Tea"], tags=True, readme=SAID)
    _refused(hubpress, tmp_path, str(tagger), path, says="no columns hold tokens with the model's tags")
    other = write_jsonl(tmp_path / "pots.jsonl", [{"tokens": ["A", "pot"], "tags": ["O", "B-Pot"]}] * 9)
    _refused(
        hubpress,
        tmp_path,
        str(tagger),
        other,
        says="'tags' has entities of the type 'Pot', which the model's lack: 'Tea'",
    )


@pytest.mark.parametrize(
    ("checkpoint", "words", "says", "code"),
    [
        ("nowhere/in/sight", [], "is no folder, and no model of the Hub", 2),
        ("./nowhere", [], "is no folder, and no model of the Hub", 2),
        (None, ["--task", "binary"], "is no task of a trained model", 2),
        (None, ["--task", "token"], "does not answer as task: token does", 1),
        (None, ["--set", "license"], "is not of the form key.path=value", 2),
        (None, ["--set", "license=free"], "is not a licence identifier of the Hub", 2),
        (None, ["--set", "data.separator=ab"], "--set data.separator: must be", 2),
        (None, ["--set", "data.labels=green"], "--set data.labels: must be a list", 2),
        (
            None,
            ["--set", "data.labels=[green, black]"],
            "--set data.labels: names 2 labels, but the trained model has 3",
            2,
        ),
        (None, ["--set", "data.label_names={g: green}"], "--set data.label_names: names 1 label, but", 2),
        (
            None,
            ["--set", "data.columns.label=te"],
            "--set data.columns.label: there is no column 'te'. Did you mean 'tea'?",
            1,
        ),
        (
            None,
            ["--set", "data.columns.label=text"],
            "'text' looks like texts, not like labels: 36 of its 36 values differ, such as 'A cup of sencha on day "
            "number 0 of ...'; what looks like labels: 'tea' has 'green', 'black', 'herbal'. "
            "Say --set data.columns.label=tea.",
            1,
        ),
    ],
)
def test_words_that_do_not_fit_are_refused(
    checkpoint: str | None, words: list[str], says: str, code: int, save: Save, hubpress: Command, tmp_path: Path
) -> None:
    """So are words of the command that name nothing, or no value of a recipe."""
    records = write_csv(tmp_path / "tea.csv", tea_rows())
    _refused(hubpress, tmp_path, checkpoint or str(save(readme=SAID)), records, *words, says=says, code=code)


def test_a_model_that_the_hub_does_not_have_is_refused(
    url: str, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no folder is asked for on the Hub, and the sentence says both."""
    monkeypatch.setenv("HF_ENDPOINT", url)
    says = "rehearsal/nobody: is no folder here, and no model that the Hub gave:"
    _refused(hubpress, tmp_path, "rehearsal/nobody", write_csv(tmp_path / "tea.csv", tea_rows()), says=says)


def test_a_name_that_is_taken_is_refused(save: Save, hubpress: Command, tmp_path: Path) -> None:
    """What is there stays as it is."""
    (tmp_path / "models" / "tea").mkdir(parents=True)
    ran = hubpress("new", "tea", "--from", save(readme=SAID), "--models", tmp_path / "models")
    assert ran.code == 2
    assert "is there already, and stays as it is" in ran.err
    assert list((tmp_path / "models" / "tea").iterdir()) == []


def _refused(
    hubpress: Command, tmp_path: Path, checkpoint: str, records: Path, *words: str, says: str, code: int = 1
) -> None:
    models = tmp_path / "models"
    ran = hubpress("new", "tea", "--from", checkpoint, "--data", records, "--models", models, *words)
    assert_one_message(ran, code, [says])
    assert not models.exists()
