"""Loss and main metric by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.card.charts.canvas import GREY, INK, MAIN, SECOND, THIRD, Picture, calm, new_figure
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.training import Epoch, TrainingFacts

_MOST_TICKS = 12


def training_curve(training: TrainingFacts) -> Picture:
    """Return loss and main metric by epoch, with the released epoch marked."""
    epochs, metric, best = training.epochs, training.main_metric, training.best_epoch
    numbers = [row.epoch for row in epochs]
    ticks = numbers[:: -(-len(numbers) // _MOST_TICKS)]
    figure = new_figure(7, 3.6)
    losses, score = figure.subplots(1, 2)
    for axes in (losses, score):
        calm(axes)
        axes.set_xlabel("epoch")
        axes.set_xticks(ticks, [f"{number:g}" for number in ticks])
        axes.axvline(best, color=GREY, linestyle=":", linewidth=1.2)
    losses.plot(numbers, [row.train_loss for row in epochs], "o-", color=MAIN, label="training loss")
    losses.plot(numbers, [row.validation_loss for row in epochs], "s--", color=SECOND, label="validation loss")
    losses.set_ylabel("loss")
    losses.legend(frameon=False, fontsize=8)
    score.plot(numbers, [row.metrics[metric] for row in epochs], "o-", color=THIRD)
    score.set_ylabel(f"validation {METRIC_NAMES[metric].title}")
    figure.suptitle(f"Training by epoch (released: epoch {best:g})", fontsize=10, color=INK)
    return Picture.of("training", _finding(epochs, metric, best), figure)


def _finding(epochs: Sequence[Epoch], metric: str, best: float) -> str:
    first, last, title = epochs[0], epochs[-1], METRIC_NAMES[metric].title
    if len(epochs) == 1:
        return (
            f"Two charts of a single epoch. Training loss is {first.train_loss:.3f}, validation loss "
            f"{first.validation_loss:.3f}; validation {title} is {first.metrics[metric]:.3f}."
        )
    return (
        f"Two line charts over {len(epochs)} epochs. Training loss goes from {first.train_loss:.3f} to "
        f"{last.train_loss:.3f}, validation loss from {first.validation_loss:.3f} to "
        f"{last.validation_loss:.3f}; "
        f"validation {title} is highest at epoch {best:g}."
    )
