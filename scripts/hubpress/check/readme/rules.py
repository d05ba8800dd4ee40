"""The rules for README.md: those for any, for all but Spaces, for the card of a model, and for that of a release."""

from __future__ import annotations

from hubpress.check.readme import (
    contradictions,
    front_matter,
    links,
    model_index,
    placeholders,
    prose,
    references,
    scores,
    snippets,
    values,
    whole,
    widget,
)
from hubpress.check.staged import Rule

ANY: tuple[Rule, ...] = (
    front_matter.licence,
    front_matter.tags,
    front_matter.language,
    front_matter.metrics,
    values.empty,
    values.values,
    references.repositories,
    references.base_model_relation,
    model_index.model_index,
    placeholders.placeholders,
    prose.empty_sections,
    prose.size,
    links.images,
    links.links,
    links.torn_links,
    snippets.snippets,
    whole.tables,
)

NO_SPACE: tuple[Rule, ...] = (
    front_matter.front_matter,
    front_matter.required_fields,
)

MODEL: tuple[Rule, ...] = (
    front_matter.misspelt_fields,
    front_matter.pipeline_tag,
    front_matter.library_name,
    widget.widget,
)

RELEASE: tuple[Rule, ...] = (
    scores.evaluation,
    scores.same_figures,
    scores.same_split,
    whole.ending,
    whole.report,
    contradictions.sentences,
)
