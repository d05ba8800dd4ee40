"""How long a text a base really reads, found by asking it."""

from __future__ import annotations

from typing import Any

import torch

from hubpress.bases.stated_positions import too_long
from hubpress.errors import HubpressError


def refuse_too_long(model: Any, tokenizer: Any, wanted: int) -> None:
    """Raise HubpressError for a ``tokenizer.max_length`` that a model (on the CPU) does not read.

    What ``max_position_embeddings`` says is the most; RoBERTa and its kin use two less, since their positions are
    counted from the token to pad with. Where the answer to a long text depends on what was read before, it is refused.
    """
    stated = getattr(model.config, "max_position_embeddings", None)
    most = min(wanted, stated) if isinstance(stated, int) and stated > 0 else wanted
    usable = most if _reads(model, tokenizer, most) else _longest(model, tokenizer, most)
    if usable < wanted:
        raise too_long(wanted, usable)
    _refuse_memory(model, tokenizer, wanted)


def _longest(model: Any, tokenizer: Any, failing: int) -> int:
    """Return the most tokens that a model reads, fewer than *failing*."""
    reads, fails = 0, failing
    # Nearly all that fail at their stated length lack one, two or four positions.
    for length in (failing - 1, failing - 2, failing - 4):
        if length > 0 and _reads(model, tokenizer, length):
            reads = length
            break
        fails = length
    while fails - reads > 1:
        middle = (reads + fails) // 2
        reads, fails = (middle, fails) if _reads(model, tokenizer, middle) else (reads, middle)
    return reads


def _reads(model: Any, tokenizer: Any, length: int) -> bool:
    try:
        return bool(torch.isfinite(_answer(model, tokenizer, length)).all())
    except (IndexError, RuntimeError, ValueError):
        return False


def _answer(model: Any, tokenizer: Any, length: int) -> torch.Tensor:
    """Return the logits of a text of so many tokens: a real one's, its middle repeated, its ends as they are."""
    ids = tokenizer("A text of a few words.")["input_ids"]
    first, last = ids[0], ids[-1]
    middle = [one for one in ids[1:-1] if one not in tokenizer.all_special_ids] or [first]
    row = [first, *(middle[number % len(middle)] for number in range(length - 2)), last][:length]
    encoded = torch.tensor([row])
    model.eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(input_ids=encoded, attention_mask=torch.ones_like(encoded)).logits
    return logits


def _refuse_memory(model: Any, tokenizer: Any, length: int) -> None:
    """Raise HubpressError where a model that has read short texts answers a long one otherwise than a fresh one."""
    fresh = type(model)(model.config)
    fresh.load_state_dict(model.state_dict())
    if not torch.allclose(_answer(fresh, tokenizer, length), _answer(model, tokenizer, length), atol=1e-4):
        raise HubpressError(
            "its answer to a long text changes once it has read a short one.",
            where="base model",
            hint="With BigBird, set `base_model.config: {attention_type: original_full}`.",
        )
