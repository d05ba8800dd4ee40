"""Of evaluation.json: what the ONNX files are worth, and which of them a Space answers from."""

from __future__ import annotations

from hubpress.schemas.answers import Answer
from hubpress.schemas.document import Metrics, Part
from hubpress.schemas.scores import Interval


class OnnxFile(Part):
    """One file of the model on the test split: the weights, or an ONNX file."""

    path: str
    bytes: int
    metrics: Metrics


class PageFacts(Part):
    """Which of the ONNX files the page of a static Space answers from, and what it answers."""

    used: str
    loss: float
    """What the file whose weights alone are int8 loses of the main metric on the test split."""
    widget: tuple[Answer, ...]
    """The answers of the file that is used to the widget's examples."""


class OnnxFacts(Part):
    """What the ONNX files are worth beside the weights, and which of them the Space answers from."""

    files: tuple[OnnxFile, ...]
    loss: float
    """What the int8 file loses of the main metric on the test split."""
    difference: Interval | None = None
    """The paired bootstrap interval of what the int8 file's main metric is more than that of the weights."""
    allowed_loss: float
    used: str
    """The file that the app of a Gradio Space answers from."""
    widget: tuple[Answer, ...]
    """That file's answers to the widget's examples."""
    changed: int
    """How many of those are other ones than the weights'."""
    largest_difference: float
    """The largest difference of a score between the two."""
    processor: str | None = None
    """The kind of processor on which the files were measured, as int8 arithmetic knows it."""
    page: PageFacts | None = None
    """Of a release whose Space may be a static one."""

    def used_by(self, sdk: str) -> str:
        """Return the file that a Space answers from: a page from the app's, where the release has none for pages."""
        return self.page.used if self.page and sdk == "static" else self.used

    def answers_of(self, sdk: str) -> tuple[Answer, ...]:
        """Return that file's answers to the widget's examples."""
        return self.page.widget if self.page and sdk == "static" else self.widget
