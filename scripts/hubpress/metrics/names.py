"""What the Hub and people call each metric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricName:
    """What the Hub calls a metric (for ``metrics`` and ``model-index``), and what people call it."""

    hub_id: str
    title: str
    lower_is_better: bool = False
    is_share: bool = True
    """Whether it is between 0 and 1 (of correlations -1), so that a difference can be told in points."""
    is_rate: bool = True
    """Whether it is a share of what is right, or an average of such shares, so that a record alone moves it little."""


def is_better(name: str, value: float, other: float) -> bool:
    """Return whether a figure of a metric is better than another one."""
    return value < other if METRIC_NAMES[name].lower_is_better else value > other


METRIC_NAMES: dict[str, MetricName] = {
    "accuracy": MetricName("accuracy", "Accuracy"),
    "accuracy_top_5": MetricName("accuracy", "Top-5 accuracy"),
    "accuracy_top_10": MetricName("accuracy", "Top-10 accuracy"),
    "average_precision": MetricName("average_precision", "Average precision", is_rate=False),
    "f1": MetricName("f1", "F1"),
    "f1_macro": MetricName("f1", "Macro F1"),
    "f1_micro": MetricName("f1", "Micro F1"),
    "f1_samples": MetricName("f1", "Sample-averaged F1"),
    "f1_weighted": MetricName("f1", "Weighted F1"),
    "kappa_quadratic": MetricName("cohen_kappa", "Quadratic kappa", is_rate=False),
    "mae": MetricName("mae", "Mean absolute error", lower_is_better=True, is_share=False, is_rate=False),
    "pearson": MetricName("pearsonr", "Pearson correlation", is_rate=False),
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
    "rmse": MetricName("rmse", "Root mean squared error", lower_is_better=True, is_share=False, is_rate=False),
    "spearman": MetricName("spearmanr", "Spearman correlation", is_rate=False),
}
