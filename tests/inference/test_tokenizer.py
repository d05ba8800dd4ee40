"""Tokenizers whose pieces begin where words do, so that a pipeline's spans do, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from helpers.tokenizers import byte_level, sentence_pieces, word_pieces
from hubpress.inference.tokenizer import has_spaces, with_tight_offsets

TEXTS = ["We met in Oslo and Rome.", "北京 ist nicht हिं", "(data) 22 🎉 éx"] * 5
ASKED = "We met (in Oslo), 北京 22"


def _cut(tokenizer: Any) -> tuple[list[int], list[str]]:
    encoded = tokenizer(ASKED, add_special_tokens=False, return_offsets_mapping=True)
    return encoded["input_ids"], [ASKED[start:end] for start, end in encoded["offset_mapping"]]


def test_the_space_before_a_word_is_no_part_of_it(tmp_path: Path) -> None:
    """SentencePiece and byte-level BPE as GPT-2 has it: the same pieces, whose places leave the spaces out."""
    from transformers import GPT2TokenizerFast

    unigram = sentence_pieces(TEXTS, tmp_path / "unigram")
    byte_level(TEXTS, tmp_path / "bytes")
    model = json.loads((tmp_path / "bytes" / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    gpt2 = GPT2TokenizerFast(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    for tokenizer in (unigram, gpt2):
        assert has_spaces(tokenizer)
        changed = with_tight_offsets(tokenizer)
        assert not has_spaces(changed) and type(changed) is type(tokenizer)
        (ids, wide), (same, tight) = _cut(tokenizer), _cut(changed)
        assert ids == same and any(part != part.strip() for part in wide)
        assert tight == [part.strip() for part in tight]


def test_what_has_no_such_space_stays_as_it_is(tmp_path: Path) -> None:
    """BERT's and RoBERTa's tokenizers; and DeBERTa's, whose class builds it anew however it was saved."""
    from transformers import DebertaV2TokenizerFast

    for tokenizer in (word_pieces(TEXTS, tmp_path / "words"), byte_level(TEXTS, tmp_path / "bytes")):
        assert not has_spaces(tokenizer) and with_tight_offsets(tokenizer) is tokenizer
    sentence_pieces(TEXTS, tmp_path / "unigram")
    vocab = json.loads((tmp_path / "unigram" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    deberta = DebertaV2TokenizerFast(vocab=[tuple(entry) for entry in vocab])
    assert has_spaces(deberta) and with_tight_offsets(deberta) is deberta
