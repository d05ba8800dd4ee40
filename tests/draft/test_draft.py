"""``hubpress new --from``: what is found in model and records, what is guessed and marked, and what stays open."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from draft.conftest import TEAS, New, Row, Save, tea_rows, write_csv, write_jsonl
from helpers.processes import Command
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job

SAID = "license: apache-2.0\nlanguage: en"


def _loaded(tmp_path: Path) -> Recipe:
    """Return the recipe that was written, with what its model says filled in, as every stage has it."""
    return Job.of(load_recipe("tea", models_dir=tmp_path / "models"), build_dir=tmp_path / "build").recipe


def _text(tmp_path: Path) -> str:
    return (tmp_path / "models" / "tea" / "recipe.yaml").read_text(encoding="utf-8")


def test_a_plain_folder_and_a_table_need_no_more_words(save: Save, new: New, tmp_path: Path) -> None:
    """Task, labels, columns, licence, language, tags and base are there; examples are short and of different labels."""
    readme = f"{SAID}\nbase_model: acme/leaf\ntags: [tea, generated_from_trainer, 'region:us']"
    rows = [{"id": number, **row, "poured": "2024-03-01"} for number, row in enumerate(tea_rows())]
    rows[4] |= {"text": "Write to mint@example.org about the mint"}
    ran, said = new(save(readme=readme), write_csv(tmp_path / "tea.csv", rows))
    assert ran.code == 0, ran.err
    recipe = _loaded(tmp_path)
    assert (recipe.task, recipe.data.labels, recipe.data.columns.label) == ("single-label", TEAS, "tea")
    assert (recipe.licences, recipe.language, recipe.tags) == (("apache-2.0",), ("en",), ("tea",))
    assert (recipe.base_id, recipe.data.input_template, recipe.title) == ("acme/leaf", "{{ text }}", "Tea")
    assert said["missing"] == {}
    assert {"task", "data.input_template", "data.split.method"} == set(said["guessed"])
    assert "'id' as an id, 'poured' as dates" in _text(tmp_path)
    assert "else chronological by 'poured'" in said["guessed"]["data.split.method"]
    assert 2 <= len(recipe.widget) <= 4
    assert len({example.example_title for example in recipe.widget}) == len(recipe.widget)
    assert not any("@" in example.text for example in recipe.widget)
    # Every guess stands above its key.
    marked = re.findall(r"# guessed: .*\n(?: *# .*\n)* *(\w+):", _text(tmp_path))
    assert sorted(marked) == sorted(key.rsplit(".", 1)[-1] for key in said["guessed"])


def test_what_nobody_knows_stays_open(save: Save, new: New, tmp_path: Path) -> None:
    """Without a README licence and languages have to be filled in; until then the recipe is refused, by a line each."""
    _, said = new(save(), write_csv(tmp_path / "tea.csv", tea_rows()))
    assert set(said["missing"]) == {"license", "language"}
    with pytest.raises(RecipeError) as refused:
        load_recipe("tea", models_dir=tmp_path / "models")
    assert len(refused.value.problems) == 2
    assert "license: is still to be filled in: the licence of the weights, such as apache-2.0." in str(refused.value)
    recipe = load_recipe("tea", models_dir=tmp_path / "models", overrides=["license=mit", "language=[en]"])
    assert recipe.licences == ("mit",)


def test_without_records_their_places_stay_open(save: Save, new: New, tmp_path: Path) -> None:
    """Source, column and template are named as missing; what the model says is there."""
    _, said = new(save(readme=SAID, problem_type="single_label_classification"))
    assert set(said["missing"]) == {"data.source", "data.columns.label", "data.input_template"}
    assert said["guessed"] == {}
    filled = ["data.source=tea.csv", "data.columns.label=tea", "data.input_template='{{ text }}'"]
    recipe = load_recipe("tea", models_dir=tmp_path / "models", overrides=filled)
    assert recipe.widget[0].from_test == 3


def test_texts_of_records_are_published_with_a_word_or_kept_back(
    save: Save, hubpress: Command, new: New, tmp_path: Path
) -> None:
    """The examples of a page are published: that is said, and a person can keep them back."""
    checkpoint, path = save(readme=SAID), write_csv(tmp_path / "tea.csv", tea_rows())
    _, said = new(checkpoint, path)
    assert said["found"]["widget"].startswith("3 records of the test split, whose texts are published on the model's")
    given = ["--data", path, "--set", "card.print_test_texts=false"]
    ran = hubpress("new", "cups", "--from", checkpoint, *given, "--models", tmp_path / "models")
    assert "  widget.text: a text to try" in ran.out
    text = (tmp_path / "models" / "cups" / "recipe.yaml").read_text(encoding="utf-8")
    assert not any(row["text"] in text for row in tea_rows())


LABELLED: dict[str, tuple[tuple[str, ...], str]] = {
    "other case": (("Green", "BLACK", "herbal"), "otherwise"),
    "ids": (("0", "1", "2"), "from 0"),
    "ids from 1": (("1", "2", "3"), "from 1"),
    "truth": (("False", "True"), "from False"),
}


@pytest.mark.parametrize("way", LABELLED)
def test_other_words_for_labels_are_guessed(way: str, save: Save, new: New, tmp_path: Path) -> None:
    """What the records call the model's labels goes to data.label_names in the order of its ids, marked as a guess."""
    words, why = LABELLED[way]
    teas = TEAS[: len(words)]
    rows = [{"text": row["text"], "label": words[n % len(words)]} for n, row in enumerate(tea_rows())]
    ran, said = new(save(teas, readme=SAID), write_csv(tmp_path / "tea.csv", rows))
    assert ran.code == 0, ran.err
    assert list((_loaded(tmp_path).data.label_names or {}).items()) == list(zip(words, teas, strict=True))
    assert why in said["guessed"]["data.label_names"]


def test_names_of_nameless_labels_come_from_a_class_label(save: Save, new: New, tmp_path: Path) -> None:
    """LABEL_0 and its like are called as the metadata of the records have it; nothing stays open."""
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "tea": ClassLabel(names=["black", "green", "herbal"])})
    Dataset.from_list(tea_rows(), features=features).to_parquet(tmp_path / "tea.parquet")
    nameless = [f"LABEL_{number}" for number in range(3)]
    ran, said = new(save(nameless, readme=SAID), tmp_path / "tea.parquet")
    assert ran.code == 0, ran.err
    assert _loaded(tmp_path).data.labels == ("black", "green", "herbal")
    assert said["missing"] == {}


def test_names_of_nameless_labels_come_from_a_column_beside_the_ids(save: Save, new: New, tmp_path: Path) -> None:
    """A column with one name for each id is read in its place, in the order of the ids."""
    ids = {"herbal": 0, "green": 1, "black": 2}
    rows = [{"text": row["text"], "label": ids[row["tea"]], "label_text": row["tea"]} for row in tea_rows()]
    ran, _ = new(save(["LABEL_0", "LABEL_1", "LABEL_2"], readme=SAID), write_jsonl(tmp_path / "tea.jsonl", rows))
    assert ran.code == 0, ran.err
    data = _loaded(tmp_path).data
    assert (data.labels, data.columns.label) == (("herbal", "green", "black"), "label_text")


def test_the_card_says_how_many_labels_without_names_there_are(save: Save, new: New, tmp_path: Path) -> None:
    """Names that are given stand in its sentences; a list of another length is refused, not the records."""
    nameless = save([f"LABEL_{number}" for number in range(3)], readme=SAID)
    records = write_csv(tmp_path / "tea.csv", tea_rows())
    ran, _ = new(nameless, records)
    assert ran.code == 0, ran.err
    assert "summary: Tells which of 3 labels a text has.\n" in _text(tmp_path)
    shutil.rmtree(tmp_path / "models")
    ran, _ = new(nameless, records, "--set", "data.labels=[black, green]")
    assert (ran.code, "names 2 labels, but the trained model has 3" in ran.err) == (2, True), ran.err
    ran, _ = new(nameless, records, "--set", "data.labels=[black, green, herbal]")
    assert ran.code == 0, ran.err
    assert "summary: 'Tells which of 3 labels a text has: black, green, herbal.'" in _text(tmp_path)


@pytest.mark.parametrize("words", [True, False], ids=["words", "ids"])
def test_names_that_are_not_certain_stay_open(words: bool, save: Save, new: New, tmp_path: Path) -> None:
    """As many words as labels do not say which is which; neither do bare ids."""
    rows = [{"text": row["text"], "label": row["tea"] if words else TEAS.index(row["tea"])} for row in tea_rows()]
    ran, said = new(save(["LABEL_0", "LABEL_1", "LABEL_2"], readme=SAID), write_csv(tmp_path / "tea.csv", rows))
    assert ran.code == 0, ran.err
    assert "the name of LABEL_0" in " ".join(said["missing"].values())
    with pytest.raises(RecipeError, match="is still to be filled in: the name of LABEL_0"):
        load_recipe("tea", models_dir=tmp_path / "models")
    why = "holds as many words as the model has labels" if words else "values can be taken for the model's ids"
    assert said["guessed"]["data.columns.label"] == f"'label' is called as labels are, and it{'s' * (not words)} {why}"
    if words:
        assert "the records have 'black', 'green', 'herbal'" in _text(tmp_path)


SEVERAL: dict[str, tuple[str, Row, Row]] = {
    "lists": ("jsonl", {"teas": ["green", "mint"]}, {"labels": "teas"}),
    "a separator": ("csv", {"teas": "green;mint"}, {"labels": "teas", "separator": ";"}),
    "columns": ("csv", {"green": 1, "black": 0, "mint": 1}, {"label_columns": ("green", "black", "mint")}),
}


@pytest.mark.parametrize("way", SEVERAL)
def test_several_labels_are_found(way: str, save: Save, new: New, tmp_path: Path) -> None:
    """Lists, texts with a mark and columns of ones make a model multi-label whose files do not say so."""
    ending, answer, columns = SEVERAL[way]
    alone: dict[str, Row] = {
        "lists": {"teas": ["black"]},
        "a separator": {"teas": "black"},
        "columns": {"green": 0, "black": 1, "mint": 0},
    }
    rows = [{"text": row["text"], **(answer if number % 2 else alone[way])} for number, row in enumerate(tea_rows())]
    write = write_jsonl if ending == "jsonl" else write_csv
    ran, said = new(save(["green", "black", "mint"], readme=SAID), write(tmp_path / f"tea.{ending}", rows))
    assert ran.code == 0, ran.err
    recipe = _loaded(tmp_path)
    assert (recipe.task, recipe.decision.threshold) == ("multi-label", 0.5)
    assert {key: value for key, value in recipe.data.columns if value} == columns
    assert {"task", "decision.threshold"} <= set(said["guessed"])


def test_tokens_with_tags_are_found(save: Save, new: New, tmp_path: Path) -> None:
    """A token model's records are two lists of one length; of ids without names the model's are taken, as a guess."""
    tags = ["O", "B-Tea", "I-Tea"]
    rows = [{"words": row["text"].split(), "tags": [0, 0, 0, 1, *[0] * 7]} for row in tea_rows()]
    rows = [{**row, "tags": row["tags"][: len(row["words"])]} for row in rows]
    ran, _ = new(save(tags, tags=True, readme=SAID), write_jsonl(tmp_path / "tea.jsonl", rows))
    assert ran.code == 0, ran.err
    recipe = _loaded(tmp_path)
    assert (recipe.task, recipe.data.labels, recipe.columns) == ("token", ("Tea",), {"tokens": "words", "tags": "tags"})
    assert list(recipe.data.tag_names or ()) == tags
    assert {example.example_title for example in recipe.widget} == {"Tea"}


def test_texts_with_entities_and_conll_files_are_found(save: Save, new: New, tmp_path: Path) -> None:
    """So are spans of a text, and the columns that CoNLL files have by themselves."""
    checkpoint = save(["O", "B-Tea", "I-Tea"], tags=True, readme=SAID)
    rows = [{"text": row["text"], "spans": [{"start": 9, "end": 12, "label": "Tea"}]} for row in tea_rows()]
    ran, _ = new(checkpoint, write_jsonl(tmp_path / "tea.jsonl", rows))
    assert ran.code == 0, ran.err
    assert _loaded(tmp_path).columns == {"text": "text", "entities": "spans"}
    (tmp_path / "models" / "tea" / "recipe.yaml").unlink()
    (tmp_path / "models" / "tea").rmdir()
    sentences = [f"A O\ncup{number} O\nof O\nmint B-Tea\n" for number in range(20)]
    (tmp_path / "tea.conll").write_text("\n".join(sentences), encoding="utf-8")
    ran, _ = new(checkpoint, tmp_path / "tea.conll")
    assert ran.code == 0, ran.err
    assert _loaded(tmp_path).columns == {"tokens": "tokens", "tags": "tags"}


def test_the_likelier_text_is_marked(save: Save, new: New, tmp_path: Path) -> None:
    """A heading and its text are read together, and so are the examples; either alone is named."""
    rows = [
        {"title": f"Day {number} at sea", "body": row["text"], "tea": row["tea"]}
        for number, row in enumerate(tea_rows())
    ]
    _, said = new(save(readme=SAID), write_csv(tmp_path / "tea.csv", rows))
    assert _loaded(tmp_path).data.input_template == "{{ title }}\n{{ body }}"
    assert set(_loaded(tmp_path).widget[0].record or ()) == {"title", "body"}
    assert "else one of them alone" in said["guessed"]["data.input_template"]


def test_of_two_texts_the_other_is_named(save: Save, new: New, tmp_path: Path) -> None:
    """Neither is taken silently."""
    rows = [{"remark": f"note number {n}", "story": row["text"], "tea": row["tea"]} for n, row in enumerate(tea_rows())]
    _, said = new(save(readme=SAID), write_csv(tmp_path / "tea.csv", rows))
    assert said["guessed"]["data.input_template"] == "'story' holds the longest texts; else 'remark'"


def test_files_for_splits_separators_and_groups_are_found(save: Save, new: New, tmp_path: Path) -> None:
    """A folder of train and test files gives the splits; a header shows its separator; groups stay together."""
    folder = tmp_path / "records"
    folder.mkdir()
    rows = tea_rows(48)
    write_csv(folder / "train.csv", rows[:36], ";")
    write_csv(folder / "test.csv", rows[36:], ";")
    (folder / "README.md").write_text("Tea.\n", encoding="utf-8")
    ran, said = new(save(readme=SAID), folder)
    assert ran.code == 0, ran.err
    data = _loaded(tmp_path).data
    assert (data.files, data.separator) == ({"train": "train.csv", "test": "test.csv"}, ";")
    assert data.split.method == "given"
    assert "data.separator" in said["guessed"]
    assert said["found"]["data"].endswith("30 for train, 6 for validation, 12 for test")


def test_groups_and_repeated_texts_are_guessed(save: Save, new: New, tmp_path: Path) -> None:
    """The records of one author stay together, and a text that stands twice is told."""
    rows = [{**row, "author": f"author {number // 3}"} for number, row in enumerate(tea_rows(60))]
    ran, said = new(save(readme=SAID), write_csv(tmp_path / "tea.csv", [*rows, rows[0]]))
    assert ran.code == 0, ran.err
    data = _loaded(tmp_path).data
    assert (data.split.group, data.duplicates) == ("author", "drop")
    assert said["guessed"]["data.duplicates"].startswith("1 record with the text of one before")


def test_of_long_texts_the_beginning_is_shown(save: Save, new: New, tmp_path: Path) -> None:
    """Where no text is short enough, two examples are beginnings."""
    rows = [{**row, "text": " ".join([row["text"]] * 20)} for row in tea_rows()]
    ran, _ = new(save(readme=SAID), write_csv(tmp_path / "tea.csv", rows))
    assert ran.code == 0, ran.err
    examples = _loaded(tmp_path).widget
    assert [example.example_title for example in examples] == [f"The beginning of a text ({n})" for n in (1, 2)]
    assert all(len(example.text) <= 280 and not example.text.endswith("…") for example in examples)


def test_settings_are_not_guessed(save: Save, new: New, tmp_path: Path) -> None:
    """What --set says is taken as it is, and not marked."""
    rows = [{**row, "mood": f"calm day {number}"} for number, row in enumerate(tea_rows())]
    path = tmp_path / "tea.csv"
    path.write_bytes(write_csv(path, rows).read_text(encoding="utf-8").replace("cup", "Täss").encode("cp1252"))
    words = ["data.encoding=cp1252", "data.input_template={{ text }} {{ mood }}", "license=mit"]
    words = [word for pair in words for word in ("--set", f"{pair.split('=')[0]}='{pair.split('=', 1)[1]}'")]
    ran, said = new(save(problem_type="single_label_classification"), path, *words, "--set", "language=[de]")
    assert ran.code == 0, ran.err
    recipe = _loaded(tmp_path)
    assert (recipe.data.encoding, recipe.data.input_template) == ("cp1252", "{{ text }} {{ mood }}")
    assert (recipe.licences, recipe.language) == (("mit",), ("de",))
    assert set(said["guessed"]) == {"data.split.method"}
