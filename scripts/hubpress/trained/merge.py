"""An adapter that is trained already, merged into its base: every weight is taken, and no answer changes by it."""

from __future__ import annotations

from typing import Any

from hubpress.bases.failures import load_failure
from hubpress.bases.find import LOAD_ERRORS
from hubpress.bases.head import answers_of
from hubpress.errors import first_line
from hubpress.inference.adapter import peft_in_silence
from hubpress.layout import CONFIG
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.weights import read_weights, refuse_not_numbers, refuse_other_weights

_NEAR = 1e-4  # of the largest logit
_SHOWN = 3
_COMPLETE = "Name the base that it was trained on (base_model), or save the adapter again."


def merged_adapter(found: AdapterCheckpoint, weights: str, model_class: Any, labels: int) -> tuple[Any, Any]:
    """Return the whole model in float32, with an adapter merged into its base, and the type of the base's numbers.

    *model_class* is an Auto class, *labels* how many labels it has. Raises HubpressError for a base that cannot be
    loaded, for weights that do not fit it, and for an adapter that answers otherwise when it is merged.
    """
    base, dtype = _base(found, model_class, labels)
    state, _ = read_weights(found, (weights,))
    refuse_not_numbers(found, state)
    adapted = _adapted(found, base, state, weights)
    before = answers_of(adapted)
    with peft_in_silence():
        whole = adapted.merge_and_unload(safe_merge=True)
    if (before - answers_of(whole)).abs().max() > _NEAR * (1 + before.abs().max()) * _coarseness(dtype):
        raise found.error(
            "answers otherwise when it is merged into its base.", "Release the whole model that it was trained as."
        )
    return whole.float(), dtype


def meta_adapter(found: AdapterCheckpoint, weights: str, model_class: Any, labels: int) -> Any:
    """Return the base with an adapter beside it, both with the sizes of their weights alone.

    Raises HubpressError as ``merged_adapter`` does, as far as it can be told so.
    """
    base, _ = _base(found, model_class, labels, device="meta")
    state, _ = read_weights(found, (weights,))
    adapted = _adapted(found, base, state, weights)
    return adapted.get_base_model()


def _adapted(found: AdapterCheckpoint, base: Any, state: dict[str, Any], weights: str) -> Any:
    from peft import PeftModel

    folder = str(found.file(weights).parent)
    try:
        with peft_in_silence():
            adapted = PeftModel.from_pretrained(base, folder, torch_device="cpu").eval()
    except LOAD_ERRORS as error:
        raise found.error(f"does not fit its base: {first_line(error).rstrip('.:')}.", _COMPLETE) from error
    _refuse_other_weights(found, adapted, state)
    return adapted


def _base(found: AdapterCheckpoint, model_class: Any, labels: int, *, device: str | None = None) -> tuple[Any, Any]:
    from transformers import AutoConfig

    below = found.below
    place = str(below.folder or below.id)
    try:
        own = found if CONFIG in found.own else below
        config = AutoConfig.from_pretrained(str(own.file(CONFIG).parent), trust_remote_code=False)
        if found.outputs is not None:
            config.num_labels = labels
        base, loading = model_class.from_pretrained(
            place,
            revision=below.commit,
            config=config,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            device_map=device,
        )
    except LOAD_ERRORS as error:
        said = load_failure(place, below.commit, error)
        raise below.error(said.what, said.hint or _COMPLETE) from error
    _refuse_random(found, base, loading)
    return base, base.dtype


def _refuse_random(found: AdapterCheckpoint, base: Any, loading: dict[str, Any]) -> None:
    """Raise HubpressError for weights that the base lacks and the adapter does not bring, which would be random."""
    kind = type(base).__name__
    state, _ = read_weights(found, tuple(name for name in found.own if name.startswith("adapter_model.")))
    brought = {name.removeprefix("base_model.model.") for name in state}
    wrong = [one for one in loading["mismatched_keys"] if one[0] not in brought]
    refuse_other_weights(found.below, {"mismatched_keys": wrong, "missing_keys": (), "unexpected_keys": ()}, kind)
    if lacking := sorted(set(loading["missing_keys"]) - brought):
        raise found.error(
            f"lacks, and so does its base, {_named(lacking)} of a {kind}, which would begin at random.",
            "Save the adapter with them (modules_to_save), or merge it where the whole model is.",
        )


def _refuse_other_weights(found: AdapterCheckpoint, adapted: Any, state: dict[str, Any]) -> None:
    from peft import get_peft_model_state_dict

    with peft_in_silence():
        wanted = set(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    if lacking := sorted(wanted - set(state)):
        raise found.error(f"its weights lack {_named(lacking)}.", _COMPLETE)
    if strange := sorted(set(state) - wanted):
        raise found.error(f"its weights hold {_named(strange)}, which has no place in its base.", _COMPLETE)


def _coarseness(dtype: Any) -> float:
    """Return how many times coarser than float32 a type of number is, as far as a comparison has to allow for it."""
    import torch

    return 1.0 if dtype in (torch.float32, torch.float64) else 1000.0


def _named(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names) if rest <= 0 else f"{', '.join(names[:_SHOWN])} and {rest} more"
