"""The rules of an audit: those of `check` for the kind of repository, each with its severity, and those of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hubpress.audit import (
    code_keys,
    decisions,
    formats,
    licences,
    pickle_scan,
    python_code,
    results,
    snippets,
    web_links,
)
from hubpress.audit.audited import Audited, AuditRule, Found
from hubpress.check.files import documents, hygiene, leaks, manifests, pickles
from hubpress.check.folder import rules_for
from hubpress.check.kind import Kind
from hubpress.check.model import config, libraries, onnx, remote_code, tokenizer, weights
from hubpress.check.readme import front_matter, model_index, prose, scores, values, widget
from hubpress.check.readme import snippets as card_snippets
from hubpress.check.staged import Rule
from hubpress.schemas.audit import Severity

# What is not named here is a warning.
_SEVERITIES: Mapping[Rule, Severity] = {
    **dict.fromkeys((front_matter.front_matter, front_matter.licence, values.values, values.empty), "error"),
    **dict.fromkeys((model_index.model_index, card_snippets.snippets, widget.widget, scores.same_figures), "error"),
    **dict.fromkeys((config.config, weights.weights, weights.whole, weights.head, onnx.whole), "error"),
    **dict.fromkeys((remote_code.python_files, remote_code.custom_pipelines, remote_code.auto_map), "error"),
    **dict.fromkeys((libraries.adapter, libraries.modules, libraries.diffusers, libraries.gguf), "error"),
    libraries.released_adapter: "error",
    **dict.fromkeys((documents.documents, leaks.secrets, tokenizer.any_tokenizer, manifests.inner_manifest), "error"),
    **dict.fromkeys((hygiene.leftovers, hygiene.names, hygiene.kinds, hygiene.pictures, prose.empty_sections), "note"),
    **dict.fromkeys((config.local_settings, config.version, tokenizer.longest_text, leaks.machine_paths), "note"),
    **dict.fromkeys((front_matter.tags, front_matter.language, prose.size), "note"),
}

# Of a file of which the beginning alone was read, they say what is true all the same: by its name, or by its header.
_OF_THE_BEGINNING: frozenset[Rule] = frozenset(
    (hygiene.leftovers, hygiene.names, pickles.pickles, weights.weights, weights.whole, weights.head)
)

OWN: tuple[AuditRule, ...] = (
    results.figures,
    results.split,
    results.threshold,
    results.label_count,
    decisions.thresholds,
    formats.weights,
    snippets.unmarked,
    snippets.code_in_prose,
    snippets.own_pipelines,
    snippets.pipelines_in_prose,
    code_keys.named_code,
    code_keys.kernels,
    code_keys.trust,
    python_code.reach,
    python_code.unsafe,
    pickle_scan.pickles,
    licences.licence_of_base,
    web_links.web_links,
)


def found_in(audited: Audited) -> Iterator[tuple[str, Found]]:
    """Yield everything that is found, with the id of the rule that found it."""
    for rule in rules_for(audited.staged.kind):
        severity = _SEVERITIES.get(rule, "warning")
        for problem in rule(audited.staged):
            in_part = problem.where.rpartition(":")[0] in audited.in_part or problem.where in audited.in_part
            if not in_part or rule in _OF_THE_BEGINNING:
                yield _id(rule), Found(severity, problem.where, problem.text)
    for own in OWN:
        for found in own(audited):
            yield _id(own), found


def promise_of(rule_id: str) -> str:
    """Return what the rule of this id promises where it finds nothing."""
    every: tuple[Rule | AuditRule, ...] = (*OWN, *(rule for kind in Kind for rule in rules_for(kind)))
    return next((_promise(rule) for rule in every if _id(rule) == rule_id), "")


def _id(rule: Rule | AuditRule) -> str:
    return f"{rule.__module__.rpartition('.')[2]}/{rule.__name__}".replace("_", "-")


def _promise(rule: Rule | AuditRule) -> str:
    return (rule.__doc__ or "").strip().split("\n")[0]
