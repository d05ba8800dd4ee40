"""Check a staged folder before anything is published: all problems at once, offline, without changing a byte.

Every rule is a small function from the staged folder to its problems; `RULES` lists those for a model, `SPACE_RULES`
those for a Space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hubpress.check.files import documents, hygiene, leaks, manifests
from hubpress.check.model import config as configuration
from hubpress.check.model import onnx as onnx_files
from hubpress.check.model import remote_code, tokenizer, weights
from hubpress.check.problem import Problem
from hubpress.check.readme import front_matter, links, model_index, prose, references, snippets, widget
from hubpress.check.readme import scores as figures
from hubpress.check.space import code as space_code
from hubpress.check.space import readme as space_card
from hubpress.check.space import settings as space_settings
from hubpress.check.staged import Staged
from hubpress.errors import CheckFailed, HubpressError
from hubpress.manifest import Manifest

__all__ = ["RULES", "SPACE_RULES", "Problem", "check_folder"]

Rule = Callable[[Staged], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    hygiene.kinds,
    hygiene.leftovers,
    hygiene.names,
    hygiene.pictures,
    leaks.secrets,
    leaks.machine_paths,
    leaks.machine_paths_in_onnx,
    front_matter.front_matter,
    front_matter.required_fields,
    front_matter.misspelt_fields,
    front_matter.licence,
    front_matter.pipeline_tag,
    front_matter.library_name,
    front_matter.language,
    front_matter.tags,
    front_matter.metrics,
    references.repositories,
    references.base_model_relation,
    model_index.model_index,
    widget.widget,
    prose.placeholders,
    prose.empty_sections,
    prose.size,
    links.images,
    links.links,
    links.torn_links,
    snippets.snippets,
    documents.documents,
    configuration.config,
    configuration.labels,
    configuration.problem_type,
    configuration.decision,
    configuration.local_settings,
    tokenizer.tokenizer_files,
    tokenizer.padding,
    tokenizer.longest_text,
    weights.weights,
    weights.pickles,
    weights.head,
    remote_code.python_files,
    remote_code.custom_pipelines,
    remote_code.auto_map,
    figures.evaluation,
    figures.same_figures,
    figures.same_split,
    onnx_files.both,
    onnx_files.whole,
    onnx_files.inputs,
    onnx_files.outputs,
    onnx_files.measured,
    onnx_files.used,
    manifests.inner_manifest,
    manifests.outer_manifest,
)

SPACE_RULES: tuple[Rule, ...] = (
    hygiene.kinds,
    hygiene.leftovers,
    hygiene.names,
    hygiene.pictures,
    leaks.secrets,
    leaks.machine_paths,
    space_card.front_matter,
    space_card.required_fields,
    space_card.misspelt_fields,
    space_card.looks,
    space_card.start,
    space_card.models,
    space_card.preload,
    front_matter.licence,
    front_matter.tags,
    prose.placeholders,
    prose.empty_sections,
    prose.size,
    links.images,
    links.links,
    links.torn_links,
    snippets.snippets,
    documents.documents,
    space_settings.settings,
    space_settings.values,
    space_settings.revision,
    space_settings.examples,
    space_code.requirements,
    space_code.python_files,
    space_code.no_weights,
    manifests.outer_manifest,
)


def check_folder(folder: Path, *, manifest: Manifest | None = None, revision: str | None = None) -> list[Problem]:
    """Return every problem of a staged folder, sorted by file and line; none means that it may be published.

    With *manifest*, the folder must also hold exactly the files that it lists. A folder with a space.json, or whose
    card names an `sdk`, is checked as a Space; with *revision*, it must be pinned to that commit of its model. Only
    reads, and only this folder.
    Raises ``HubpressError`` when there is no such folder; whatever is wrong inside it is a problem, never an error.
    """
    if not folder.is_dir():
        hint = "Stage the model first, or correct the path."
        raise HubpressError("There is no such folder.", where=str(folder), hint=hint)
    staged = Staged(folder, manifest, revision)
    rules = SPACE_RULES if staged.is_space else RULES
    return sorted({problem for rule in rules for problem in rule(staged)}, key=lambda problem: problem.order)


def refuse_problems(folder: Path, **options: Any) -> None:
    """Raise CheckFailed, with every problem of a staged folder, if there is one; *options* are ``check_folder``'s."""

    if problems := check_folder(folder, **options):
        listed = "\n".join(str(problem) for problem in problems)
        raise CheckFailed(f"{listed}\n{len(problems)} problem(s) in {folder}.")
