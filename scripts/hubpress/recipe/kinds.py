"""The kinds of tasks as a table of plain words, which every command can read without importing torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FORMATS_WITH_PLACES = ("label-studio", "doccano", "prodigy", "brat")
"""The formats of records in which entities are marked by their places in a text."""
FORMATS_WITH_NAMES = (*FORMATS_WITH_PLACES, "conll", "conllu")
"""The formats that have names of their own for what a recipe reads, so that no column need be named."""


@dataclass(frozen=True)
class KindWords:
    """What cards of a kind call things, and the sentences that only they have."""

    unit: str = "records"
    """What is counted for each label."""
    label: str = "label"
    """What the model answers with, in the table of labels."""
    class_word: str = "class"
    """The same in the table of figures."""
    scoring: str = ""
    """By which rules the metrics count; empty where scikit-learn's names say it."""
    in_javascript: str = ""
    """How the answer of Transformers.js differs, as the end of a sentence."""


@dataclass(frozen=True)
class Kind:
    """One kind: what the Hub and transformers call it, what it reads, answers and reports."""

    pipeline_tag: str
    problem_type: str | None
    """What transformers calls the loss; None where the task leaves no choice."""
    answer_column: str
    """The column of the answers in the splits."""
    columns: tuple[tuple[str, ...], ...]
    """The keys of ``data.columns`` that belong together, the usual ones first; a recipe gives one of these sets."""
    rules: tuple[str, ...]
    """The rules that ``decision`` may have, the default first."""
    metrics: tuple[str, ...]
    """What is reported unless a recipe says otherwise, by scikit-learn's names; the first is the main metric."""
    positive_metrics: tuple[str, ...] = ()
    """The same for a model of two labels with ``decision.positive``; these are that label's own."""
    further_metrics: tuple[str, ...] = ()
    """What a recipe may ask for besides."""
    ordinal_metrics: tuple[str, ...] = ()
    """What is reported besides of labels with an order."""
    baselines: tuple[str, ...] = ("most_frequent", "tfidf_linear")
    """The simple models that it is measured beside."""
    options: tuple[str, ...] = ()
    """The keys of ``data`` and ``data.columns`` that only this kind has."""
    space: str = ""
    """The folder of ``spaces/`` with its app; empty for the one called as ``pipeline_tag``."""
    labels_have_ids: bool = True
    """Whether config.json numbers what the card calls labels; a token model numbers tags, of which types have two."""
    words: KindWords = KindWords()

    def columns_of(self, given: Iterable[str], data_format: str | None) -> tuple[str, ...]:
        """Return the keys of ``data.columns`` that records have: those of which some are given, or the format's."""
        keys = set(given)
        has_places = data_format in FORMATS_WITH_PLACES
        marked = next((columns for columns in self.columns if has_places and "entities" in columns), self.columns[0])
        return max(self.columns, key=lambda columns: (len(keys.intersection(columns)), columns == marked))

    @property
    def app(self) -> str:
        """Return what its Spaces do: the folder of ``spaces/`` with their app."""
        return self.space or self.pipeline_tag

    @property
    def app_folders(self) -> tuple[str, ...]:
        """Return the folders of ``spaces/`` that its Spaces are made of."""
        reads_records = self.answer_column != "entities"
        return ("shared", *(["records"] if reads_records else []), self.app)

    def known_metrics(self, *, positive: bool, ordinal: bool) -> tuple[str, ...]:
        """Return the metrics that a recipe may name, with or without a positive label or an order of the labels."""
        special = [*(self.positive_metrics if positive else ()), *(self.ordinal_metrics if ordinal else ())]
        return tuple(dict.fromkeys([*special, *self.metrics, *self.further_metrics]))


@dataclass(frozen=True)
class CustomPipeline:
    """Remote code that carries out a decision: the task's name in config.json, its class, and the files to ship."""

    task: str
    impl: str
    files: tuple[str, ...]


_SHARED_CODE = ("record_pipeline.py", "record_text.py", "long_pairs.py", "decision.py")

CUSTOM_PIPELINES: dict[str, CustomPipeline] = {
    "multi-label": CustomPipeline(
        "multi-label-threshold",
        "multi_label.MultiLabelThresholdPipeline",
        ("multi_label.py", *_SHARED_CODE),
    ),
    "binary": CustomPipeline("binary-threshold", "binary.BinaryThresholdPipeline", ("binary.py", *_SHARED_CODE)),
    "selective": CustomPipeline(
        "single-label-selective", "selective.SelectivePipeline", ("selective.py", *_SHARED_CODE)
    ),
}
WITH_A_THRESHOLD = ("multi-label", "binary")
"""Those whose epochs are compared by what is decided, not by the best label."""
STATIC = "static"
"""The name of the baseline that ``evaluation.static_model`` adds."""
NOT_CLASSIFIABLE = "not classifiable"
"""What a model with ``decision.abstain_below`` answers where it is not sure enough."""


AVERAGES = ("weighted", "micro", "macro", "samples")
"""The ways in which a score of many labels is averaged, by scikit-learn's names."""

KINDS: dict[str, Kind] = {
    "single-label": Kind(
        pipeline_tag="text-classification",
        problem_type="single_label_classification",
        answer_column="label",
        columns=(("label",), ("label_columns",)),
        rules=("argmax", "top_k", "threshold"),
        metrics=("f1_weighted", "f1_macro", "accuracy", "precision_macro", "recall_macro"),
        positive_metrics=("f1", "precision", "recall", "average_precision"),
        further_metrics=("precision_weighted", "recall_weighted", "accuracy_top_5", "accuracy_top_10"),
        ordinal_metrics=("kappa_quadratic",),
    ),
    "multi-label": Kind(
        pipeline_tag="text-classification",
        problem_type="multi_label_classification",
        answer_column="labels",
        columns=(("labels",), ("label_columns",)),
        rules=("threshold", "top_k"),
        metrics=tuple(f"{score}_{average}" for score in ("f1", "precision", "recall") for average in AVERAGES),
        options=("separator",),
    ),
    "regression": Kind(
        pipeline_tag="text-classification",
        problem_type="regression",
        answer_column="targets",
        columns=(("target",), ("target_columns",)),
        rules=("value",),
        metrics=("pearson", "spearman", "mae", "rmse"),
        baselines=("mean", "tfidf_ridge"),
        space="text-regression",
        words=KindWords(label="number", class_word="number"),
    ),
    "token": Kind(
        pipeline_tag="token-classification",
        problem_type=None,
        answer_column="entities",
        columns=(("tokens", "tags"), ("text", "entities")),
        rules=("argmax",),
        metrics=("f1", "precision", "recall"),
        baselines=("most_frequent",),
        options=("scheme", "tag_names", "offsets", "detokenize", "entity_borders"),
        labels_have_ids=False,
        words=KindWords(
            unit="entities",
            label="type",
            class_word="type",
            scoring="Scored as spans of characters over the records' own texts: an entity counts as found only with "
            "exact borders and the right type.",
            in_javascript=", which answers token by token, without `start` and `end`",
        ),
    ),
}
