"""A fitted head before any step: measured as an epoch 0, and released where no epoch behind it is better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from hubpress.files import JsonObject
from hubpress.metrics.names import is_better
from hubpress.train.record import measure_once

WEIGHTS = "beginning.pt"
"""The file of those weights while the model trains."""


@dataclass(frozen=True)
class Beginning:
    """The model from which training by steps begins."""

    history: list[JsonObject]
    """What was measured of it, as entries of Trainer's log."""
    weights: Path

    @classmethod
    def of(cls, trainer: Any, folder: Path, train_loss: float) -> Beginning:
        """Measure a trainer's model on validation, beside its loss on train, and keep its weights in *folder*."""
        measure_once(trainer, train_loss)
        found = cls(list(trainer.state.log_history), folder / WEIGHTS)
        if trainer.is_world_process_zero():
            torch.save(trainer.accelerator.unwrap_model(trainer.model).state_dict(), found.weights)
        return found

    def close(self, trainer: Any, metric: str) -> None:
        """Put what was measured before the epochs of a trainer that has ended, and its weights in the place of theirs
        unless the best of them is better by *metric*."""
        name = f"eval_{metric}"
        (first,) = (entry[name] for entry in self.history if name in entry)
        best = trainer.state.best_metric
        if trainer.is_world_process_zero():
            if best is None or not is_better(metric, best, first):
                kept = torch.load(self.weights, weights_only=True, map_location="cpu")
                trainer.accelerator.unwrap_model(trainer.model).load_state_dict(kept)
            self.weights.unlink()
        trainer.state.log_history[:0] = self.history
