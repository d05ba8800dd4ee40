"""What a model's folder says: recipe.yaml as a frozen, validated object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from hubpress.recipe_data import Data
from hubpress.recipe_values import MODULE, REPO_NAME, SHA256, Block, HubId, Number, Text, Texts, Whole, YesOrNo
from hubpress.tasks.kinds import CUSTOM_PIPELINES, KINDS, CustomPipeline, Kind


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
    config: dict[str, Any] = Field(default={})

    @model_validator(mode="after")
    def _one_place(self) -> BaseModelSpec:
        if self.path and self.package:
            raise ValueError("give path or package, not both")
        if not (self.id or self.path or self.package):
            raise ValueError("needs an id (a model on the Hub), a path or a package")
        return self


class Tokenizer(Block):
    """How texts become tokens."""

    max_length: Annotated[Whole, Field(ge=8, le=32768)] = 256


class Decision(Block):
    """What turns scores into an answer.

    The threshold may be chosen on validation: one for all labels (``tune``) or one each (``tune-per-label``).
    ``positive`` is the label, of two, that the threshold is for.
    """

    rule: Literal["argmax", "top_k", "threshold"] = "argmax"
    threshold: Literal["tune", "tune-per-label"] | Annotated[Number, Field(gt=0, lt=1)] | None = None
    top_k: Annotated[Whole, Field(ge=1)] | None = None
    positive: Text | None = None

    @model_validator(mode="after")
    def _belongs_together(self) -> Decision:
        if (self.threshold is not None) != (self.rule == "threshold"):
            raise ValueError(
                "the rule threshold needs a threshold (a number, tune or tune-per-label), no other has one"
            )
        if self.top_k is None and self.rule == "top_k":
            raise ValueError("the rule top_k needs top_k, the number of labels to answer")
        if self.top_k is not None and self.rule == "argmax":
            raise ValueError("the rule argmax answers one label; for top_k give the rule top_k")
        if self.positive is not None and self.rule != "threshold":
            raise ValueError("positive is the label that a threshold is for; give the rule threshold")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what the recipe leaves out: a config.json carries this block."""
        return {key: value for key, value in serialize(self).items() if value is not None}


class Evaluation(Block):
    """What is measured on the test split, and how sure it is.

    ``inputs`` names combinations of the input template's fields; each is measured by itself, on the records that have
    all of its fields, with the other fields empty. ``thresholds`` are measured besides the model's own.
    """

    main_metric: Text | None = None
    metrics: tuple[Text, ...] | None = None
    baselines: tuple[Literal["most_frequent", "tfidf_linear"], ...] | None = None
    bootstrap_samples: Annotated[Whole, Field(ge=100, le=100_000)] = 1000
    confidence: Annotated[Number, Field(gt=0.5, lt=1)] = 0.95
    batch_size: Annotated[Whole, Field(ge=1)] = 32
    tolerance: Annotated[Number, Field(gt=0, le=0.05)] = 0.001
    inputs: dict[Text, Texts] = Field(default={})
    thresholds: tuple[Annotated[Number, Field(gt=0, lt=1)], ...] = ()


class Onnx(Block):
    """The ONNX files beside the weights, from which the Space answers.

    The Space uses the int8 file where it loses at most ``allowed_loss`` (a share: 0.01 is one point) of the main metric
    on the test split, else the fp32 one. Without ``export`` there are none, and no Space.
    """

    export: YesOrNo = True
    allowed_loss: Annotated[Number, Field(ge=0, le=1)] = 0.01


_COLOURS = Literal["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]


class SpaceSpec(Block):
    """The model's Gradio Space, in the words of a Space's own front matter; ``publish: false`` for none.

    ``title`` and ``short_description`` are the model's title and summary unless they are given.
    """

    publish: YesOrNo = True
    title: Text | None = None
    emoji: Text = "🔎"
    colorFrom: _COLOURS = "indigo"
    colorTo: _COLOURS = "blue"
    short_description: Annotated[Text, Field(max_length=60)] | None = None


class CardTexts(Block):
    """The sentences that no program can measure."""

    summary: Text
    description: Text
    intended_uses: Texts
    out_of_scope: Texts
    training_data: Text
    limitations: Texts
    citation: Text | None = None
    label_descriptions: dict[Text, Text] = Field(default={})


class WidgetExample(Block):
    """What the model's page offers to try: a text, a record of the input template's fields, or records of the test
    split (``from_test`` says how many), which bring their titles with them. ``text`` is empty without one."""

    text: Text = ""
    record: Annotated[dict[Text, Text], Field(min_length=1)] | None = None
    from_test: Annotated[Whole, Field(ge=1, le=20)] | None = None
    example_title: Text = ""

    @model_validator(mode="after")
    def _one_of_three(self) -> WidgetExample:
        if sum((bool(self.text), self.record is not None, self.from_test is not None)) != 1:
            raise ValueError("needs either a text, a record or from_test")
        if bool(self.example_title) == (self.from_test is not None):
            raise ValueError("needs an example_title, and only examples from_test have none")
        return self


class ReferenceFigure(Block):
    """One published figure, by our metric's name; of one of ``evaluation.inputs``, or of one level of parents."""

    metric: Text
    value: Number
    inputs: Text | None = None
    level: Text | None = None
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
    per_class: dict[str, ReferenceClass] = Field(default={})
    per_class_note: Text | None = None
    differences: Texts


class Training(BaseModel):
    """TrainingArguments' own names, checked by :mod:`hubpress.training_arguments`, plus what it lacks.

    ``oversample`` repeats the records of a multi-label model's rare labels until each label has that many;
    ``early_stopping_patience`` stops after that many epochs without a better one.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    class_weight: Literal["balanced"] | dict[str, Annotated[Number, Field(gt=0)]] | None = None
    freeze: tuple[Text, ...] = ()
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    oversample: Annotated[Whole, Field(ge=2)] | None = None
    early_stopping_patience: Annotated[Whole, Field(ge=1)] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for TrainingArguments."""
        return dict(self.model_extra or {})


class RecipeFile(Block):
    """recipe.yaml, after ``sample:`` and overrides have been laid over it."""

    repo_name: Annotated[str, Field(pattern=REPO_NAME, max_length=96)]
    title: Text
    task: Literal["single-label", "multi-label", "token"]
    base_model: BaseModelSpec
    license: Text
    language: Texts
    tags: tuple[Text, ...] = ()
    data: Data
    tokenizer: Tokenizer = Tokenizer()
    training: Training = Training()
    decision: Decision = Decision()
    evaluation: Evaluation = Evaluation()
    onnx: Onnx = Onnx()
    space: SpaceSpec = SpaceSpec()
    card: CardTexts
    widget: Annotated[tuple[WidgetExample, ...], Field(min_length=1)]
    reference: Reference | None = None

    @property
    def kind(self) -> Kind:
        """Return the plain facts of the recipe's kind of task."""
        return KINDS[self.task]

    @property
    def columns(self) -> dict[str, str]:
        """Return the column of each key of ``data.columns``; without any, columns called as the usual keys."""
        given = {key: str(column) for key, column in self.data.columns if column is not None and key != "separator"}
        return given or {key: key for key in self.kind.columns[0]}


class Recipe(RecipeFile):
    """A recipe together with where it came from and how it was asked for."""

    name: str
    folder: Path
    is_sample: bool
    uses_sample_records: bool

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the names of the metrics to report, the main one first."""
        names = self.evaluation.metrics or self._usual_metrics
        return (self.main_metric, *(name for name in names if name != self.main_metric))

    @property
    def main_metric(self) -> str:
        """Return the metric by which the best epoch is chosen."""
        return self.evaluation.main_metric or self._usual_metrics[0]

    @property
    def variant(self) -> str:
        """Return how the model answers: its task, or ``binary`` for a model of two labels with a positive one."""
        return "binary" if self.decision.positive else self.task

    @property
    def decides_by(self) -> dict[str, Any] | None:
        """Return what the epochs of a model with a threshold are compared by, as JSON; None where it has none."""
        if self.variant not in CUSTOM_PIPELINES:
            return None
        return {**self.decision.model_dump(mode="json"), "beside": self.evaluation.thresholds[:1]}

    @property
    def custom_pipeline(self) -> CustomPipeline | None:
        """Return the remote code that carries out the model's decision; None where the stock pipeline does."""
        return CUSTOM_PIPELINES.get(self.variant)

    @property
    def custom_files(self) -> tuple[str, ...]:
        """Return the names of that code's files."""
        return self.custom_pipeline.files if self.custom_pipeline else ()

    @property
    def baselines(self) -> tuple[str, ...]:
        """Return the names of the baselines to measure on the same test split."""
        given = self.evaluation.baselines
        return self.kind.baselines if given is None else given

    @property
    def hub_tags(self) -> list[str]:
        """Return the words by which model and Space are found; a sample says so."""
        return [*self.tags, *(["sample"] if self.is_sample else [])]

    @property
    def has_space(self) -> bool:
        """Return whether the release comes with a Space."""
        return self.onnx.export and self.space.publish

    @property
    def _usual_metrics(self) -> tuple[str, ...]:
        return self.kind.positive_metrics if self.decision.positive else self.kind.metrics

    @property
    def keeps_records(self) -> bool:
        """Return whether the splits keep the records' fields beside the texts, for inputs that leave some out."""
        return bool(self.evaluation.inputs)

    @property
    def data_settings(self) -> dict[str, Any]:
        """Return everything in the recipe that decides what the splits hold, as JSON."""
        table = self.data.label_table
        settings = {
            **{"task": self.task, "keeps_records": self.keeps_records, "positive": self.decision.positive},
            "order": [list(self.data.label_names or ()), list(table.parents if table else ())],  # JSON sorts keys
        }
        return {**settings, **self.data.model_dump(mode="json")}
