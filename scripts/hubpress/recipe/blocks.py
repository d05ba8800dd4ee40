"""The blocks of a recipe, but for ``data:``: how a model is made, measured and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from hubpress.recipe.benchmark import BenchmarkTask
from hubpress.recipe.carbon import Carbon
from hubpress.recipe.contrastive import Contrastive
from hubpress.recipe.lora import Lora
from hubpress.recipe.static_model import StaticModel
from hubpress.recipe.values import (
    MODULE,
    SHA256,
    Block,
    FieldText,
    HubId,
    Licence,
    Number,
    RepoName,
    Text,
    Texts,
    Whole,
    YesOrNo,
)
from hubpress.yaml12 import YamlMapping


def _lists_of_fields(given: object) -> object:
    is_nested = isinstance(given, list | tuple) and all(isinstance(one, list | tuple) for one in given)
    if not is_nested:
        raise ValueError(f"must be a list of lists of fields, such as [[title], [title, journal]], not {given!r}")
    return given


class PackagedModel(Block):
    """Weights inside an installed Python package, which no network is needed for."""

    module: Annotated[str, Field(pattern=MODULE)]
    """The package's name in Python."""
    folder: Text = "."
    """The folder of the model inside the package."""
    sha256: Annotated[str, Field(pattern=SHA256)]
    """The sha256 of its ``model.safetensors``; other weights are refused."""
    extra: Text = "sample"
    """The extra of hubpress that installs the package, for the message where it is missing."""


class BaseModelSpec(Block):
    """The encoder to start from: a model on the Hub, a folder on this machine, or an installed package.

    A folder or a package may come with the id of the model that it holds a copy of.
    """

    id: HubId | None = None
    """The model's name on the Hub."""
    revision: Text | None = None
    """A commit, a branch or a tag of it; without one the newest."""
    path: Path | None = None
    """A folder with a saved transformers model, from the recipe's folder on."""
    package: PackagedModel | None = None
    """An installed package that holds the model."""
    config: dict[str, JsonValue] = Field(default={})
    """What to change in the model's ``config.json``, such as ``classifier_dropout: 0.2``."""

    @model_validator(mode="after")
    def _one_place(self) -> BaseModelSpec:
        if self.path and self.package:
            raise ValueError("give path or package, not both")
        if not (self.id or self.path or self.package):
            raise ValueError("needs an id (a model on the Hub), a path or a package")
        return self


class TrainedModel(Block):
    """A model that is trained already: a repository on the Hub, or a folder on this machine.

    It is taken as it is. Its labels, their order and what it reads are told by its own files.
    """

    id: HubId | None = None
    """The model's name on the Hub."""
    revision: Text | None = None
    """A commit, a branch or a tag of it; without one the newest."""
    path: Path | None = None
    """A folder with a saved transformers model, from the recipe's folder on."""

    @model_validator(mode="after")
    def _one_place(self) -> TrainedModel:
        if (self.id is None) == (self.path is None):
            raise ValueError("needs either an id (a model on the Hub) or a path")
        if self.revision and not self.id:
            raise ValueError("has a revision, which only a model on the Hub (id) has")
        return self


class Tokenizer(Block):
    """How texts become tokens."""

    max_length: Annotated[Whole, Field(ge=8, le=32768)] = 256
    """The most tokens that the model reads of a text; what is longer is cut, in training and in use. For a ``trained``
    model it is what its own files say, unless it is given."""


class Decision(Block):
    """What turns scores into an answer; without it the label with the best score."""

    rule: Literal["argmax", "top_k", "threshold"] = "argmax"
    """``argmax`` answers the best label, ``top_k`` a fixed number of them, ``threshold`` those that reach a score."""
    threshold: Literal["tune", "tune-per-label"] | Annotated[Number, Field(gt=0, lt=1)] | None = None
    """The score to reach: a number, or chosen on validation, one for all labels or (several labels) one for each."""
    top_k: Annotated[Whole, Field(ge=1)] | None = None
    """How many labels to answer: all of them under the rule ``top_k``, at most so many under ``threshold``."""
    positive: Text | None = None
    """The label, of two, that the threshold is for; the other one is answered below it."""
    calibration: Literal["temperature"] | None = None
    """Fold a temperature, chosen on validation, into the head of a classifier, so that its scores can be taken for
    probabilities; thresholds are held against those scores."""
    abstain_below: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Of a single-label model without a threshold: where the best score is lower, it answers ``not classifiable``."""

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
    def _what_is_said(self, serialize: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        """Leave out what the recipe leaves out: a config.json carries this block."""
        return {key: value for key, value in serialize(self).items() if value is not None}


class Evaluation(Block):
    """What is measured on the test split, and how sure it is."""

    main_metric: Text | None = None
    """The metric by which the best epoch is chosen; without it the first of the task's."""
    metrics: tuple[Text, ...] | None = None
    """The metrics to report; without them the task's usual ones."""
    baselines: tuple[Literal["most_frequent", "tfidf_linear", "mean", "tfidf_ridge"], ...] | None = None
    """The simple models to measure on the same records; without them all that the task has."""
    static_model: StaticModel | None = None
    """A model of static embeddings (model2vec) to measure on the same records, under a linear head of scikit-learn."""
    bootstrap_samples: Annotated[Whole, Field(ge=100, le=100_000)] = 1000
    """From how many resamples of the test split the intervals are taken."""
    confidence: Annotated[Number, Field(gt=0.5, lt=1)] = 0.95
    """How sure the intervals are."""
    batch_size: Annotated[Whole, Field(ge=1)] = 32
    """How many texts are asked at once."""
    tolerance: Annotated[Number, Field(gt=0, le=0.05)] = 0.001
    """How far a figure that ``hubpress verify`` measures again may be from the published one."""
    inputs: dict[Text, Texts] = Field(default={})
    """Combinations of the input template's fields by name. Each is measured by itself, on the records that have all of
    its fields, with the other fields empty."""
    thresholds: tuple[Annotated[Number, Field(gt=0, lt=1)], ...] = ()
    """Further thresholds to measure, besides the model's own."""
    aggregation_strategy: Literal["simple", "first", "average", "max"] | None = None
    """How the pipeline of a token model makes entities of the tokenizer's pieces; without it the way that is best on
    validation."""
    eval_results: tuple[BenchmarkTask, ...] = ()
    """Tasks of the benchmark that ``data.dataset`` is, for whose leaderboard figures are published in
    ``.eval_results/``; a sample has none there."""


class Onnx(Block):
    """The ONNX files beside the weights, from which the Space answers."""

    export: YesOrNo = True
    """Whether there are such files; without them there is no Space either."""
    allowed_loss: Annotated[Number, Field(ge=0, le=1)] = 0.01
    """The Space uses its int8 file where that loses at most so much of the main metric on test (0.01 is one point),
    else the fp32 one."""


class Provenance(Block):
    """What goes with the release to say where it comes from."""

    bill_of_materials: YesOrNo = True
    """Whether ``sbom.cdx.json`` goes with the release: what the model was made with, as CycloneDX."""
    sign: YesOrNo = False
    """Whether the release is signed by OpenSSF model-signing: ``model.sig``, made with the private key that the
    environment variable ``HUBPRESS_SIGNING_KEY`` names."""


class PublishedData(Block):
    """The data set repository that the test split is published in, so that everybody can measure the model again."""

    license: Licence
    """The licence of the records, by its name on the Hub, such as ``cc-by-4.0``; ``other`` for one that the Hub does
    not list."""
    license_name: Text | None = None
    """What the licence ``other`` is called."""
    license_link: Text | None = None
    """Where the licence can be read: a URL."""
    repo_name: RepoName | None = None
    """The name of the repository; without it the model's with ``-test-data`` behind it."""


class WidgetExample(Block):
    """What the model's page offers to try: a text, a record of the input template's fields, or records of the test
    split. Each example has one of the three."""

    text: Text = ""
    """A text as the model reads it."""
    text_pair: Text | None = None
    """The second text, beside ``text``, of a model that reads pairs."""
    record: Annotated[dict[Text, FieldText], Field(min_length=1)] | None = None
    """Fields of the input template with their values; fields that are left out are empty."""
    from_test: Annotated[Whole, Field(ge=1, le=20)] | None = None
    """How many records of the test split to show, of different labels as far as there are."""
    example_title: Text = ""
    """The example's name on the page; required, but records of the test split bring theirs with them."""

    @model_validator(mode="after")
    def _one_of_three(self) -> WidgetExample:
        if sum((bool(self.text), self.record is not None, self.from_test is not None)) != 1:
            raise ValueError("needs either a text, a record or from_test")
        if self.text_pair is not None and not self.text:
            raise ValueError("has a text_pair without the text that it goes with")
        if bool(self.example_title) == (self.from_test is not None):
            raise ValueError("needs an example_title, and only examples from_test have none")
        return self


class ReferenceFigure(Block):
    """One published figure."""

    metric: Text
    """Our name of the metric, one of those of the model's task."""
    value: Number
    """The figure as it was published, as a share: 0.9 for 90%."""
    inputs: Text | None = None
    """The name of one of ``evaluation.inputs``, where the figure is of that combination alone."""
    level: Text | None = None
    """A level of ``data.label_table.parents``, where the figure is of parents of that level."""
    note: Text | None = None
    """What to say behind the figure, in brackets."""


class ReferenceClass(Block):
    """A published count of one class."""

    correct: Annotated[Whole, Field(ge=0)]
    """How many records of the class were answered rightly."""
    total: Annotated[Whole, Field(ge=1)]
    """How many records of the class there were."""


class Reference(Block):
    """The published model that ours is measured against; its figures stand beside ours on the card."""

    title: Text
    """The model's name."""
    url: Text
    """Where it is published, with its figures."""
    base_model: Text
    """The model that it started from."""
    settings: dict[str, str | bool | Whole | Number]
    """How it was trained, by the names of ``training``; the card shows them beside ours."""
    split: Text
    """Which records its figures were measured on."""
    figures: tuple[ReferenceFigure, ...]
    """Its published figures."""
    per_class: dict[str, ReferenceClass] = Field(default={})
    """Its published counts by class."""
    per_class_note: Text | None = None
    """What to say behind the heading of those counts, in brackets."""
    differences: Texts
    """What was done otherwise than here, one difference each."""


class Training(BaseModel):
    """How the model is trained: the names of transformers.TrainingArguments, and what they lack."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    method: Literal["fine_tune", "linear_probe", "probe_then_fine_tune"] = "fine_tune"
    """Whether all weights are trained, or the encoder is frozen and scikit-learn fits the head (for few records), or
    both in this order, so that training begins with a head that fits the encoder."""
    contrastive: Contrastive | None = None
    """Before that, draw records of one class together and of others apart; ``{}`` takes it as it usually is."""
    pooling: Literal["own", "mean"] | None = None
    """What head and warm-up read of a text: what the base's head does, or the mean over its tokens; without it
    the mean, unless the former is clearly better by cross-validation."""
    class_weight: Literal["balanced"] | dict[str, Annotated[Number, Field(gt=0)]] | None = None
    """How much each label counts in the loss: a number for each, or ``balanced`` for the rarer the more."""
    freeze: tuple[Text, ...] = ()
    """Parts of the base model that stay as they are and have no dropout, such as ``embeddings``. Where these are the
    embeddings and the first layers (``encoder.layer.0``, …), they are run once, not in every epoch."""
    head_learning_rate: Annotated[Number, Field(gt=0, le=1)] | None = None
    """The learning rate of the head, all that is outside the base's encoder, in the place of ``learning_rate``: a head
    that begins at random may learn faster than weights that were trained before."""
    ema_decay: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Release a moving average of the weights; the nearer to 1, the slower it moves."""
    tag_scheme: Literal["IOB1", "IOB2"] | None = None
    """How entities are told to a token model: every one begins with a B- (``IOB2``, the default), or only one that
    follows another of its type directly (``IOB1``), which is less to learn where that is rare."""
    oversample: Annotated[Whole, Field(ge=2)] | None = None
    """Repeat the records of rare labels until each label has that many; for several labels only."""
    inputs: Annotated[tuple[Annotated[Texts, Field(min_length=1)], ...], BeforeValidator(_lists_of_fields)] = ()
    """Combinations of the template's fields by which records are shown besides, the other fields empty, such as
    ``[[title], [title, journal]]``: each record that has something in all of them, and in others too."""
    early_stopping_patience: Annotated[Whole, Field(ge=1)] | None = None
    """Stop after that many epochs without a better one."""
    lora: Lora | None = None
    """Train an adapter by peft, with the head, in place of all weights; ``{}`` takes it as it usually is."""
    carbon: Carbon | None = None
    """Measure energy and emissions of the training by codecarbon (``pip install 'hubpress[carbon]'``), offline."""

    @property
    def fits_head(self) -> bool:
        """Whether scikit-learn fits the head, with or without training by steps behind it."""
        return self.method != "fine_tune"

    @property
    def takes_steps(self) -> bool:
        """Whether weights are trained by steps."""
        return self.method != "linear_probe"

    @property
    def arguments(self) -> YamlMapping:
        """Return the keyword arguments for TrainingArguments."""
        return dict(self.model_extra or {})
