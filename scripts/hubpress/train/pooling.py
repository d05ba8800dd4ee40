"""The mean over a text's tokens in the place of its first one, by parts that stock architectures have."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from hubpress.train.head_input import straighten

_OUTWEIGHS = 1e4  # how much more than the first token, which the layer adds to it, the mean counts
_NEAR = 0.02  # of outputs of a layer norm, which are about 1


@dataclass(frozen=True)
class _Layout:
    """What an architecture calls the parts of a layer that its layer norms follow."""

    layers: str
    value: str
    mixed: str
    norms: tuple[str, str]


_LAYOUTS = (
    _Layout(
        layers="encoder.layer",
        value="attention.self.value",
        mixed="attention.output.dense",
        norms=("attention.output.LayerNorm", "output.LayerNorm"),
    ),
    _Layout(
        layers="transformer.layer",
        value="attention.v_lin",
        mixed="attention.out_lin",
        norms=("sa_layer_norm", "output_layer_norm"),
    ),
)
"""BERT, RoBERTa, XLM-R, CamemBERT and ELECTRA; DistilBERT."""


def read_mean(model: Any, batch: Mapping[str, torch.Tensor]) -> bool:
    """Let the head of a model read the mean over a text's tokens, scaled as layer norms do; tell whether it does now.

    ModernBERT has a setting for it. An encoder as BERT's gets one more layer, whose attention gives all tokens the same
    weight and hands their values on as they are. *batch* are texts of different lengths, on which that is tried: a
    model of another architecture stays as it was.
    """
    if hasattr(model.config, "classifier_pooling"):
        model.config.classifier_pooling = "mean"
        return True
    for layout in _LAYOUTS:
        if _fits(model.base_model, layout):
            layers = model.base_model.get_submodule(layout.layers)
            layers.append(_averaging(layers[-1], layout))
            model.config.num_hidden_layers += 1
            if _gives_mean(model, batch, layers[-1].get_submodule(layout.norms[1]).eps) and straighten(model, batch):
                return True
            del layers[-1]
            model.config.num_hidden_layers -= 1
    return False


def _fits(encoder: Any, layout: _Layout) -> bool:
    try:
        last = encoder.get_submodule(layout.layers)[-1]
        return all(last.get_submodule(name) is not None for name in (layout.value, layout.mixed, *layout.norms))
    except (AttributeError, TypeError, IndexError):
        return False


def _averaging(last: Any, layout: _Layout) -> Any:
    """Return a layer like the last one that gives each token the mean of all: without queries and keys, attention is
    even, and without a feed-forward network nothing is added to it."""
    layer = copy.deepcopy(last)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        for name, factor in ((layout.value, 1.0), (layout.mixed, _OUTWEIGHS)):
            weight = layer.get_submodule(name).weight
            weight.copy_(torch.eye(weight.shape[0]) * factor)
        for name in layout.norms:
            layer.get_submodule(name).weight.fill_(1)
    return layer.requires_grad_(False)  # else it would soon be another one


def _gives_mean(model: Any, batch: Mapping[str, torch.Tensor], eps: float) -> bool:
    """Tell whether the encoder's last states are the mean of those before, for texts of each length in the batch."""
    encoder, was_training = model.base_model, model.training
    inputs = {name: value.to(model.device) for name, value in batch.items() if name != "labels"}
    encoder.eval()
    with torch.inference_mode():
        *_, before, last = encoder(**inputs, output_hidden_states=True).hidden_states
    model.train(was_training)
    mask = inputs["attention_mask"].unsqueeze(-1)
    mean = (before * mask).sum(1) / mask.sum(1)
    expected = functional.layer_norm(mean, mean.shape[-1:], eps=eps)
    return torch.allclose(last[:, 0], expected, atol=_NEAR)
