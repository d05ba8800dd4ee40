"""Tiny tokenizers of the three usual kinds, trained on given texts, so that no download is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def word_pieces(texts: Sequence[str], folder: Path) -> Any:
    """Save a tokenizer as BERT has it, cased, with the texts' words and letters; return it."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    words = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text))
    letters = sorted({letter for text in texts for letter in text if not letter.isspace()})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters, *(f"##{letter}" for letter in letters)]
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    folder.mkdir(parents=True, exist_ok=True)
    BertWordPieceTokenizer(numbers, lowercase=False).save(str(folder / "tokenizer.json"))
    return _saved(BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=64), folder)


def byte_level(texts: Sequence[str], folder: Path) -> Any:
    """Save a byte-level BPE tokenizer as RoBERTa has it; return it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return _fast(tokenizer, folder)


def sentence_pieces(texts: Sequence[str], folder: Path) -> Any:
    """Save a tokenizer as SentencePiece's unigram model has it, which counts the space before a word to the word."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=_SPECIAL, unk_token="<unk>", show_progress=False, n_sub_iterations=1
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return _fast(tokenizer, folder)


def _fast(tokenizer: Any, folder: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    names = {"bos": "<s>", "eos": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>", "cls": "<s>", "sep": "</s>"}
    tokens = {f"{role}_token": token for role, token in names.items()}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, model_input_names=["input_ids", "attention_mask"], **tokens
    )
    return _saved(fast, folder)


def _saved(tokenizer: Any, folder: Path) -> Any:
    tokenizer.save_pretrained(folder)
    return tokenizer


KINDS = {"word pieces": word_pieces, "bytes": byte_level, "sentence pieces": sentence_pieces}
