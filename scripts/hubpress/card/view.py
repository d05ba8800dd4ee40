"""What the templates of cards read: one object, whose every attribute is a fact or chosen from facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubpress.card import tables
from hubpress.card.charts.canvas import Picture
from hubpress.card.comparing import (
    HeadlineRow,
    ReferenceStanding,
    Verdict,
    best_baseline,
    headline,
    reference_standing,
    verdicts,
)
from hubpress.card.differences import differences
from hubpress.card.facts import CardFacts
from hubpress.card.filters import fixed, percent, points
from hubpress.card.snippets import SnippetExamples
from hubpress.card.tables import LabelSpread, LevelName, MetricGroup, NumberRow, ReferenceComparison, Setting, TableRow
from hubpress.layout import ONNX, QUANTIZED, WEIGHT_ONLY
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import NOT_CLASSIFIABLE, KindWords
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.evaluation import ClassScore, Evaluation
from hubpress.schemas.record_doubts import FEWEST_TESTED
from hubpress.schemas.scores import Interval
from hubpress.schemas.splits import Parents
from hubpress.schemas.static import StaticFacts
from hubpress.schemas.training import TrainedFacts, TrainingFacts


@dataclass(frozen=True)
class CardView:
    """A model's facts, in the order and in the choice in which its card tells them."""

    recipe: Recipe
    repo_id: str
    evaluation: Evaluation
    training: TrainingFacts | TrainedFacts
    pictures: Mapping[str, Picture]
    """The charts by name."""
    examples: SnippetExamples
    """What the snippets say to the model."""

    labels: Sequence[str]
    """What the model answers with; of a token model the types of entities."""
    parents: Parents
    levels: Sequence[str]
    """The names of the levels of parents, as the recipe orders them."""
    needs_transformers_5: bool
    """Whether transformers 4 does not load the model as it is meant."""
    level_sizes: Mapping[str, int]
    """How many names each level has."""
    summed_level: str | None
    """The finest level that is short enough to be listed in place of the labels."""
    summed: Sequence[LevelName]
    """The names of that level."""
    best: Sequence[ClassScore]
    """The best classes by F1, to stand in place of all."""
    worst: Sequence[ClassScore]

    metric_names: Sequence[str]
    """The main metric first."""
    metric_groups: Sequence[MetricGroup]
    """The same metrics, one group for each average."""
    epoch_metrics: Sequence[str]
    """The metrics that the table of epochs shows."""
    combinations: Sequence[TableRow]
    """The figures by what is given of a record, and at further thresholds."""
    on_levels: Sequence[TableRow]
    """The figures on each level of parents."""
    level_groups: Sequence[MetricGroup]
    """The metrics that were measured there."""
    further_thresholds: Sequence[float]
    """Those that were measured besides the model's own."""
    comparisons: Sequence[ReferenceComparison]
    """The reference's figures beside ours."""
    differences: Sequence[str]
    """What differs between this model and the reference, in sentences."""
    settings: Sequence[Setting]
    """What the training was done with."""
    headline: Sequence[HeadlineRow]
    """The main figure of the model, of the best baseline and of the reference."""
    verdicts: Sequence[Verdict]
    """Whether the model is better than each baseline."""
    reference_figure: ReferenceStanding | None
    """Where the reference's best figure lies beside the model's."""

    @classmethod
    def of(cls, facts: CardFacts) -> CardView:
        """Return the view of a model's facts."""
        recipe, evaluation = facts.recipe, facts.evaluation
        names = tables.ordered(evaluation.metrics, recipe)
        epochs = facts.training.epochs if isinstance(facts.training, TrainingFacts) else ()
        each_epoch = tables.ordered(epochs[0].metrics, recipe) if epochs else []
        best, worst = tables.best_and_worst(evaluation.per_class, tables.EXTREMES)
        on_levels = tables.level_lines(evaluation)
        on_some_level = [name for name in names if any(name in row.metrics for row in on_levels)]
        sizes = tables.level_sizes(facts.parents, facts.levels)
        listable = [level for level in facts.levels if sizes[level] <= tables.FOLDED]
        summed = max(listable, key=lambda level: sizes[level]) if listable else None
        return cls(
            recipe=recipe,
            repo_id=facts.repo_id,
            evaluation=evaluation,
            training=facts.training,
            pictures=facts.pictures,
            examples=SnippetExamples.of(recipe.data.templates, evaluation.widget),
            labels=facts.labels,
            parents=facts.parents,
            levels=facts.levels,
            needs_transformers_5=facts.needs_transformers_5,
            level_sizes=sizes,
            summed_level=summed,
            summed=tables.level_names(facts.parents, summed, evaluation.data.label_counts) if summed else (),
            best=best,
            worst=worst,
            metric_names=names,
            metric_groups=tables.metric_groups(names),
            epoch_metrics=tuple(tables.metric_groups(each_epoch)[0].columns) if epochs else (),
            combinations=tables.combination_lines(evaluation),
            on_levels=on_levels,
            level_groups=tables.metric_groups(on_some_level),
            further_thresholds=tables.further_thresholds(evaluation),
            comparisons=tables.comparisons(recipe, evaluation),
            differences=differences(facts),
            settings=tables.settings(facts.training),
            headline=headline(recipe, evaluation),
            verdicts=verdicts(evaluation),
            reference_figure=reference_standing(recipe, evaluation),
        )

    @property
    def headline_values(self) -> Sequence[float]:
        """The figures of the headline that can be compared."""
        return [row.value for row in self.headline if row.is_comparable]

    def row_of(self, name: str) -> Sequence[float]:
        """Return a metric of the model and of every baseline."""
        return [self.evaluation.metrics[name], *(one.metrics[name] for one in self.evaluation.baselines)]

    def amount(self, value: float) -> str:
        """Return a difference of the main metric in words: in points, where it is a share."""
        return points(value) if self.main_is_share else fixed(value)

    def signed(self, value: float) -> str:
        """Return the same with its sign, and without its unit."""
        return f"{100 * value + 0:+.1f}" if self.main_is_share else f"{value + 0:+.3f}"

    @property
    def best_verdict(self) -> Verdict | None:
        """The verdict on the best baseline; None where there is no baseline, or no difference was measured."""
        best = best_baseline(self.evaluation)
        return next((one for one in self.verdicts if best and one.title == best.title), None)

    @property
    def int8_bytes(self) -> int | None:
        """The size of the int8 file; None where there is none."""
        files = self.evaluation.onnx.files if self.evaluation.onnx else ()
        return next((one.bytes for one in files if one.path == QUANTIZED), None)

    @property
    def int8_words(self) -> str:
        """What the int8 file is worth beside the weights, in a sentence."""
        onnx, metric = self.evaluation.onnx, METRIC_NAMES[self.evaluation.main_metric]
        assert onnx is not None  # a card without ONNX files says nothing of them
        measured = {one.path: one.metrics[self.evaluation.main_metric] for one in onnx.files}
        change = measured[QUANTIZED] - measured[self.recipe.weights_file]
        changed = f"{metric.title} changes by {self.signed(change)}{' points' if self.main_is_share else ''}"
        if onnx.difference is None:
            return f"`{QUANTIZED}`: {changed} beside the weights."
        low, high = onnx.difference.low, onnx.difference.high
        between = f"{percent(self.evaluation.confidence)} interval {self.signed(low)} to {self.signed(high)}"
        if low <= 0 <= high:
            return f"`{QUANTIZED}` shows no difference from the weights beyond chance: {changed} ({between})."
        worse = (low > 0) == metric.lower_is_better
        return f"`{QUANTIZED}` is {'worse' if worse else 'better'} than the weights: {changed} ({between})."

    def file_words(self, path: str) -> str:
        """Return what a column of the table of files is called."""
        return {ONNX: "ONNX", QUANTIZED: "ONNX, int8", WEIGHT_ONLY: "ONNX, int8 weights"}.get(path, "Weights")

    @property
    def label_spread(self) -> LabelSpread | None:
        """How many training records the labels have."""
        counts = self.evaluation.data.label_counts.get("train", {})
        return LabelSpread.of(counts.get(label, 0) for label in self.labels) if counts else None

    @property
    def main_picture(self) -> Picture | None:
        """The one figure that the card shows."""
        names = ("curve", "scatter", "inputs", "confusion", "classes")
        return next((self.pictures[name] for name in names if name in self.pictures), None)

    @property
    def is_averaged(self) -> bool:
        """Whether a moving average of the weights was measured and released."""
        return isinstance(self.training, TrainingFacts) and self.training.is_averaged

    @property
    def report_parts(self) -> Sequence[str]:
        """What REPORT.md holds, in some words."""
        evaluation = self.evaluation
        parts = (
            (any(group.title for group in self.metric_groups), "all averages"),
            (bool(self.combinations), "inputs and thresholds"),
            (bool(self.on_levels), "levels of parents"),
            (bool(evaluation.per_class), f"each {self.words.class_word}"),
            (evaluation.calibration is not None, "calibration"),
            (evaluation.onnx is not None, "ONNX files"),
            (self.recipe.reference is not None, "the reference beside this model"),
            (True, "the training"),
            (bool(evaluation.errors), "wrong answers"),
            (True, "examples with their answers"),
        )
        return [words for there, words in parts if there]

    @property
    def is_trained_elsewhere(self) -> bool:
        """Whether the model came here with its weights."""
        return isinstance(self.training, TrainedFacts)

    @property
    def test_data_id(self) -> str | None:
        """The data set that the test split is published as; None where it is not."""
        return self.recipe.test_data_id(self.repo_id.split("/")[0])

    @property
    def loaded(self) -> str:
        """What a snippet gives to ``pipeline()``: the repository, or the model that it has loaded by itself."""
        return "model=model, tokenizer=tokenizer" if self.recipe.is_adapter else f'model="{self.repo_id}"'

    @property
    def trained_share(self) -> float:
        """Which share of the parameters was trained."""
        training = self.training
        if not isinstance(training, TrainingFacts):
            return 0.0
        return round(training.trainable_parameters / training.parameters, 4)

    @property
    def number_rows(self) -> Sequence[NumberRow]:
        """What the records have of each number of a regression model, by split."""
        return tables.number_rows(self.evaluation, self.recipe)

    @property
    def has_ranges(self) -> bool:
        """Whether the recipe says between what the numbers lie."""
        return any(self.recipe.targets.values())

    @property
    def main_is_share(self) -> bool:
        """Whether differences of the main metric can be told in points, hundredths of the whole."""
        return METRIC_NAMES[self.evaluation.main_metric].is_share

    @property
    def reads_pairs(self) -> bool:
        """Whether the model reads two texts together."""
        return self.recipe.data.text_pair is not None

    @property
    def words(self) -> KindWords:
        """What cards of this kind of model call things."""
        return self.recipe.kind.words

    @property
    def static(self) -> StaticFacts | None:
        """The model of static embeddings that it was measured beside."""
        return next((baseline.static for baseline in self.evaluation.baselines if baseline.static), None)

    @property
    def static_verdict(self) -> Verdict:
        """The verdict on that model; asked where there is one."""
        title = next(baseline.title for baseline in self.evaluation.baselines if baseline.static)
        return next(one for one in self.verdicts if one.title == title)

    @property
    def bytes(self) -> int | None:
        """What the weights take on disk; None where they were not measured as a file."""
        files = self.evaluation.onnx.files if self.evaluation.onnx else ()
        return next((file.bytes for file in files if file.path == self.recipe.weights_file), None)

    @property
    def main_interval(self) -> Interval:
        """The interval of the main metric."""
        return self.evaluation.intervals[self.evaluation.main_metric]

    @property
    def int8_file(self) -> str:
        """The name of the smaller ONNX file."""
        return QUANTIZED

    @property
    def compared_classes(self) -> Sequence[ClassScore]:
        """The classes of which the reference publishes counts."""
        published = self.recipe.reference.per_class if self.recipe.reference else {}
        return [row for row in self.evaluation.per_class if row.label in published]

    @property
    def positive(self) -> str | None:
        """Of two labels the one that the threshold is for."""
        return self.evaluation.decision.positive

    @property
    def has_long_tables(self) -> bool:
        """Whether there are so many labels that tables of them stand folded."""
        return len(self.labels) > tables.FOLDED

    @property
    def has_too_many_labels(self) -> bool:
        """Whether there are so many labels that they are not listed one by one."""
        return len(self.labels) > tables.LISTED

    @property
    def has_true_answers(self) -> bool:
        """Whether the true answer to an example of the widget is known."""
        return any(example.expected is not None for example in self.evaluation.widget)

    @property
    def untested(self) -> int:
        """How many labels have no record in the test split."""
        return sum(row.support == 0 for row in self.evaluation.per_class)

    @property
    def tests_few(self) -> bool:
        """Whether the test split is so small that its figures say little."""
        return self.evaluation.data.count < FEWEST_TESTED

    @property
    def wrong_answers(self) -> int:
        """How many records of the test split are answered wrong, by a model that answers one label."""
        return sum(row.support - row.correct for row in self.evaluation.per_class)

    @property
    def own_thresholds(self) -> int:
        """How many labels have another threshold than the common one."""
        decision = self.evaluation.decision
        return sum(value != decision.threshold for value in (decision.per_label or {}).values())

    def is_unsure(self, answer: str) -> bool:
        """Whether an answer says that nothing was answered."""
        return self.evaluation.abstention is not None and answer == NOT_CLASSIFIABLE
