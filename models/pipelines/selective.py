"""The best label of a text or record, or "not classifiable" where the model is not sure enough.

In use::

    from transformers import pipeline

    classify = pipeline(model="OWNER/REPO", trust_remote_code=True)
    classify("a text")                                # {"label": "...", "score": 0.93}
    classify("something else altogether")             # {"label": "not classifiable", "score": 0.31}
    classify(["a text", "another"], abstain_below=0)  # a list of answers, however sure the model is
    classify("a text", top_k=3)                       # a list of the three best
"""

from __future__ import annotations

from typing import Any

# transformers 4 copies from a folder on disk what this file imports itself, but not what those files import in turn.
from .decision import Decision  # noqa: F401
from .long_pairs import read_of_pair  # noqa: F401
from .record_pipeline import RecordPipeline
from .record_text import input_text  # noqa: F401


class SelectivePipeline(RecordPipeline):
    """Answers with one ``{"label", "score"}``; with a list of them, best first, where ``top_k`` is given or the model
    answers several labels.

    Where the best label scores below ``decision.abstain_below`` of config.json, the label is "not classifiable", and
    the score that of the best label. Options, when the pipeline is made or in a call: ``abstain_below`` (0: it always
    answers), ``top_k``, ``parents`` (see ``Decision.decide``).
    """

    answering = ("top_k", "parents", "abstain_below")

    def _sanitize_parameters(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if self.decision.abstain_below is None:
            raise ValueError("This pipeline needs a model whose config.json has decision.abstain_below.")
        return super()._sanitize_parameters(**options)

    def postprocess(self, model_outputs: Any, **answering: Any) -> list[Any]:
        """Return an answer for each row of the batch's logits."""
        answers = super().postprocess(model_outputs, **answering)
        if "top_k" in answering or answering.get("parents") or self.decision.top_k != 1:
            return answers
        return [answer for [answer] in answers]
