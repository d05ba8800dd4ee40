"""training.json: what a training did, with every setting as it was used."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import JsonValue, model_validator

from hubpress.files import found_json
from hubpress.schemas.document import Document, Metrics, Part


class BaseModelFacts(Part):
    """The encoder that was started from, in the words of the recipe's ``base_model``, and which it was."""

    id: str | None
    revision: str | None
    config: dict[str, JsonValue]
    commit: str | None = None
    """The commit (40 hex) that was loaded from the Hub; None of a folder and of a package."""
    sha256: str | None = None
    """The sha256 of the ``model.safetensors`` that was loaded from a folder or a package."""


class Epoch(Part):
    """One epoch: its training loss, and loss and metrics on validation."""

    epoch: float
    step: int
    train_loss: float
    validation_loss: float
    metrics: Metrics


class LoraFacts(Part):
    """The adapter that was trained, by the names of ``peft.LoraConfig``, as it was used."""

    r: int
    lora_alpha: float
    lora_dropout: float
    target_modules: tuple[str, ...]
    """The ends of the names of the modules that have matrices, or their whole names."""
    modules_to_save: tuple[str, ...]
    """The modules that were trained as a whole: the head, and what the base's weights lack."""
    bias: str
    use_rslora: bool
    use_dora: bool


class WarmUpFacts(Part):
    """A contrastive warm-up, by the names of ``setfit.TrainingArguments``, as it was done."""

    num_iterations: int
    num_epochs: int
    batch_size: int
    body_learning_rate: float
    warmup_proportion: float
    pairs: int
    """How many pairs of records were drawn."""
    steps: int
    first_loss: float
    """The mean loss of the first tenth of the steps."""
    last_loss: float
    """The mean loss of the last tenth."""


class PreparedEncoder(Document):
    """How an encoder was made ready before its head was trained."""

    pooling: str
    """What the head reads of a text: ``own``, as the base's does, or the ``mean`` over its tokens."""
    warm_up: WarmUpFacts | None = None


class TriedStrength(Part):
    """One strength of regularisation, and how good it was."""

    value: float
    """Of the estimator's parameter."""
    score: float
    """The main metric."""
    standard_error: float | None = None
    """Of the score over the folds; None where it was measured once."""


class ProbeFacts(Part):
    """The linear model of scikit-learn that is the head."""

    estimator: str
    parameter: Literal["C", "alpha"]
    """What scikit-learn calls its regularisation: the stronger, the smaller ``C`` or the larger ``alpha`` is."""
    value: float
    chosen_by: str
    """What it was chosen by, in words."""
    tried: tuple[TriedStrength, ...]
    """The strongest first."""
    features: int
    """How many numbers it reads of a text."""


class EnergyFacts(Part):
    """What codecarbon measured of a training, by the names of its ``EmissionsData``."""

    codecarbon_version: str
    country_name: str
    country_iso_code: str
    region: str | None = None
    energy_consumed: float
    """Kilowatt-hours."""
    emissions: float
    """Grams of CO2 equivalent, which codecarbon has in kilograms."""
    cpu_model: str
    gpu_model: str | None = None
    ram_total_size: float
    """Gigabytes of the machine."""
    tracking_mode: str
    """``process`` for the training alone, ``machine`` for all that ran beside it."""
    is_whole: bool
    """Whether the training was measured from its beginning, and not from a checkpoint on."""


class WeightsFacts(Document):
    """What is noted of the weights of a release, whoever trained them."""

    base_model: BaseModelFacts
    """Of a model that was trained elsewhere the base that it is said to be made from, all of it None where none is."""
    adjustments: tuple[str, ...] | None = None
    """What was changed in the base model to make it fit, a sentence each: a token to pad with, a head's order."""
    stated: dict[str, JsonValue]
    """What the recipe says of training, its defaults left to TrainingArguments."""
    parameters: int
    versions: dict[str, str]

    @property
    def loaded(self) -> BaseModelFacts:
        """The model that was loaded."""
        return self.base_model


class TrainingFacts(WeightsFacts):
    """What trained, on what, and how it went."""

    hyperparameters: dict[str, JsonValue]
    """TrainingArguments as they were used, without facts of the machine."""
    epochs: tuple[Epoch, ...]
    best_epoch: float
    main_metric: str
    log_history: tuple[dict[str, JsonValue], ...]
    """Trainer's own."""
    trainable_parameters: int
    lora: LoraFacts | None = None
    """None where all weights were trained, but those of ``freeze``."""
    pooling: str | None = None
    """What the head reads of a text, where that was chosen: ``own`` or ``mean``."""
    warm_up: WarmUpFacts | None = None
    """None where the head was trained at once."""
    probe: ProbeFacts | None = None
    """How scikit-learn fitted the head; None where it began at random. Without steps behind it, the model is a linear
    probe and has one row of ``epochs``, an epoch 0."""
    device: str
    processes: int
    threads: int
    seconds: float
    energy: EnergyFacts | None = None
    """None where it was not measured."""

    @model_validator(mode="after")
    def _best_epoch_is_one_of_them(self) -> Self:
        if all(row.epoch != self.best_epoch for row in self.epochs):
            raise ValueError(f"`best_epoch` is {self.best_epoch:g}, which is none of the `epochs`")
        return self

    @property
    def is_linear_probe(self) -> bool:
        """Whether the head alone was fitted, and no weights were trained by steps."""
        return self.probe is not None and all(row.step == 0 for row in self.epochs)

    @property
    def is_averaged(self) -> bool:
        """Whether a moving average of the weights was measured on validation and is released."""
        return bool(self.stated.get("ema_decay"))

    @property
    def released(self) -> Epoch:
        """The epoch whose weights are released."""
        return next(row for row in self.epochs if row.epoch == self.best_epoch)


class KnownFact(Part):
    """One thing that is known of a training elsewhere, and which file says it."""

    name: str
    value: str
    source: str


class TokenizerFacts(Part):
    """What the tokenizer of a model that was trained elsewhere makes of the test texts, and what its vocabulary is."""

    unknown: float | None
    """The share of the pieces that stand for what it does not know; None where it knows everything."""
    pieces: float
    """Pieces a word, and below the characters a word: languages without spaces have long ones."""
    characters: float
    lowers: bool
    """Whether capital letters are read as small ones."""
    capitals: float
    """The share of the tokens with Latin letters in which one is a capital."""


class TrainedFacts(WeightsFacts):
    """A model that was trained elsewhere: where it came from, what is known of its training, and what is not."""

    trained: BaseModelFacts
    """The model that was taken; its ``sha256`` is that of its weights as they were found, of several files that of the
    list of their hashes."""
    weights: dict[str, str]
    """The sha256 of each file of weights, by its name; of an adapter those of the adapter itself."""
    base_weights: dict[str, str] | None = None
    """Of an adapter, which was merged into its base, the sha256 of each file of weights of that base."""
    dtype: str
    """The type of number of the weights, such as ``bfloat16``."""
    known: tuple[KnownFact, ...]
    unknown: tuple[str, ...]
    """What no file says, a few words each."""
    tokenizer: TokenizerFacts | None = None
    """None where it is no fast one, and in what older versions took."""

    @property
    def loaded(self) -> BaseModelFacts:
        """The model that was loaded."""
        return self.trained


def load_training(path: Path) -> TrainingFacts | TrainedFacts:
    """Read training.json, of whichever kind it is. Raises DocumentError as :meth:`Document.load` does."""
    return training_kind(found_json(path)).load(path)


def training_kind(value: object) -> type[TrainingFacts] | type[TrainedFacts]:
    """Return the kind of training.json that a JSON value is."""
    return TrainedFacts if isinstance(value, dict) and "trained" in value else TrainingFacts
