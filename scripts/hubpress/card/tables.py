"""Facts -> the rows of a card's tables: chosen, grouped and set beside one another. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hubpress.card.filters import cell, plain, short_baseline
from hubpress.layout import TRAINING
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.blocks import ReferenceFigure
from hubpress.recipe.kinds import AVERAGES
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.document import DocumentError
from hubpress.schemas.evaluation import ClassScore, Evaluation, Slice
from hubpress.schemas.splits import NumberFacts, Parents
from hubpress.schemas.training import TrainedFacts, TrainingFacts

FOLDED = 30
"""A table of more rows than that stands folded."""
LISTED = 500
"""More labels than that are not listed one by one."""
EXTREMES = 20
"""How many of the best and of the worst stand in place of all."""

_ARGUMENTS = (
    *("learning_rate", "num_train_epochs", "per_device_train_batch_size", "gradient_accumulation_steps"),
    *("optim", "adam_beta1", "adam_beta2", "adam_epsilon", "weight_decay", "lr_scheduler_type", "warmup_steps"),
    *("label_smoothing_factor", "max_grad_norm", "seed", "bf16", "fp16"),
)
"""The arguments of a training that a card tells, of the many that there are."""
DEFAULTS: Mapping[str, Sequence[object]] = {
    **{"learning_rate": [5e-5], "num_train_epochs": [3], "per_device_train_batch_size": [8]},
    **{"gradient_accumulation_steps": [1], "optim": ["adamw_torch", "adamw_torch_fused"], "adam_beta1": [0.9]},
    **{"adam_beta2": [0.999], "adam_epsilon": [1e-8], "weight_decay": [0], "lr_scheduler_type": ["linear"]},
    **{"warmup_steps": [0], "label_smoothing_factor": [0], "max_grad_norm": [1], "seed": [42]},
    **{"bf16": [False], "fp16": [False]},
}
"""What transformers.TrainingArguments has of each where nothing is said; its optimizer depends on torch.

They stand here, since a card must not depend on the transformers that happens to be installed where it is rendered."""
_ARGUMENTS_OF_A_PROBE = ("seed",)
_OF_STEPS = ("freeze", "ema_decay", "tag_scheme", "oversample", "early_stopping_patience")
"""What a recipe says of training by steps, which a linear probe has none of."""
_TOLD_APART = ("max_length", "lora", "contrastive", "pooling")
_AVERAGES = {average: average.removesuffix("s").capitalize() for average in AVERAGES}  # of `samples`: "Sample"
_SCORES = {"precision": "Precision", "recall": "Recall", "f1": "F1"}


@dataclass(frozen=True)
class MetricGroup:
    """Metrics that stand side by side in one table: their names with the columns' titles."""

    title: str
    columns: Mapping[str, str]


@dataclass(frozen=True)
class TableRow:
    """One measurement as a table row; ``who`` is a baseline's short name, or None for the model itself."""

    metrics: Mapping[str, float]
    count: int
    inputs: str | None = None
    level: str | None = None
    threshold: float | None = None
    who: str | None = None


@dataclass(frozen=True)
class ReferenceComparison:
    """Published figures of one metric, and our own measured on the same part of the test split (None: not measured)."""

    metric: str
    inputs: str | None
    level: str | None
    theirs: Sequence[ReferenceFigure]
    ours: float | None
    further: Mapping[float, float | None] = field(default_factory=dict)
    """Ours at each further threshold."""

    @property
    def values(self) -> Sequence[float | None]:
        """All figures of the row."""
        return [self.ours, *self.further.values(), *(figure.value for figure in self.theirs)]


@dataclass(frozen=True)
class LevelName:
    """One name of a level of parents."""

    name: str
    labels: int
    """How many labels it stands above."""
    counts: Mapping[str, int]
    """How many answers of those labels each split holds."""


@dataclass(frozen=True)
class LabelSpread:
    """How many training records labels have, of those that have any."""

    low: int
    median: int
    high: int
    without: int
    """How many labels have none."""

    @classmethod
    def of(cls, counts: Iterable[int]) -> LabelSpread | None:
        """Return the spread of some counts; None where none is above 0."""
        every = sorted(counts)
        some = [count for count in every if count]
        return cls(some[0], some[len(some) // 2], some[-1], len(every) - len(some)) if some else None


@dataclass(frozen=True)
class NumberRow:
    """What the records of a split have of one number."""

    id: int
    name: str
    range: tuple[float, float] | None
    """What the recipe says that it lies between."""
    split: str
    records: int
    facts: NumberFacts


@dataclass(frozen=True)
class Setting:
    """A setting of a training, and its value in Markdown."""

    name: str
    value: str
    is_default: bool = False
    """Whether it is what transformers.TrainingArguments has by default."""


_TOLD_ABOVE = ("parameters (trained)", "processes", "device")
"""What stands among the settings and is none, or is said at the top of the card."""


def ordered(names: Iterable[str], recipe: Recipe) -> list[str]:
    """Return metric names as the recipe orders them, the main one first; facts on disk are sorted by letter."""
    known = {name: number for number, name in enumerate(recipe.metrics)}
    return sorted(names, key=lambda name: known.get(name, len(known)))


def metric_groups(names: Sequence[str]) -> list[MetricGroup]:
    """Return one group for each average where the names are scores by averages, else a single one without a title."""
    split = {name: name.partition("_")[::2] for name in names}
    averages = dict.fromkeys(average for _, average in split.values())
    several = len(averages) > 1 and len(names) > len(averages)
    if not several or not all(score in _SCORES and average in _AVERAGES for score, average in split.values()):
        return [MetricGroup("", {name: METRIC_NAMES[name].title for name in names})]
    return [
        MetricGroup(
            _AVERAGES[average],
            {f"{score}_{average}": title for score, title in _SCORES.items() if f"{score}_{average}" in split},
        )
        for average in averages
    ]


def combination_lines(evaluation: Evaluation) -> list[TableRow]:
    """Return the model and the baselines on the records as they are and by combination of inputs; none without slices.

    Each combination's rows stand together: the model at its own threshold, at others, then the baselines.
    """
    if not any(part.level is None for part in evaluation.slices):
        return []
    count = evaluation.data.count
    whole = [TableRow(evaluation.metrics, count), *_lines(evaluation.slices)]
    for baseline in evaluation.baselines:
        whole += [TableRow(baseline.metrics, count, who=short_baseline(baseline.name))]
        whole += _lines(baseline.slices, short_baseline(baseline.name))
    return _together([line for line in whole if line.level is None])


def level_lines(evaluation: Evaluation) -> list[TableRow]:
    """Return the model and the baselines on each level of parents, by combination of inputs."""
    lines = _lines(evaluation.slices)
    for baseline in evaluation.baselines:
        lines += _lines(baseline.slices, short_baseline(baseline.name))
    return _together([line for line in lines if line.level is not None])


def comparisons(recipe: Recipe, evaluation: Evaluation) -> list[ReferenceComparison]:
    """Return the reference's figures, in the recipe's order, each with ours of the same combination and level."""
    figures = recipe.reference.figures if recipe.reference else ()
    thresholds = further_thresholds(evaluation)
    ours: dict[tuple[str | None, str | None, float | None], Mapping[str, float]] = {
        (None, None, None): evaluation.metrics
    }
    ours |= {(part.inputs, part.level, part.threshold): part.metrics for part in evaluation.slices}
    together: dict[tuple[str, str | None, str | None], list[ReferenceFigure]] = {}
    for figure in figures:
        together.setdefault((figure.metric, figure.inputs, figure.level), []).append(figure)
    return [
        ReferenceComparison(
            metric,
            inputs,
            level,
            theirs,
            ours.get((inputs, level, None), {}).get(metric),
            {at: ours.get((inputs, level, at), {}).get(metric) for at in thresholds},
        )
        for (metric, inputs, level), theirs in together.items()
    ]


def further_thresholds(evaluation: Evaluation) -> list[float]:
    """Return the thresholds that were measured besides the model's own, in their order."""
    return list(dict.fromkeys(part.threshold for part in evaluation.slices if part.threshold is not None))


def best_and_worst(
    per_class: Sequence[ClassScore], each: int, *, support: int = 1
) -> tuple[list[ClassScore], list[ClassScore]]:
    """Return the *each* best and worst classes by F1 among those with *support* test records, both best first.

    Where there are not twice as many, all are among the best. Equal figures stand in the order of support, then ids.
    """
    tested = [row for row in per_class if row.support >= support]
    ranked = sorted(tested, key=lambda row: (-row.f1, -row.support))
    return (ranked[:each], ranked[-each:]) if len(ranked) > 2 * each else (ranked, [])


def settings(training: TrainingFacts | TrainedFacts) -> list[Setting]:
    """Return what a training was done with, as it was used; nothing of one elsewhere, of which what is known is told.

    Raises DocumentError for a setting that is not told.
    """
    if isinstance(training, TrainedFacts):
        return []
    used, stated, base = training.hyperparameters, training.stated, training.base_model
    arguments = _ARGUMENTS_OF_A_PROBE if training.is_linear_probe else _ARGUMENTS
    lacking = [name for name in arguments if name not in used]
    if lacking or "max_length" not in stated:
        place = f"hyperparameters.{lacking[0]}" if lacking else "stated.max_length"
        raise DocumentError(f"lacks `{place}`.", where=TRAINING, hint="Train the model again, by this hubpress.")
    apart = (*_TOLD_APART, *(_OF_STEPS if training.is_linear_probe else ()), *used)
    further = {name: value for name, value in stated.items() if name not in apart}
    lora = training.lora.as_json() if training.lora else {}
    revision = base.commit or (base.revision or "")[:12]
    at = f" at `{revision}`" if revision else ""
    values = {
        "base model": f"{cell(base.id or 'local')}{at}",
        "parameters (trained)": f"{training.parameters:,} ({training.trainable_parameters:,})",
        "max_length": str(stated["max_length"]),
        **{name: cell(plain(used[name])) for name in arguments},
        **{name: cell(plain(value)) for name, value in further.items()},
        **{f"lora.{name}": cell(plain(value)) for name, value in lora.items()},
        **_for_few_records(training),
        "processes": str(training.processes),
        "device": cell(training.device),
    }
    return [Setting(name, value, _is_default(name, used, further)) for name, value in values.items()]


def _is_default(name: str, used: Mapping[str, object], further: Mapping[str, object]) -> bool:
    """Return whether a setting is what it would be if nothing were said, or nothing that was set."""
    if name in DEFAULTS:
        return used[name] in DEFAULTS[name]
    return name in _TOLD_ABOVE or (name in further and not further[name])


def _for_few_records(training: TrainingFacts) -> dict[str, str]:
    """Return what was done for few records, by the names of the recipe and of scikit-learn."""
    warm_up = training.warm_up.as_json() if training.warm_up else {}
    fitted = training.probe
    probe = {"estimator": fitted.estimator, fitted.parameter: plain(fitted.value)} if fitted else {}
    return {
        **({"pooling": training.pooling} if training.pooling else {}),
        **{f"contrastive.{name}": plain(value) for name, value in warm_up.items() if not name.endswith("_loss")},
        **{f"probe.{name}": cell(value) for name, value in probe.items()},
    }


def number_rows(evaluation: Evaluation, recipe: Recipe) -> list[NumberRow]:
    """Return a row for each number of a regression model and each split."""
    data, found = evaluation.data, evaluation.data.targets or {}
    splits = [split for split in ("train", "validation", "test") if split in found]
    return [
        NumberRow(number, name, recipe.targets[name], split, data.counts[split], found[split][name])
        for number, name in enumerate(evaluation.labels)
        for split in splits
    ]


def level_sizes(parents: Parents, levels: Iterable[str]) -> dict[str, int]:
    """Return how many names each level has."""
    return {level: len({above[level] for above in parents.values() if level in above}) for level in levels}


def level_names(parents: Parents, level: str, label_counts: Mapping[str, Mapping[str, int]]) -> list[LevelName]:
    """Return the names of a level, with what lies below each."""
    below: dict[str, list[str]] = {}
    for label, above in parents.items():
        if level in above:
            below.setdefault(above[level], []).append(label)
    return [
        LevelName(
            name,
            len(labels),
            {split: sum(counts.get(label, 0) for label in labels) for split, counts in label_counts.items()},
        )
        for name, labels in below.items()
    ]


def _lines(slices: Iterable[Slice], who: str | None = None) -> list[TableRow]:
    return [TableRow(part.metrics, part.count, part.inputs, part.level, part.threshold, who) for part in slices]


def _together(lines: Sequence[TableRow]) -> list[TableRow]:
    places = list(dict.fromkeys((line.level, line.inputs) for line in lines))
    return sorted(lines, key=lambda line: (places.index((line.level, line.inputs)), line.who is not None))
