"""recipe.yaml as a frozen, validated object, with where it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, field_validator

from hubpress.hub.ids import LONGEST_TITLE
from hubpress.hub.metadata import language_of
from hubpress.layout import ADAPTER_WEIGHTS, ONNX, QUANTIZED, WEIGHT_ONLY, WEIGHTS
from hubpress.recipe.blocks import (
    BaseModelSpec,
    Decision,
    Evaluation,
    Onnx,
    Provenance,
    PublishedData,
    Reference,
    Tokenizer,
    TrainedModel,
    Training,
    WidgetExample,
)
from hubpress.recipe.card_texts import CardTexts
from hubpress.recipe.data import Data
from hubpress.recipe.kinds import (
    CUSTOM_PIPELINES,
    FORMATS_WITH_NAMES,
    KINDS,
    STATIC,
    WITH_A_THRESHOLD,
    CustomPipeline,
    Kind,
)
from hubpress.recipe.own_files import find_own_files
from hubpress.recipe.space import SpaceSpec
from hubpress.recipe.values import Block, Language, Licence, RepoName, Tag, Text, Version

_WHICH_LICENCE = (
    "needs the licence under which everybody may have the records of the test split; write it as a block, such as "
    "publish_data: {license: cc-by-4.0}"
)


class RecipeFile(Block):
    """What ``recipe.yaml`` says of a model, after ``sample:`` and overrides have been laid over it."""

    repo_name: RepoName
    """The name of the model's repository on the Hub, and of its Space."""
    version: Version | None = None
    """The version of the release, such as ``1.2.0``: model and Space are tagged with it, a ``v`` before it."""
    title: Text
    """The heading of the card."""
    task: Literal["single-label", "multi-label", "regression", "token"]
    """What the model answers: one label for each text, any number of them, one or several numbers, or the entities in
    it."""
    base_model: BaseModelSpec | None = None
    """The model to start from; of a ``trained`` model the one that it was made from, by its id, where that is known."""
    trained: TrainedModel | None = None
    """A model that is trained already, in place of ``training``: it goes through all stages but that."""
    license: Licence | Annotated[tuple[Licence, ...], Field(min_length=1)]
    """The licence of the weights, by its name on the Hub, such as ``apache-2.0``, or a list of them; ``other`` for one
    that the Hub does not list."""
    license_name: Text | None = None
    """What the licence ``other`` is called, such as ``acme-research-1.0``."""
    license_link: Text | None = None
    """Where the licence can be read: a URL, or one of the repository's own ``files``, such as ``LICENSE``."""
    language: Annotated[tuple[Language, ...], Field(min_length=1)]
    """The languages of the texts, by their ISO 639 codes, such as ``en``, with a script or a region where that matters,
    such as ``zh-Hant``."""
    tags: tuple[Tag, ...] = ()
    """Words by which others find the model; without any, what the Hub calls its task."""
    files: tuple[Text, ...] | dict[Text, Text] = ()
    """Files of your own that go into the repository: a list of paths and globs below the model's folder, such as
    ``[LICENSE, assets/*.png]``, or a mapping from the name there to the file."""
    data: Data
    """The records."""
    tokenizer: Tokenizer = Tokenizer()
    """How texts become tokens."""
    training: Training = Training()
    """How the model is trained."""
    release: Literal["merged", "adapter"] = "merged"
    """What is published of a model that ``training.lora`` trains: all weights with the adapter merged into them, or the
    ``adapter`` alone, which names its base at one commit."""
    decision: Decision = Decision()
    """What turns scores into an answer."""
    evaluation: Evaluation = Evaluation()
    """What is measured."""
    onnx: Onnx = Onnx()
    """The ONNX files."""
    space: SpaceSpec = SpaceSpec()
    """The Space."""
    collection: Annotated[Text, Field(max_length=LONGEST_TITLE)] | None = None
    """The title of the collection on the Hub that the release is put into once it is proved."""
    publish_data: PublishedData | None = None
    """Under which licence the test split is published beside the model, as a data set; false or left out, it is not."""
    provenance: Provenance = Provenance()
    """Where the release comes from: its bill of materials and its signature."""
    card: CardTexts
    """The sentences of the card."""
    widget: Annotated[tuple[WidgetExample, ...], Field(min_length=1)]
    """Examples for the model's page."""
    reference: Reference | None = None
    """A published model to compare with."""

    @field_validator("publish_data", mode="before")
    @classmethod
    def _asks_for_the_licence(cls, value: Any) -> Any:
        if value is True or (isinstance(value, dict) and value.get("license") is None):
            raise ValueError(_WHICH_LICENCE)
        return None if value is False else value

    @property
    def kind(self) -> Kind:
        """Return the plain facts of the recipe's kind of task."""
        return KINDS[self.task]

    @property
    def columns(self) -> dict[str, str]:
        """Return the column of each key of ``data.columns`` that names one; without any, and where a format has its own
        names for them, those called as the usual keys."""
        given = {
            key: str(column)
            for key, column in self.data.columns
            if isinstance(column, str | int) and key != "separator"
        }
        is_usual = not given and not (self.data.columns.label_columns or self.data.columns.target_columns)
        usual = self.kind.columns_of(given, self.data.format)
        named = usual if is_usual or self.data.format in FORMATS_WITH_NAMES else ()
        return {**{key: key for key in named}, **given}

    @property
    def targets(self) -> dict[str, tuple[float, float] | None]:
        """Return the numbers that a regression model answers, in the order of their ids, each with its range if any."""
        if self.task != "regression":
            return {}
        columns, given = self.data.columns, self.data.targets or {}
        if columns.target_columns:
            return {name: given.get(name) for name in columns.target_columns}
        return given or {self.columns["target"]: None}

    @property
    def decision_rule(self) -> Literal["argmax", "top_k", "threshold", "value"]:
        """Return what turns scores into an answer; the numbers of a regression model are the answer."""
        return "value" if self.task == "regression" else self.decision.rule

    @property
    def starts_from(self) -> BaseModelSpec:
        """Return where the weights come from: the model to train, or the one that is trained already."""
        if self.trained:
            return BaseModelSpec(id=self.trained.id, revision=self.trained.revision, path=self.trained.path)
        assert self.base_model is not None  # a recipe without both is refused
        return self.base_model

    @property
    def base_id(self) -> str | None:
        """Return the id of the base model on the Hub; None where it has none, or none that is known."""
        return self.base_model.id if self.base_model else None

    @property
    def is_adapter(self) -> bool:
        """Return whether an adapter is published, and not whole weights."""
        return self.release == "adapter"

    @property
    def weights_file(self) -> str:
        """Return the name of the file with the weights that are published."""
        return ADAPTER_WEIGHTS if self.is_adapter else WEIGHTS

    @property
    def version_tag(self) -> str | None:
        """Return the tag of the version, such as ``v1.2.0``."""
        return f"v{self.version}" if self.version else None

    @property
    def test_data_name(self) -> str | None:
        """Return the name of the data set repository that the test split is published in; None where it is not."""
        given = self.publish_data
        return (given.repo_name or f"{self.repo_name}-test-data") if given else None

    def test_data_id(self, owner: str) -> str | None:
        """Return that repository at an owner; None where the test split is not published."""
        return f"{owner}/{self.test_data_name}" if self.publish_data else None

    @property
    def licences(self) -> tuple[str, ...]:
        """Return the names of the licences on the Hub."""
        return (self.license,) if isinstance(self.license, str) else self.license

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages as the Hub has them, without scripts and regions, each once."""
        return tuple(dict.fromkeys(language_of(code) or code for code in self.language))

    @property
    def locales(self) -> tuple[str, ...]:
        """Return those languages that are given with a script or a region."""
        return tuple(code for code in self.language if language_of(code))


class Recipe(RecipeFile):
    """A recipe together with where it came from and how it was asked for."""

    name: str
    """The name of the model's folder."""
    folder: Path
    """The model's folder."""
    is_sample: bool
    """Whether ``sample:`` lies over the recipe."""
    uses_sample_records: bool
    """Whether the records are those of ``sample.records``, too."""
    unwritten: tuple[str, ...] = Field(default=(), exclude=True)
    """What is still to be filled in of the card's sentences, each in a line with its place in the recipe."""

    @property
    def source_path(self) -> Path | None:
        """Return where the records lie on this machine; None where they come from the network."""
        source = self.data.source
        return None if source is None or "://" in source else self.folder / Path(source).expanduser()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the names of the metrics to report, the main one first."""
        names = [*(self.evaluation.metrics or self._usual_metrics)]
        if self.data.ordinal:
            names += self.kind.ordinal_metrics
        return tuple(dict.fromkeys([self.main_metric, *names]))

    @property
    def main_metric(self) -> str:
        """Return the metric by which the best epoch is chosen."""
        return self.evaluation.main_metric or self._usual_metrics[0]

    @property
    def variant(self) -> str:
        """Return how the model answers: its task, ``binary`` for a model of two labels with a positive one, or
        ``selective`` for one that may leave a text unanswered."""
        return "binary" if self.decision.positive else "selective" if self.decision.abstain_below else self.task

    @property
    def decides_by(self) -> dict[str, JsonValue] | None:
        """Return what the epochs of a model with a threshold are compared by, as JSON; None where it has none."""
        if self.variant not in WITH_A_THRESHOLD:
            return None
        # Neither changes which epoch is the best one.
        decision = self.decision.model_dump(mode="json", exclude={"calibration", "abstain_below"})
        return {**decision, "beside": self.evaluation.thresholds[:1]}

    @property
    def custom_pipeline(self) -> CustomPipeline | None:
        """Return the remote code that carries out the model's decision; None where the stock pipeline does."""
        return CUSTOM_PIPELINES.get(self.variant)

    @property
    def stock_task(self) -> str | None:
        """Return the task to name for ``pipeline()``; None where the one custom task is chosen by itself."""
        return None if self.custom_pipeline else self.kind.pipeline_tag

    @property
    def custom_files(self) -> tuple[str, ...]:
        """Return the names of that code's files."""
        return self.custom_pipeline.files if self.custom_pipeline else ()

    @property
    def baselines(self) -> tuple[str, ...]:
        """Return the names of the baselines to measure on the same test split."""
        given = self.evaluation.baselines
        named = self.kind.baselines if given is None else given
        return (*named, STATIC) if self.evaluation.static_model else named

    @property
    def hub_tags(self) -> list[str]:
        """Return the words by which model and Space are found; a sample says so."""
        tags = self.tags or (self.kind.pipeline_tag,)
        return list(dict.fromkeys([*tags, *(["sample"] if self.is_sample else [])]))

    @property
    def own_files(self) -> dict[str, Path]:
        """Return the person's own files that go into the repository, by their names there."""
        found, _ = find_own_files(self.files, self.folder, records=self.data.source)
        return {own.name: own.path for own in found}

    @property
    def has_space(self) -> bool:
        """Return whether the release comes with a Space."""
        return self.onnx.export and self.space.publish

    @property
    def onnx_files(self) -> tuple[str, ...]:
        """Return the names of the release's ONNX files; a page has one of its own, where the Space may be one."""
        of_page = (WEIGHT_ONLY,) if self.has_space and self.space.sdk != "gradio" else ()
        return (ONNX, QUANTIZED, *of_page) if self.onnx.export else ()

    @property
    def _usual_metrics(self) -> tuple[str, ...]:
        return self.kind.positive_metrics if self.decision.positive else self.kind.metrics

    @property
    def keeps_records(self) -> bool:
        """Return whether the splits keep the records' fields beside the texts, for inputs that leave some out."""
        return bool(self.evaluation.inputs or self.training.inputs)

    @property
    def data_settings(self) -> dict[str, JsonValue]:
        """Return everything in the recipe that decides what the splits hold, as JSON."""
        table = self.data.label_table
        settings = {
            **{"task": self.task, "keeps_records": self.keeps_records, "positive": self.decision.positive},
            "order": [list(self.data.label_names or ()), list(table.parents if table else ())],  # JSON sorts keys
        }
        if "tokens" in self.columns:  # whose text is put together in the way of a language
            settings["language"] = self.language[0]
        return {**settings, **self.data.model_dump(mode="json", exclude={"report"})}

    @property
    def report_settings(self) -> dict[str, JsonValue]:
        """Return everything in the recipe, but what decides the splits, that decides what is said of them, as JSON; of
        its texts see ``contradictions.held_against_records``."""
        told = {"title", "base_model", "trained", "tokenizer", "language"}
        return {**self.model_dump(mode="json", include=told), **self.data.report.model_dump(mode="json")}
