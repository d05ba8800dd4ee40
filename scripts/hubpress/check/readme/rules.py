"""The rules for README.md: those for any, and those for a model's card, of which a Space knows nothing."""

from __future__ import annotations

from hubpress.check.readme import front_matter, links, model_index, prose, references, scores, snippets, widget
from hubpress.check.staged import Rule

RULES: tuple[Rule, ...] = (
    front_matter.licence,
    front_matter.tags,
    prose.placeholders,
    prose.empty_sections,
    prose.size,
    links.images,
    links.links,
    links.torn_links,
    snippets.snippets,
)

CARD_RULES: tuple[Rule, ...] = (
    front_matter.front_matter,
    front_matter.required_fields,
    front_matter.misspelt_fields,
    front_matter.pipeline_tag,
    front_matter.library_name,
    front_matter.language,
    front_matter.metrics,
    references.repositories,
    references.base_model_relation,
    model_index.model_index,
    widget.widget,
    scores.evaluation,
    scores.same_figures,
    scores.same_split,
)
