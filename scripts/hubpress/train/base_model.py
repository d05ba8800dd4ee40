"""The base model with the head of the task, and the parts of it that keep their weights."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.bases.find import Base, at_commit, find_base, load_config, load_tokenizer, one_sentence, weights_hash
from hubpress.bases.head import own_labels, settle_head
from hubpress.bases.tokenizer import fit_tokenizer, refuse_slow, refuse_without_pairs
from hubpress.errors import HubpressError
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.training import BaseModelFacts
from hubpress.tasks.protocol import Trainable

_FEW = 0.2  # of the encoder's weights: a pooler that was never trained, but not another model


@dataclass(frozen=True)
class LoadedBase:
    """A base model ready to be trained."""

    model: Any
    tokenizer: Any
    keeps_head: bool
    """Whether the base's own head goes on, whose values a task must not begin anew."""
    adjustments: tuple[str, ...]
    """What was changed to make it fit, a sentence each."""
    facts: BaseModelFacts
    """Which it is."""
    fresh: tuple[str, ...] = ()
    """The names of weights that it lacks, which begin at random."""


def load_base(recipe: Recipe, task: Trainable, labels: Sequence[str]) -> LoadedBase:
    """Return the base model with a head for *labels*, its own where that answers them, and its tokenizer.

    Raises HubpressError when it cannot be loaded, when its weights are of another model, and for a head or a tokenizer
    that cannot be made fit.
    """
    import torch

    base = at_commit(find_base(recipe.starts_from, recipe_folder=recipe.folder))
    config = load_config(base)
    with one_sentence(base, kind=config.model_type):
        model, loading = task.model_class().from_pretrained(
            base.name_or_path,
            revision=base.revision or "main",
            trust_remote_code=False,
            num_labels=len(labels),
            id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
            problem_type=recipe.kind.problem_type,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,  # of the head: those of the encoder are refused below
            output_loading_info=True,
            **recipe.starts_from.config,
        )
    missing, resized = set(loading["missing_keys"]), {name: shapes for name, *shapes in loading["mismatched_keys"]}
    notes = _begun_at_random(model, missing, resized, base)
    if getattr(model.config, "use_cache", False):
        model.config.use_cache = False  # what decoders keep for the next token; a classifier has none
    own = own_labels(config, model)
    keeps_head, said = settle_head(model, own, labels, absent={*missing, *resized}, where=base.place)
    tokenizer = load_tokenizer(recipe, base=base)
    refuse_slow(recipe, tokenizer, where=base.place)
    refuse_without_pairs(recipe, tokenizer, where=base.place)
    notes += [*([said] if said else []), *fit_tokenizer(tokenizer, model, where=base.place)]
    return LoadedBase(model, tokenizer, keeps_head, tuple(notes), _facts(recipe, base), tuple(sorted(missing)))


def _facts(recipe: Recipe, base: Base) -> BaseModelFacts:
    spec, on_hub = recipe.starts_from, not Path(base.name_or_path).exists()
    commit = base.revision if on_hub and re.fullmatch(r"[0-9a-f]{40}", base.revision or "") else None
    return BaseModelFacts(
        id=spec.id, revision=spec.revision, config=spec.config, commit=commit, sha256=weights_hash(base)
    )


def _begun_at_random(model: Any, missing: Iterable[str], resized: dict[str, list[Any]], base: Base) -> list[str]:
    """Return a sentence for the few parts of the encoder that the weights lack; raise HubpressError where it is more.

    A pooler is lacking from many a base that was trained on masked words.
    """
    encoder = f"{model.base_model_prefix}."
    for name, shapes in sorted(resized.items()):
        if name.startswith(encoder):
            has, wanted = (tuple(shape) for shape in shapes)
            raise HubpressError(
                f"its weights do not fit its config.json: {name} is {has} in them and {wanted} here.",
                where=base.place,
                hint="Take out of `base_model.config` what changes sizes, or choose another base model.",
            )
    lacking = sorted(name for name in missing if name.startswith(encoder))
    every = [name for name in model.state_dict() if name.startswith(encoder)]
    if len(lacking) > _FEW * len(every):
        raise HubpressError(
            f"its weights are of another model: {len(lacking)} of {len(every)} parts of the encoder are not among "
            f"them, such as {lacking[0]}.",
            where=base.place,
            hint="Check `model_type` in its config.json, or choose another base model.",
        )
    return [f"The base's weights lack {', '.join(lacking)}; they begin at random."] if lacking else []


def freeze(model: Any, parts: Sequence[str]) -> None:
    """Let parts of the encoder keep their weights, and use them without dropout while the rest is trained.

    So what they give to a text is the same in every epoch. Raises HubpressError for a part that the encoder lacks.
    """
    for part in parts:
        try:
            module = model.base_model.get_submodule(part)
        except AttributeError as error:
            raise HubpressError(
                f"the base model has no part {part!r}.",
                where="training.freeze",
                hint=_parts_near(model.base_model, part),
            ) from error
        module.requires_grad_(False)
        module.eval()
        module.__dict__["train"] = functools.partial(_stay, module)  # which that of the whole model calls


def _stay(module: Any, mode: bool = True) -> Any:
    return module


def _parts_near(encoder: Any, part: str) -> str:
    """Return in a sentence which parts there are where a name goes astray."""
    inside, named = encoder, ""
    for name in part.split("."):
        children = dict(inside.named_children())
        if name not in children:
            break
        inside, named = children[name], f"{named}{name}."
    there = [f"{named}{name}" for name, _ in inside.named_children()]
    if not there:
        return f"{named.removesuffix('.')} has no parts."
    return f"Its parts{' there' if named else ''}: {', '.join(there)}."
