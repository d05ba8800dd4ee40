"""Entities of a text <-> tags of a tokenizer's pieces, by the characters that each piece stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hubpress.metrics.iob2 import runs
from hubpress.text import Span, tight

Entity = tuple[int, int, int]
"""First character, the one after the last, and the number of the type."""


def piece_tags(text: str, pieces: Sequence[Span], entities: Iterable[Entity]) -> list[int]:
    """Return the id of each piece's IOB2 tag: B- for the first piece of an entity, I- for all others, O outside.

    A piece belongs to the entity of which it holds the most characters; its white space counts for nothing, since
    SentencePiece and byte-level BPE give a word the space before it. *pieces* and *entities* are in their order.
    """
    tags: list[int] = []
    waiting = sorted(entities)
    if not waiting:
        return [0] * len(pieces)
    begun: Entity | None = None
    for piece in pieces:
        start, end = tight(text, piece)
        while waiting and waiting[0][1] <= (start if start < end else piece[0]):
            waiting.pop(0)
        entity = _most_of((start, end), waiting) if start < end else _around(piece, begun)
        if entity is None:
            tags.append(0)
            continue
        tags.append(2 * entity[2] + (2 if entity == begun else 1))
        begun = entity
    return tags


def _most_of(piece: Span, entities: Sequence[Entity]) -> Entity | None:
    best, most = None, 0
    for entity in entities:
        if entity[0] >= piece[1]:
            break
        shared = min(piece[1], entity[1]) - max(piece[0], entity[0])
        if shared > most:
            best, most = entity, shared
    return best


def _around(piece: Span, begun: Entity | None) -> Entity | None:
    """Return the entity that has begun before a piece of white space or of nothing, and goes on after it."""
    return begun if begun and begun[0] < piece[0] and piece[1] < begun[1] else None


def decoded(text: str, pieces: Sequence[Span], tags: Sequence[int]) -> set[Entity]:
    """Return the entities that tags of pieces say, as ``aggregation_strategy="simple"`` of transformers reads them."""
    found = ((*tight(text, (pieces[first][0], pieces[last - 1][1])), kind) for first, last, kind in runs(tags))
    return {(start, end, kind) for start, end, kind in found if start < end}


def word_tags(text: str, words: Sequence[Span], pieces: Sequence[Span], tags: Sequence[int]) -> list[int]:
    """Return the tag of each word: that of its first piece; O where the tokenizer leaves nothing of it."""
    found = [0] * len(words)
    number = 0
    for piece, tag in zip(pieces, tags, strict=True):
        start, end = tight(text, piece)
        while number < len(words) and words[number][1] <= start:
            number += 1
        if number == len(words):
            break
        if start < end and end > words[number][0]:
            found[number] = tag
            number += 1
    return found


@dataclass(frozen=True)
class Lost:
    """An entity that tags of pieces cannot say."""

    entity: Entity
    inside_a_piece: bool
    """Whether one of its borders lies inside a piece; else the tokenizer leaves out its first or last character."""


def lost(text: str, pieces: Sequence[Span], entities: Sequence[Entity]) -> list[Lost]:
    """Return the entities that the best tags do not give back with their borders and type."""
    if not entities:
        return []
    found = decoded(text, pieces, piece_tags(text, pieces, entities))
    spans = [tight(text, piece) for piece in pieces]
    missing = [entity for entity in entities if entity not in found]
    return [
        Lost(entity, any(start < border < end for start, end in spans for border in entity[:2])) for entity in missing
    ]
