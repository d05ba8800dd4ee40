"""What ``hubpress data`` says of records that have one fault each, and of records that have none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hubpress as package
from helpers.faults import patch
from helpers.good_rows import Row, good_rows, of_part
from helpers.processes import Command
from report.conftest import Ask


def kinds(report: package.DataReport) -> list[str]:
    """Return the kinds of what is to be minded."""
    return [found.kind for found in report.findings]


def test_records_without_a_fault_give_no_warning(ask: Ask) -> None:
    """The report says how many, how long and in which language; nothing is to be minded."""
    report = ask(good_rows())
    assert report.findings == ()
    assert (report.counts, report.label_totals) == ({"train": 60, "validation": 20, "test": 20}, {"cat": 50, "dog": 50})
    assert report.lengths.unit == "tokens"
    assert all(
        split.over == 0.0 and 12 < split.median <= split.longest <= 100 for split in report.lengths.splits.values()
    )
    assert [script.name for script in report.scripts] == ["Latin"]
    assert report.languages.found[0].name == "en"
    assert report.languages.unexpected is not None and report.languages.unexpected < 0.1
    assert (report.leak, report.cut) == (None, None)


def test_few_test_records_are_told(ask: Ask) -> None:
    """Below twenty of them the figures say little."""
    rows = good_rows()
    test = of_part(rows, "test")
    report = ask([row for row in rows if row["part"] != "test"] + test[:8] + test[-8:])
    assert kinds(report) == ["few"]
    says = "The test split has 16 records: one answer more or less moves its figures by 6 points and more."
    assert report.findings[0].text.startswith(says)


def test_texts_in_two_splits_are_counted_by_how_they_are_the_same(ask: Ask) -> None:
    """Exactly, but for case and white space and Unicode form, nearly: each once, with both records to look at."""
    rows = good_rows()
    train, test = of_part(rows, "train"), of_part(rows, "test")
    test[0]["text"] = train[0]["text"]
    test[1]["text"] = train[1]["text"].upper().replace(" ", "\u00a0 ")
    test[2]["text"] = train[2]["text"].replace("o", "\uff4f")  # a full-width o
    test[3]["text"] = train[3]["text"] + " so"
    test[4]["text"] = of_part(rows, "validation")[4]["text"]
    for row, other in zip(test, [*train[:4], of_part(rows, "validation")[4]], strict=False):
        row["kind"] = other["kind"]
    report = ask(rows)
    assert report.leak == report.duplicates.across[1]
    leak = report.leak
    assert leak is not None
    assert (leak.exact, leak.normalised, leak.near, leak.compared, leak.share) == (2, 2, 1, 20, 0.25)
    assert kinds(report) == ["leak"]
    assert "25.0% of the test records stand in train or validation too (2 exactly, 2 but for" in report.findings[0].text
    pairs = {pair.one.row: (pair.kind, pair.other.split, pair.other.row) for pair in report.duplicates.examples}
    place = {row["text"]: number for number, row in enumerate(rows, 1)}
    assert pairs[place[test[1]["text"]]] == ("normalised", "train", place[train[1]["text"]])
    assert pairs[place[test[3]["text"]]] == ("near", "train", place[train[3]["text"]])
    assert report.duplicates.near.against_all and report.duplicates.near.against == 80


def test_a_leak_within_the_limit_is_no_warning(ask: Ask) -> None:
    """The recipe says how much is allowed; the figure is in the report either way."""
    rows = good_rows()
    of_part(rows, "test")[0]["text"] = of_part(rows, "train")[0]["text"]
    of_part(rows, "test")[0]["kind"] = of_part(rows, "train")[0]["kind"]
    report = ask(rows, "--set", "data.report.max_leak=0.05")
    assert (report.findings, report.leak) == ((), None)
    assert report.duplicates.across[1].share == 0.05
    assert kinds(ask(rows, "--set", "data.report.max_leak=0.04")) == ["leak"]


def test_texts_that_the_model_does_not_read_to_their_end(ask: Ask) -> None:
    """The share over tokenizer.max_length by split, in tokens of the base; a warning where it is over the limit."""
    rows = good_rows()
    for number, row in enumerate(of_part(rows, "validation")[:3]):
        row["text"] = " ".join(f"{word}{number}" for word in row["text"].split()) * 9
    report = ask(rows)
    assert report.lengths.splits["validation"].over == 0.15
    assert report.lengths.splits["validation"].longest > 100
    assert report.cut is not None
    assert (report.cut.split, report.cut.share, report.cut.max_length) == ("validation", 0.15, 100)
    assert kinds(report) == ["cut"]
    assert ask(rows, "--set", "data.report.max_cut=0.2").findings == ()


def test_one_text_with_two_answers(ask: Ask) -> None:
    """It is counted and shown; also where it is among the duplicates that were left out."""
    rows = good_rows()
    train = of_part(rows, "train")
    train[0]["text"] = train[1]["text"].upper()
    train[2]["text"] = train[3]["text"]
    train[0]["kind"], train[1]["kind"], train[2]["kind"], train[3]["kind"] = "dog", "cat", "cat", "dog"
    train[4]["text"], train[4]["kind"] = train[6]["text"], train[6]["kind"]
    report = ask(rows)
    conflicts = report.duplicates.conflicts
    assert (conflicts.texts, conflicts.records, conflicts.dropped) == (2, 4, 0)
    assert {place.answer for place in conflicts.examples[0]} == {"cat", "dog"}
    assert report.duplicates.within["train"].model_dump() == {"exact": 2, "normalised": 1}
    assert kinds(report) == ["conflict", "repeats"]
    dropped = ask(rows, data={"duplicates": "drop"}).duplicates.conflicts
    assert (dropped.texts, dropped.dropped) == (1, 1)


def test_labels_that_are_not_tested_or_hardly_meant_so(ask: Ask) -> None:
    """Labels without test records, alike but for what is hardly seen, empty, several, numbers: each with its reason."""
    rows = good_rows(200)
    odd = ["Dog", "do\u200bg", "caf\u00e9", "cafe\u0301", "n/a", "cat; dog", "7"]
    for number, label in enumerate(odd):
        for row in rows[5 * number : 5 * number + 5]:
            row["kind"] = label
    for row in of_part(rows, "test")[:1]:
        row["kind"] = " dog "
    of_part(rows, "train")[-1]["kind"] = "rare"
    report = ask(rows)
    found = {label.labels: label.why for label in report.labels.suspicious}
    assert found[("Dog", "dog", "do\u200bg")].startswith("differ only in case")
    assert found[("cafe\u0301", "caf\u00e9")] == "differ only in their Unicode form"
    assert "no value" in found[("n/a",)]
    assert "several labels" in found[("cat; dog",)]
    assert found[("7",)] == "numbers among words"
    assert found[("dog",)] == "white space around them in 1 record, and read without it"
    assert report.labels.untested == ("Dog", "rare")
    assert set(kinds(report)) == {"untested", "label"}


def test_another_language_than_the_recipe_says(ask: Ask) -> None:
    """Where texts are long enough to tell, the languages are compared with the recipe's."""
    german = "Der Hund der Nachbarn läuft jeden Abend durch den Garten und bellt"
    rows = [{**row, "text": f"{german} {number}"} for number, row in enumerate(good_rows())]
    limits = ("--set", "data.report.max_leak=1.0", "--set", "data.report.max_cut=1.0")
    found = ask(rows, *limits)
    assert kinds(found) == ["language"]
    assert "The recipe's language is en, but" in found.findings[0].text
    assert ask(rows, *limits, "--set", "language=[de]").findings == ()
    assert ask(rows, *limits, "--set", "language=[multilingual]").findings == ()


def test_scripts_are_counted_by_letter(ask: Ask) -> None:
    """The share of each script; digits, marks and spaces are of none."""
    rows = good_rows()
    for number, row in enumerate(rows):
        row["text"] = f"ab{number:03}!" if number % 2 else f"{number:03} \u0436\u0436\u4e0d"
    found = ask(rows).scripts
    assert [(one.name, one.share) for one in found] == [("Cyrillic", 0.4), ("Latin", 0.4), ("Han", 0.2)]


def test_entities_and_labels_of_each_record(ask: Ask) -> None:
    """A token model's report counts entities by type, the longest, and the records without; long texts are not cut."""
    rows: list[Row] = []
    for row in good_rows():
        words = row["text"].split()
        tags = ["B-Pet", "I-Pet", *["O"] * (len(words) - 2)] if row["kind"] == "dog" else ["O"] * len(words)
        rows.append({"tokens": words, "tags": tags, "part": row["part"]})
    rows[0]["tokens"] = rows[0]["tokens"] * 12
    rows[0]["tags"] = ["B-Pet", *["I-Pet"] * 7, *["O"] * (len(rows[0]["tokens"]) - 8)]
    longest = " ".join(rows[0]["tokens"][:8])
    report = ask(rows, task="token", data={"columns": {}, "input_template": None})
    assert report.entities is not None
    assert (report.entities.entities, report.entities.without) == (50, 50)
    assert report.entities.longest_characters == len(longest)
    assert report.entities.longest == longest
    assert report.entities.lost is not None and not any(one.count for one in report.entities.lost.values())
    assert report.labels.each_record is not None and report.labels.each_record.most == 1
    assert report.label_totals == {"Pet": 50}
    assert report.lengths.splits["train"].over is not None and report.lengths.splits["train"].over > 0
    assert report.cut is None and "cut" not in kinds(report)


def test_entities_that_the_tokenizer_cannot_say(ask: Ask) -> None:
    """An entity whose border lies inside a piece of the base is counted by split, with the first of them."""
    rows: list[Row] = []
    for row in good_rows():
        unsaid = row["part"] == "train" and row["kind"] == "dog"
        text = f"{'пёсдом' if unsaid else 'пёс'} {row['text']}"
        entities = [{"start": 0, "end": 3, "label": "Pet"}]
        rows.append({"text": text, "entities": entities, "part": row["part"]})
    columns = {"label": None, "text": "text", "entities": "entities"}
    report = ask(rows, task="token", data={"columns": columns, "input_template": None})
    assert report.entities is not None and report.entities.lost is not None
    lost = {name: (one.inside_a_piece, one.entities) for name, one in report.entities.lost.items()}
    assert lost == {"train": (30, 60), "validation": (0, 20), "test": (0, 20)}
    assert kinds(report) == ["border"]
    assert "cannot say 30 of 100 entities" in report.findings[0].text
    assert "пёс (Pet) in row 1" in report.findings[0].text


def test_without_the_tokenizer_lengths_are_in_words(ask: Ask, hubpress: Command, tmp_path: Path) -> None:
    """A base that is not there fails nothing: the report says why, and is made again as soon as it is there."""
    report = ask(good_rows(), base_model={"path": None, "id": "nobody/nothing"})
    assert (report.lengths.unit, report.lengths.splits["test"].median) == ("words", 13.0)
    assert report.lengths.why_words and "cannot be reached" in report.lengths.why_words
    words = ["data", "pets", "--models", tmp_path / "models", "--build-dir", tmp_path / "build", "--quiet", "--json"]
    stages = json.loads(hubpress(*words).out)["pets"]["stages"]
    assert [(stage["stage"], stage["ran"]) for stage in stages] == [("data", False), ("report", True)]


def test_a_report_is_the_same_each_time_and_changes_no_split(
    ask: Ask, hubpress: Command, tmp_path: Path, page: Path
) -> None:
    """What is unchanged is not asked again and said again; another limit asks the records, but splits nothing anew."""
    rows = good_rows()
    of_part(rows, "test")[0]["text"] = of_part(rows, "train")[0]["text"]
    first = ask(rows)
    before = page.read_bytes()
    words = ["data", "pets", "--models", tmp_path / "models", "--build-dir", tmp_path / "build"]
    again = hubpress(*words)
    assert [line.split()[1] for line in again.out.splitlines() if line.split()[:1] in (["data"], ["report"])] == [
        *("unchanged", "unchanged")
    ]
    assert "5.0% of the test records stand in train or validation too (1 exactly)" in again.out
    assert f"More: {page}" in again.out
    other = hubpress(*words, "--set", "data.report.max_leak=0.5", "--json")
    stages = json.loads(other.out)["pets"]["stages"]
    assert [(stage["stage"], stage["ran"]) for stage in stages] == [("data", False), ("report", True)]
    recipe = package.load_recipe("pets", models_dir=tmp_path / "models")
    assert package.report_data(recipe, build_dir=tmp_path / "build", quiet=True) == first
    assert page.read_bytes() == before


def test_the_report_fits_a_terminal(ask: Ask, hubpress: Command, tmp_path: Path) -> None:
    """80 columns, whatever the records hold; what is fine takes a line."""
    rows = good_rows()
    rows[0]["kind"] = "x" * 90
    ask(rows)
    patch(tmp_path / "models" / "pets", {"title": "Pets"})
    out = hubpress("data", "pets", "--models", tmp_path / "models", "--build-dir", tmp_path / "build", "--quiet").out
    report = out[out.index("Records ") : out.index("More: ")]
    assert max(map(len, report.splitlines())) <= 80
    assert "Duplicates  none within a split; none across splits\n" in report
    assert "1 warning:\n" in report


@pytest.mark.parametrize("size", [3, 40])
def test_many_records_are_drawn_from(ask: Ask, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Of more records than are looked at, a random sample is, and the report says of how many."""
    from hubpress.report import lengths, near

    monkeypatch.setattr(lengths, "MOST_MEASURED", size)
    monkeypatch.setattr(near, "MOST_COMPARED", size)
    monkeypatch.setattr(near, "MOST_CHARACTERS_AGAINST", 60 * size)
    rows = good_rows()
    for row, other in zip(of_part(rows, "test"), of_part(rows, "train"), strict=False):
        row["text"], row["kind"] = other["text"] + " so", other["kind"]
    report = ask(rows)
    leak = report.duplicates.across[1]
    assert report.lengths.splits["train"].measured == min(60, size)
    assert leak.compared == min(20, size)
    assert 0 <= leak.near <= leak.compared
    assert not report.duplicates.near.against_all and report.duplicates.near.against < 80


@pytest.mark.slow
def test_the_card_repeats_what_is_over_a_limit(ask: Ask, hubpress: Command, tmp_path: Path) -> None:
    """The figures of the report stand in evaluation.json and on the card, whose checks hold."""
    rows = good_rows()
    train, test = of_part(rows, "train"), of_part(rows, "test")
    test[0]["text"], test[0]["kind"] = train[0]["text"], train[0]["kind"]
    for row in train[1:5]:
        row["text"] = f"{row['text']} {row['text']} {row['text']} {row['text'].upper()} " * 2
    report = ask(rows, tags=["pets"])
    assert kinds(report) == ["leak", "cut"]
    words = ["check", "pets", "--models", tmp_path / "models", "--build-dir", tmp_path / "build", "--quiet"]
    checked = hubpress(*words, "--set", "onnx.export=false", "--set", "evaluation.bootstrap_samples=100")
    assert checked.code == 0, checked.err
    repo = tmp_path / "build" / "pets" / "repo"
    data = package.Evaluation.model_validate_json((repo / "evaluation.json").read_text(encoding="utf-8")).data
    assert (data.leak, data.cut) == (report.leak, report.cut)
    card = " ".join((repo / "README.md").read_text(encoding="utf-8").split())
    assert "- 5.0% of the test records have a text that stands in the records for training" in card
    assert f"{100 * report.cut.share:.1f}% of the train texts are longer" in card if report.cut else False
