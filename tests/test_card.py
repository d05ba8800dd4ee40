"""Cards: a pure function of facts, a whole card as golden file, every number recounted, nothing blank."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hubpress.errors import HubpressError
from hubpress.recipe import Recipe
from hubpress.recipe_file import load_recipe
from hubpress.stages import card_text
from hubpress.verify import python_snippets

SAMPLES = Path(__file__).parent / "samples" / "card"
GOLDEN = SAMPLES / "conference-titles.md"


@pytest.fixture
def recipe() -> Recipe:
    """The sample recipe that the facts beside the golden card came from."""
    return load_recipe("conference-titles", sample=True)


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A folder with the golden card's facts, to be changed at will."""
    for name in ("evaluation.json", "training.json"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    return tmp_path


def render(recipe: Recipe, folder: Path) -> str:
    """Return the card of a folder of facts."""
    return card_text(recipe, "acme/conference-titles", folder)[0]


def change(folder: Path, name: str, **values: Any) -> None:
    """Replace top-level facts of a file."""
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def cells(card: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its header."""
    table: list[list[str]] = []
    for line in card.split(f"\n{heading}\n", 1)[1].splitlines():
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif table:
            break
    return table[2:]


def test_these_facts_give_this_card(recipe: Recipe) -> None:
    """The golden card is what its facts give: a change of a template shows as a diff of a whole card."""
    assert render(recipe, SAMPLES) == GOLDEN.read_text(encoding="utf-8")


def test_same_facts_same_bytes(recipe: Recipe) -> None:
    """Text and pictures are the same on a second rendering."""
    first, second = (card_text(recipe, "acme/x", SAMPLES) for _ in range(2))
    assert first == second
    assert all(picture.png.startswith(b"\x89PNG") and len(picture.alt) > 40 for picture in first[1].values())


def test_every_figure_is_a_recount_of_the_confusion_matrix() -> None:
    """Accuracy, F1, precision, recall and support on the golden card follow from its confusion matrix alone."""
    matrix = json.loads((SAMPLES / "evaluation.json").read_text(encoding="utf-8"))["confusion"]
    card = GOLDEN.read_text(encoding="utf-8")
    f1s, supports = [], []
    for number, row in enumerate(cells(card, "### By class")):
        right, support = matrix[number][number], sum(matrix[number])
        predicted = sum(line[number] for line in matrix)
        precision, recall = (right / predicted if predicted else 0.0), right / support
        f1s.append(2 * right / (predicted + support))
        supports.append(support)
        assert row[1:] == [f"{precision:.3f}", f"{recall:.3f}", f"{f1s[-1]:.3f}", str(right), str(support)]
    total = sum(supports)
    recounted = {
        "Accuracy": sum(matrix[number][number] for number in range(len(matrix))) / total,
        "Macro F1": sum(f1s) / len(f1s),
        "Weighted F1": sum(f1 * support for f1, support in zip(f1s, supports, strict=True)) / total,
    }
    results = {row[0]: row[1] for row in cells(card, "## Results")}
    assert results == {name: f"**{value:.3f}**" for name, value in recounted.items()}
    index = yaml.safe_load(card.split("---\n")[1])["model-index"][0]["results"][0]["metrics"]
    assert {metric["name"]: metric["value"] for metric in index} == pytest.approx(recounted, abs=5e-5)


def test_a_missing_fact_is_an_error_not_a_blank(recipe: Recipe, facts: Path) -> None:
    """A fact that a template needs and the facts lack stops the card, with the name of what is missing."""
    change(facts, "evaluation.json", baselines=[{"name": "most_frequent", "metrics": {}}])
    with pytest.raises(HubpressError, match="title"):
        render(recipe, facts)


def test_awkward_texts_break_neither_table_nor_snippet(recipe: Recipe, facts: Path) -> None:
    """Quotes, backslashes, pipes and line ends in an example stay inside their cell and their string."""
    text = 'A "quoted" | piped\\title\nof O\'Hara <b>'
    evaluation = json.loads((facts / "evaluation.json").read_text(encoding="utf-8"))
    evaluation["widget"][0]["text"] = text
    change(facts, "evaluation.json", widget=evaluation["widget"])
    example = recipe.widget[0].model_copy(update={"text": text})
    card = render(recipe.model_copy(update={"widget": (example, *recipe.widget[1:])}), facts)
    (snippet,) = python_snippets(card)
    strings = [node.value for node in ast.walk(ast.parse(snippet)) if isinstance(node, ast.Constant)]
    assert strings.count(text) == 2
    (row,) = [line for line in card.splitlines() if line.startswith("| Databases |")]
    assert row.replace("\\|", "").count("|") == 5


def test_without_a_reference_the_card_is_whole(recipe: Recipe) -> None:
    """A recipe without reference figures gives a card without that section, and with a citation of itself."""
    card = render(recipe.model_copy(update={"reference": None}), SAMPLES)
    assert "Beside the reference" not in card
    assert "Cite this repository: `acme/conference-titles`" in card


def test_real_release_says_nothing_of_samples() -> None:
    """Only a sample release says that it is one."""
    assert "sample release" in render(load_recipe("conference-titles", sample=True), SAMPLES)
    assert "sample" not in render(load_recipe("conference-titles"), SAMPLES).split("---\n", 2)[2].lower().replace(
        "resamples", ""
    )
