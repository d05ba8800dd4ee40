"""evaluation.json: everything that was measured of a model."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from hubpress.schemas.answers import WidgetAnswer
from hubpress.schemas.document import Document, Metrics, Part
from hubpress.schemas.onnx_facts import OnnxFacts
from hubpress.schemas.outcomes import Outcomes
from hubpress.schemas.record_doubts import CutTexts, Languages, Leak
from hubpress.schemas.scores import Abstention, Calibration, Interval, LabelThresholdGain
from hubpress.schemas.splits import DatasetFacts, NumberFacts, SplitMethod
from hubpress.schemas.static import StaticFacts
from hubpress.schemas.training_texts import TrainingTexts


class ClassScore(Part):
    """One class (of a token model: one entity type) on the test split."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    """True ones."""
    correct: int


class Slice(Part):
    """A part of the test split or another reading of the answers, measured by itself. None stands for the whole."""

    inputs: str | None
    """The name of a combination of inputs."""
    level: str | None
    """The level of parents to which the answers are rolled up."""
    threshold: float | None
    """Another threshold than the model's own."""
    count: int
    metrics: Metrics


READABLE_NAMES = 30
"""The most names of a confusion matrix that can still be read."""


class Confusion(Part):
    """Counts, rows true and columns answered. Of entities the last name is "none"."""

    level: str | None
    """The level of parents whose names these are; None for the labels themselves."""
    names: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]


class CurvePoint(Part):
    """Precision and recall at one threshold."""

    threshold: float
    precision: float
    recall: float


class PrecisionRecall(Part):
    """The precision-recall curve of the positive label, thinned, with the point of the model's own threshold."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]
    threshold: tuple[float, ...]
    chosen: CurvePoint
    average_precision: float


class WrongAnswer(Part):
    """A test record that a yes-or-no model answers wrong; ``score`` is the positive label's."""

    text: str
    expected: str
    answered: str
    score: float


class WrongText(Part):
    """A test record with entities that were missed, or answered wrong: "words (type)"."""

    text: str
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


class NumberScore(Part):
    """One number of a regression model on the test split."""

    label: str
    low: float | None = None
    """The least that the recipe says it can be."""
    high: float | None = None
    metrics: Metrics
    intervals: dict[str, Interval]


class EntityFigures(Part):
    """How the figures of a token model were counted, and what the same answers are worth by other counts."""

    scorer: str
    """How an answered entity is held against a true one."""
    words: Metrics | None = None
    """By seqeval (IOB2, strict) on the tags of the records' own tokens, each that of its first piece; where the
    records came as tokens."""
    spaced: Metrics | None = None
    """By the same scorer on the tokens with a space between two, where the text was restored."""


class Measurement(Part):
    """The figures of one model's answers to the test split. What its kind of task does not have is None."""

    metrics: Metrics
    intervals: dict[str, Interval]
    per_class: tuple[ClassScore, ...]
    """In the order of the labels' ids."""
    slices: tuple[Slice, ...]
    confusion: Confusion | None = None
    curve: PrecisionRecall | None = None
    errors: tuple[WrongAnswer, ...] | tuple[WrongText, ...] | None = None
    """Some of the records that are answered wrong, where the recipe lets texts of the test split be printed."""
    entities: EntityFigures | None = None
    calibration: Calibration | None = None
    """Of a classifier."""
    abstention: Abstention | None = None
    label_thresholds: dict[str, LabelThresholdGain] | None = None
    """By metric, where labels have thresholds of their own."""
    targets: tuple[NumberScore, ...] | None = None
    """Of a regression model each number, in the order of their ids; ``metrics`` are their means."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What is answered: the labels, the types of entities, or the names of numbers, in the order of their ids."""
        return tuple(one.label for one in (self.per_class if self.targets is None else self.targets))


class Baseline(Part):
    """A simple model on the same test split."""

    name: str
    title: str
    metrics: Metrics
    slices: tuple[Slice, ...]
    difference: Interval | None = None
    """The paired bootstrap interval of what the model's main metric is more than this one's, on the same records."""
    static: StaticFacts | None = None
    """Of the baseline that ``evaluation.static_model`` adds."""


class ThresholdValue(Part):
    """A threshold, and the metric by which it was judged."""

    threshold: float
    value: float


class Aggregation(Part):
    """How the pieces of a token model's answer become entities: what to give to the pipeline."""

    strategy: str
    """Its ``aggregation_strategy``."""
    stride: int
    """How many pieces the windows of a long text share."""
    has_spaces: bool
    """Whether the pipeline counts white space to an entity, which is left out before it is held against the truth."""
    chosen_on: str | None = None
    """The split on which the strategy was chosen; None where the recipe names it."""
    metric: str
    values: dict[str, float]
    """The metric of each strategy on the validation split."""


class DecisionFacts(Part):
    """How the model turns scores into an answer, and where its threshold was chosen, if it was."""

    rule: Literal["argmax", "top_k", "threshold", "value"]
    threshold: float | None = None
    per_label: dict[str, float] | None = None
    """A threshold of its own for each label."""
    top_k: int | None = None
    positive: str | None = None
    abstain_below: float | None = None
    """Where the best score is lower, nothing is answered."""
    temperature: float | None = None
    """By which the head was divided, so that scores can be taken for probabilities; chosen on validation."""
    chosen_on: str | None = None
    """The split on which a tuned threshold was chosen, and on how many records (``count``) by which ``metric``."""
    count: int | None = None
    metric: str | None = None
    value: float | None = None
    """The metric at the tuned threshold, on that split."""
    comparison: ThresholdValue | None = Field(default=None, alias="beside")
    """The same at the recipe's first further threshold."""
    aggregation: Aggregation | None = None
    """Of a token model."""


class LostEntities(Part):
    """How many entities of a split the tokenizer cannot say: none of its pieces begins or ends where they do.

    They count as not found, unless the pipeline answers them all the same.
    """

    entities: int
    """All of the split."""
    inside_a_piece: int
    """Those with a border inside a piece."""
    left_out: int
    """Those whose first or last character the tokenizer leaves out."""
    example: str | None = None
    """The first: "words (type) in row 3", where the recipe lets texts of the test split be printed."""

    @property
    def count(self) -> int:
        """How many entities are lost."""
        return self.inside_a_piece + self.left_out


class Figures(Measurement):
    """All that ``verify`` measures again of a published commit."""

    baselines: tuple[Baseline, ...]
    decision: DecisionFacts
    widget: tuple[WidgetAnswer, ...]
    onnx: OnnxFacts | None = None
    lost: dict[str, LostEntities] | None = None
    """Of a token model, by split."""
    training_texts: TrainingTexts | None = None
    """None where the test split alone is there, and in what older versions measured."""


class Remeasured(Figures, Document):
    """What ``verify`` measured of a published commit; ``validation`` are the metrics of the released epoch, None where
    the test split alone is known."""

    validation: Metrics | None


class Sample(Part):
    """Whether the model is a sample (small base), and whether its records are the sample records."""

    is_sample: bool
    records: bool


class MeasuredData(Part):
    """The records that were measured on, and those that were trained on."""

    split: str
    count: int
    fingerprint: str
    """The sha256 (hex) of the split's texts and answers."""
    fingerprints: dict[str, str] | None = None
    """The same of every split; None in what older versions measured."""
    counts: dict[str, int]
    label_counts: dict[str, dict[str, int]]
    targets: dict[str, dict[str, NumberFacts]] | None = None
    """The numbers of a regression model, by split and name."""
    dropped: dict[str, int]
    method: SplitMethod
    leak: Leak | None = None
    """How many test records were seen before, exactly or nearly, where that is more than the recipe allows."""
    cut: CutTexts | None = None
    """How many texts the model does not read to their end, where that is more than the recipe allows."""
    languages: Languages | None = None
    """The languages that the texts seem to be in."""
    dataset: DatasetFacts | None = None
    """The data set on the Hub that the records are of, with its commit; None where they are files."""


class Evaluation(Figures, Document):
    """evaluation.json: the figures of an assembled model with all that they depend on."""

    model: str
    revision: str
    """A sha256 over the files that decide the answers: a commit cannot contain its own id."""
    sample: Sample
    data: MeasuredData
    main_metric: str
    confidence: float
    """Of the intervals."""
    bootstrap_samples: int
    tolerance: float
    """By how much a figure that is measured again may differ."""
    versions: dict[str, str]
    outcomes: Outcomes | None = None
    """The answer to each test record, for a fair comparison with another version of the model."""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        """Refuse figures that a card would look for in vain."""
        if self.main_metric not in self.metrics:
            raise ValueError(f"the main metric {self.main_metric!r} is not among the metrics")
        if missing := self.metrics.keys() - self.intervals.keys():
            raise ValueError(f"no interval for {min(missing)}")
        if (positive := self.decision.positive) and positive not in {row.label for row in self.per_class}:
            raise ValueError(f"the positive label {positive!r} is not among the classes")
        if self.onnx and any(len(self.onnx.answers_of(sdk)) != len(self.widget) for sdk in ("gradio", "static")):
            raise ValueError("the ONNX file answers another number of examples than there are")
        return self
