"""Tiny random bases of many architectures, each with the kind of tokenizer that its family has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

TEXTS = (
    "The choir sings at Old Mill on Friday, and the heating in room four is broken again.",
    "Please send somebody to Bonn: the radiator leaks, the lamp flickers, the concert begins at noon.",
    "When does the reading in Oslo begin? The number of seats is not known yet.",
    "A lecture about markets, pipes and boilers is held in Rome by the office.",
)
POSITIONS = 64
"""Tokens that each base reads, but for those without positions of their own."""

_SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
_ROBERTA = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_BERT = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def _word_pieces(special: tuple[str, ...]) -> dict[str, int]:
    trained = Tokenizer(models.WordPiece(unk_token=special[1]))
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=list(special), show_progress=False)
    trained.train_from_iterator([text.lower() for text in TEXTS], trainer)
    return dict(trained.get_vocab())


def _byte_level(special: tuple[str, ...]) -> tuple[dict[str, int], list[tuple[str, str]], Tokenizer]:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(TEXTS, trainer)
    return dict(trained.get_vocab()), _merges(trained), trained


def _merges(trained: Tokenizer) -> list[tuple[str, str]]:
    import json

    return [(first, second) for first, second in json.loads(trained.to_str())["model"]["merges"]]


def _pieces(special: tuple[str, ...], unknown: str) -> list[tuple[str, float]]:
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=list(special), unk_token=unknown, show_progress=False
    )
    trained.train_from_iterator(TEXTS, trainer)
    import json

    return [(piece, score) for piece, score in json.loads(trained.to_str())["model"]["vocab"]]


def _bert(name: str = "BertTokenizer") -> Any:
    return getattr(transformers, name)(vocab=_word_pieces(_BERT))


def _mpnet() -> Any:
    return transformers.MPNetTokenizer(vocab=_word_pieces(("<pad>", "[UNK]", "<s>", "</s>", "<mask>")))


def _bpe(name: str, special: tuple[str, ...], **words: Any) -> Any:
    vocabulary, merges, _ = _byte_level(special)
    return getattr(transformers, name)(vocab=vocabulary, merges=merges, **words)


def _generic(special: tuple[str, ...], **words: Any) -> Any:
    return transformers.PreTrainedTokenizerFast(tokenizer_object=_byte_level(special)[2], **words)


def _sentence_pieces(name: str, special: tuple[str, ...], unknown: str) -> Any:
    return getattr(transformers, name)(vocab=_pieces(special, unknown))


@dataclass(frozen=True)
class TinyBase:
    """How a base is made: its tokenizer, its configuration and the class of its bare model."""

    tokenizer: Callable[[], Any]
    config: str
    model: str
    settings: dict[str, Any]


_ALBERT = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
_OFFSET = {**_SIZE, "max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1}
_PLAIN = {**_SIZE, "max_position_embeddings": POSITIONS}
_IDS = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
_END = "<|endoftext|>"

BASES: dict[str, TinyBase] = {
    "BERT": TinyBase(_bert, "BertConfig", "BertModel", _PLAIN),
    "DistilBERT": TinyBase(
        lambda: _bert("DistilBertTokenizer"),
        "DistilBertConfig",
        "DistilBertModel",
        {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": POSITIONS},
    ),
    "ELECTRA": TinyBase(_bert, "ElectraConfig", "ElectraModel", {**_PLAIN, "embedding_size": 16}),
    "MPNet": TinyBase(_mpnet, "MPNetConfig", "MPNetModel", {**_SIZE, "max_position_embeddings": POSITIONS + 2}),
    "RoBERTa": TinyBase(
        lambda: _bpe("RobertaTokenizer", _ROBERTA), "RobertaConfig", "RobertaModel", {**_OFFSET, **_IDS}
    ),
    "XLM-R": TinyBase(
        lambda: _sentence_pieces("XLMRobertaTokenizer", _ROBERTA, "<unk>"),
        "XLMRobertaConfig",
        "XLMRobertaModel",
        {**_OFFSET, **_IDS},
    ),
    "CamemBERT": TinyBase(
        lambda: _sentence_pieces("CamembertTokenizer", _ROBERTA, "<unk>"),
        "CamembertConfig",
        "CamembertModel",
        {**_OFFSET, **_IDS},
    ),
    "DeBERTa": TinyBase(
        lambda: _bpe("DebertaTokenizer", ("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]")),
        "DebertaConfig",
        "DebertaModel",
        {**_PLAIN, "pad_token_id": 1, "relative_attention": True, "pos_att_type": ["c2p", "p2c"], "type_vocab_size": 0},
    ),
    "DeBERTa v2 and v3": TinyBase(
        lambda: _sentence_pieces("DebertaV2Tokenizer", ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"), "[UNK]"),
        "DebertaV2Config",
        "DebertaV2Model",
        {
            **_PLAIN,
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "position_buckets": 16,
            "position_biased_input": False,
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "type_vocab_size": 0,
        },
    ),
    "ALBERT": TinyBase(
        lambda: _sentence_pieces("AlbertTokenizer", _ALBERT, "<unk>"),
        "AlbertConfig",
        "AlbertModel",
        {**_PLAIN, "embedding_size": 16, "bos_token_id": 2, "eos_token_id": 3},
    ),
    "ModernBERT": TinyBase(
        lambda: _generic(
            ("[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"),
            **{f"{name}_token": f"[{name.upper()}]" for name in ("unk", "cls", "sep", "pad", "mask")},
            model_input_names=["input_ids", "attention_mask"],
        ),
        "ModernBertConfig",
        "ModernBertModel",
        {**_PLAIN, "num_hidden_layers": 4, "local_attention": 8, "pad_token_id": 3, "cls_token_id": 1,
         "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2},
    ),
    "Longformer": TinyBase(
        lambda: _bpe("RobertaTokenizer", _ROBERTA),
        "LongformerConfig",
        "LongformerModel",
        {**_OFFSET, **_IDS, "attention_window": 16, "sep_token_id": 2},
    ),
    "BigBird": TinyBase(
        lambda: _sentence_pieces(
            "BigBirdTokenizer", ("<pad>", "<unk>", "<s>", "</s>", "[CLS]", "[SEP]", "[MASK]"), "<unk>"
        ),
        "BigBirdConfig",
        "BigBirdModel",
        {**_PLAIN, "block_size": 4, "num_random_blocks": 1, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3},
    ),
    "GPT-2": TinyBase(
        lambda: _bpe("GPT2Tokenizer", (_END,), unk_token=_END, bos_token=_END, eos_token=_END),
        "GPT2Config",
        "GPT2Model",
        {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": POSITIONS, "bos_token_id": 0, "eos_token_id": 0},
    ),
    "Llama": TinyBase(
        lambda: _generic(
            ("<|begin_of_text|>", "<|end_of_text|>"), bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>"
        ),
        "LlamaConfig",
        "LlamaModel",
        {**_PLAIN, "num_key_value_heads": 1, "bos_token_id": 0, "eos_token_id": 1},
    ),
    "T5": TinyBase(
        lambda: _sentence_pieces("T5Tokenizer", ("<pad>", "</s>", "<unk>"), "<unk>"),
        "T5Config",
        "T5Model",
        {"d_model": 32, "d_kv": 16, "d_ff": 32, "num_layers": 2, "num_heads": 2, "decoder_start_token_id": 0},
    ),
    "BART": TinyBase(
        lambda: _bpe("BartTokenizer", _ROBERTA),
        "BartConfig",
        "BartModel",
        {
            "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
            "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
            "max_position_embeddings": POSITIONS, "decoder_start_token_id": 2, "forced_eos_token_id": 2, **_IDS,
        },
    ),
    "CANINE": TinyBase(
        lambda: transformers.CanineTokenizer(),
        "CanineConfig",
        "CanineModel",
        {**_SIZE, "max_position_embeddings": POSITIONS, "num_hash_buckets": 64, "local_transformer_stride": 16},
    ),
}  # fmt: skip


def save_base(name: str, folder: Path, *, head: str | None = None, **settings: Any) -> Path:
    """Save a base of 2 layers and 32 wide into *folder*, the bare model or one with a *head* (a class); return it."""
    base = BASES[name]
    tokenizer = base.tokenizer()
    torch.manual_seed(0)
    config = getattr(transformers, base.config)(**{"vocab_size": len(tokenizer), **base.settings, **settings})
    transformers.utils.logging.disable_progress_bar()
    getattr(transformers, head or base.model)(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
