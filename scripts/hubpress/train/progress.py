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
        self._measured = 0

    def line(self, logs: Mapping[str, float], total: float) -> str | None:
        """Return the line for a Trainer log entry, or None when the entry ends no epoch."""
        if "loss" in logs:
            self._loss = float(logs["loss"])
        if "eval_loss" not in logs:
            return None
        figures = f"training loss {self._loss:.4f}, validation loss {logs['eval_loss']:.4f}"
        return f"  {self.heading(logs, total)}: {figures}, {self._metric} {logs[f'eval_{self._metric}']:.4f}"

    def heading(self, logs: Mapping[str, float], total: float) -> str:
        """Return what the figures of a line are of."""
        return f"epoch {logs.get('epoch', 0):g}/{total:g}"

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, float] | None = None, **_: Any) -> None:
        """Print the line of an epoch's evaluation, on the first process only."""
        text = self.line(logs or {}, args.num_train_epochs)
        if text and state.is_world_process_zero:
            print(text, file=sys.stderr, flush=True)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say which step of how many has been taken."""
        epoch = f"epoch {state.epoch:.1f} of {args.num_train_epochs:g}"
        _LOG.info("step %d of %d, %s", state.global_step, state.max_steps, epoch)

    def on_prediction_step(self, args: Any, state: Any, control: Any, *, eval_dataloader: Any, **_: Any) -> None:
        """Say which batch of the validation split has been answered."""
        self._measured += 1
        measured = f"{self._measured} of {len(eval_dataloader)} batches"
        of = f" of {state.max_steps}" if state.max_steps else ""  # which is not known before the first step
        _LOG.info("measuring on validation after step %d%s, %s", state.global_step, of, measured)

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count anew for the next measurement."""
        self._measured = 0


class ProbeLines(EpochLines):
    """The same of a probe, which takes no steps: one line with its figures."""

    def heading(self, logs: Mapping[str, float], total: float) -> str:
        """Return what the figures of the line are of."""
        return "linear probe"

    def on_prediction_step(self, args: Any, state: Any, control: Any, *, eval_dataloader: Any, **_: Any) -> None:
        """Say which batch of a split has been answered."""
        self._measured += 1
        _LOG.info("measuring the probe, %d of %d batches", self._measured, len(eval_dataloader))


def show(sentences: Sequence[str], *, quiet: bool) -> None:
    """Print sentences that a person is to read, to stderr; nothing with *quiet*."""
    for sentence in () if quiet else sentences:
        print(f"  {sentence}", file=sys.stderr, flush=True)


def show_progress(trainer: Any, *, is_probe: bool, quiet: bool) -> None:
    """Put lines of our own in the place of Trainer's bar and of its printed dictionaries; nothing with *quiet*."""
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    if not quiet:
        lines = ProbeLines if is_probe else EpochLines
        trainer.add_callback(lines(trainer.args.metric_for_best_model))
