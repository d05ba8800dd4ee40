"""The rules for files: for any folder, all but Spaces, what hubpress writes, and those of it with a manifest."""

from __future__ import annotations

from hubpress.check.files import documents, eval_results, hygiene, leaks, manifests, pickles
from hubpress.check.staged import Rule

ANY: tuple[Rule, ...] = (
    hygiene.kinds,
    hygiene.leftovers,
    hygiene.names,
    hygiene.pictures,
    hygiene.pointers,
    leaks.secrets,
    leaks.machine_paths,
    documents.documents,
)

NO_SPACE: tuple[Rule, ...] = (
    pickles.pickles,
    leaks.machine_paths_in_onnx,
    eval_results.entries,
)

OURS: tuple[Rule, ...] = (
    documents.own_documents,
    eval_results.same_values,
    manifests.outer_manifest,
)

LISTED: tuple[Rule, ...] = (manifests.inner_manifest,)
