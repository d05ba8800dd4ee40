"""A base's tokenizer made fit for its model: a token to pad with, the side, the inputs that the model reads."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from hubpress.errors import HubpressError
from hubpress.recipe.recipe import Recipe

SIDES = ("right", "left")
_TEXTS = ("One.", "Another text, which is a good deal longer than the first.")
_TOKENS = 8  # every base reads so many
_APART, _TOGETHER = ("one two", "three"), ("one", "two three")
_NEAR = 1e-3


def fit_tokenizer(tokenizer: Any, model: Any, *, where: str) -> list[str]:
    """Let a tokenizer pad, and give what the model reads; return a sentence for each thing that the base lacked.

    A base without a token to pad with gets its end-of-text token for it, in tokenizer and model alike: the heads of
    decoders find a text's last token by the model's ``pad_token_id``. The texts of a batch are padded on the side on
    which the model answers them as it answers each alone. Raises HubpressError where there is no such side or token,
    and where the tokenizer has tokens that the model does not know.
    """
    room = _rows(model)
    if room is not None and tokenizer.is_fast and len(tokenizer) > room:
        raise HubpressError(
            f"its tokenizer has {len(tokenizer):,} tokens, but the model has room for {room:,}.",
            where=where,
            hint="Save the tokenizer that the model was trained with beside it.",
        )
    notes = list(_padded(tokenizer, where))
    model.config.pad_token_id = tokenizer.pad_token_id
    reads = inspect.signature(model.forward).parameters
    # Some give what their model does not take, and pipeline() passes all that it gets.
    tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name in reads]
    before = tokenizer.padding_side
    tokenizer.padding_side = padding_side(tokenizer, model, where=where)
    if tokenizer.padding_side != before:
        notes.append(f"Texts are padded on the {tokenizer.padding_side}, where the base's tokenizer says {before}.")
    return notes


def refuse_slow(recipe: Recipe, tokenizer: Any, *, where: str) -> None:
    """Raise HubpressError where a tokenizer in Python is not enough for what the recipe wants."""
    if tokenizer.is_fast:
        return
    if recipe.task == "token":
        raise HubpressError(
            "its tokenizer does not tell where its tokens stand in a text (it is no fast one), which entities need.",
            where=where,
            hint="Choose a base model with a tokenizer.json.",
        )
    if recipe.onnx.export:
        raise HubpressError(
            "it has no fast tokenizer (tokenizer.json), which Spaces and Transformers.js need.",
            where=where,
            hint="Choose a base model with one, or release it without ONNX files (onnx.export: false) and Space.",
        )


def refuse_without_pairs(recipe: Recipe, tokenizer: Any, *, where: str) -> None:
    """Raise HubpressError where a recipe reads pairs, and the tokenizer puts nothing between the texts of one.

    The model could not tell where the first ends.
    """
    if recipe.data.text_pair is None:
        return
    single, pair = (tokenizer.num_special_tokens_to_add(pair=is_pair) for is_pair in (False, True))
    ids = [tokenizer(one, other, add_special_tokens=True)["input_ids"] for one, other in (_APART, _TOGETHER)]
    if pair <= single or ids[0] == ids[1]:
        raise HubpressError(
            "its tokenizer puts nothing between the two texts of a pair, so that the model could not tell them apart.",
            where=where,
            hint="Choose a base model whose tokenizer has a template of pairs, as those of BERT and RoBERTa have.",
        )


def _padded(tokenizer: Any, where: str) -> Iterator[str]:
    if tokenizer.pad_token is not None:
        return
    if tokenizer.eos_token is None:
        raise HubpressError(
            "its tokenizer has neither a token to pad with nor an end-of-text token.",
            where=where,
            hint="Set `pad_token` in its tokenizer_config.json.",
        )
    tokenizer.pad_token = tokenizer.eos_token
    yield f"The base has no token to pad with: its end-of-text token {tokenizer.eos_token!r} is used."


def _rows(model: Any) -> int | None:
    """Return how many tokens a model knows; None where that is not a table of tokens."""
    try:
        return int(model.get_input_embeddings().num_embeddings)
    except (NotImplementedError, AttributeError):  # CANINE hashes characters
        return None


def padding_side(tokenizer: Any, model: Any, *, where: str) -> str:
    """Return the side on which padding leaves a model's answers as they are; of both the right one.

    Raises HubpressError where there is none: in a batch a text would be answered otherwise than alone.
    """
    alone = [_logits(model, tokenizer, [text])[0] for text in _TEXTS]
    for side in SIDES:
        tokenizer.padding_side = side
        if all(_near(one, other) for one, other in zip(alone, _logits(model, tokenizer, list(_TEXTS)), strict=True)):
            return side
    raise HubpressError(
        "it answers a text otherwise in a batch than alone, on whichever side the batch is padded.",
        where=where,
        hint="Choose another base model.",
    )


def _logits(model: Any, tokenizer: Any, texts: list[str]) -> list[Any]:
    """Return the logits of each text of a batch; of a token model those of the tokens that are no padding."""
    import torch

    encoded = tokenizer(texts, truncation=True, max_length=_TOKENS, padding=True, return_tensors="pt").to(model.device)
    training = model.training
    model.eval()
    with torch.inference_mode():
        logits = model(**encoded).logits
    model.train(training)
    if logits.ndim == 2:
        return list(logits)
    return [row[mask.bool()] for row, mask in zip(logits, encoded["attention_mask"], strict=True)]


def _near(one: Any, other: Any) -> bool:
    return bool((one - other).abs().max() <= _NEAR * (1 + one.abs().max()))
