"""Pairs of records that bring the texts of one class together before a head is trained, as in SetFit."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn import functional

from hubpress.errors import HubpressError
from hubpress.recipe.contrastive import Contrastive
from hubpress.schemas.training import WarmUpFacts
from hubpress.train.head_input import without_head

_LOG = logging.getLogger(__name__)
_LONGEST_STEP = 1.0  # the norm to which gradients are cut, as TrainingArguments.max_grad_norm


@dataclass(frozen=True)
class Pairs:
    """Rows of records, two and two, and whether both have the same class (or, of several labels, share one)."""

    rows: np.ndarray
    """(pairs, 2)"""
    same: np.ndarray
    """(pairs,): 1 or 0"""


def draw_pairs(labels: Sequence[int] | Sequence[Sequence[int]], iterations: int, seed: int) -> Pairs:
    """Return for each record *iterations* pairs with records of its class, and as many with others, in a drawn order.

    A record that is alone in its class, or whose class is the only one, has no pairs of that kind.
    """
    draw = np.random.default_rng(seed)
    sets = [{one} if isinstance(one, int) else set(one) for one in labels]
    rows: list[tuple[int, int]] = []
    same: list[int] = []
    for row, own in enumerate(sets):
        shares = np.array([bool(own & other) for other in sets])
        for is_same in (True, False):
            partners = np.flatnonzero(shares == is_same)
            partners = partners[partners != row]
            if len(partners):
                rows += [(row, int(other)) for other in draw.choice(partners, iterations)]
                same += [int(is_same)] * iterations
    order = draw.permutation(len(rows))
    return Pairs(np.array(rows, dtype=np.int64).reshape(-1, 2)[order], np.array(same)[order])


def warm_up(
    model: Any, encoded: Any, collator: Callable[..., Mapping[str, Any]], settings: Contrastive, *, seed: int
) -> WarmUpFacts:
    """Train the encoder of a model by pairs of an encoded train split, on what the head reads; return what was done.

    The cosine similarity of two texts is to be 1 where they are of one class, and 0 where not (squared error). The same
    seed gives the same weights. Raises HubpressError for a loss that is no number.
    """
    pairs = draw_pairs(encoded["labels"], settings.num_iterations, seed)
    transformers.set_seed(seed)
    steps = math.ceil(len(pairs.rows) / settings.batch_size) * settings.num_epochs
    trained = [part for part in model.base_model.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=settings.body_learning_rate)
    schedule = transformers.get_linear_schedule_with_warmup(
        optimizer, math.ceil(steps * settings.warmup_proportion), steps
    )
    losses: list[float] = []
    with without_head(model):
        model.train()
        for _ in range(settings.num_epochs):
            for start in range(0, len(pairs.rows), settings.batch_size):
                part = slice(start, start + settings.batch_size)
                loss = pair_loss(model, encoded, collator, Pairs(pairs.rows[part], pairs.same[part]))
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(trained, _LONGEST_STEP)
                optimizer.step()
                schedule.step()
                losses.append(_finite(loss))
                _LOG.info("warming up, step %d of %d with %d pairs each", len(losses), steps, settings.batch_size)
    each_end = max(1, len(losses) // 10)
    return WarmUpFacts(
        **settings.model_dump(),
        pairs=len(pairs.rows),
        steps=steps,
        first_loss=float(np.mean(losses[:each_end])),
        last_loss=float(np.mean(losses[-each_end:])),
    )


def pair_loss(model: Any, encoded: Any, collator: Callable[..., Mapping[str, Any]], pairs: Pairs) -> torch.Tensor:
    """Return the loss of some pairs, by a model that answers with what its head reads; each text is read once."""
    rows, places = np.unique(pairs.rows, return_inverse=True)
    batch = collator([encoded[int(row)] for row in rows])
    read = model(**{name: value.to(model.device) for name, value in batch.items() if name != "labels"}).logits
    first, second = (read[torch.tensor(column)] for column in places.reshape(-1, 2).T)
    return functional.mse_loss(
        functional.cosine_similarity(first, second), torch.tensor(pairs.same, dtype=read.dtype, device=read.device)
    )


def _finite(loss: torch.Tensor) -> float:
    value = float(loss.detach())
    if not math.isfinite(value):
        raise HubpressError(
            "the loss of the warm-up became infinite or not a number.",
            where="training.contrastive",
            hint="Lower body_learning_rate.",
        )
    return value
