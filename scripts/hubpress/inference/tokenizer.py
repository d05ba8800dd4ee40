"""A tokenizer without what its last use left in it."""

from __future__ import annotations

from typing import Any


def clear_padding_and_truncation(tokenizer: Any) -> None:
    """Take out the padding and truncation that a tokenizer's publisher, or its last use, left in it.

    A fast tokenizer saves them into tokenizer.json, and programs that read that file alone obey them.
    """
    if tokenizer.is_fast:
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
