"""The entities of a token model's records."""

from __future__ import annotations

from hubpress.metrics.entities import entities_of
from hubpress.report.texts import Records
from hubpress.schemas.data_report import EntityFacts
from hubpress.text import shortened

_SHOWN = 160


def entity_facts(records: Records) -> EntityFacts:
    """Return what is to be said of the entities beside their counts by type."""
    labels = records.facts.labels
    longest, total, without = (0, "", ""), 0, 0
    for split in records.splits.values():
        for batch in split.table.select_columns(["tokens", "tags"]).iter(batch_size=1_000):
            for tokens, tags in zip(batch["tokens"], batch["tags"], strict=True):
                found = entities_of(tags, labels)
                total, without = total + len(found), without + (not found)
                for start, end, kind in sorted(found):
                    if end - start > longest[0]:
                        longest = (end - start, " ".join(tokens[start:end]), kind)
    words, text, kind = longest
    return EntityFacts(
        entities=total, without=without, longest=shortened(text, _SHOWN), longest_words=words, longest_type=kind
    )
