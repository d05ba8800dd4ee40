"""For few records: what the head reads is chosen, the encoder warmed up, and the head fitted by scikit-learn."""

from __future__ import annotations

import copy
import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from hubpress.bases.head import output_layer
from hubpress.errors import HubpressError, UsageError
from hubpress.metrics.names import is_better
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.training import PreparedEncoder, ProbeFacts, TriedStrength
from hubpress.tasks.protocol import Trainable
from hubpress.train.base_model import LoadedBase
from hubpress.train.contrastive import warm_up
from hubpress.train.head_input import features_of, logits_of, refuse_other_heads, straighten
from hubpress.train.lengths import longest_first
from hubpress.train.pooling import read_mean
from hubpress.train.probe import Examples, best_of, fit_probe, fold_in
from hubpress.train.progress import show

_LOG = logging.getLogger(__name__)
WARMED = "warmed"
"""The folder of the encoder between the warm-up and the training of the head."""
_BEGUN = ".warming"
"""An empty file beside it, from the first step of a warm-up to its end."""
_FACTS = "prepared.json"
_WEIGHTS = "encoder.pt"
_TRIED = 8  # records
_ASKED = 1_000  # records of train, of all lengths
_NEAR = 1e-3  # what single precision may take from logits
_OTHER_LENGTH = 1  # token fewer: what a model makes of padding shows only where there is some


@dataclass(frozen=True)
class FittedHead:
    """A head that scikit-learn fitted."""

    facts: ProbeFacts
    train_loss: float
    """Of the model on the train split, without dropout."""


def is_for_few(recipe: Recipe) -> bool:
    """Tell whether a recipe wants anything of this module."""
    return recipe.training.fits_head or recipe.training.contrastive is not None


def refuse_several_processes(recipe: Recipe) -> None:
    """Raise UsageError for a training that is of one process."""
    training = recipe.training
    if training.contrastive or not training.takes_steps:
        what = "a contrastive warm-up" if training.contrastive else "a linear probe"
        raise UsageError(f"{what} runs in one process.", hint="Run it by itself.")
    if training.fits_head and training.pooling is None:
        raise UsageError(
            "what the head reads of a text is chosen in one process.", hint="Say training.pooling: mean, or own."
        )


def fitting_base(recipe: Recipe, task: Trainable, base: LoadedBase, encoded: Any) -> dict[str, LoadedBase]:
    """Return the base as its head may read a text, by ``training.pooling``: ``own``, ``mean`` or both.

    *encoded* are records to try it on. Raises HubpressError for an architecture of which a linear head cannot be
    folded in, or to which the mean that the recipe asks for cannot be given.
    """
    tried = encoded.select(range(min(_TRIED, len(encoded))))
    batch = next(iter(_batches(tried, task, base, _TRIED, "trying the head of the base model")))
    refuse_other_heads(base.model, [batch])
    asked, found = recipe.training.pooling, {}
    if asked != "own":
        mean = copy.deepcopy(base.model) if asked is None else base.model
        if read_mean(mean, _uneven(batch)):
            said = "The head reads the mean over a text's tokens, by a layer or a setting that was added for it."
            found["mean"] = replace(base, model=mean, adjustments=(*base.adjustments, said))
        elif asked == "mean":
            raise HubpressError(
                f"{type(base.model).__name__} cannot be given the mean over a text's tokens.",
                where="training.pooling",
                hint="Say own, or choose a base model such as BERT, RoBERTa, DistilBERT or ModernBERT.",
            )
    if asked != "mean":
        straighten(base.model, batch, only=base.fresh)
        found = {"own": base, **found}
    return found


def prepared_encoder(
    recipe: Recipe,
    task: Trainable,
    base: LoadedBase,
    encoded: Mapping[str, Any],
    arguments: Any,
    folder: Path,
    *,
    quiet: bool,
) -> tuple[LoadedBase, PreparedEncoder]:
    """Return the base as its head reads a text best, warmed up where the recipe wants that, and what was done.

    A warm-up that was ended is kept in *folder*, so that a killed run goes on behind it; one that was killed within
    begins anew. Either is said, unless *quiet*.
    """
    kept = folder / WARMED
    done = PreparedEncoder.load(kept / _FACTS) if (kept / _FACTS).is_file() else None
    pooling = done.pooling if done else recipe.training.pooling
    asking = recipe.model_copy(update={"training": recipe.training.model_copy(update={"pooling": pooling})})
    ways = fitting_base(asking, task, base, encoded["train"])
    for way in ways.values():
        way.model.to(arguments.device)
    if done:
        show(["The warm-up had ended before; its encoder is taken as it was kept."], quiet=quiet)
        chosen = ways[done.pooling]
        chosen.model.load_state_dict(torch.load(kept / _WEIGHTS, weights_only=True, map_location="cpu"))
        return chosen, done
    name = _better(recipe, task, ways, encoded, arguments)
    chosen, done = ways[name], PreparedEncoder(pooling=name)
    if recipe.training.contrastive:
        if (folder / _BEGUN).is_file():
            show(["The warm-up was stopped before its end; it begins anew."], quiet=quiet)
        (folder / _BEGUN).touch()
        facts = warm_up(
            chosen.model, encoded["train"], task.collator(base.tokenizer), recipe.training.contrastive,
            seed=arguments.seed,
        )  # fmt: skip
        done = PreparedEncoder(pooling=name, warm_up=facts)
        _keep(chosen.model, done, kept)
        (folder / _BEGUN).unlink()
    transformers.set_seed(arguments.seed)  # a run that goes on behind the warm-up is the same run
    return chosen, done


def fitted_head(
    recipe: Recipe, task: Trainable, base: LoadedBase, encoded: Mapping[str, Any], arguments: Any
) -> FittedHead:
    """Fit the head of a base to the train split by scikit-learn; return how, and its loss on that split.

    Without steps behind it, all but the head's last layer is frozen.
    """
    layer = output_layer(base.model, base.model.config.num_labels)[1]
    assert layer is not None  # or the base was refused
    examples = _examples(recipe, task, base, encoded, arguments)
    model, facts = fit_probe(
        recipe,
        task,
        encoded["train"],
        examples,
        labels=list(base.model.config.label2id),
        has_bias=layer.bias is not None,
        is_fresh=recipe.training.contrastive is None,
    )
    fold_in(model, layer)
    train = examples["train"]
    logits, answers = torch.tensor(model.logits(train.features)), torch.tensor(train.answers)
    asked = np.linspace(0, len(logits) - 1, min(_ASKED, len(logits))).astype(int)
    _refuse_otherwise(base, logits[asked].numpy(), encoded["train"].select(asked), task, arguments)
    if not recipe.training.takes_steps:
        base.model.requires_grad_(False)
        layer.requires_grad_(True)
    # The loss of what the layer read is the model's own: asking it for all of train again would take as long as before.
    return FittedHead(facts, float(task.loss(encoded["train"])({"logits": logits}, answers)))


def _refuse_otherwise(base: LoadedBase, wanted: np.ndarray, encoded: Any, task: Trainable, arguments: Any) -> None:
    """Raise HubpressError for a model whose logits are not those of the linear model that was folded in."""
    batches = _batches(encoded, task, base, arguments.per_device_eval_batch_size, "asking the fitted head")
    if np.abs(logits_of(base.model, batches) - wanted).max() > _NEAR * (1 + np.abs(wanted).max()):
        raise HubpressError(
            "what the head reads hardly differs from text to text, so that a linear probe cannot tell them apart.",
            where="training.method",
            hint="Choose another base model, or fine-tune it.",
        )


def _better(
    recipe: Recipe, task: Trainable, ways: Mapping[str, LoadedBase], encoded: Mapping[str, Any], arguments: Any
) -> str:
    """Return the name of the base whose features are the better ones for a probe: the mean, which is the rule for
    frozen encoders, unless the other is better by more than one standard error."""
    if len(ways) == 1:
        return next(iter(ways))
    best: dict[str, TriedStrength] = {}
    for name, way in ways.items():
        examples = _examples(recipe, task, way, encoded, arguments, f", pooling {name}")
        labels = list(way.model.config.label2id)
        facts = fit_probe(recipe, task, encoded["train"], examples, labels=labels, has_bias=True, is_fresh=True)[1]
        best[name] = best_of(facts.tried, recipe.main_metric)
    own, mean = best["own"], best["mean"]
    far = abs(own.score - mean.score) > (own.standard_error or mean.standard_error or 0.0)
    return "own" if far and is_better(recipe.main_metric, own.score, mean.score) else "mean"


def _examples(
    recipe: Recipe, task: Trainable, base: LoadedBase, encoded: Mapping[str, Any], arguments: Any, how: str = ""
) -> dict[str, Examples]:
    size, found = arguments.per_device_eval_batch_size, {}
    for name in ("train", "validation"):
        order = longest_first(encoded[name])
        batches = _batches(encoded[name].select(order), task, base, size, f"embedding {name}{how}")
        in_order = features_of(base.model, batches)[np.argsort(order)]
        found[name] = Examples.of(in_order, encoded[name], recipe.task, base.model.config.num_labels)
    return found


def _batches(
    encoded: Any, task: Trainable, base: LoadedBase, size: int, doing: str
) -> Iterator[Mapping[str, torch.Tensor]]:
    """Yield the batches of an encoded split, and say how many texts have been through what is done with them."""
    collate = task.collator(base.tokenizer)
    for start in range(0, len(encoded), size):
        _LOG.info("%s, %d of %d texts", doing, start, len(encoded))
        yield collate([encoded[row] for row in range(start, min(start + size, len(encoded)))])


def _uneven(batch: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a batch in which one text is shorter than another, as far as their lengths allow it."""
    mask = batch["attention_mask"].clone()
    mask[0, -_OTHER_LENGTH:] = 0
    return {**batch, "attention_mask": mask}


def _keep(model: Any, facts: PreparedEncoder, target: Path) -> None:
    """Save beside the target and rename, so that the target is whole or absent."""
    temporary = target.with_name(f".{target.name}")
    for folder in (temporary, target):
        shutil.rmtree(folder, ignore_errors=True)
    temporary.mkdir(parents=True)
    torch.save(model.state_dict(), temporary / _WEIGHTS)
    facts.save(temporary / _FACTS)
    temporary.rename(target)
