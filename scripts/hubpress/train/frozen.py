"""Training that runs the frozen lower part of an encoder once, not once an epoch.

Where nothing below some layer is trained, what comes out of it is the same in every epoch: frozen parts have no dropout
(:func:`hubpress.train.base_model.freeze`). These hidden states are computed once, kept on disk while the model trains,
and given to it as ``inputs_embeds``; what computed them hands them on as they are. The modules and their weights stay
where they are, so that checkpoints, averages and what is saved are those of the whole model.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from torch import nn

from hubpress.disk import full_disk
from hubpress.text import megabytes
from hubpress.train.lora import is_adapted
from hubpress.train.states import COLUMN, States, StatesCollator

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 32 << 30
"""Beyond that, reading the states would take about as long as computing them: they no longer fit into memory."""
_SHARE = 0.25  # of what is free on the disk
_EQUAL = 1e-5  # of logits in single precision
_TRIED = 8  # texts
_UNFIT = (ValueError, TypeError, RuntimeError, AttributeError, LookupError, NotImplementedError)
"""What architectures raise that are called in another way than theirs."""


_NONE = "there are none"


class _NotCached(Exception):
    """Why the frozen parts are run in every epoch."""


@dataclass(frozen=True)
class LowerPart:
    """The frozen beginning of a model: its embeddings and its first layers."""

    embeddings: nn.Module
    layers: tuple[nn.Module, ...]
    above: tuple[nn.Module, ...]
    """The layers that are trained."""
    gives_tuples: bool
    """Whether its layers return their hidden states as the first of several things."""

    @contextmanager
    def skipped(self) -> Iterator[None]:
        """Let the model take hidden states as ``inputs_embeds``, and hand them on to the first layer above."""
        stands_in = _in_tuple if self.gives_tuples else _handed_on
        replaced = {self.embeddings: _handed_on, **dict.fromkeys(self.layers, stands_in)}
        with _replaced(replaced):
            yield

    @contextmanager
    def alone(self) -> Iterator[list[torch.Tensor]]:
        """Let the model run this part alone; the list holds the hidden states of the latest batch."""
        found: list[torch.Tensor] = []

        def keep(module: nn.Module, given: Any, output: Any) -> None:
            found[:] = [_first(output).detach()]

        hook = self.layers[-1].register_forward_hook(keep)
        try:
            with _replaced(dict.fromkeys(self.above, _in_tuple if self.gives_tuples else _handed_on)):
                yield found
        finally:
            hook.remove()


@contextmanager
def frozen_parts_cached(trainer: Any, folder: Path) -> Iterator[bool]:
    """Let a Trainer train from what its model's frozen lower part gives; tell whether it does.

    The states are kept in *folder* as long as that. Where that is not possible, does not pay, or cannot be proved to
    give the same logits on some texts, the trainer is left as it is, and the reason is logged.
    """
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    trainer.accelerator.wait_for_everyone()
    before = (trainer.train_dataset, trainer.eval_dataset, trainer.data_collator)
    with ExitStack() as stack:
        try:
            states, datasets, lower = _prepared(trainer, folder)
        except _NotCached as reason:
            if str(reason) != _NONE:
                _LOG.info("frozen parts run in every epoch: %s", reason)
            yield False
            return
        stack.callback(states.remove)
        stack.enter_context(lower.skipped())
        collate = StatesCollator(trainer.data_collator, states.of, padding_side=_padding_side(trainer))
        trainer.train_dataset, trainer.eval_dataset = datasets
        trainer.data_collator = collate
        try:
            yield True
        finally:
            trainer.train_dataset, trainer.eval_dataset, trainer.data_collator = before


def _prepared(trainer: Any, folder: Path) -> tuple[States, list[Any], LowerPart]:
    """Return the states, the datasets with their numbers, and what is skipped; raise _NotCached on all processes."""
    _refuse_by_settings(trainer)
    splits = [trainer.train_dataset, trainer.eval_dataset]
    texts = _Texts(splits)
    every = range(len(texts.lengths))
    accelerator, model = trainer.accelerator, trainer.model
    was_training = model.training
    model.eval()
    try:
        with _agreed():
            tried = np.linspace(0, every[-1], min(_TRIED, len(every))).astype(int).tolist()
            lower = _lower_part(model, _batch(trainer, texts.rows(tried)))
            size = _proved(trainer, lower, texts, tried)
        states = States(folder, texts.lengths, size, processes=accelerator.num_processes)
        with _agreed():
            _refuse_by_size(states, folder)
        with _agreed():
            own = every[accelerator.process_index :: accelerator.num_processes]
            try:
                with accelerator.autocast():
                    states.write(accelerator.process_index, _computed(trainer, lower, texts, own))
            except OSError as error:
                if full_disk(error, folder) is None:
                    raise
                raise _NotCached("the disk is full") from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        model.train(was_training)
    return states, [split.add_column(COLUMN, own) for split, own in zip(splits, texts.numbers, strict=True)], lower


@contextmanager
def _agreed() -> Iterator[None]:
    """Raise _NotCached on every process where one of them raises it, or meets a strange architecture."""
    reason = ""
    try:
        yield
    except _NotCached as why:
        reason = str(why)
    except _UNFIT as error:
        reason = f"this architecture cannot be begun in the middle ({error})"
    reasons = [found for found in gather_object([reason]) if found]
    if reasons:
        raise _NotCached(reasons[0])


def _refuse_by_settings(trainer: Any) -> None:
    arguments, model = trainer.args, trainer.model
    if all(part.requires_grad for part in model.base_model.parameters()):
        raise _NotCached(_NONE)
    if is_adapted(model):
        raise _NotCached("an adapter is trained")
    if trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled or arguments.torch_compile:
        raise _NotCached("the model is sharded or compiled")
    step = arguments.train_batch_size * arguments.gradient_accumulation_steps * arguments.world_size
    passes = arguments.max_steps * step / len(trainer.train_dataset)
    if (passes if arguments.max_steps > 0 else arguments.num_train_epochs) <= 1:
        raise _NotCached("there is one epoch")
    if COLUMN not in inspect.signature(model.forward).parameters:
        raise _NotCached(f"{type(model).__name__} takes no {COLUMN}")


def _refuse_by_size(states: States, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    most = min(_MOST_BYTES, int(_SHARE * shutil.disk_usage(folder.parent).free))
    if states.bytes > most:
        raise _NotCached(
            f"their states would take {megabytes(states.bytes)} of disk, and {megabytes(most)} are allowed"
        )


class _Texts:
    """The distinct texts of some splits, the longest first; one after another they are read from the disk."""

    def __init__(self, splits: Sequence[Any]) -> None:
        """Number the rows of *splits*; an oversampled record is one text.

        Texts of one length are next to each other, so that their batches need no padding.
        """
        self._splits = splits
        seen: dict[bytes, int] = {}
        places: list[tuple[int, int]] = []
        lengths: list[int] = []
        numbers: list[list[int]] = []
        for which, split in enumerate(splits):
            own = []
            for row, record in enumerate(split):
                key = _digest(record)
                if key not in seen:
                    seen[key] = len(places)
                    places.append((which, row))
                    lengths.append(len(record["input_ids"]))
                own.append(seen[key])
            numbers.append(own)
        order = sorted(range(len(places)), key=lambda place: -lengths[place])
        rank = {place: number for number, place in enumerate(order)}
        self._places = [places[place] for place in order]
        self.lengths = [lengths[place] for place in order]
        self.numbers = [[rank[place] for place in own] for own in numbers]
        """For each split the numbers of its rows."""

    def rows(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Return the encoded records of some numbers."""
        return [dict(self._splits[which][row]) for which, row in (self._places[number] for number in numbers)]


def _digest(record: Mapping[str, Any]) -> bytes:
    """Return what tells a text from another; its label does not."""
    found = hashlib.blake2b(digest_size=16)
    for name in sorted(record.keys() - {"labels"}):
        found.update(np.asarray(record[name], dtype=np.int64).tobytes() + name.encode())
    return found.digest()


def _lower_part(model: Any, batch: Mapping[str, Any]) -> LowerPart:
    """Return the frozen beginning of a model; raises _NotCached where it has none that can be skipped.

    Whether something below is trained, autograd says: a layer's output wants gradients then.
    """
    base = model.base_model
    layers = next((part for part in base.modules() if isinstance(part, nn.ModuleList)), None)
    if not layers:
        raise _NotCached("the base model has no list of layers")
    inputs: list[torch.Tensor] = []
    outputs: dict[nn.Module, Any] = {}

    def enter(module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        inputs.append(_hidden(given, named))

    def leave(module: nn.Module, given: Any, output: Any) -> None:
        outputs[module] = output

    seen = [part for _, part in base.named_children()] + list(layers)
    hooks = [part.register_forward_hook(leave) for part in seen]
    hooks.append(layers[0].register_forward_pre_hook(enter, with_kwargs=True))
    try:
        with torch.enable_grad():
            model(**batch)
    finally:
        for hook in hooks:
            hook.remove()
    embeddings = next((part for part in outputs if part not in layers and outputs[part] is inputs[0]), None)
    if embeddings is None:
        raise _NotCached("what comes before the first layer is not one module")
    still = [part for part in layers if not _first(outputs[part]).requires_grad]
    if not still or list(layers)[: len(still)] != still:
        raise _NotCached("something is trained below the end of the first layer")
    above = tuple(layers)[len(still) :]
    return LowerPart(embeddings, tuple(still), above, isinstance(outputs[still[0]], tuple))


def _proved(trainer: Any, lower: LowerPart, texts: _Texts, tried: Sequence[int]) -> int:
    """Return the size of a state; raises _NotCached unless the model gives the same logits to texts from states.

    The whole model answers to the texts as a batch, the other to their states as they are cached and padded. Both do so
    in single precision: it is the way that is proved, whatever training rounds to.
    """
    batch = _batch(trainer, texts.rows(tried))
    mask = batch["attention_mask"].bool()
    found = list(_computed(trainer, lower, texts, tried))
    collate = StatesCollator(trainer.data_collator, found.__getitem__, padding_side=_padding_side(trainer))
    features = [{**row, COLUMN: place} for place, row in enumerate(texts.rows(tried))]
    given = _batch(trainer, features, collate)
    with torch.no_grad():
        whole = trainer.model(**batch)["logits"]
        with lower.skipped():
            short = trainer.model(**given)["logits"]
    if whole.shape[:2] == mask.shape and whole.dim() > 2:  # what is said of padding is read by nobody
        whole, short = whole[mask], short[mask]
    apart = float((whole - short).abs().max())
    if not apart <= _EQUAL * max(1.0, float(whole.abs().max())):
        raise _NotCached(f"logits from their states are {apart:.1e} off")
    return int(found[0].shape[1])


def _computed(trainer: Any, lower: LowerPart, texts: _Texts, numbers: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield the states of texts (tokens, size)."""
    size, is_left = trainer.args.per_device_eval_batch_size, _padding_side(trainer) == "left"
    with torch.no_grad(), lower.alone() as found:
        for start in range(0, len(numbers), size):
            _LOG.info("running the frozen layers once, %d of %d texts", start, len(numbers))
            some = numbers[start : start + size]
            trainer.model(**_batch(trainer, texts.rows(some)))
            for states, number in zip(found[0].float().cpu().numpy(), some, strict=True):
                length = texts.lengths[number]
                yield states[-length:] if is_left else states[:length]


@contextmanager
def _replaced(forwards: Mapping[nn.Module, Callable[..., Any]]) -> Iterator[None]:
    """Give modules another ``forward``; their names and weights stay."""
    for module, forward in forwards.items():
        module.__dict__["forward"] = forward
    try:
        yield
    finally:
        for module in forwards:
            module.__dict__.pop("forward", None)


def _handed_on(*given: Any, **named: Any) -> torch.Tensor:
    return _hidden(given, named)


def _in_tuple(*given: Any, **named: Any) -> tuple[torch.Tensor, None]:
    return _hidden(given, named), None


def _hidden(given: tuple[Any, ...], named: Mapping[str, Any]) -> torch.Tensor:
    """Return the hidden states (texts, tokens, size) among the arguments of a module."""
    every = (*given, *named.values())
    return next(one for one in every if isinstance(one, torch.Tensor) and one.dim() == 3 and one.is_floating_point())


def _first(output: Any) -> torch.Tensor:
    first = output[0] if isinstance(output, tuple) else output
    if not isinstance(first, torch.Tensor):
        raise _NotCached("its layers return no tensors")
    return first


def _batch(
    trainer: Any, rows: Sequence[dict[str, Any]], collate: Callable[..., Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return what a model is asked of some rows, without their labels."""
    batch = (collate or trainer.data_collator)(rows)
    return {name: value.to(trainer.args.device) for name, value in batch.items() if name != "labels"}


def _padding_side(trainer: Any) -> str:
    return str(trainer.processing_class.padding_side)
