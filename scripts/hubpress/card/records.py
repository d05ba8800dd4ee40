"""The card of the data set that a model's test split is published as: pure, the same bytes for the same facts."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.card.filters import FILTERS
from hubpress.content import content_dir, templates
from hubpress.files import JsonObject
from hubpress.hub.marks import marked
from hubpress.layout import TEST_RECORDS
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import Evaluation

_TEMPLATE = "test-records.md.j2"
_CONFIGS = [{"config_name": "default", "data_files": [{"split": "test", "path": TEST_RECORDS}]}]
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGEST = "1M<n<10M"


def card_of_records(recipe: Recipe, repo_id: str, model_id: str, evaluation: Evaluation) -> str:
    """Return README.md of the data set *repo_id*: the test split of the model *model_id*."""
    environment = templates(content_dir("cards"))
    environment.filters |= FILTERS
    body = environment.get_template(_TEMPLATE).render(
        recipe=recipe, repo_id=repo_id, model_id=model_id, data=evaluation.data, columns=_columns(recipe)
    )
    return marked(f"---\n{_front_matter(recipe, evaluation)}\n---\n\n{body}")


def front_of_records(recipe: Recipe, evaluation: Evaluation) -> JsonObject:
    """Return the card's metadata: what the Hub, and whoever loads the data set, goes by."""
    published = recipe.publish_data
    assert published is not None  # of a release without it there is no such data set
    count = evaluation.data.count
    fields: JsonObject = {
        "pretty_name": f"{recipe.title}: test split",
        "language": list(recipe.languages),
        "license": published.license,
        "license_name": published.license_name,
        "license_link": published.license_link,
        "task_categories": [recipe.kind.pipeline_tag],
        "size_categories": [next((name for most, name in _SIZES if count < most), _LARGEST)],
        "tags": ["sample"] if recipe.is_sample else None,
        "configs": _CONFIGS,
    }
    return {name: value for name, value in fields.items() if value}


def _front_matter(recipe: Recipe, evaluation: Evaluation) -> str:
    from huggingface_hub import DatasetCardData

    return str(DatasetCardData(**front_of_records(recipe, evaluation)).to_yaml()).strip()


def _columns(recipe: Recipe) -> Sequence[tuple[str, str, str]]:
    """Return each column with what it holds, and in words."""
    told = {
        "label": ("label", "the label, numbered in the order of the model's"),
        "labels": ("list of labels", "every label that is right, numbered in the order of the model's"),
        "targets": ("list of numbers", f"the right numbers: {', '.join(recipe.targets)}"),
        "entities": (
            "list of entities",
            "`start` and `end` (in characters from 0, behind the last) and `label`",
        ),
    }
    column = recipe.kind.answer_column
    beside = [("words", "list of pairs", "where each token of the record begins in the text, and where it ends")]
    fields = [("record", "text", "the fields of the record that the text was made of, as JSON")]
    return [
        ("text", "text", "what the model reads"),
        *((("text_pair", "text", "what it reads together with that"),) if recipe.data.text_pair else ()),
        (column, *told[column]),
        ("row", "number", "where the record stood in its file, from 1"),
        *(beside if "tokens" in recipe.columns else ()),
        *(fields if recipe.keeps_records else ()),
    ]
