"""The rules for what is in a Space: for any, for those that hubpress builds, and for those of others."""

from __future__ import annotations

from hubpress.check.space import code, hub, readme, settings
from hubpress.check.staged import Rule

ANY: tuple[Rule, ...] = (
    readme.front_matter,
    readme.misspelt_fields,
    readme.looks,
    readme.python_version,
    readme.models,
)

OWN: tuple[Rule, ...] = (
    readme.required_fields,
    readme.start,
    readme.preload,
    settings.settings,
    settings.values,
    settings.revision,
    settings.examples,
    settings.runtime,
    code.requirements,
    code.python_files,
    code.no_weights,
)

FOREIGN: tuple[Rule, ...] = (
    hub.sdk,
    hub.sdk_version,
    hub.app,
    hub.preload,
    hub.gradio_twice,
    hub.python_files,
)
