"""The head of a base whose labels have names: kept where they are the recipe's, in the recipe's order, else fresh."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hubpress.errors import HubpressError
from hubpress.text import quoted

_UNNAMED = re.compile(r"LABEL_\d+")
_SHOWN = 3
_TOKENS = 8


def own_labels(config: Any, model: Any) -> tuple[str, ...]:
    """Return the labels that a base was trained for with this very head, by their ids; empty where it was not."""
    if type(model).__name__ not in (config.architectures or ()):
        return ()
    return tuple(str(config.id2label[number]) for number in sorted(config.id2label))


def settle_head(
    model: Any, own: Sequence[str], labels: Sequence[str], *, absent: set[str], where: str
) -> tuple[bool, str | None]:
    """Let a loaded model answer *labels* in their order; return whether the base's head is kept, and what to say of it.

    *own* are the base's labels, *absent* the names of parameters that its weights lack or have in another size. The
    rows of a head with the same labels in another order are moved to where their labels are now; a head of other labels
    is begun anew. Raises HubpressError where it cannot be told which rows of a trained head belong to which labels.
    """
    name, layer = output_layer(model, len(labels))
    named = bool(own) and not all(_UNNAMED.fullmatch(label) for label in own)
    if layer is None:
        if named and list(own) != list(labels):
            raise HubpressError(
                f"its head, for {_some(own)}, cannot be fitted to other labels.",
                where=where,
                hint="Choose a base model without a head, or with the recipe's labels in their order.",
            )
        return False, None
    if f"{name}.weight" in absent:
        return False, f"The base's own head, for {_some(own)}, gives way to a fresh one." if named else None
    if sorted(own) != sorted(labels):
        _begin_anew(model, layer)
        what = f"for {_some(own)}" if named else "whose labels have no names here"
        return False, f"The base's own head, {what}, gives way to a fresh one."
    if tuple(own) == tuple(labels):
        return True, "The base's own head is kept: its labels are the recipe's."
    _move_rows(model, layer, [list(own).index(label) for label in labels], where)
    return True, "The base's own head is kept, with its labels brought from the base's order into the recipe's by name."


def output_layer(model: Any, labels: int) -> tuple[str, Any | None]:
    """Return the last linear layer outside of the encoder that has an output for each label."""
    import torch

    encoder = f"{model.base_model_prefix}."
    found = [
        (name, part)
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and part.out_features == labels and not name.startswith(encoder)
    ]
    return found[-1] if found else ("", None)


def answer_with_two(model: Any, *, positive: int, where: str) -> None:
    """Let a model with one output, of which a sigmoid makes a score, answer two labels by a softmax, alike.

    The output stays that of the label number *positive*; the other label's is always 0. Raises HubpressError where the
    output is no linear layer's.
    """
    import torch

    name, layer = output_layer(model, 1)
    if layer is None:
        raise HubpressError(
            "its one output is not that of a linear layer, so that no second label can be put beside it.",
            where=where,
            hint="Save it as a classifier of transformers with two labels.",
        )
    before = answers_of(model)
    both = torch.nn.Linear(layer.in_features, 2, bias=layer.bias is not None).to(layer.weight)
    with torch.no_grad():
        for parameter, own in zip(both.parameters(), layer.parameters(), strict=True):
            parameter.zero_()[positive].copy_(own[0])
    model.set_submodule(name, both)
    model.num_labels = model.config.num_labels = 2
    if not torch.allclose(answers_of(model).softmax(-1)[..., [positive]], before.sigmoid(), atol=1e-6):
        raise HubpressError(
            "answers otherwise when its one output is that of one of two labels.",
            where=where,
            hint="Save it as a classifier of transformers with two labels.",
        )


def _begin_anew(model: Any, layer: Any) -> None:
    """Give a layer the random weights that its model's own initialisation gives."""
    for part in (layer, *layer.parameters()):
        part._is_hf_initialized = False  # else transformers leaves alone what it has loaded
    model._init_weights(layer)


def _move_rows(model: Any, layer: Any, order: Sequence[int], where: str) -> None:
    """Put the rows of the output layer in another order, and hold the answers against those of before."""
    import torch

    before = answers_of(model)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(parameter[list(order)].clone())
    if not torch.allclose(answers_of(model), before[..., list(order)], atol=1e-5):
        raise HubpressError(
            "its head has the recipe's labels in another order, and cannot be brought into the recipe's.",
            where=where,
            hint="Name the labels in the base's order in `data.labels`.",
        )


def answers_of(model: Any) -> Any:
    """Return the logits that a model gives for a few tokens, to be compared with others of its own."""
    import torch

    training = model.training
    model.eval()
    ids = torch.arange(_TOKENS, device=model.device).unsqueeze(0)
    ends = getattr(model.config, "eos_token_id", None)
    if isinstance(ends, int):  # the heads of encoder-decoders read the last one
        ids[0, -1] = ends
    with torch.inference_mode():
        logits = model(input_ids=ids).logits
    model.train(training)
    return logits


def _some(labels: Sequence[str]) -> str:
    shown = ", ".join(quoted(label) for label in labels[:_SHOWN])
    return f"{len(labels)} labels ({shown}{', …' if len(labels) > _SHOWN else ''})"
