"""Yes or no by the model's tuned threshold, for texts and records.

In use::

    from transformers import pipeline

    classify = pipeline(model="OWNER/REPO", trust_remote_code=True)
    classify("a text")
    # {"label": "interesting", "score": 0.31, "positive": "interesting", "threshold": 0.188}
    classify(["a text", "another"], threshold=0.5)          # a list of such answers
"""

from __future__ import annotations

from typing import Any

# transformers 4 copies from a folder on disk what this file imports itself, but not what those files import in turn.
from .decision import Decision  # noqa: F401
from .long_pairs import read_of_pair  # noqa: F401
from .record_pipeline import RecordPipeline
from .record_text import input_text  # noqa: F401


class BinaryThresholdPipeline(RecordPipeline):
    """Answers with one ``{"label", "score", "positive", "threshold"}``.

    The score is always the positive label's, so that answers can be sorted by it; the label is the positive one if
    that score reaches the threshold, else the other. A stock pipeline gives the likelier label with its own score:
    beside a threshold other than one half, that would change sides between the two labels. Option, when the pipeline
    is made or in a call: ``threshold``.
    """

    answering = ("threshold",)

    def _sanitize_parameters(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if self.decision.positive is None:
            raise ValueError("This pipeline needs a model of two labels whose config.json has decision.positive.")
        return super()._sanitize_parameters(**options)

    def postprocess(self, model_outputs: Any, **answering: Any) -> list[dict[str, Any]]:
        """Return an answer for each row of the batch's logits."""
        return [answer for [answer] in super().postprocess(model_outputs, **answering)]
