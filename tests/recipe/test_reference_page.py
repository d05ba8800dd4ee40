"""The recipe reference is written from the schema: every key says what it means."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from hubpress.recipe.recipe import RecipeFile


def blocks_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the blocks of a type, each before those inside it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from blocks_in(field.annotation)
    for argument in typing.get_args(annotation):
        yield from blocks_in(argument)


def test_every_block_and_every_key_is_described() -> None:
    """In sentences; what stands below a field in the source is its description."""
    blocks = set(blocks_in(RecipeFile))
    assert len(blocks) > 15
    for block in blocks:
        assert block.__doc__ and block.__doc__ != BaseModel.__doc__, block
        lacking = [name for name, field in block.model_fields.items() if not (field.description or "").endswith(".")]
        assert lacking == [], block
