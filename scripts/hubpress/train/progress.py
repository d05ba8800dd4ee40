"""What a person learns while a model trains: one line an epoch, and the step that it has come to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from transformers import PrinterCallback, ProgressCallback, TrainerCallback

_LOG = logging.getLogger(__name__)


class EpochLines(TrainerCallback):  # type: ignore[misc]
    """Print training loss, validation loss and the main metric after every epoch, to stderr; log every step (info)."""

    def __init__(self, metric: str) -> None:
        self._metric = metric
        self._loss = float("nan")

    def line(self, logs: Mapping[str, float], total: float) -> str | None:
        """Return the line for a Trainer log entry, or None when the entry ends no epoch."""
        if "loss" in logs:
            self._loss = float(logs["loss"])
        if "eval_loss" not in logs:
            return None
        figures = f"training loss {self._loss:.4f}, validation loss {logs['eval_loss']:.4f}"
        return (
            f"  epoch {logs.get('epoch', 0):g}/{total:g}: {figures}, {self._metric} {logs[f'eval_{self._metric}']:.4f}"
        )

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        """Print the line of an epoch's evaluation, on the first process only."""
        text = self.line(logs or {}, args.num_train_epochs)
        if text and state.is_world_process_zero:
            print(text, file=sys.stderr, flush=True)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say which step of how many has been taken."""
        epoch = f"epoch {state.epoch:.1f} of {args.num_train_epochs:g}"
        _LOG.info("step %d of %d, %s", state.global_step, state.max_steps, epoch)

    def on_prediction_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say that the validation split is being answered."""
        _LOG.info("measuring on the validation split after step %d of %d", state.global_step, state.max_steps)


def show_adjustments(sentences: Sequence[str]) -> None:
    """Print what was changed in the base model to make it fit, to stderr."""
    for sentence in sentences:
        print(f"  {sentence}", file=sys.stderr, flush=True)


def show_progress(trainer: Any, *, quiet: bool) -> None:
    """Put EpochLines in the place of Trainer's bar and of its printed dictionaries; nothing with *quiet*."""
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    if not quiet:
        trainer.add_callback(EpochLines(trainer.args.metric_for_best_model))
