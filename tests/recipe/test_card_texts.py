"""Who made a model and how it is cited, where it was trained, and its benchmark: what cannot be so is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from pybtex.database import parse_string

from hubpress.errors import RecipeError
from hubpress.recipe.bibtex import made_bibtex
from hubpress.recipe.load import load_recipe

DATASET = ("data.source=", "data.dataset={path: acme/pets}")
TASK = "evaluation.eval_results=[{task_id: pets}]"


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (["card.authors=[{name: Ada, email: ada at example.org}]"], "card.authors.0.email: 'ada at example.org' is no"),
        (["card.authors=[{name: Ada, url: example.org}]"], "card.authors.0.url: 'example.org' is no URL. Write one"),
        (["card.authors=[{name: Ada, url: 'https://a.org/) ![x](y'}]"], "is no URL. Write one"),
        (["card.authors=[{email: ada@example.org}]"], "card.authors.0.name: is missing; add it."),
        (["card.contact=the library"], "card.contact: 'the library' is neither an e-mail address nor a URL."),
        (["card.citation='Lovelace, 1843'"], "card.citation: is not BibTeX (it holds no entry)."),
        (
            ["card.citation='@misc{notes, title={Notes}'"],
            "is not BibTeX (syntax error in line 1: premature end of file",
        ),
        (["card.citation='@misc{notes title={Notes}}'"], "(a comma is missing behind the key of an entry)"),
        (["card.citation='@misc{notes, year={1843}}'"], "card.citation: has no title in the entry 'notes'."),
        (["card.year=1843"], "card.year: must be at least 1950, not 1843."),
        (["card.year=2026"], "card.year: is for the BibTeX that is made from `authors`"),
        (["training.carbon={country_iso_code: de}"], "must be a country by three capital letters (ISO 3166)"),
        ([TASK], "evaluation.eval_results: needs the benchmark that the records are of in `data.dataset`."),
        ([*DATASET, TASK], "evaluation.eval_results: needs the benchmark's own test split."),
        (
            [*DATASET, "data.split={method: given}", "evaluation.eval_results=[{task_id: a}, {task_id: a}]"],
            "evaluation.eval_results.1.task_id: 'a' stands there twice. Take one out.",
        ),
        (
            [*DATASET, "data.split={method: given}", "evaluation.eval_results=[{task_id: a, metric: acuracy}]"],
            "'acuracy' is not measured of this model. Did you mean 'accuracy'?",
        ),
    ],
)
def test_what_cannot_be_so_is_one_sentence(overrides: list[str], says: str, pets: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(pets.name, models_dir=pets.parent, overrides=overrides)
    (line,) = caught.value.problems
    assert says in line


def test_figures_on_other_records_are_none_of_the_benchmark(pets: Path) -> None:
    """Records of ``--data`` take the benchmark's figures away, and nothing else."""
    with (pets / "recipe.yaml").open("a", encoding="utf-8") as recipe:
        recipe.write("\nevaluation: {bootstrap_samples: 100, eval_results: [{task_id: pets}]}\n")
    records = str(next(pets.rglob("*.csv")))
    evaluation = load_recipe(pets.name, models_dir=pets.parent, data=records).evaluation
    assert (evaluation.eval_results, evaluation.bootstrap_samples) == ((), 100)


def test_an_entry_that_is_made_is_read_by_a_parser() -> None:
    """Whatever stands in title and names; a body of people stays one author."""
    authors = ["Ada Lovelace", "Smith and Sons", "Müller, Jörg"]
    text = made_bibtex(key="notes", title="{50%} of A_B & C\\D", authors=authors, url="https://a.org/b_c", year=1843)
    entry = parse_string(text, "bibtex").entries["notes"]
    assert [str(person) for person in entry.persons["author"]] == ["Lovelace, Ada", "{Smith and Sons}", "Müller, Jörg"]
    assert (entry.fields["year"], entry.fields["url"]) == ("1843", "https://a.org/b_c")
