"""What `new` is told, and what it says of it: values that read back, cells that are named, words that lead on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from draft.conftest import Save, tea_rows, write_csv
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.draft.draft import draft_model
from hubpress.errors import DataError, HubpressError, RecipeError
from hubpress.recipe.load import load_recipe
from hubpress.yaml12 import parse_recipe

SAID = "license: apache-2.0\nlanguage: en"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("language=en", "--set language: must be a list, such as [en], not 'en'"),
        ("tags=tea", "--set tags: must be a list, such as [tea], not 'tea'"),
        ("lisense=mit", "--set lisense: unknown key. Did you mean 'license'?"),
        ("license=free", "--set license: 'free' is not a licence identifier"),
        ("training.seed=1", "--set training: is for a model that is trained here"),
        ("data.ordinal=true", "--set data.ordinal: needs the order of the labels: list them in data.labels"),
        ("data.source=tea.csv", "--set data.source: names records; give them by --data"),
    ],
)
@pytest.mark.parametrize("has_records", [False, True])
def test_a_value_that_a_recipe_refuses_is_refused(
    word: str, says: str, *, has_records: bool, save: Save, tmp_path: Path
) -> None:
    """With records and without, in the words by which the recipe is refused."""
    data = write_csv(tmp_path / "tea.csv", tea_rows()) if has_records else None
    with pytest.raises(HubpressError) as refused:
        draft_model("tea", checkpoint=save(readme=SAID), models_dir=tmp_path / "models", data=data, overrides=[word])
    assert says in str(refused.value)
    assert not (tmp_path / "models").exists()


def test_a_recipe_says_how_one_value_is_a_list(save: Save, tmp_path: Path) -> None:
    """So it does for a mapping whose colon has no space behind it."""
    models = tmp_path / "models"
    draft_model(
        "tea", checkpoint=save(readme=SAID), models_dir=models, data=write_csv(tmp_path / "tea.csv", tea_rows())
    )
    for word, says in (
        ("language=en", "language: must be a list, such as [en], not 'en'."),
        ("data.label_names={a:green}", "needs a space behind the colon: {a: green}."),
    ):
        with pytest.raises(RecipeError, match=says.replace("[", r"\[").replace("{", r"\{")):
            load_recipe("tea", models_dir=models, overrides=[word])


@pytest.mark.parametrize(("cell", "row"), [("nan", 5), ("high", 9), ("2;5", 1)])
@pytest.mark.parametrize("outputs", [["warmth", "weight"], ["LABEL_0", "LABEL_1"]])
def test_a_cell_that_is_no_number_is_named(cell: str, row: int, outputs: list[str], save: Save, tmp_path: Path) -> None:
    """Column, row and cell, whether the model's outputs are called as the columns are or have no names."""
    rows = [{"text": one["text"], "warmth": number / 4, "weight": number % 7} for number, one in enumerate(tea_rows())]
    rows[row - 1]["warmth"] = cell
    data = write_csv(tmp_path / "tea.csv", rows)
    with pytest.raises(DataError) as refused:
        draft_model(
            "tea", checkpoint=save(outputs, readme=SAID, problem_type="regression"),
            models_dir=tmp_path / "models", data=data,
        )  # fmt: skip
    assert f"holds {cell!r} in the column 'warmth' in row {row} of {data}" in str(refused.value)


def test_outputs_called_as_columns_of_numbers_are_asked_about(save: Save, tmp_path: Path) -> None:
    """Nothing tells whether they are numbers, and the sentence says how to tell."""
    rows = [{"text": one["text"], "warmth": number / 4, "weight": number % 7} for number, one in enumerate(tea_rows())]
    data = write_csv(tmp_path / "tea.csv", rows)
    with pytest.raises(HubpressError, match=r"whether its 2 outputs are numbers .*: warmth and weight"):
        draft_model("tea", checkpoint=save(["warmth", "weight"]), models_dir=tmp_path / "models", data=data)


def _few(count: int) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / "tea.csv", tea_rows(count))


def test_too_few_records_to_measure_are_refused(save: Save, tmp_path: Path) -> None:
    """By `new`, and where the records are read: with how many it takes."""
    says = "the test split has 1 record, too few to tell how sure a figure is: it takes at least 2."
    settings = {"readme": SAID, "problem_type": "single_label_classification"}
    with pytest.raises(DataError, match=says):
        draft_model("tea", checkpoint=save(**settings), models_dir=tmp_path / "models", data=_few(4)(tmp_path))
    draft_model("tea", checkpoint=save(**settings), models_dir=tmp_path / "models", data=_few(36)(tmp_path))
    words = ["data.split.method=random", "data.split.test_size=1"]
    recipe = load_recipe("tea", models_dir=tmp_path / "models", overrides=words)
    with pytest.raises(DataError, match=says):
        prepare(recipe, source_files(recipe), tmp_path / "data", cache_dir=tmp_path / "cache")


def test_baselines_that_could_learn_one_label_are_refused(save: Save, tmp_path: Path) -> None:
    """The records to learn from are counted before a model answers anything."""
    rows = [{**row, "tea": "green" if number < 8 else "black", "part": part}
            for number, (row, part) in enumerate(zip(tea_rows(12), ["train"] * 5 + ["validation"] * 3 + ["test"] * 4,
                                                     strict=True))]  # fmt: skip
    with pytest.raises(DataError, match="all records of the train and validation splits have the label 'green'"):
        draft_model(
            "tea", checkpoint=save(readme=SAID), models_dir=tmp_path / "models",
            data=write_csv(tmp_path / "tea.csv", rows), task="single-label",
            overrides=["data.split.method=given", "data.split.column=part"],
        )  # fmt: skip


def test_what_is_not_there_is_told_before_libraries_are_imported(save: Save, tmp_path: Path) -> None:
    """Neither torch nor transformers is needed to see that a folder or a file is missing."""
    told = "import sys, hubpress.cli.main as c\ncode = c.main(sys.argv[1:])\n"
    told += "print(code, [name for name in ('torch', 'transformers', 'datasets') if name in sys.modules])"
    for words in (["--from", "/nowhere"], ["--from", str(save()), "--data", str(tmp_path / "no.csv")]):
        command = [sys.executable, "-c", told, "new", "tea", *words]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ran.stdout.split(maxsplit=1)[1] == "[]\n", ran.stdout
        assert ran.stderr.count("\n") == 1


def test_a_setfit_model_is_shown_the_way(save: Save, tmp_path: Path) -> None:
    """Its encoder can be trained as SetFit does it."""
    folder = tmp_path / "setfit"
    folder.mkdir()
    for path in save().iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "config_setfit.json").write_text(json.dumps({"labels": None}), encoding="utf-8")
    with pytest.raises(HubpressError, match=r"training\.method: linear_probe, with training\.contrastive .*few-rec"):
        draft_model("tea", checkpoint=folder, models_dir=tmp_path / "models")


def test_paths_are_written_without_detours(save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples are called by the words of the records where the model has no names for its labels."""
    (tmp_path / "deep" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "here")
    write_csv(tmp_path / "tea.csv", tea_rows())
    drafted = draft_model(
        "tea", checkpoint=save(["LABEL_0", "LABEL_1", "LABEL_2"], readme=SAID), models_dir="../../models",
        data="../../tea.csv",
    )  # fmt: skip
    recipe = parse_recipe((drafted.written.folder / "recipe.yaml").read_text(encoding="utf-8")).value
    assert recipe["data"]["source"] == str(tmp_path / "tea.csv")
    assert {example["example_title"] for example in recipe["widget"]} == {"green", "black", "herbal"}
