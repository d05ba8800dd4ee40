"""The rules for the files of any folder, a model's or a Space's."""

from __future__ import annotations

from hubpress.check.files import documents, hygiene, leaks, manifests
from hubpress.check.staged import Rule

RULES: tuple[Rule, ...] = (
    hygiene.kinds,
    hygiene.leftovers,
    hygiene.names,
    hygiene.pictures,
    leaks.secrets,
    leaks.machine_paths,
    documents.documents,
    documents.own_documents,
    manifests.outer_manifest,
)
