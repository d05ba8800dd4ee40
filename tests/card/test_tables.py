"""The tables of a card: its figures recounted, even rows whatever the labels, long lists folded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from helpers.card import (
    AWKWARD,
    MODELS,
    GoldenFacts,
    assert_even_tables,
    front_of,
    render,
    report,
    results,
    rows,
    tokens_of,
    visible_lines,
)
from hubpress.card.notebook import snippets_of


def test_single_label_figures_are_recounts_of_the_confusion_matrix(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Accuracy, F1, precision, recall and support on the golden card follow from its confusion matrix alone."""
    facts = facts_of("conference-titles")
    matrix, card = facts.evaluation["confusion"]["matrix"], render(facts)
    f1s, supports = [], []
    for number, row in enumerate(rows(report(facts), "## By class")):
        right, support = matrix[number][number], sum(matrix[number])
        predicted = sum(line[number] for line in matrix)
        precision, recall = (right / predicted if predicted else 0.0), right / support
        f1s.append(2 * right / (predicted + support))
        supports.append(support)
        assert row[1:] == [f"{precision:.3f}", f"{recall:.3f}", f"{f1s[-1]:.3f}", str(right), str(support)]
    total = sum(supports)
    recounted = {
        "Weighted F1": sum(f1 * support for f1, support in zip(f1s, supports, strict=True)) / total,
        "Macro F1": sum(f1s) / len(f1s),
        "Accuracy": sum(matrix[number][number] for number in range(len(matrix))) / total,
    }
    assert results(card) == {name: f"{value:.3f}" for name, value in recounted.items()}
    index = front_of(card)["model-index"][0]["results"][0]["metrics"]
    assert {metric["name"]: metric["value"] for metric in index} == pytest.approx(recounted, abs=5e-5)


def test_multi_label_figures_are_recounts_of_the_classes(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Weighted, macro and micro averages on the golden card follow from its table of classes."""
    card = report(facts_of("asjc-subjects"))
    classes = rows(card, "## By class")
    f1s, rights, supports = ([float(row[column]) for row in classes] for column in (3, 4, 5))
    figures = results(card)
    weighted = sum(f1 * support for f1, support in zip(f1s, supports, strict=True)) / sum(supports)
    assert float(figures["Weighted F1"]) == pytest.approx(weighted, abs=1e-3)
    assert float(figures["Macro F1"]) == pytest.approx(sum(f1s) / len(f1s), abs=1e-3)
    assert float(figures["Micro recall"]) == pytest.approx(sum(rights) / sum(supports), abs=1e-3)
    assert next(iter(figures)) == "Weighted F1"  # the main metric stands first


def test_binary_figures_are_recounts_of_the_confusion(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The positive label's figures follow from the four counts that stand on the card."""
    card = report(facts_of("arxiv-interest"))
    (_, false), (missed, right) = ([int(count) for count in row[1:]] for row in rows(card, "## By class", 1))
    figures = results(card)
    assert figures["Precision"] == f"{right / (right + false):.3f}"
    assert figures["Recall"] == f"{right / (right + missed):.3f}"
    assert figures["F1"] == f"{2 * right / (2 * right + false + missed):.3f}"


def test_token_figures_are_recounts_of_the_entities(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Precision, recall and F1 follow from the confusion of entities; the table of types agrees with it."""
    facts = facts_of("scierc-entities")
    matrix, card = facts.evaluation["confusion"]["matrix"], render(facts)
    right = sum(matrix[number][number] for number in range(len(matrix)))
    answered, true = sum(sum(row[:-1]) for row in matrix), sum(map(sum, matrix[:-1]))
    assert results(card) == {
        "F1": f"{2 * right / (answered + true):.3f}",
        "Precision": f"{right / answered:.3f}",
        "Recall": f"{right / true:.3f}",
    }
    assert [row[5] for row in rows(report(facts), "## By type")] == [str(sum(row)) for row in matrix[:-1]]


def test_slices_stand_beside_the_right_figures_of_the_reference(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A published figure of a combination of inputs, or of a level, stands in a row with ours of the same."""
    facts = facts_of("asjc-subjects")
    ours = {(part["inputs"], part["level"], part["threshold"]): part["metrics"] for part in facts.evaluation["slices"]}
    table = rows(report(facts), "## Beside the reference")
    assert len(table) == 14
    assert table[3] == [
        *("title + abstract", "all", "Weighted F1"),
        f"{ours['title + abstract', None, None]['f1_weighted']:.3f}",
        f"{ours['title + abstract', None, 0.3]['f1_weighted']:.3f}",
        "0.532",
    ]
    at_area = ours["title + container + abstract", "area", None]["f1_weighted"]
    assert table[12][1:4] == ["area", "Weighted F1", f"{at_area:.3f}"] and table[12][5] == "0.934"
    facts.evaluation["slices"] = [part for part in facts.evaluation["slices"] if part["inputs"] != "title"]
    unmeasured = rows(report(facts), "## Beside the reference")[9]
    assert unmeasured[:4] == ["title", "all", "Weighted F1", "\u2013"]


def test_awkward_labels_break_no_table(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A label of any letters stands in every table as it is, and each row has the cells of its header."""
    facts = facts_of("openalex-topics")
    text = json.dumps(facts.evaluation).replace(json.dumps(facts.labels[0])[1:-1], json.dumps(AWKWARD)[1:-1])
    parents = {AWKWARD if label == facts.labels[0] else label: above for label, above in facts.parents.items()}
    parents[AWKWARD] = dict.fromkeys(facts.levels, AWKWARD)
    labels = [AWKWARD, *facts.labels[1:]]
    awkward = replace(facts, labels=labels, evaluation=json.loads(text), parents=parents)
    card, shown = render(awkward), " ".join(AWKWARD.split())
    assert rows(card, "## Labels")[0][1:5] == [shown] * 4
    assert rows(report(awkward), "## By class")[0][0] == shown
    assert front_of(card)["widget"][0]["output"][0]["label"] == AWKWARD
    assert_even_tables(card)
    assert_even_tables(report(awkward))


@pytest.mark.parametrize("model", MODELS)
def test_every_table_is_even_and_every_fold_holds_one(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """All rows of a table have as many cells as its header, and what is folded is Markdown, not plain text."""
    for text in (render(facts_of(model)), report(facts_of(model))):
        assert_even_tables(text)
        tokens = tokens_of(text)
        opened = [number for number, token in enumerate(tokens) if token.content.startswith("<details>")]
        for number in opened:
            assert tokens[number + 1].type in ("table_open", "paragraph_open", "bullet_list_open", "fence")
        assert text.count("<details>") == text.count("</details>") == len(opened)
        assert "\n\n\n" not in re.sub(r"```.*?```", "code", text, flags=re.DOTALL)


def _of_many_labels(facts: GoldenFacts, count: int) -> GoldenFacts:
    """Return facts with so many labels, the last two without a test record."""
    labels = [f"T{number:04d}: topic" for number in range(count)]
    per_class = [
        {"label": label, "precision": 0.5, "recall": 0.5, "f1": number / count, "support": 9, "correct": 4}
        for number, label in enumerate(labels)
    ]
    per_class[-2:] = [{**row, "f1": 0.0, "support": 0} for row in per_class[-2:]]
    counts = {split: dict.fromkeys(labels, 9) for split in ("train", "validation", "test")}
    evaluation = {
        **facts.evaluation,
        "per_class": per_class,
        "data": {**facts.evaluation["data"], "label_counts": counts},
    }
    parents = {
        label: {"subfield": f"S{number % 200}", "field": f"F{number % 26}", "domain": f"D{number % 4}"}
        for number, label in enumerate(labels)
    }
    return replace(facts, labels=labels, evaluation=evaluation, parents=parents)


def test_of_600_labels_the_best_and_the_worst_are_listed(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Above 500 labels the card lists 20 best and 20 worst with test records, and labels by their parents only."""
    facts = _of_many_labels(facts_of("openalex-topics"), 600)
    card, told = render(facts), report(facts)
    best, worst = rows(told, "## By class"), rows(told, "## By class", 1)
    assert [row[0] for row in best] == [f"T{number:04d}: topic" for number in range(597, 577, -1)]
    assert [row[0] for row in worst] == [f"T{number:04d}: topic" for number in range(19, -1, -1)]
    assert best[0][1:4] == ["S197", "F25", "D1"]
    assert "2 of 600 labels have no record in the test split" in told
    assert "2 of them have no test record" in card
    assert "200 of the level subfield, 26 of the level field, 4 of the level domain" in card
    assert "`evaluation.json` has all 600" in told and "`config.json` lists them all" in card
    by_field = rows(told, "## Labels by field")
    assert by_field[0] == ["F0", "24", "216", "216", "216"] and len(by_field) == 26
    assert len(card) < 18_000 and len(told) < 40_000
    snippets = [snippet.code for snippet in snippets_of(card)]
    assert 'classifier = pipeline(model="acme/openalex-topics", top_k=10)' in snippets[0]  # the reference's own way


def test_40_labels_are_listed_and_folded(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Up to 500 labels every one is listed: with its records folded on the card, with its figures in the report."""
    facts = _of_many_labels(facts_of("openalex-topics"), 40)
    card, told = render(facts), report(facts)
    assert card.count("<summary>All 40 labels, ") == 1
    assert len(rows(card, "## Labels")) == len(rows(told, "## By class")) == 40
    assert rows(told, "## By class")[39][1:] == ["\u2013", "\u2013", "\u2013", "4", "0"]
    assert_even_tables(card)
    assert_even_tables(told)
    assert len(visible_lines(card)) < 90


def test_the_splits_say_what_stays_together(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A card of grouped splits names the column; another one has no word of it."""
    facts = facts_of("conference-titles")
    assert "is in two of them" not in render(facts)
    facts.evaluation["data"]["method"]["group"] = "author"
    assert "test (stratified, seed 42). No author is in two of them." in render(facts)
