"""``hubpress new --from`` for models that read two texts, and for those that answer numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import CrossEncoder

from draft.conftest import New, Row, Save, tea_rows, write_csv, write_jsonl
from helpers.processes import Command
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.release.job import Job

SAID = "license: apache-2.0\nlanguage: en"
TEXTS = [row["text"] for row in tea_rows(60)]


@pytest.fixture(scope="module")
def cross_encoder(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with one output, as sentence-transformers saves it."""
    folder = tmp_path_factory.mktemp("cross-encoder")
    encoder = CrossEncoder(str(tiny_base), num_labels=1, activation_fn=torch.nn.Identity(), device="cpu")
    encoder.save_pretrained(str(folder))
    return folder


@pytest.fixture
def drafted(new: New, tmp_path: Path) -> Callable[..., tuple[Recipe, Any]]:
    """Write a recipe; return it as every stage has it, and what was said."""

    def run(checkpoint: Path, records: Path, *words: str) -> tuple[Recipe, Any]:
        shutil.rmtree(tmp_path / "models", ignore_errors=True)
        ran, said = new(checkpoint, records, *(part for word in words for part in ("--set", word)))
        assert ran.code == 0, ran.err
        recipe = load_recipe("tea", models_dir=tmp_path / "models")
        return Job.of(recipe, build_dir=tmp_path / "build").recipe, said

    return run


Drafted = Callable[..., tuple[Recipe, Any]]


def _pairs(one: str, other: str, answer: str, of: Callable[[int], object]) -> list[Row]:
    return [{one: f"Is it day {n // 4}?", other: text, answer: of(n)} for n, text in enumerate(TEXTS)]


NAMED = {
    ("premise", "hypothesis"): ("premise", "hypothesis"),
    ("text_b", "text_a"): ("text_a", "text_b"),
    ("document", "query"): ("query", "document"),
}


@pytest.mark.parametrize("columns", NAMED)
def test_two_columns_are_a_pair_by_their_names(
    columns: tuple[str, str], save: Save, drafted: Drafted, tmp_path: Path
) -> None:
    """Both templates are guesses; whatever stands in several pairs keeps these in one split; examples have both."""
    rows = _pairs(*columns, "tea", lambda n: ("green", "black", "herbal")[n % 3])
    recipe, said = drafted(save(readme=SAID), write_csv(tmp_path / "pairs.csv", rows))
    assert recipe.data.templates == tuple(f"{{{{ {name} }}}}" for name in NAMED[columns])
    assert "are a pair by their names; else one text of it alone" in said["guessed"]["data.input_template"]
    assert "data.text_pair" in said["guessed"]
    assert recipe.data.split.group == columns[0]
    assert all(example.text and example.text_pair for example in recipe.widget)
    assert "two texts" in recipe.card.description


def test_a_model_that_shows_it_reads_any_two_texts(save: Save, drafted: Drafted, tmp_path: Path) -> None:
    """The labels of a model tell that it reads pairs, where the columns' names do not; --set goes before it."""
    rows = [{"nr": n, "short": f"day {n}", "one": f"on day {n} at sea", "two": text, "label": n % 2}
            for n, text in enumerate(TEXTS)]  # fmt: skip
    checkpoint, path = save(["entailment", "contradiction"], readme=SAID), write_csv(tmp_path / "pairs.csv", rows)
    recipe, said = drafted(checkpoint, path)
    assert recipe.data.templates == ("{{ one }}", "{{ two }}")
    assert said["guessed"]["data.input_template"] == "the label 'contradiction' is one of pairs"
    recipe, _ = drafted(checkpoint, path, "data.input_template='{{ two }}'", "data.text_pair='{{ one }} {{ short }}'")
    assert recipe.data.templates == ("{{ two }}", "{{ one }} {{ short }}")
    assert set(recipe.widget[0].record or ()) == {"one", "short", "two"}


def test_a_cross_encoder_with_one_output_answers_a_number(
    cross_encoder: Path, drafted: Drafted, tmp_path: Path
) -> None:
    """It is called as the column of scores, whose scale is guessed; examples are of small and of large ones."""
    rows = _pairs("sentence1", "sentence2", "score", lambda n: n % 21 / 4)
    words = ("license=mit", "language=[en]")
    recipe, said = drafted(cross_encoder, write_csv(tmp_path / "sts.csv", rows), *words)
    assert (recipe.task, recipe.targets) == ("regression", {"score": (0.0, 5.0)})
    assert said["guessed"]["data.columns.target"] == "'score' is the only column with numbers"
    assert "'score' goes from 0 to 5" in said["guessed"]["data.targets"]
    assert said["missing"] == {}
    shown = [float(str(example.example_title).split()[-1]) for example in recipe.widget]
    assert len(shown) == 4 and min(shown) < 1.5 and max(shown) > 3.5
    assert recipe.card.summary == "Answers a number for two texts: score."


def test_several_numbers_are_found_by_the_names_of_the_outputs(save: Save, drafted: Drafted, tmp_path: Path) -> None:
    """They come in the model's order, whatever that of the columns is; nothing of them is a guess but their scales."""
    rows = [{"id": n, "text": text, "arousal": n % 9 + 1, "valence": n / 7, "year": 1990 + n % 9}
            for n, text in enumerate(TEXTS)]  # fmt: skip
    checkpoint = save(["valence", "arousal"], problem_type="regression", readme=SAID)
    recipe, said = drafted(checkpoint, write_jsonl(tmp_path / "words.jsonl", rows))
    assert recipe.data.columns.target_columns == ("valence", "arousal")
    assert recipe.targets == {"valence": (0.0, 10.0), "arousal": (1.0, 9.0)}
    assert "data.columns.target_columns" not in said["guessed"]


def test_outputs_without_names_are_the_only_columns_of_numbers(save: Save, drafted: Drafted, tmp_path: Path) -> None:
    """Their order is a guess, which is said; a number that keeps to no usual scale gets none."""
    rows = [{"id": n, "text": text, "price": n * 37.5, "weight": n / 99} for n, text in enumerate(TEXTS)]
    checkpoint = save(["LABEL_0", "LABEL_1"], problem_type="regression", readme=SAID)
    recipe, said = drafted(checkpoint, write_csv(tmp_path / "things.csv", rows))
    assert recipe.targets == {"price": None, "weight": None}
    assert "have no names" in said["guessed"]["data.columns.target_columns"]
    recipe, said = drafted(
        checkpoint, tmp_path / "things.csv", "data.columns.target_columns=[weight, price]", "data.targets.weight=[0, 1]"
    )
    assert recipe.targets == {"weight": (0.0, 1.0), "price": None}
    assert not {"data.columns.target_columns", "data.targets"} & set(said["guessed"])


def test_one_output_keeps_its_name(save: Save, drafted: Drafted, tmp_path: Path) -> None:
    """The column may be called otherwise: what published answers are called does not change."""
    rows = [{"text": text, "stars": n % 5 + 1, "words": 9 + n % 7} for n, text in enumerate(TEXTS)]
    checkpoint = save(["quality"], problem_type="regression", readme=SAID)
    recipe, said = drafted(checkpoint, write_csv(tmp_path / "reviews.csv", rows))
    assert (recipe.data.columns.target, recipe.targets) == ("stars", {"quality": (1.0, 5.0)})
    assert said["guessed"]["data.columns.target"] == "by its name; else 'words'"


def test_without_records_the_places_of_pairs_and_numbers_stay_open(cross_encoder: Path, new: New) -> None:
    _, said = new(cross_encoder)
    assert {"data.columns.target", "data.input_template", "data.text_pair"} <= set(said["missing"])


def _plain(**more: Callable[[int], object]) -> list[Row]:
    return [{"text": text, **{key: of(n) for key, of in more.items()}} for n, text in enumerate(TEXTS)]


FAULTS: dict[str, tuple[list[Row], list[str], str]] = {
    "no number": (_plain(tea=lambda n: "green"), [], "no column holds the 1 number that the model answers: 'text'"),
    "words": (_plain(score=lambda n: "high"), ["data.columns.target=score"], "a number is written with digits"),
    "a comma": (_plain(score=lambda n: f"{n};5".replace(";", ",")), ["data.columns.target=score"], "not a comma"),
    "two columns": (_plain(age=lambda n: n / 3, weight=lambda n: n / 2), [], "could hold the number: age and weight"),
    "lists": (_plain(scores=lambda n: [n / 2, n / 3]), [], "'scores' holds lists, and each number needs a column"),
    "another column": (_plain(score=lambda n: n), ["data.columns.target=skore"], "Did you mean 'score'?"),
    "columns for one": (
        _plain(age=lambda n: n, weight=lambda n: n),
        ["data.columns.target_columns=[age, weight]"],
        "names 2 columns, age and weight, but the model answers 1 number",
    ),
    "no range": (_plain(score=lambda n: n), ["data.targets=five"], "--set data.targets: must be a mapping"),
    "outside": (_plain(score=lambda n: n), ["data.targets={score: [0, 5]}"], "says that 'score' is from 0 to 5"),
    "predictions": (_plain(predicted=lambda n: n / 2), [], "no column holds the 1 number"),
    "one number for all": (_plain(score=lambda n: 3.0), [], "has the same score, 3"),
    "no score": ([*_plain(score=lambda n: n), {"text": "A cup", "score": None}], [], "no number"),
    "one text alone": (_plain(score=lambda n: n), ["data.input_template="], "only 'text' holds texts"),
    "a second without a first": (
        _plain(score=lambda n: n), ["data.text_pair='{{ text }}'"], "is the second text; give data.input_template",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_records_without_the_numbers_are_refused(
    fault: str, cross_encoder: Path, hubpress: Command, tmp_path: Path
) -> None:
    """One sentence says what was found, and no folder of a model is left."""
    rows, words, says = FAULTS[fault]
    path, models = write_jsonl(tmp_path / "rows.jsonl", rows), tmp_path / "models"
    given = ["license=mit", "language=[en]", *words]
    if not any("text_pair" in word or "input_template" in word for word in words):
        given.append("data.input_template='{{ text }}'")
    given = [part for word in given if word != "data.input_template=" for part in ("--set", word)]
    ran = hubpress("new", "tea", "--from", cross_encoder, "--data", path, "--models", models, *given)
    assert says in ran.err, ran.err
    assert ran.err.startswith("hubpress: ") and len(ran.err.strip().splitlines()) == 1
    assert not models.exists()
