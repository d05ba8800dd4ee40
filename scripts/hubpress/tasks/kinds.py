"""The kinds of tasks as a table of plain words, which every command can read without importing torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: where its code is, what the Hub and transformers call it, and the metrics it can report.

    Metrics go by scikit-learn's scorer names; the first is the default main metric.
    """

    module: str
    pipeline_tag: str
    problem_type: str
    metrics: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "single-label": Kind(
        module="hubpress.tasks.single_label",
        pipeline_tag="text-classification",
        problem_type="single_label_classification",
        metrics=("f1_weighted", "f1_macro", "accuracy", "precision_macro", "recall_macro"),
    ),
}


@dataclass(frozen=True)
class MetricName:
    """What the Hub calls a metric (for ``metrics`` and ``model-index``), and what people call it."""

    hub_id: str
    title: str


METRIC_NAMES: dict[str, MetricName] = {
    "accuracy": MetricName("accuracy", "Accuracy"),
    "f1_macro": MetricName("f1", "Macro F1"),
    "f1_weighted": MetricName("f1", "Weighted F1"),
    "precision_macro": MetricName("precision", "Macro precision"),
    "recall_macro": MetricName("recall", "Macro recall"),
}
