"""The card's metadata, by huggingface_hub's own classes."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from hubpress.card import tables
from hubpress.card.facts import CardFacts
from hubpress.card.filters import hardware
from hubpress.files import JsonObject
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.answers import LabelScore, WidgetAnswer
from hubpress.schemas.training import TrainedFacts, TrainingFacts

_NO_DATA_SET = "custom"
"""The type of records that are no data set of the Hub: the field has to be there, and is looked up as an id."""


def front_matter(facts: CardFacts) -> str:
    """Return the card's metadata as YAML, by huggingface_hub's own classes."""
    from huggingface_hub import EvalResult, ModelCardData

    recipe, evaluation = facts.recipe, facts.evaluation
    dataset, published = evaluation.data.dataset, recipe.test_data_id(facts.repo_id.split("/")[0])
    names = tables.ordered(evaluation.metrics, recipe)
    results = [
        EvalResult(
            task_type=recipe.kind.pipeline_tag,
            dataset_type=published or (recipe.data.dataset.path if recipe.data.dataset else _NO_DATA_SET),
            dataset_name=_records_name(recipe, published),
            dataset_config=dataset.name if dataset and not published else None,
            dataset_split="test",
            dataset_revision=dataset.commit if dataset and not published else None,
            metric_type=METRIC_NAMES[name].hub_id,
            metric_name=METRIC_NAMES[name].title,
            metric_value=round(evaluation.metrics[name], 4),
        )
        for name in names
    ]
    data = ModelCardData(
        **said_by_recipe(recipe),
        library_name="peft" if recipe.is_adapter else "transformers",
        pipeline_tag=recipe.kind.pipeline_tag,
        base_model=recipe.base_id,
        base_model_relation=_relation(recipe) if recipe.base_id else None,
        datasets=[recipe.data.dataset.path] if recipe.data.dataset else None,
        metrics=sorted({METRIC_NAMES[name].hub_id for name in names}),
        model_name=recipe.repo_name,
        eval_results=results,
        co2_eq_emissions=_emissions(facts.training),
        widget=[widget_entry(recipe, example) for example in evaluation.widget],
    )
    return str(data.to_yaml()).strip()


def _records_name(recipe: Recipe, published: str | None) -> str:
    """Return what the records are called that the figures are of: nothing is named that has no name.

    A file of this machine is published by its ending alone, so that its name is not told here either.
    """
    if recipe.uses_sample_records:
        return "sample records of the recipe"
    if published:
        return published
    if recipe.data.dataset:
        return recipe.data.dataset.path
    sources = [recipe.data.source] if recipe.data.source else list((recipe.data.files or {}).values())
    names = dict.fromkeys(PurePosixPath(urlsplit(one).path).name for one in sources if "://" in one)
    return ", ".join(name for name in names if name) or "records of the publisher"


def _relation(recipe: Recipe) -> str:
    return "adapter" if recipe.is_adapter else "finetune"


def _emissions(training: TrainingFacts | TrainedFacts) -> JsonObject | None:
    """Return what a training emitted, in the Hub's words; None where the whole of it was not measured."""
    energy = training.energy if isinstance(training, TrainingFacts) else None
    if energy is None or not energy.is_whole:
        return None
    return {
        "emissions": energy.emissions,
        "source": f"codecarbon {energy.codecarbon_version}",
        "training_type": "fine-tuning",
        "geographical_location": ", ".join(part for part in (energy.region, energy.country_name) if part),
        "hardware_used": hardware(energy),
    }


def said_by_recipe(recipe: Recipe) -> JsonObject:
    """Return the fields that the recipe alone decides: licence, languages and tags, as the Hub takes them."""
    fields: JsonObject = {
        "language": list(recipe.languages),
        "language_bcp47": list(recipe.locales),
        "license": recipe.license if isinstance(recipe.license, str) else list(recipe.license),
        "license_name": recipe.license_name,
        "license_link": recipe.license_link,
        "tags": recipe.hub_tags,
    }
    return {name: value for name, value in fields.items() if value}


def widget_entry(recipe: Recipe, example: WidgetAnswer) -> JsonObject:
    """Return an example of ``evaluation.widget`` as the front matter has it: text, title and rounded scores."""
    texts = example.given if isinstance(example.given, dict) else {"text": example.given}
    shown = {**texts, "example_title": example.example_title}
    if recipe.task in ("token", "regression"):  # the Hub has no output for spans, nor for numbers beyond 0 to 1
        return shown
    scores = [entry for entry in example.output if isinstance(entry, LabelScore)]
    return {**shown, "output": [{"label": entry.label, "score": round(entry.score, 4)} for entry in scores]}
