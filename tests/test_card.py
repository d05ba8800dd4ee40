"""Cards: a pure function of facts, a whole card of every kind as golden file, figures recounted, nothing blank."""

from __future__ import annotations

import ast
import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hubpress.card.charts.canvas import Picture
from hubpress.card.facts import CardFacts, read_facts
from hubpress.card.notebook import notebook_text, snippets_of
from hubpress.card.render import render_card
from hubpress.check.folder import check_folder
from hubpress.content import content_dir
from hubpress.layout import NOTEBOOK
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.splits import Parents
from hubpress.schemas.training import TrainingFacts

SAMPLES = Path(__file__).parent / "samples" / "card"
# The facts below each are small, and invented but for the first; its figures are those of a sample release.
MODELS = ("conference-titles", "openalex-topics", "asjc-subjects", "arxiv-interest", "scierc-entities")


def copied_models(folder: Path) -> Path:
    """Fill a models folder with the recipes of all five models, drafts too."""
    for name in MODELS:
        given = content_dir("models") / name
        shutil.copytree(given / "sample", folder / name / "sample")
        recipe = next(path for path in (given / "recipe.yaml", given / "recipe-draft.yaml") if path.is_file())
        shutil.copy(recipe, folder / name / "recipe.yaml")
    return folder


@dataclass(frozen=True)
class GoldenFacts:
    """The facts of a card, with both documents as JSON, so that a test can change them."""

    recipe: Recipe
    repo_id: str
    labels: Sequence[str]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    pictures: Mapping[str, Picture]
    parents: Parents
    levels: Sequence[str]

    @property
    def typed(self) -> CardFacts:
        """The facts as a card takes them; what the documents lack is an error."""
        training, evaluation = TrainingFacts.model_validate(self.training), Evaluation.model_validate(self.evaluation)
        return CardFacts(**{**vars(self), "training": training, "evaluation": evaluation})


def golden_facts(model: str, models: Path) -> GoldenFacts:
    """Return the golden facts of a model, with the figures drawn."""
    facts = read_facts(load_recipe(model, models_dir=models, sample=True), f"acme/{model}", SAMPLES / model)
    return GoldenFacts(
        **{**vars(facts), "training": facts.training.as_json(), "evaluation": facts.evaluation.as_json()}
    )


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with all five recipes."""
    return copied_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def facts_of(models: Path) -> Callable[[str], GoldenFacts]:
    """The golden facts of a model, with the figures drawn once."""

    @cache
    def read(model: str) -> GoldenFacts:
        return golden_facts(model, models)

    return lambda model: replace(read(model), evaluation=copy.deepcopy(read(model).evaluation))


def render(facts: GoldenFacts) -> str:
    """Return the card of some facts."""
    return render_card(facts.typed, content_dir("cards"))


def body_of(card: str) -> str:
    """Return a card without its front matter."""
    return card.split("\n---\n", 1)[1]


def front_of(card: str) -> dict[str, Any]:
    """Return a card's front matter."""
    data: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return data


def tokens_of(card: str) -> list[Token]:
    """Return a card's Markdown tokens."""
    return MarkdownIt("commonmark").enable("table").parse(body_of(card))


def rows(card: str, heading: str, number: int = 0) -> list[list[str]]:
    """Return the rows of one of the tables below a heading, as Markdown shows them."""
    below = card.split(f"\n{heading}\n", 1)[1]
    tables: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(below):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and tables and token.level == 4:
            tables[-1][-1].append(
                "".join(child.content for child in token.children or () if child.type != "html_inline")
            )
    return tables[number][1:]


def results(card: str) -> dict[str, str]:
    """Return the figures of the table of results."""
    return {row[0]: row[1] for row in rows(card, "## Results")}


@pytest.mark.parametrize("model", MODELS)
def test_these_facts_give_this_card(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """The golden card is what its facts give: a change of a template shows as a diff of a whole card."""
    assert render(facts_of(model)) == (SAMPLES / model / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", ["openalex-topics", "arxiv-interest"])
def test_same_facts_same_bytes(model: str, models: Path, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Text and pictures are the same on a second rendering."""
    again = golden_facts(model, models)
    assert again.pictures == facts_of(model).pictures
    assert render(again) == render(facts_of(model))


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("conference-titles", ["training", "confusion"]),
        ("openalex-topics", ["training", "confusion", "inputs"]),
        ("asjc-subjects", ["training", "classes", "inputs"]),
        ("arxiv-interest", ["training", "curve"]),
        ("scierc-entities", ["training", "confusion"]),
    ],
)
def test_figures_are_on_the_card_and_say_what_they_show(
    model: str, names: list[str], facts_of: Callable[[str], GoldenFacts]
) -> None:
    """Each kind of model has its figures, whole PNGs, each on the card with a finding in words."""
    facts = facts_of(model)
    assert list(facts.pictures) == names
    images = {
        token.attrs["src"]: token.content
        for inline in tokens_of(render(facts))
        for token in inline.children or ()
        if token.type == "image" and "://" not in str(token.attrs["src"])
    }
    assert images == {picture.path: picture.alt for picture in facts.pictures.values()}
    assert all(picture.png.startswith(b"\x89PNG") and len(picture.alt) > 40 for picture in facts.pictures.values())


def test_findings_of_the_figures_follow_from_the_facts(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The words for those who do not see a figure hold the figures' numbers."""
    entities, curve = facts_of("scierc-entities"), facts_of("arxiv-interest")
    matrix = entities.evaluation["confusion"]["matrix"]
    right, true = sum(matrix[n][n] for n in range(len(matrix))), sum(map(sum, matrix[:-1]))
    assert f"of {true} entities {right} are found" in entities.pictures["confusion"].alt
    assert f"{sum(matrix[-1])} answered spans are no entity" in entities.pictures["confusion"].alt
    chosen = curve.evaluation["curve"]["chosen"]
    assert f"precision is {chosen['precision']:.3f} and recall {chosen['recall']:.3f}" in curve.pictures["curve"].alt


def test_single_label_figures_are_recounts_of_the_confusion_matrix(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Accuracy, F1, precision, recall and support on the golden card follow from its confusion matrix alone."""
    facts = facts_of("conference-titles")
    matrix, card = facts.evaluation["confusion"]["matrix"], render(facts)
    f1s, supports = [], []
    for number, row in enumerate(rows(card, "### By class")):
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
    card = render(facts_of("asjc-subjects"))
    classes = rows(card, "### By class")
    f1s, rights, supports = ([float(row[column]) for row in classes] for column in (3, 4, 5))
    figures = results(card)
    weighted = sum(f1 * support for f1, support in zip(f1s, supports, strict=True)) / sum(supports)
    assert float(figures["Weighted F1"]) == pytest.approx(weighted, abs=1e-3)
    assert float(figures["Macro F1"]) == pytest.approx(sum(f1s) / len(f1s), abs=1e-3)
    assert float(figures["Micro recall"]) == pytest.approx(sum(rights) / sum(supports), abs=1e-3)
    assert next(iter(figures)) == "Weighted F1"  # the main metric stands first


def test_binary_figures_are_recounts_of_the_confusion(facts_of: Callable[[str], GoldenFacts]) -> None:
    """The positive label's figures follow from the four counts that stand on the card."""
    card = render(facts_of("arxiv-interest"))
    (_, false), (missed, right) = ([int(count) for count in row[1:]] for row in rows(card, "### By class", 1))
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
    assert [row[5] for row in rows(card, "### By type")] == [str(sum(row)) for row in matrix[:-1]]


@pytest.mark.parametrize("model", MODELS)
def test_every_figure_of_the_evaluation_is_on_the_card(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Each figure is given a value that nothing else has; the card then says that value, so none is typed or lost."""
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
    for key in ("metrics", "per_class", "baselines", "aggregated", "errors"):
        if key in facts.evaluation:
            facts.evaluation[key] = marked(facts.evaluation[key])
    for part in facts.evaluation["slices"]:
        part["metrics"] = marked(part["metrics"])
    for file in facts.evaluation["onnx"]["files"]:
        file["metrics"] = marked(file["metrics"])
    for name, interval in facts.evaluation["intervals"].items():
        shown = ("low", "high") if name != main else ("low", "high", "standard_error")
        facts.evaluation["intervals"][name] = {**interval, **{key: marked(interval[key]) for key in shown}}
    decision = facts.evaluation["decision"]
    for holder in (decision, decision.get("beside", {})):
        if "value" in holder:
            holder["value"] = marked(holder["value"])
    body = body_of(render(facts))
    error = facts.evaluation["intervals"][main]["standard_error"]
    given.remove(error)
    assert f"{100 * error:.1f} points" in body
    assert [value for value in given if f"{value:.3f}" not in body] == []
    assert len(given) > 20


def test_every_figure_of_the_training_is_on_the_card(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Losses and metrics of each epoch; of a multi-label model those of the main average."""
    facts = facts_of("asjc-subjects")
    epochs = copy.deepcopy(facts.training["epochs"])
    for number, row in enumerate(epochs):
        row |= {"train_loss": 0.1111 + number / 1e4, "validation_loss": 0.2221 + number / 1e4}
        row["metrics"] |= {"f1_weighted": 0.3331 + number / 1e4, "recall_weighted": 0.4441 + number / 1e4}
    table = rows(render(replace(facts, training={**facts.training, "epochs": epochs})), "### Training results")
    assert [[row[column] for column in (2, 3, 6, 5)] for row in table] == [
        [f"{start + number / 1e4:.4f}" for start in (0.1111, 0.2221, 0.3331, 0.4441)] for number in range(3)
    ]
    assert table[2][0] == "3 (released)"


def test_slices_stand_beside_the_right_figures_of_the_reference(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A published figure of a combination of inputs, or of a level, stands in a row with ours of the same."""
    facts = facts_of("asjc-subjects")
    ours = {(part["inputs"], part["level"], part["threshold"]): part["metrics"] for part in facts.evaluation["slices"]}
    table = rows(render(facts), "### Beside the reference")
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
    unmeasured = rows(render(facts), "### Beside the reference")[9]
    assert unmeasured[:4] == ["title", "all", "Weighted F1", "\u2013"]


def test_the_decision_says_where_it_was_chosen(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Threshold, split, count, metric and the value beside another threshold; or that nothing was chosen."""
    facts = facts_of("asjc-subjects")
    heading = "### What the decision is and where it was chosen"
    assert "**validation split (80 records)**, for the best Weighted F1" in render(facts)
    assert rows(render(facts), heading) == [["0.412 (chosen)", "0.743"], ["0.3", "0.701"]]
    per_label = {label: 0.2 + number / 100 for number, label in enumerate(facts.labels)}
    facts.evaluation["decision"] |= {"per_label": per_label}
    assert "from 0.2 to 0.32" in render(facts)
    facts.evaluation["decision"] = {"rule": "threshold", "threshold": 0.5}
    assert "it was not chosen on any records" in render(facts)
    assert "nothing was chosen for it" in render(facts_of("conference-titles"))


def test_a_missing_fact_is_an_error_not_a_blank(facts_of: Callable[[str], GoldenFacts], tmp_path: Path) -> None:
    """A fact that a card needs and the facts lack stops the card, with the name of what is missing."""
    shutil.copytree(SAMPLES / "asjc-subjects", tmp_path / "old")
    evaluation = json.loads((tmp_path / "old" / "evaluation.json").read_text(encoding="utf-8"))
    del evaluation["slices"]
    evaluation["baselines"] = [{"name": "most_frequent", "metrics": {}, "slices": []}]
    (tmp_path / "old" / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"lacks `slices`; lacks `baselines\[0\].title`.*Make it again"):
        read_facts(facts_of("asjc-subjects").recipe, "acme/x", tmp_path / "old")


AWKWARD = 'A "quoted" | piped\\title\nof O\'Hara <b>*bold*</b> $x_1$ [link](there) `code` {{ x }} &amp; _y_'


def test_awkward_texts_break_neither_table_nor_snippet(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Quotes, pipes, line ends, markup, HTML and formulas in an example stay inside their cell and their string."""
    facts = facts_of("conference-titles")
    facts.evaluation["widget"][0]["text"] = AWKWARD
    card = render(facts)
    (snippet,) = (snippet.code for snippet in snippets_of(card))
    strings = [node.value for node in ast.walk(ast.parse(snippet)) if isinstance(node, ast.Constant)]
    assert strings.count(AWKWARD) == 2
    assert rows(card, "### Examples")[0][1] == " ".join(AWKWARD.split())
    (row,) = (line for line in card.split("\n") if line.startswith("| Databases"))
    assert row.count("$") == row.count("\\$") == 2  # the Hub would read a formula
    assert "{{" not in row  # check would take it for a template's
    assert front_of(card)["widget"][0]["text"] == AWKWARD


def test_awkward_labels_break_no_table(facts_of: Callable[[str], GoldenFacts]) -> None:
    """A label of any letters stands in every table as it is, and each row has the cells of its header."""
    facts = facts_of("openalex-topics")
    text = json.dumps(facts.evaluation).replace(json.dumps(facts.labels[0])[1:-1], json.dumps(AWKWARD)[1:-1])
    parents = {AWKWARD if label == facts.labels[0] else label: above for label, above in facts.parents.items()}
    parents[AWKWARD] = dict.fromkeys(facts.levels, AWKWARD)
    labels = [AWKWARD, *facts.labels[1:]]
    card = render(replace(facts, labels=labels, evaluation=json.loads(text), parents=parents))
    shown = " ".join(AWKWARD.split())
    assert rows(card, "## Labels")[0][1:5] == [shown] * 4
    assert rows(card, "### By class")[0][0] == shown
    assert front_of(card)["widget"][0]["output"][0]["label"] == AWKWARD
    _assert_even_tables(card)


@pytest.mark.parametrize("model", MODELS)
def test_every_table_is_even_and_every_fold_holds_one(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """All rows of a table have as many cells as its header, and a folded table is Markdown, not plain text."""
    card = render(facts_of(model))
    _assert_even_tables(card)
    tokens = tokens_of(card)
    opened = [number for number, token in enumerate(tokens) if token.content.startswith("<details>")]
    for number in opened:
        assert tokens[number + 1].type == "table_open", tokens[number].content
    assert len(opened) == {"asjc-subjects": 6, "arxiv-interest": 1, "scierc-entities": 1}.get(model, 0)
    assert "\n\n\n" not in card


def _assert_even_tables(card: str) -> None:
    lines = body_of(card).split("\n")
    tabled = {
        number for token in tokens_of(card) if token.type == "table_open" and token.map for number in range(*token.map)
    }
    for number, line in enumerate(lines):
        if line.startswith("|"):
            assert number in tabled, line
            if number - 1 in tabled:
                assert _bars(line) == _bars(lines[number - 1]), line


def _bars(line: str) -> int:
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


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
    card = render(_of_many_labels(facts_of("openalex-topics"), 600))
    best, worst = rows(card, "### By class"), rows(card, "### By class", 1)
    assert [row[0] for row in best] == [f"T{number:04d}: topic" for number in range(597, 577, -1)]
    assert [row[0] for row in worst] == [f"T{number:04d}: topic" for number in range(19, -1, -1)]
    assert best[0][1:4] == ["S197", "F25", "D1"]
    assert "2 of 600 labels have no record in the test split" in card
    assert "200 of the level subfield, 26 of the level field, 4 of the level domain" in card
    assert "`evaluation.json` has all 600" in card and "`config.json` lists them all" in card
    by_field = rows(card, "## Labels")
    assert by_field[0] == ["F0", "24", "216", "216", "216"] and len(by_field) == 26
    assert len(card) < 40_000
    snippets = [snippet.code for snippet in snippets_of(card)]
    assert 'classifier = pipeline(model="acme/openalex-topics", top_k=10)' in snippets[0]  # the reference's own way


def test_40_labels_are_listed_and_folded(facts_of: Callable[[str], GoldenFacts]) -> None:
    """From 31 to 500 labels every one is listed, in tables that stand folded; up to 30 they stand open."""
    card = render(_of_many_labels(facts_of("openalex-topics"), 40))
    assert card.count("<summary>All 40 labels</summary>") == 2
    assert len(rows(card, "## Labels")) == len(rows(card, "### By class")) == 40
    assert rows(card, "### By class")[39][1:] == ["\u2013", "\u2013", "\u2013", "4", "0"]
    _assert_even_tables(card)
    assert "<details>" not in render(_of_many_labels(facts_of("openalex-topics"), 30))


@pytest.mark.parametrize("model", MODELS)
def test_without_a_reference_the_card_is_whole(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """A recipe without reference figures gives a card without that section, and with a citation of itself."""
    facts = facts_of(model)
    card = render(replace(facts, recipe=facts.recipe.model_copy(update={"reference": None})))
    assert "eside the reference" not in card
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
def test_snippets_parse_and_name_the_repository(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """Every snippet stands alone: it imports what it uses, loads this repository, and prints."""
    snippets = [snippet.code for snippet in snippets_of(render(facts_of(model)))]
    assert len(snippets) == (1 if model in ("conference-titles", "openalex-topics") else 2)
    for code in snippets:
        compile(code, "snippet", "exec")
        assert f'"acme/{model}"' in code and "print(" in code and code.startswith("from transformers import")


@pytest.mark.parametrize(("model", "example"), [("openalex-topics", 1), ("asjc-subjects", 0)])
def test_a_text_is_put_together_as_the_model_reads_it(
    model: str, example: int, facts_of: Callable[[str], GoldenFacts]
) -> None:
    """The f-string of the snippet gives what the input template gives."""
    facts = facts_of(model)
    code = [snippet.code for snippet in snippets_of(render(facts))][-1]
    assert 'text = f"' in code
    fields = facts.recipe.evaluation.inputs["title"] + ("abstract", "container_title", "text")
    names: dict[str, Any] = {}
    exec(compile(ast.Module(list(_assignments(code, fields)), []), "snippet", "exec"), names)
    assert names["text"] == facts.evaluation["widget"][example]["text"]


def _assignments(code: str, names: tuple[str, ...]) -> Iterator[ast.stmt]:
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names:
            yield node


def test_a_template_that_no_f_string_follows_shows_the_text(facts_of: Callable[[str], GoldenFacts]) -> None:
    """Where a template does more than to place its fields, the snippet has the text itself."""
    facts = facts_of("openalex-topics")
    data = facts.recipe.data.model_copy(update={"input_template": "{{ title | upper }} {{ abstract[:20] }}"})
    card = render(replace(facts, recipe=facts.recipe.model_copy(update={"data": data})))
    (snippet,) = (snippet.code for snippet in snippets_of(card))
    strings = [node.value for node in ast.walk(ast.parse(snippet)) if isinstance(node, ast.Constant)]
    assert facts.evaluation["widget"][1]["text"] in strings and 'f"' not in snippet


@pytest.mark.parametrize("model", MODELS)
def test_check_finds_nothing_on_the_card(model: str, facts_of: Callable[[str], GoldenFacts], tmp_path: Path) -> None:
    """What is rendered passes the rules for cards: links, images, sections, snippets, front matter, figures."""
    facts = facts_of(model)
    card = render(facts)
    for name in ("evaluation.json", "training.json"):
        shutil.copy(SAMPLES / model / name, tmp_path / name)
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    (tmp_path / "figures").mkdir()
    for picture in facts.pictures.values():
        (tmp_path / picture.path).write_bytes(picture.png)
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


if __name__ == "__main__":  # after a change that is meant: write the golden cards anew, and read their diff
    with TemporaryDirectory() as scratch:
        copied = copied_models(Path(scratch))
        for each in MODELS:
            (SAMPLES / each / "README.md").write_text(render(golden_facts(each, copied)), encoding="utf-8")
