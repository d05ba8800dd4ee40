"""Facts -> README.md: pure, StrictUndefined, the same bytes for the same facts. Prose stands in ``cards/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubpress import card_tables as tables
from hubpress.card_snippets import tries_of
from hubpress.card_words import FILTERS, plain
from hubpress.content import templates
from hubpress.errors import HubpressError
from hubpress.figures import Picture, pictures
from hubpress.files import EVALUATION, TRAINING, read_json
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
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each label its parent on each level."""
    levels: Sequence[str] = ()


def read_facts(recipe: Recipe, repo_id: str, folder: Path) -> CardFacts:
    """Return the facts of a staged or downloaded folder, with the figures drawn.

    Raises OSError or ValueError for a file that cannot be read, and HubpressError for one that lacks a fact.
    """
    training, evaluation = read_json(folder / TRAINING), read_json(folder / EVALUATION)
    parents, levels = _parents(recipe, read_json(folder / "config.json").get("parents") or {})
    reference = recipe.reference.figures if recipe.reference else ()
    try:
        labels = [row["label"] for row in evaluation["per_class"]]
        drawn = pictures(training, evaluation, reference)
    except KeyError as error:
        raise _lacking(error) from error
    return CardFacts(recipe, repo_id, labels, training, evaluation, drawn, parents, levels)


def render_card(facts: CardFacts, folder: Path) -> str:
    """Return README.md: front matter and Markdown. Raises HubpressError for a template that does not render."""
    from jinja2 import TemplateError

    environment = templates(folder)
    environment.filters |= FILTERS
    try:
        body = environment.get_template(f"{facts.recipe.variant}.md.j2").render(_context(facts))
    except TemplateError as error:
        where = f"{getattr(error, 'name', None) or folder}:{getattr(error, 'lineno', '?')}"
        raise HubpressError(f"the card's template does not render: {error}", where=where) from error
    except KeyError as error:
        raise _lacking(error) from error
    return f"---\n{front_matter(facts)}\n---\n\n{_tidy(body)}\n"


def front_matter(facts: CardFacts) -> str:
    """Return the card's metadata as YAML, by huggingface_hub's own classes."""
    from huggingface_hub import EvalResult, ModelCardData

    recipe, evaluation = facts.recipe, facts.evaluation
    names = tables.ordered(evaluation["metrics"], recipe)
    results = [
        EvalResult(
            task_type=recipe.kind.pipeline_tag,
            dataset_type=recipe.data.dataset.path if recipe.data.dataset else recipe.repo_name,
            dataset_name=f"{recipe.title} (sample records)" if recipe.uses_sample_records else recipe.title,
            dataset_split="test",
            metric_type=METRIC_NAMES[name].hub_id,
            metric_name=METRIC_NAMES[name].title,
            metric_value=round(evaluation["metrics"][name], 4),
        )
        for name in names
    ]
    data = ModelCardData(
        language=list(recipe.language),
        license=recipe.license,
        library_name="transformers",
        pipeline_tag=recipe.kind.pipeline_tag,
        tags=recipe.hub_tags,
        base_model=recipe.base_model.id,
        base_model_relation="finetune" if recipe.base_model.id else None,
        datasets=[recipe.data.dataset.path] if recipe.data.dataset else None,
        metrics=sorted({METRIC_NAMES[name].hub_id for name in names}),
        model_name=recipe.repo_name,
        eval_results=results,
        widget=[widget_entry(recipe, example) for example in evaluation["widget"]],
    )
    return str(data.to_yaml()).strip()


def widget_entry(recipe: Recipe, example: Mapping[str, Any]) -> dict[str, Any]:
    """Return an example of ``evaluation.widget`` as the front matter has it: text, title and rounded scores."""
    shown = {"text": example["text"], "example_title": example["example_title"]}
    if recipe.task == "token":  # the Hub has no output for spans
        return shown
    output = [{"label": entry["label"], "score": round(entry["score"], 4)} for entry in example["output"]]
    return {**shown, "output": output}


def _context(facts: CardFacts) -> dict[str, Any]:
    """Return what the templates read."""
    recipe, evaluation = facts.recipe, facts.evaluation
    names = tables.ordered(evaluation["metrics"], recipe)
    each_epoch = tables.ordered(facts.training["epochs"][0]["metrics"], recipe)
    best, worst = tables.best_and_worst(evaluation["per_class"], tables.EXTREMES)
    sizes = {level: len({above[level] for above in facts.parents.values() if level in above}) for level in facts.levels}
    on_levels = tables.level_lines(evaluation)
    names_on_levels = [name for name in names if any(name in line.metrics for line in on_levels)]
    listable = [level for level in facts.levels if sizes[level] <= tables.FOLDED]
    summed = max(listable, key=lambda level: sizes[level]) if listable else None
    return {
        "recipe": recipe,
        "repo_id": facts.repo_id,
        "labels": facts.labels,
        "training": facts.training,
        "evaluation": evaluation,
        "pictures": facts.pictures,
        "parents": facts.parents,
        "levels": facts.levels,
        "level_sizes": sizes,
        "summed_level": summed,
        "summed": tables.level_counts(facts.parents, summed, evaluation["data"]["label_counts"]) if summed else {},
        "metric_names": names,
        "groups": tables.metric_groups(names),
        "epoch_metrics": list(tables.metric_groups(each_epoch)[0].columns),
        "combinations": tables.combination_lines(evaluation),
        "on_levels": on_levels,
        "level_groups": tables.metric_groups(names_on_levels),
        "further": tables.further_thresholds(evaluation),
        "beside": tables.beside(recipe, evaluation),
        "best": best,
        "worst": worst,
        "folded": tables.FOLDED,
        "listed_labels": tables.LISTED,
        "tries": tries_of(recipe.data.input_template, evaluation["widget"]),
        "differs": _differences(facts),
    }


def _parents(recipe: Recipe, given: Mapping[str, Any]) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Read config.json's ``parents``, which names the level only where there are several."""
    table = recipe.data.label_table
    alone = next(iter(table.parents), "parent") if table else "parent"
    parents = {label: {alone: above} if isinstance(above, str) else dict(above) for label, above in given.items()}
    used = dict.fromkeys(level for above in parents.values() for level in above)
    known = [level for level in (table.parents if table else ()) if level in used]
    return parents, (*known, *(level for level in used if level not in known))


def _differences(facts: CardFacts) -> list[str]:
    """Return what differs between this model and the reference, in sentences; empty without a reference."""
    recipe = facts.recipe
    if recipe.reference is None:
        return []
    sentences = []
    ours = recipe.base_model.id or "a local base model"
    if ours.split("/")[-1] != recipe.reference.base_model.split("/")[-1]:
        millions = facts.training["parameters"] / 1e6
        size = f"{millions:.0f}" if millions >= 10 else f"{millions:.1f}"
        there = recipe.reference.base_model
        sentences.append(f"The base model: here {ours} ({size} million parameters), there {there}.")
    if recipe.uses_sample_records:
        sentences.append(
            "The records: here a small sample written for hubpress, there the reference's own data. "
            "The figures cannot be compared; they stand here to show the form."
        )
    theirs, stated = recipe.reference.settings, facts.training["stated"]
    settings = {**stated, **facts.training["hyperparameters"]}
    settings |= {name: value for name, value in facts.evaluation["decision"].items() if name == "threshold"}
    changed = [
        f"{name} {plain(settings[name])} (there {plain(value)})"
        for name, value in theirs.items()
        if name in settings and plain(settings[name]) != plain(value)
    ]
    if changed:
        sentences.append(f"The settings: {', '.join(changed)}.")
    ours_alone = [
        f"{name} {plain(value)}"
        for name, value in stated.items()
        if value and name not in facts.training["hyperparameters"] and name not in theirs and name != "max_length"
    ]
    if ours_alone:
        sentences.append(f"Only here: {'; '.join(ours_alone)}.")
    return [*sentences, *recipe.reference.differences]


def _lacking(error: KeyError) -> HubpressError:
    hint = "Evaluate the model again, by this version of hubpress."
    return HubpressError(f"it lacks {error}, which the card says.", where=f"{EVALUATION} or {TRAINING}", hint=hint)


def _tidy(body: str) -> str:
    """Return Markdown with single blank lines, outside blocks of code: parts that are left out leave gaps."""
    lines: list[str] = []
    inside = False
    for line in body.strip().split("\n"):
        inside ^= line.startswith("```")
        if inside or line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)
