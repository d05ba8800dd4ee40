"""What a model's folder says: recipe.yaml as a frozen, validated object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from hubpress.recipe.values import MODULE, SHA256, Block, HubId, Number, Text, Texts, Whole, YesOrNo


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
