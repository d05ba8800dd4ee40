"""Training that measures and releases an exponential moving average of the weights (Polyak averaging)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import TrainerCallback

from hubpress.train.head_rate import HeadRateTrainer

AVERAGE = "average.pt"


class AveragingTrainer(HeadRateTrainer):
    """Trainer whose evaluations see the averaged weights; :meth:`release_average` leaves those of the best epoch.

    After every step the average moves by ``1 - ema_decay`` towards the weights (``torch.optim.swa_utils``). On a small
    data set it swings less from epoch to epoch than the weights themselves. Checkpoints hold both, so that a resumed
    run is the same run. Sharded models (FSDP, DeepSpeed) are not averaged: each process needs all weights.
    """

    #: The files that a whole checkpoint has besides Trainer's own.
    beside_checkpoints = (AVERAGE,)

    def __init__(self, *args: Any, ema_decay: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step: Any = get_ema_multi_avg_fn(ema_decay)  # type: ignore[no-untyped-call]
        self.average = _TrainedAverage(self.model, multi_avg_fn=step)
        self.add_callback(_Follow(self.average))

    def train(self, resume_from_checkpoint: str | None = None, **kwargs: Any) -> Any:
        """Train as Trainer does; the average is resumed with the weights."""
        if resume_from_checkpoint:
            self._load_average(Path(resume_from_checkpoint))
        return super().train(resume_from_checkpoint=resume_from_checkpoint, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Evaluate the averaged weights, before the first step the weights themselves; return Trainer's metrics."""
        if self.average.n_averaged == 0:
            return dict(super().evaluate(*args, **kwargs))
        with self._averaged():
            return dict(super().evaluate(*args, **kwargs))

    def release_average(self) -> None:
        """Replace the model's weights by the average as it was at the best checkpoint."""
        self._load_average(Path(self.state.best_model_checkpoint))
        self.model.load_state_dict(self.average.module.state_dict())

    def _load_average(self, checkpoint: Path) -> None:
        # Loaded on the CPU and copied from there: on several processes the devices' names differ from the saved ones.
        self.average.load_state_dict(torch.load(checkpoint / AVERAGE, weights_only=True, map_location="cpu"))

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        own = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.average.module.state_dict())
        try:
            yield
        finally:
            self.model.load_state_dict(own)


class _TrainedAverage(AveragedModel):
    """AveragedModel that leaves frozen weights alone: their average is what they are, and most of a small model."""

    def update_parameters(self, model: torch.nn.Module) -> None:
        """Move the average of what is trained towards *model*, which the first call takes as it is."""
        pairs = [
            (own.detach(), new.detach())
            for own, new in zip(self.module.parameters(), model.parameters(), strict=True)
            if new.requires_grad
        ]
        if self.n_averaged == 0:
            for own, new in pairs:
                own.copy_(new)
        else:
            move: Any = self.multi_avg_fn
            move([own for own, _ in pairs], [new for _, new in pairs], self.n_averaged)
        for own, new in zip(self.module.buffers(), model.buffers(), strict=True):
            own.detach().copy_(new.detach())
        self.n_averaged += 1


class _Follow(TrainerCallback):  # type: ignore[misc]
    """Move the average after every step, and keep it beside every checkpoint."""

    def __init__(self, average: AveragedModel) -> None:
        self._average = average

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self._average.to(next(model.parameters()).device).update_parameters(model)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            target = Path(args.output_dir) / f"checkpoint-{state.global_step}" / AVERAGE
            torch.save(self._average.state_dict(), target.with_suffix(".partial"))
            target.with_suffix(".partial").replace(target)
