"""What the Hub and people call each metric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricName:
    """What the Hub calls a metric (for ``metrics`` and ``model-index``), and what people call it."""

    hub_id: str
    title: str


METRIC_NAMES: dict[str, MetricName] = {
    "accuracy": MetricName("accuracy", "Accuracy"),
    "accuracy_top_5": MetricName("accuracy", "Top-5 accuracy"),
    "accuracy_top_10": MetricName("accuracy", "Top-10 accuracy"),
    "average_precision": MetricName("average_precision", "Average precision"),
    "f1": MetricName("f1", "F1"),
    "f1_macro": MetricName("f1", "Macro F1"),
    "f1_micro": MetricName("f1", "Micro F1"),
    "f1_samples": MetricName("f1", "Sample-averaged F1"),
    "f1_weighted": MetricName("f1", "Weighted F1"),
    "precision": MetricName("precision", "Precision"),
    "precision_macro": MetricName("precision", "Macro precision"),
    "precision_micro": MetricName("precision", "Micro precision"),
    "precision_samples": MetricName("precision", "Sample-averaged precision"),
    "precision_weighted": MetricName("precision", "Weighted precision"),
    "recall": MetricName("recall", "Recall"),
    "recall_macro": MetricName("recall", "Macro recall"),
    "recall_micro": MetricName("recall", "Micro recall"),
    "recall_samples": MetricName("recall", "Sample-averaged recall"),
    "recall_weighted": MetricName("recall", "Weighted recall"),
}
