"""The entities of a token model's records."""

from __future__ import annotations

from typing import Any

from hubpress.metrics.iob2 import types_of
from hubpress.report.lengths import MOST_CHARACTERS, MOST_MEASURED
from hubpress.report.texts import Records
from hubpress.schemas.data_report import EntityFacts
from hubpress.schemas.evaluation import LostEntities
from hubpress.text import shortened

_SHOWN = 160


def entity_facts(records: Records, tokenizer: Any | None) -> EntityFacts:
    """Return what is to be said of the entities beside their counts by type, with what *tokenizer* cannot say."""
    longest, total, without, types = (0, "", ""), 0, 0, types_of(records.facts.labels)
    for split in records.splits.values():
        for batch in split.table.select_columns(["text", "entities"]).iter(batch_size=1_000):
            for text, entities in zip(batch["text"], batch["entities"], strict=True):
                total, without = total + len(entities), without + (not entities)
                for start, end, kind in entities:
                    if end - start > longest[0]:
                        longest = (end - start, text[start:end], types[kind])
    characters, words, name = longest
    return EntityFacts(
        entities=total,
        without=without,
        longest=shortened(words, _SHOWN),
        longest_characters=characters,
        longest_type=name,
        lost=_lost(records, tokenizer, types) if tokenizer and tokenizer.is_fast else None,
    )


def _lost(records: Records, tokenizer: Any, types: tuple[str, ...]) -> dict[str, LostEntities]:
    from hubpress.tasks.token import inexpressible

    drawn = {name: split.drawn(MOST_MEASURED, MOST_CHARACTERS) for name, split in records.splits.items()}
    return {
        name: inexpressible(records.splits[name].table.select(rows), tokenizer, types) for name, rows in drawn.items()
    }
