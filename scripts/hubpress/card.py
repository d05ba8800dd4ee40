"""Facts -> README.md: pure, StrictUndefined, the same bytes for the same facts. Prose stands in ``cards/``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.figures import Picture
from hubpress.recipe import Recipe
from hubpress.tasks.kinds import METRIC_NAMES


@dataclass(frozen=True)
class CardFacts:
    """Everything that a card says, and nothing that it has to look up."""

    recipe: Recipe
    repo_id: str
    labels: Sequence[str]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    pictures: dict[str, Picture]


def render_card(facts: CardFacts, templates: Path) -> str:
    """Return README.md: front matter and Markdown. Raises HubpressError for a template that does not render."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {
        "fixed": _fixed,
        "percent": _percent,
        "cell": _cell,
        "metric": _metric_name,
        "plain": _plain,
        "literal": _literal,
    }
    try:
        body = environment.get_template(f"{facts.recipe.task}.md.j2").render(
            recipe=facts.recipe,
            repo_id=facts.repo_id,
            labels=facts.labels,
            training=facts.training,
            evaluation=facts.evaluation,
            pictures=facts.pictures,
            differs=_differences(facts),
        )
    except TemplateError as error:
        where = f"{getattr(error, 'name', None) or templates}:{getattr(error, 'lineno', '?')}"
        raise HubpressError(f"the card's template does not render: {error}", where=where) from error
    return f"---\n{front_matter(facts)}\n---\n\n{body.strip()}\n"


def front_matter(facts: CardFacts) -> str:
    """Return the card's metadata as YAML, by huggingface_hub's own classes."""
    from huggingface_hub import EvalResult, ModelCardData

    recipe, evaluation = facts.recipe, facts.evaluation
    results = [
        EvalResult(
            task_type=recipe.kind.pipeline_tag,
            dataset_type=recipe.data.dataset.path if recipe.data.dataset else recipe.repo_name,
            dataset_name=f"{recipe.title} (sample records)" if recipe.uses_sample_records else recipe.title,
            dataset_split="test",
            metric_type=METRIC_NAMES[name].hub_id,
            metric_name=METRIC_NAMES[name].title,
            metric_value=round(value, 4),
        )
        for name, value in evaluation["metrics"].items()
    ]
    data = ModelCardData(
        language=list(recipe.language),
        license=recipe.license,
        library_name="transformers",
        pipeline_tag=recipe.kind.pipeline_tag,
        tags=[*recipe.tags, *(["sample"] if recipe.is_sample else [])],
        base_model=recipe.base_model.id,
        base_model_relation="finetune" if recipe.base_model.id else None,
        datasets=[recipe.data.dataset.path] if recipe.data.dataset else None,
        metrics=sorted({METRIC_NAMES[name].hub_id for name in evaluation["metrics"]}),
        model_name=recipe.repo_name,
        eval_results=results,
        widget=[
            {**example, "output": [{**entry, "score": round(entry["score"], 4)} for entry in example["output"]]}
            for example in evaluation["widget"]
        ],
    )
    return str(data.to_yaml()).strip()


def _differences(facts: CardFacts) -> list[str]:
    """Return what differs between this model and the reference, in sentences; empty without a reference."""
    recipe = facts.recipe
    if recipe.reference is None:
        return []
    sentences = []
    ours = recipe.base_model.id or "a local base model"
    if ours.split("/")[-1] != recipe.reference.base_model.split("/")[-1]:
        size = facts.training["parameters"] / 1e6
        sentences.append(
            f"The base model: here {ours} ({size:.0f} million parameters), there {recipe.reference.base_model}."
        )
    if recipe.uses_sample_records:
        sentences.append(
            "The records: here a small sample written for hubpress, there the reference's own data. "
            "The figures cannot be compared; they stand here to show the form."
        )
    hyperparameters = facts.training["hyperparameters"]
    changed = [
        f"{name} {_plain(hyperparameters[name])} (there {_plain(value)})"
        for name, value in recipe.reference.settings.items()
        if name in hyperparameters and hyperparameters[name] != value
    ]
    if changed:
        sentences.append(f"The settings: {', '.join(changed)}.")
    ours_alone = [
        f"{name} {_plain(value)}"
        for name, value in facts.training["stated"].items()
        if value and name not in hyperparameters and name not in recipe.reference.settings
    ]
    if ours_alone:
        sentences.append(f"Only here: {'; '.join(ours_alone)}.")
    return [*sentences, *recipe.reference.differences]


def _fixed(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}"


def _percent(value: float) -> str:
    return f"{100 * value:g}%"


def _cell(value: object) -> str:
    """Return text that cannot break a Markdown table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def _metric_name(name: str) -> str:
    return METRIC_NAMES[name].title


def _literal(text: str) -> str:
    """Return a Python string literal; JSON's strings are Python's too."""
    return json.dumps(text, ensure_ascii=False)


def _plain(value: object) -> str:
    """Return a setting as people write it: 5e-05, 4, linear."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value) or "none"
    return "none" if value is None else str(value)
