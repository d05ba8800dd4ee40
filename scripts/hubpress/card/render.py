"""Facts -> README.md: pure, StrictUndefined, the same bytes for the same facts. Prose stands in ``cards/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubpress.card import tables
from hubpress.card.charts.canvas import Picture
from hubpress.card.differences import differences
from hubpress.card.facts import CardFacts
from hubpress.card.filters import FILTERS
from hubpress.card.front_matter import front_matter
from hubpress.card.snippets import snippet_examples
from hubpress.content import content_dir, templates
from hubpress.errors import HubpressError
from hubpress.recipe.recipe import Recipe


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
    return f"---\n{front_matter(facts)}\n---\n\n{_tidy(body)}\n"


def _context(facts: CardFacts) -> dict[str, Any]:
    """Return what the templates read."""
    recipe, evaluation = facts.recipe, facts.evaluation
    names = tables.ordered(evaluation.metrics, recipe)
    each_epoch = tables.ordered(facts.training.epochs[0].metrics, recipe)
    best, worst = tables.best_and_worst(evaluation.per_class, tables.EXTREMES)
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
        "summed": tables.level_counts(facts.parents, summed, evaluation.data.label_counts) if summed else {},
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
        "tries": snippet_examples(recipe.data.input_template, evaluation.widget),
        "differs": differences(facts),
    }


def _tidy(body: str) -> str:
    """Return Markdown with single blank lines, outside blocks of code: parts that are left out leave gaps."""
    lines: list[str] = []
    inside = False
    for line in body.strip().split("\n"):
        inside ^= line.startswith("```")
        if inside or line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)


def card_text(recipe: Recipe, repo_id: str, repo: Path) -> tuple[str, Mapping[str, Picture]]:
    """Return the card of a staged or downloaded folder, rendered from the facts in it, and its pictures by name."""
    from hubpress.card.facts import read_facts

    facts = read_facts(recipe, repo_id, repo)
    return render_card(facts, content_dir("cards")), facts.pictures
