"""Cards: a pure function of facts, a whole card of every kind as golden file, nothing blank."""

from __future__ import annotations

import ast
import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.card import (
    AWKWARD,
    CARDS,
    MODELS,
    GoldenFacts,
    body_of,
    front_of,
    golden_facts,
    render,
    report,
    rows,
)
from hubpress.card.facts import read_facts
from hubpress.card.notebook import notebook_text, snippets_of
from hubpress.check.folder import check_folder
from hubpress.layout import NOTEBOOK
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import DocumentError


@pytest.mark.parametrize("model", MODELS)
def test_these_facts_give_this_card(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """The golden card is what its facts give: a change of a template shows as a diff of a whole card."""
    facts = facts_of(model)
    assert render(facts) == (CARDS / model / "README.md").read_text(encoding="utf-8")
    assert report(facts) == (CARDS / model / "REPORT.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", ["openalex-topics", "arxiv-interest"])
def test_same_facts_same_bytes(model: str, models: Path, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Text and pictures are the same on a second rendering."""
    again = golden_facts(model, models)
    assert again.pictures == facts_of(model).pictures
    assert render(again) == render(facts_of(model))
    assert report(again) == report(facts_of(model))


@pytest.mark.parametrize("model", MODELS)
def test_every_figure_of_the_evaluation_is_on_the_card_or_in_its_report(
    model: str, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """Each figure is given a value that nothing else has; one of them then says it, so none is typed or lost."""
    facts = facts_of(model)
    numbers = iter(range(1, 1000))
    given: list[float] = []

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: marked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [marked(item) for item in value]
        if isinstance(value, float):
            given.append(next(numbers) / 1000)
            return given[-1]
        return value

    main = facts.evaluation["main_metric"]
    for key in ("metrics", "per_class", "baselines", "entities", "errors"):
        if key in facts.evaluation:
            facts.evaluation[key] = marked(facts.evaluation[key])
    for baseline in facts.evaluation["baselines"]:  # of a difference the interval alone is said
        given.remove(baseline["difference"]["standard_error"])
    for part in facts.evaluation["slices"]:
        part["metrics"] = marked(part["metrics"])
    for file in facts.evaluation["onnx"]["files"]:
        file["metrics"] = marked(file["metrics"])
    for name, interval in facts.evaluation["intervals"].items():
        shown = ("low", "high") if name != main else ("low", "high", "standard_error")
        facts.evaluation["intervals"][name] = {**interval, **{key: marked(interval[key]) for key in shown}}
    decision = facts.evaluation["decision"]
    if "aggregation" in decision:
        decision["aggregation"]["values"] = marked(decision["aggregation"]["values"])
    for holder in (decision, decision.get("beside", {})):
        if "value" in holder:
            holder["value"] = marked(holder["value"])
    body = body_of(render(facts)) + report(facts)
    error = facts.evaluation["intervals"][main]["standard_error"]
    given.remove(error)
    assert f"{100 * error:.1f} points" in body
    assert [value for value in given if f"{value:.3f}" not in body] == []
    assert len(given) > 20


def test_every_figure_of_the_training_is_in_the_report(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Losses and metrics of each epoch; of a multi-label model those of the main average."""
    facts = facts_of("asjc-subjects")
    epochs = copy.deepcopy(facts.training["epochs"])
    for number, row in enumerate(epochs):
        row |= {"train_loss": 0.1111 + number / 1e4, "validation_loss": 0.2221 + number / 1e4}
        row["metrics"] |= {"f1_weighted": 0.3331 + number / 1e4, "recall_weighted": 0.4441 + number / 1e4}
    table = rows(report(replace(facts, training={**facts.training, "epochs": epochs})), "### By epoch")
    assert [[row[column] for column in (2, 3, 6, 5)] for row in table] == [
        [f"{start + number / 1e4:.4f}" for start in (0.1111, 0.2221, 0.3331, 0.4441)] for number in range(3)
    ]
    assert table[2][0] == "3 (released)"


def test_the_decision_says_where_it_was_chosen(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Threshold, split, count, metric and the value beside another threshold; or that nothing was chosen."""
    facts = facts_of("asjc-subjects")
    heading = "## What the decision is and where it was chosen"
    assert "from a score of 0.412 on, which may be several or none; chosen on 80 validation records" in render(facts)
    assert "**validation split (80 records)**, for the best Weighted F1" in report(facts)
    assert rows(report(facts), heading) == [["0.412 (chosen)", "0.743"], ["0.3", "0.701"]]
    per_label = {label: 0.2 + number / 100 for number, label in enumerate(facts.labels)}
    facts.evaluation["decision"] |= {"per_label": per_label}
    assert "from 0.2 to 0.32" in report(facts)
    assert "from a threshold of its own on, 0.2 to 0.32" in render(facts)
    facts.evaluation["decision"] = {"rule": "threshold", "threshold": 0.5}
    assert "it was not chosen on any records" in report(facts)
    assert "the recipe's own choice, made on no records" in render(facts)
    assert "nothing was chosen for it" in report(facts_of("conference-titles"))


def test_a_missing_fact_is_an_error_not_a_blank(facts_of: Callable[[str], GoldenFacts], tmp_path: Path) -> None:
    """A fact that a card needs and the facts lack stops the card, with the name of what is missing."""
    shutil.copytree(CARDS / "asjc-subjects", tmp_path / "old")
    evaluation = json.loads((tmp_path / "old" / "evaluation.json").read_text(encoding="utf-8"))
    del evaluation["slices"]
    evaluation["baselines"] = [{"name": "most_frequent", "metrics": {}, "slices": []}]
    (tmp_path / "old" / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"lacks `slices`; lacks `baselines\[0\].title`.*Make it again"):
        read_facts(facts_of("asjc-subjects").recipe, "acme/x", tmp_path / "old")


def test_awkward_texts_break_neither_table_nor_snippet(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Quotes, pipes, line ends, markup, HTML and formulas in an example stay inside their cell and their string."""
    facts = facts_of("conference-titles")
    facts.evaluation["widget"][0]["text"] = AWKWARD
    card = render(facts)
    codes = [snippet.code for snippet in snippets_of(card)]
    strings = [node.value for code in codes for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    assert strings.count(AWKWARD) == 3
    assert rows(report(facts), "## Examples")[0][1] == " ".join(AWKWARD.split())
    (row,) = (line for line in report(facts).split("\n") if line.startswith("| Databases"))
    assert row.count("$") == row.count("\\$") == 2  # the Hub would read a formula
    assert "{{" not in row  # check would take it for a template's
    assert front_of(card)["widget"][0]["text"] == AWKWARD


@pytest.mark.parametrize("model", MODELS)
def test_without_a_reference_the_card_is_whole(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """A recipe without reference figures gives a card without that section, and with a citation of itself."""
    facts = facts_of(model)
    card = render(replace(facts, recipe=facts.recipe.model_copy(update={"reference": None})))
    assert "The reference" not in card
    assert f"Cite this repository: `acme/{model}`" in card


def test_real_release_says_nothing_of_samples(models: Path, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Only a sample release says that it is one."""
    facts = facts_of("conference-titles")
    assert "sample release" in render(facts)
    real = render(replace(facts, recipe=load_recipe("conference-titles", models_dir=models)))
    assert "sample" not in body_of(real).lower().replace("resamples", "")


def test_the_widget_is_what_the_hub_knows(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Text, title and four digits of each score; no output for spans, which the Hub has no field for."""
    spans = front_of(render(facts_of("scierc-entities")))["widget"]
    assert [sorted(example) for example in spans] == [["example_title", "text"]] * 3
    for model in ("asjc-subjects", "arxiv-interest"):
        facts = facts_of(model)
        widget = front_of(render(facts))["widget"]
        assert all(sorted(example) == ["example_title", "output", "text"] for example in widget)
        for shown, known in zip(widget, facts.evaluation["widget"], strict=True):
            scores = [(entry["label"], round(entry["score"], 4)) for entry in known["output"]]
            assert [(entry["label"], entry["score"]) for entry in shown["output"]] == scores


@pytest.mark.parametrize("model", MODELS)
def test_check_finds_nothing_on_the_card(model: str, facts_of: Callable[[str], GoldenFacts], tmp_path: Path) -> None:
    """What is rendered passes the rules for cards: links, images, sections, snippets, front matter, figures."""
    facts = facts_of(model)
    card = render(facts)
    for name in ("evaluation.json", "training.json"):
        shutil.copy(CARDS / model / name, tmp_path / name)
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    (tmp_path / "figures").mkdir()
    (tmp_path / "REPORT.md").write_text(report(facts), encoding="utf-8")
    for picture in facts.pictures.values():
        for path, content in picture.files.items():
            (tmp_path / path).write_bytes(content)
    text = notebook_text(card, title=facts.recipe.title, summary=facts.recipe.card.summary, repo_id=facts.repo_id)
    (tmp_path / NOTEBOOK).write_text(text, encoding="utf-8")
    problems = [str(problem) for problem in check_folder(tmp_path)]
    missing = ("config.json", "manifest.json", "model.safetensors", "onnx/", "tokenizer")  # no model lies here
    assert [problem for problem in problems if not problem.startswith(missing)] == []


def test_rendering_changes_nothing_that_it_is_given(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Rendering changes nothing of what it is given."""
    facts = facts_of("asjc-subjects")
    before: tuple[Recipe, Any] = (facts.recipe.model_copy(deep=True), copy.deepcopy(facts.evaluation))
    render(facts)
    assert (facts.recipe, facts.evaluation) == before


def test_the_snippet_of_a_token_model_is_what_was_measured(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Strategy and stride stand in every snippet; white space is taken away where the tokenizer counts it to a word."""
    facts = facts_of("scierc-entities")
    aggregation = facts.evaluation["decision"]["aggregation"]
    aggregation |= {"strategy": "max", "stride": 17}
    codes = [snippet.code for snippet in snippets_of(render(facts)) if "pipeline" in snippet.code]
    assert len(codes) == 2 and all('aggregation_strategy="max",\n    stride=17,\n)' in code for code in codes)
    assert ".strip()" not in "".join(codes) and "is better on the validation split than `max`" in render(facts)
    aggregation["has_spaces"] = True
    del aggregation["chosen_on"]
    card = render(facts)
    assert 'entity = text[span["start"]:span["end"]].strip()' in next(snippets_of(card)).code
    assert "`max` was set beforehand" in card


def test_entities_that_the_tokenizer_cannot_say_are_counted(facts_of: Callable[[str], GoldenFacts]) -> None:
    """By their reasons, with the first of them; or that there are none."""
    facts = facts_of("scierc-entities")
    assert "cannot say 3 of the 169 entities of the test split (2 with a border inside" in report(facts)
    assert "cannot say 3 of the 169 entities of the test split; they count as not found" in render(facts)
    for split in facts.evaluation["lost"].values():
        split |= {"inside_a_piece": 0, "left_out": 0}
    assert "can say every entity of the test split with its borders" in report(facts)
    assert "In training," not in report(facts) and "**Borders:**" not in render(facts)
