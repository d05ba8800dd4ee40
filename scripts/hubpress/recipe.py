"""What a model's folder says: recipe.yaml as a frozen, validated object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hubpress.tasks.kinds import KINDS, Kind

HUB_ID = r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$"
REPO_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$"
MODULE = r"^[A-Za-z_]\w*$"
SHA256 = r"^[0-9a-f]{64}$"

BASELINES = ("most_frequent", "tfidf_linear")

# pydantic takes true and "5" for numbers; a recipe that says so is wrong.
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Text = Annotated[str, Field(min_length=1)]
HubId = Annotated[str, Field(pattern=HUB_ID)]
SplitName = Literal["train", "validation", "test"]


class Block(BaseModel):
    """A mapping of the recipe: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class PackagedModel(Block):
    """Weights inside an installed Python package, which no network is needed for."""

    module: Annotated[str, Field(pattern=MODULE)]
    folder: Text = "."
    sha256: Annotated[str, Field(pattern=SHA256)]
    extra: Text = "sample"


class BaseModelSpec(Block):
    """The encoder to start from: a Hub id with its revision, a local folder, or a packaged copy of a Hub id."""

    id: HubId | None = None
    revision: Text | None = None
    path: Path | None = None
    package: PackagedModel | None = None
    config: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_place(self) -> BaseModelSpec:
        if self.path and self.package:
            raise ValueError("give path or package, not both")
        if not (self.id or self.path or self.package):
            raise ValueError("needs an id (a model on the Hub), a path or a package")
        return self


class HubDataset(Block):
    """A data set on the Hub, in the words of ``datasets.load_dataset``."""

    path: HubId
    name: Text | None = None
    revision: Text | None = None
    split: Text = "train"


class Columns(Block):
    """Which columns of the records mean what."""

    label: Text


class Split(Block):
    """How the records become train, validation and test. Sizes are fractions of the whole (test) and of the rest
    (validation), or counts of rows."""

    method: Literal["random", "stratified", "chronological", "given"] = "stratified"
    test_size: Number | Whole = 0.15
    validation_size: Number | Whole = 0.15
    seed: Annotated[Whole, Field(ge=0, lt=2**32)] = 42
    column: Text | None = None

    @field_validator("test_size", "validation_size")
    @classmethod
    def _size(cls, value: float | int) -> float | int:
        if (isinstance(value, float) and not 0 < value < 1) or (isinstance(value, int) and value < 1):
            raise ValueError("must be a fraction between 0 and 1, or a count of at least 1")
        return value

    @model_validator(mode="after")
    def _needs_column(self) -> Split:
        if self.method == "chronological" and not self.column:
            raise ValueError("a chronological split needs the date's column (split.column)")
        return self


class Data(Block):
    """Where the records are, and what the model reads of them."""

    source: Text | None = None
    files: dict[SplitName, Text] | None = None
    dataset: HubDataset | None = None
    format: Literal["csv", "tsv", "json", "jsonl", "parquet", "conll"] | None = None
    columns: Columns
    input_template: Text
    labels: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    split: Split = Split()
    empty_text: Literal["error", "drop"] = "error"
    duplicates: Literal["error", "drop", "keep"] = "error"

    @field_validator("labels")
    @classmethod
    def _distinct(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        twice = sorted({label for label in value or () if (value or ()).count(label) > 1})
        if twice:
            raise ValueError(f"names labels twice: {', '.join(twice)}")
        return value

    @field_validator("input_template")
    @classmethod
    def _parses(cls, value: str) -> str:
        from jinja2 import TemplateSyntaxError
        from jinja2.sandbox import SandboxedEnvironment

        try:
            SandboxedEnvironment().from_string(value)
        except TemplateSyntaxError as error:  # also an unknown filter
            raise ValueError(f"is not valid Jinja2: {str(error.message).rstrip('.')}") from error
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Data:
        if bool(self.source) == bool(self.dataset):
            raise ValueError("needs either a source (path, glob or URL) or a dataset (on the Hub)")
        if self.split.method == "given" and not (self.files or self.split.column):
            raise ValueError("a given split needs files (train, test) or split.column, the column that names the split")
        if self.files and not {"train", "test"} <= self.files.keys():
            raise ValueError("files needs at least train and test")
        if self.files and not self.source:
            raise ValueError("files needs a source, the folder in which they are")
        if self.files and self.split.method != "given":
            raise ValueError(f"files needs split.method given; {self.split.method} splits one set of records")
        return self


class Tokenizer(Block):
    """How texts become tokens."""

    max_length: Annotated[Whole, Field(ge=8, le=32768)] = 256


class Decision(Block):
    """What turns scores into an answer."""

    rule: Literal["argmax"] = "argmax"


class Evaluation(Block):
    """What is measured on the test split, and how sure it is."""

    main_metric: Text | None = None
    metrics: tuple[Text, ...] | None = None
    baselines: tuple[Literal["most_frequent", "tfidf_linear"], ...] = BASELINES  # type: ignore[assignment]
    bootstrap_samples: Annotated[Whole, Field(ge=100, le=100_000)] = 1000
    confidence: Annotated[Number, Field(gt=0.5, lt=1)] = 0.95
    batch_size: Annotated[Whole, Field(ge=1)] = 32
    tolerance: Annotated[Number, Field(gt=0, le=0.05)] = 0.001


class CardTexts(Block):
    """The sentences that no program can measure."""

    summary: Text
    description: Text
    intended_uses: Annotated[tuple[Text, ...], Field(min_length=1)]
    out_of_scope: Annotated[tuple[Text, ...], Field(min_length=1)]
    training_data: Text
    limitations: Annotated[tuple[Text, ...], Field(min_length=1)]
    citation: Text | None = None


class WidgetExample(Block):
    """A text that the model's page offers to try."""

    text: Text
    example_title: Text


class ReferenceFigure(Block):
    """One published figure, by our metric's name."""

    metric: Text
    value: Number
    note: Text | None = None


class ReferenceClass(Block):
    """A published count of one class."""

    correct: Annotated[Whole, Field(ge=0)]
    total: Annotated[Whole, Field(ge=1)]


class Reference(Block):
    """The published model that ours is measured against."""

    title: Text
    url: Text
    base_model: Text
    settings: dict[str, str | bool | Whole | Number]
    split: Text
    figures: tuple[ReferenceFigure, ...]
    per_class: dict[str, ReferenceClass] = {}
    per_class_note: Text | None = None
    differences: Annotated[tuple[Text, ...], Field(min_length=1)]


class Training(BaseModel):
    """TrainingArguments' own names, checked by :mod:`hubpress.training_arguments`, plus what it lacks."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    class_weight: Literal["balanced"] | dict[str, Annotated[Number, Field(gt=0)]] | None = None
    freeze: tuple[Text, ...] = ()
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for TrainingArguments."""
        return dict(self.model_extra or {})


class RecipeFile(Block):
    """recipe.yaml, after ``sample:`` and overrides have been laid over it."""

    repo_name: Annotated[str, Field(pattern=REPO_NAME, max_length=96)]
    title: Text
    task: Literal["single-label"]
    base_model: BaseModelSpec
    license: Text
    language: Annotated[tuple[Text, ...], Field(min_length=1)]
    tags: tuple[Text, ...] = ()
    data: Data
    tokenizer: Tokenizer = Tokenizer()
    training: Training = Training()
    decision: Decision = Decision()
    evaluation: Evaluation = Evaluation()
    card: CardTexts
    widget: Annotated[tuple[WidgetExample, ...], Field(min_length=1)]
    reference: Reference | None = None


class Recipe(RecipeFile):
    """A recipe together with where it came from and how it was asked for."""

    name: str
    folder: Path
    is_sample: bool
    uses_sample_records: bool

    @property
    def kind(self) -> Kind:
        """Return the plain facts of the recipe's kind of task."""
        return KINDS[self.task]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the names of the metrics to report, the main one first."""
        names = self.evaluation.metrics or self.kind.metrics
        return (self.main_metric, *(name for name in names if name != self.main_metric))

    @property
    def main_metric(self) -> str:
        """Return the metric by which the best epoch is chosen."""
        return self.evaluation.main_metric or self.kind.metrics[0]
