"""What a person sees while a model trains: one line an epoch, and a bar where there is a terminal."""

from __future__ import annotations

import sys
from typing import Any

from transformers import PrinterCallback, ProgressCallback, TrainerCallback


class EpochLines(TrainerCallback):  # type: ignore[misc]
    """Print training loss, validation loss and the main metric after every epoch, to stderr."""

    def __init__(self, metric: str) -> None:
        self._metric = metric
        self._loss = float("nan")

    @classmethod
    def with_bar(cls, metric: str) -> TrainerCallback:
        """Return the same lines together with a progress bar."""
        return _Bar(metric)

    def line(self, logs: dict[str, Any], total: float) -> str | None:
        """Return the line for a Trainer log entry, or None when the entry ends no epoch."""
        if "loss" in logs:
            self._loss = float(logs["loss"])
        if "eval_loss" not in logs:
            return None
        figures = f"training loss {self._loss:.4f}, validation loss {logs['eval_loss']:.4f}"
        return (
            f"  epoch {logs.get('epoch', 0):g}/{total:g}: {figures}, {self._metric} {logs[f'eval_{self._metric}']:.4f}"
        )

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Print the line of an epoch's evaluation, on the first process only."""
        text = self.line(logs or {}, args.num_train_epochs)
        if text and state.is_world_process_zero:
            print(text, file=sys.stderr, flush=True)


class _Bar(ProgressCallback):  # type: ignore[misc]
    """Trainer's bar, with the lines above it instead of its dictionaries."""

    def __init__(self, metric: str) -> None:
        super().__init__()
        self._lines = EpochLines(metric)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Print the line of an epoch's evaluation above the bar."""
        text = self._lines.line(logs or {}, args.num_train_epochs)
        if text and self.training_bar is not None:
            self.training_bar.write(text, file=sys.stderr)


def show_progress(trainer: Any, *, quiet: bool) -> None:
    """Replace Trainer's printed dictionaries by one line an epoch."""
    metric = trainer.args.metric_for_best_model
    if not trainer.args.disable_tqdm:
        trainer.remove_callback(ProgressCallback)
        trainer.add_callback(EpochLines.with_bar(metric))
        return
    trainer.remove_callback(PrinterCallback)
    if not quiet:
        trainer.add_callback(EpochLines(metric))
