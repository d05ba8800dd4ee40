"""What the head of a model reads of a text: the input of its last linear layer, as the stock classes compute it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from hubpress.bases.head import output_layer
from hubpress.errors import HubpressError

_BOUNDED = 0.1  # by which tanh is all but a straight line for the outputs of a layer norm
_FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "relu": functional.relu,
    "gelu": functional.gelu,
}
_NEAR = 1e-4

Batches = Iterable[Mapping[str, torch.Tensor]]
"""Batches of token ids, as a model reads them."""


@contextmanager
def without_head(model: Any) -> Iterator[str]:
    """Let a model answer with what its last linear layer reads; yields the name of that layer.

    Raises HubpressError for a model without such a layer.
    """
    name, layer = output_layer(model, model.config.num_labels)
    if layer is None:
        raise _refusal(model, "has no linear layer that gives its logits")
    model.set_submodule(name, nn.Identity())
    try:
        yield name
    finally:
        model.set_submodule(name, layer)


def features_of(model: Any, batches: Batches) -> np.ndarray:
    """Return what the last linear layer reads of each text (texts, size), without dropout."""
    with without_head(model):
        return logits_of(model, batches)


def logits_of(model: Any, batches: Batches) -> np.ndarray:
    """Return the logits of each text (texts, labels), without dropout."""
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        rows = [model(**_inputs(model, batch)).logits.float().cpu().numpy() for batch in batches]
    model.train(was_training)
    return np.concatenate(rows)


def refuse_other_heads(model: Any, batches: Batches) -> None:
    """Raise HubpressError for a model whose logits are not one linear layer's output for a vector a text."""
    try:
        features, logits = features_of(model, batches), logits_of(model, batches)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise _refusal(model, "does not work without its last layer") from error
    layer = output_layer(model, model.config.num_labels)[1]
    assert layer is not None
    if features.ndim == 2 and features.shape[1] == layer.in_features:
        bias = 0 if layer.bias is None else layer.bias.detach().float().cpu().numpy()
        expected = features @ layer.weight.detach().float().cpu().numpy().T + bias
        if np.allclose(expected, logits, atol=_NEAR * (1 + np.abs(logits).max())):
            return
    raise _refusal(model, "does more with its last layer's output than give it as logits")


def straighten(model: Any, batch: Mapping[str, torch.Tensor], *, only: Iterable[str] | None = None) -> bool:
    """Let the square layer before the last one hand on what it reads; tell whether there is such a layer.

    Its tanh is used where that is all but a straight line; before a ReLU or GELU a constant lifts everything above 0,
    which the bias of the last layer takes away again. *only* are the names of weights that may be changed.
    """
    found = _square_layer(model, batch)
    if found is None or (only is not None and f"{found[0]}.weight" not in set(only)):
        return False
    layer, function = model.get_submodule(found[0]), found[1]
    size = layer.in_features
    with torch.no_grad():
        layer.weight.copy_(torch.eye(size) * (_BOUNDED if function == "tanh" else 1))
        if layer.bias is not None:
            # No output of a layer norm with weights of 1 is larger.
            layer.bias.fill_(0 if function == "tanh" else size**0.5)
    return True


def _square_layer(model: Any, batch: Mapping[str, torch.Tensor]) -> tuple[str, str] | None:
    """Return the square linear layer whose output, after a function, is what the last layer reads, and the function."""
    outputs: dict[str, torch.Tensor] = {}

    def keep(name: str) -> Any:
        return lambda _, __, output: outputs.__setitem__(name, output.detach())

    square = {
        name: part
        for name, part in model.named_modules()
        if isinstance(part, nn.Linear) and part.in_features == part.out_features
    }
    hooks = [part.register_forward_hook(keep(name)) for name, part in square.items()]
    try:
        features = torch.tensor(features_of(model, [batch]))
    finally:
        for hook in hooks:
            hook.remove()
    for name, output in reversed(outputs.items()):
        if output.shape == features.shape:
            for function, apply in _FUNCTIONS.items():
                if torch.allclose(apply(output.float().cpu()), features, atol=_NEAR):
                    return name, function
    return None


def _inputs(model: Any, batch: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.to(model.device) for name, value in batch.items() if name != "labels"}


def _refusal(model: Any, what: str) -> HubpressError:
    hint = "Fine-tune it without method and contrastive, or choose another base model."
    return HubpressError(f"{type(model).__name__} {what}.", where="training.method", hint=hint)
