"""Facts -> README.md: pure, StrictUndefined, the same bytes for the same facts. Prose stands in ``cards/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hubpress.card.charts.canvas import Picture
from hubpress.card.facts import CardFacts, read_facts
from hubpress.card.filters import FILTERS
from hubpress.card.front_matter import front_matter
from hubpress.card.view import CardView
from hubpress.content import content_dir, templates
from hubpress.errors import HubpressError
from hubpress.recipe.recipe import Recipe


def render_card(facts: CardFacts, folder: Path) -> str:
    """Return README.md: front matter and Markdown. Raises HubpressError for a template that does not render."""
    from jinja2 import TemplateError

    environment = templates(folder)
    environment.filters |= FILTERS
    try:
        body = environment.get_template(f"{facts.recipe.variant}.md.j2").render(view=CardView.of(facts))
    except TemplateError as error:
        where = f"{getattr(error, 'name', None) or folder}:{getattr(error, 'lineno', '?')}"
        raise HubpressError(f"the card's template does not render: {error}", where=where) from error
    return f"---\n{front_matter(facts)}\n---\n\n{body}"


def card_text(recipe: Recipe, repo_id: str, repo: Path) -> tuple[str, Mapping[str, Picture]]:
    """Return the card of a staged or downloaded folder, rendered from the facts in it, and its pictures by name."""
    facts = read_facts(recipe, repo_id, repo)
    return render_card(facts, content_dir("cards")), facts.pictures
