"""A tokenizer without what its last use left in it, and without the spaces that it counts to words."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from hubpress.text import Span, tight

_PROBE = "A bc, 1 \u5317 (\u0939\u093f\u0902) \U0001f600 e\u0301x"


def clear_padding_and_truncation(tokenizer: Any) -> None:
    """Take out the padding and truncation that a tokenizer's publisher, or its last use, left in it.

    A fast tokenizer saves them into tokenizer.json, and programs that read that file alone obey them.
    """
    if tokenizer.is_fast:
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()


def has_spaces(tokenizer: Any) -> bool:
    """Return whether a tokenizer counts the space before a word to the word's first piece."""
    offsets = _probed(tokenizer)["offset_mapping"]
    return any(_PROBE[start:end] != _PROBE[start:end].strip() for start, end in offsets)


def with_tight_offsets(tokenizer: Any) -> Any:
    """Return a tokenizer of the same pieces whose places leave out the space before a word, where there is one.

    Then the spans of ``pipeline("token-classification")`` begin where their entities do. It is the given tokenizer
    where it has no such spaces, and where nothing can be done: its class builds its parts anew when it is loaded.
    """
    if not tokenizer.is_fast or not has_spaces(tokenizer):
        return tokenizer
    changed = _without_spaces(tokenizer)
    has_same_pieces = _probed(changed)["input_ids"] == _probed(tokenizer)["input_ids"]
    return changed if has_same_pieces and not has_spaces(changed) else tokenizer


def _without_spaces(tokenizer: Any) -> Any:
    """Return the tokenizer as it is loaded again after what can be changed of it is changed."""
    from tokenizers import pre_tokenizers, processors
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        changed = AutoTokenizer.from_pretrained(folder)
        backend = changed.backend_tokenizer
        if isinstance(backend.pre_tokenizer, pre_tokenizers.Metaspace):
            backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), backend.pre_tokenizer])
        else:  # it finds nothing to do where pieces are not of byte-level BPE
            own = [backend.post_processor] if backend.post_processor else []
            backend.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), *own])
        changed.save_pretrained(folder)
        return AutoTokenizer.from_pretrained(folder)


def _probed(tokenizer: Any) -> Any:
    return tokenizer(_PROBE, return_offsets_mapping=True, verbose=False)


def pieces_of(texts: Sequence[str], tokenizer: Any) -> list[list[Span]]:
    """Return the places of the pieces into which a tokenizer cuts each text."""
    encoded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    return [[(start, end) for start, end in offsets] for offsets in encoded["offset_mapping"]]


def words_of(texts: Sequence[str], tokenizer: Any) -> list[list[Span]]:
    """Return the places of the words into which a tokenizer cuts each text before it cuts them into pieces."""
    encoded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    found: list[list[Span]] = []
    for number, text in enumerate(texts):
        words: dict[int, Span] = {}
        for word, (start, end) in zip(encoded.word_ids(number), encoded["offset_mapping"][number], strict=True):
            if word is not None:
                words[word] = (words.get(word, (start, end))[0], end)
        whole = (tight(text, span) for span in words.values())
        found.append([(start, end) for start, end in whole if start < end])
    return found
