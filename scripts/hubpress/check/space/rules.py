"""The rules for what is in a Space and in no model's folder."""

from __future__ import annotations

from hubpress.check.space import code, readme, settings
from hubpress.check.staged import Rule

RULES: tuple[Rule, ...] = (
    readme.front_matter,
    readme.required_fields,
    readme.misspelt_fields,
    readme.looks,
    readme.start,
    readme.models,
    readme.preload,
    settings.settings,
    settings.values,
    settings.revision,
    settings.examples,
    code.requirements,
    code.python_files,
    code.no_weights,
)
