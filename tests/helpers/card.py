"""Golden cards and the facts below them; a card taken apart."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from helpers.paths import SAMPLES
from hubpress.card.charts.canvas import Picture
from hubpress.card.facts import CardFacts, read_facts
from hubpress.card.render import render as render_both
from hubpress.content import content_dir
from hubpress.hub.marks import without_marks
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.splits import Parents
from hubpress.schemas.training import TrainingFacts

CARDS = SAMPLES / "card"
# The facts below each are small, and invented but for the first; its figures are those of a sample release.
AWKWARD = 'A "quoted" | piped\\title\nof O\'Hara <b>*bold*</b> $x_1$ [link](there) `code` {{ x }} &amp; _y_'
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
    needs_transformers_5: bool

    @property
    def typed(self) -> CardFacts:
        """The facts as a card takes them; what the documents lack is an error."""
        training, evaluation = TrainingFacts.model_validate(self.training), Evaluation.model_validate(self.evaluation)
        return CardFacts(**{**vars(self), "training": training, "evaluation": evaluation})


def golden_facts(model: str, models: Path) -> GoldenFacts:
    """Return the golden facts of a model, with the figures drawn."""
    facts = read_facts(load_recipe(model, models_dir=models, sample=True), f"acme/{model}", CARDS / model)
    return GoldenFacts(
        **{**vars(facts), "training": facts.training.as_json(), "evaluation": facts.evaluation.as_json()}
    )


def render(facts: GoldenFacts) -> str:
    """Return the card of some facts."""
    return render_both(facts.typed, content_dir("cards")).card


def report(facts: GoldenFacts) -> str:
    """Return the report of some facts, REPORT.md."""
    return render_both(facts.typed, content_dir("cards")).report


def visible_lines(markdown: str) -> list[str]:
    """Return the lines of a card's body that a page shows while everything folded is closed, but for empty ones."""
    shown, depth = [], 0
    for line in body_of(markdown).split("\n"):
        depth += line.startswith("<details>")
        if line.strip() and (not depth or line.startswith("<summary>")):
            shown.append(line)
        depth -= line.startswith("</details>")
    return shown


def body_of(card: str) -> str:
    """Return a card without its front matter and its marks; a report has none of the former."""
    return without_marks(card.split("\n---\n", 1)[1] if card.startswith("---\n") else card)


def front_of(card: str) -> dict[str, Any]:
    """Return a card's front matter."""
    data: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return data


def tokens_of(card: str) -> list[Token]:
    """Return the Markdown tokens of a card or a report."""
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


def assert_even_tables(card: str) -> None:
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


if __name__ == "__main__":  # PYTHONPATH=tests python -m helpers.card, after a change that is meant; read the diff
    with TemporaryDirectory() as scratch:
        copied = copied_models(Path(scratch))
        for each in MODELS:
            for name, text in render_both(golden_facts(each, copied).typed, content_dir("cards")).texts.items():
                (CARDS / each / name).write_text(text, encoding="utf-8")
