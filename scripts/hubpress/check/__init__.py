"""Check a staged folder before anything is published: all problems at once, offline, without changing a byte.

Every rule is a small function from the staged folder to its problems, and `RULES` is the list of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from hubpress.check import (
    configuration,
    figures,
    front_matter,
    hygiene,
    leaks,
    links,
    manifests,
    model_index,
    prose,
    references,
    remote_code,
    snippets,
    tokenizer,
    weights,
    widget,
)
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.errors import HubpressError
from hubpress.files import Manifest

__all__ = ["RULES", "Problem", "check_folder"]

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
    configuration.documents,
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
    manifests.inner_manifest,
    manifests.outer_manifest,
)


def check_folder(folder: Path, *, manifest: Manifest | None = None) -> list[Problem]:
    """Return every problem of a staged folder, sorted by file and line; none means that it may be published.

    With *manifest*, the folder must also hold exactly the files that it lists. Only reads, and only this folder.
    Raises ``HubpressError`` when there is no such folder; whatever is wrong inside it is a problem, never an error.
    """
    if not folder.is_dir():
        hint = "Stage the model first, or correct the path."
        raise HubpressError("There is no such folder.", where=str(folder), hint=hint)
    staged = Staged(folder, manifest)
    return sorted({problem for rule in RULES for problem in rule(staged)}, key=lambda problem: problem.order)
