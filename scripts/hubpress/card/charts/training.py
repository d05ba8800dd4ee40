"""Loss and main metric by epoch."""

from __future__ import annotations

from hubpress.card.charts.canvas import (
    OTHERS,
    TRAINING,
    VALIDATION,
    WIDTH,
    Picture,
    calm,
    entitled,
    explained,
    in_lines,
    new_figure,
)
from hubpress.metrics.names import METRIC_NAMES
from hubpress.schemas.training import TrainingFacts
from hubpress.text import counted

_MOST_TICKS = 12


def training_curve(training: TrainingFacts) -> Picture:
    """Return loss and main metric by epoch, with the released epoch marked.

    Where a moving average of the weights is measured, its losses have a panel of their own: those of the weights that
    train are not of the same model, and lie lower.
    """
    epochs, metric, best = training.epochs, training.main_metric, training.best_epoch
    numbers = [row.epoch for row in epochs]
    train, validation = [row.train_loss for row in epochs], [row.validation_loss for row in epochs]
    panels = 3 if training.is_averaged else 2
    figure = new_figure(WIDTH, 1.75 * panels + 0.6)
    drawn = figure.subplots(panels, 1, sharex=True)
    losses, score = drawn[0], drawn[-1]
    for axes in drawn:
        calm(axes)
        axes.axvline(best, color=OTHERS, linestyle=":", linewidth=1.2)
    of_weights = ", weights before averaging" if training.is_averaged else ""
    losses.plot(numbers, train, "o-", color=TRAINING, label=f"training loss{of_weights}")
    validated = drawn[1] if training.is_averaged else losses
    of_average = ", average of the weights" if training.is_averaged else ""
    validated.plot(numbers, validation, "s--", color=VALIDATION, label=f"validation loss{of_average}")
    for axes in dict.fromkeys((losses, validated)):
        axes.set_ylabel("loss")
    score.plot(numbers, [row.metrics[metric] for row in epochs], "s-", color=VALIDATION)
    score.set_ylabel(in_lines(f"validation {METRIC_NAMES[metric].title}", 22))
    score.set_xlabel("epoch")
    ticks = numbers[:: -(-len(numbers) // _MOST_TICKS)]
    score.set_xticks(ticks, [f"{number:g}" for number in ticks])
    explained(figure, 1 if training.is_averaged else 2)
    entitled(figure, f"Training by epoch (released: epoch {best:g})")
    return Picture.of("training", _finding(training), figure)


def _finding(training: TrainingFacts) -> str:
    epochs, metric, best = training.epochs, training.main_metric, training.best_epoch
    first, last, title = epochs[0], epochs[-1], METRIC_NAMES[metric].title
    apart = " The validation loss is that of a moving average of the weights." if training.is_averaged else ""
    if len(epochs) == 1:
        return (
            f"Charts of a single epoch. Training loss is {first.train_loss:.3f}, validation loss "
            f"{first.validation_loss:.3f}; validation {title} is {first.metrics[metric]:.3f}.{apart}"
        )
    return (
        f"Line charts over {counted(len(epochs), 'epoch')}. Training loss goes from {first.train_loss:.3f} to "
        f"{last.train_loss:.3f}, validation loss from {first.validation_loss:.3f} to "
        f"{last.validation_loss:.3f}; "
        f"validation {title} is highest at epoch {best:g}.{apart}"
    )
