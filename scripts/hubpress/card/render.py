"""Facts -> README.md and REPORT.md: pure, StrictUndefined, the same bytes for the same facts.

Prose stands in ``cards/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hubpress.card.about import About
from hubpress.card.charts.canvas import Picture
from hubpress.card.facts import CardFacts, read_facts
from hubpress.card.filters import FILTERS
from hubpress.card.front_matter import front_matter
from hubpress.card.view import CardView
from hubpress.content import content_dir, templates
from hubpress.errors import HubpressError
from hubpress.hub.marks import marked
from hubpress.layout import CARD, REPORT
from hubpress.recipe.recipe import Recipe


@dataclass(frozen=True)
class Rendered:
    """What the facts of a release give to read."""

    card: str
    """README.md: front matter and Markdown."""
    report: str
    """REPORT.md, which the card links: every table and figure."""
    pictures: Mapping[str, Picture]
    """The figures of both, by name."""

    @property
    def texts(self) -> Mapping[str, str]:
        """Both texts, by the names of their files."""
        return {CARD: self.card, REPORT: self.report}


def render(facts: CardFacts, folder: Path) -> Rendered:
    """Return card and report. Raises HubpressError for a template that does not render, or that gives marks."""
    from jinja2 import TemplateError

    environment = templates(folder)
    environment.filters |= FILTERS
    name = f"{facts.recipe.variant}.md.j2"
    view, about = CardView.of(facts), About.of(facts)
    try:
        body = environment.get_template(name).render(view=view, about=about)
        report = environment.select_template([f"report/{name}", "report.md.j2"]).render(view=view, about=about)
    except TemplateError as error:
        where = f"{getattr(error, 'name', None) or folder}:{getattr(error, 'lineno', '?')}"
        raise HubpressError(f"the card's template does not render: {error}", where=where) from error
    card = f"---\n{front_matter(facts)}\n---\n\n{_calm(body)}"
    return Rendered(marked(card), marked(_calm(report)), facts.pictures)


def rendered(recipe: Recipe, repo_id: str, repo: Path) -> Rendered:
    """Return card and report of a staged or downloaded folder, rendered from the facts in it."""
    return render(read_facts(recipe, repo_id, repo), content_dir("cards"))


def _calm(markdown: str) -> str:
    """Return a text without the empty lines that optional parts leave above one another, outside of code."""
    lines: list[str] = []
    fenced = False
    for line in markdown.strip("\n").split("\n"):
        fenced ^= line.startswith("```")
        if fenced or line.strip() or (lines and lines[-1].strip()):
            lines.append(line if fenced else line.rstrip())
    return "\n".join(lines) + "\n"
