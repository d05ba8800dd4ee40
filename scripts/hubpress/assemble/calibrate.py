"""A temperature, chosen on validation, folded into the last layer of a staged model: nothing else has to know of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from hubpress.errors import HubpressError
from hubpress.files import PARTIAL
from hubpress.inference.logits import LogitsPipeline
from hubpress.layout import WEIGHTS
from hubpress.metrics.temperature import best_temperature

_WHERE = "decision.calibration"
_TRIED = 8  # texts
_ROUNDED = {"torch.float32": 1e-3, "torch.float64": 1e-3}
_COARSELY = 0.05  # what half precision leaves of a logit


def calibrate(
    pipe: Any,
    repo: Path,
    chunks: Callable[[], Any],
    truth: sparse.csr_matrix,
    *,
    exclusive: bool,
    batch_size: int,
) -> float:
    """Divide the head of the model staged in *repo* by the best temperature, which is returned.

    *pipe* is its pipeline, *chunks* gives the validation texts some at a time, *truth* is what is true of them
    (records, labels). Raises HubpressError where no temperature is the best, or the head cannot be divided.
    """
    head = head_of(pipe, next(iter(chunks()))[:_TRIED])
    with tempfile.TemporaryDirectory(dir=repo.parent) as place:
        # On disk: of thousands of labels, the logits of all records are more than memory may hold.
        logits = np.lib.format.open_memmap(f"{place}/logits.npy", "w+", np.float32, truth.shape)
        _fill(logits, pipe, chunks(), batch_size)
        try:
            temperature = best_temperature(logits, truth, exclusive=exclusive)
        except ValueError as error:
            what = "no temperature is the best on validation: its records are all answered rightly, or as by chance."
            raise HubpressError(what, where=_WHERE, hint="Give more validation records, or take it out.") from error
        finally:
            del logits
    _divide(repo / WEIGHTS, head, temperature)
    return temperature


def head_of(pipe: Any, texts: Sequence[str]) -> str:
    """Return the name of the linear layer that gives a model's logits, tried by dividing them on a few *texts*.

    Raises HubpressError for a model whose logits do not come from such a layer alone: one with another function behind
    it, or whose layer shares its weights.
    """
    import torch

    model, labels = pipe.model, pipe.model.config.num_labels
    called: list[str] = []
    named = {
        name: part
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and part.out_features == labels
    }
    hooks = [part.register_forward_hook(lambda *_, name=name: called.append(name)) for name, part in named.items()]
    asked = LogitsPipeline.beside(pipe)
    try:
        before = np.stack(asked(list(texts), truncation=True))
    finally:
        for hook in hooks:
            hook.remove()
    if not called:
        raise _refusal(model, "has no linear layer that gives its logits")
    own = dict(named[called[-1]].named_parameters())
    places = {part.data_ptr() for part in own.values()}
    every = model.named_parameters(remove_duplicate=False)
    if sum(one.data_ptr() in places for _, one in every) > len(own):
        raise _refusal(model, "shares the weights of its last layer with another")
    kept = {name: part.detach().clone() for name, part in own.items()}
    with torch.no_grad():
        for part in own.values():
            part.copy_(part / 2)
        after = np.stack(asked(list(texts), truncation=True))
        for name, part in own.items():
            part.copy_(kept[name])
    tolerance = _ROUNDED.get(str(own["weight"].dtype), _COARSELY)
    if not np.allclose(2 * after, before, rtol=tolerance, atol=tolerance * (np.abs(before).max() + 1e-6)):
        raise _refusal(model, "does more with its last layer's output than give it as logits")
    return called[-1]


def _refusal(model: Any, what: str) -> HubpressError:
    hint = "Its scores cannot be calibrated by a temperature; take it out."
    return HubpressError(f"{type(model).__name__} {what}.", where=_WHERE, hint=hint)


def _fill(logits: np.ndarray, pipe: Any, chunks: Any, batch_size: int) -> None:
    from hubpress.inference.batching import by_length

    asked, start = LogitsPipeline.beside(pipe), 0
    for texts in chunks:
        found = by_length(texts, lambda some: asked(some, truncation=True, batch_size=batch_size))
        logits[start : start + len(texts)] = np.stack(found)
        start += len(texts)


def _divide(path: Path, head: str, temperature: float) -> None:
    """Divide a layer's weights and bias in a file of weights; all other tensors stay as they are."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(path, framework="pt") as opened:
        metadata, state = opened.metadata(), {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    rows = [name for name in (f"{head}.weight", f"{head}.bias") if name in state]
    if f"{head}.weight" not in rows:
        what = f"model.safetensors has no {head}.weight, which the model's class has."
        raise HubpressError(what, where=_WHERE, hint="Its scores cannot be calibrated by a temperature; take it out.")
    for name in rows:
        state[name] = (state[name].double() / temperature).to(state[name].dtype)
    temporary = path.with_name(f".{path.name}{PARTIAL}")
    save_file(state, temporary, metadata=metadata)
    temporary.replace(path)
