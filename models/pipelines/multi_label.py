"""The labels over the model's threshold, best first, for texts and records.

In use::

    from transformers import pipeline

    classify = pipeline(model="OWNER/REPO", trust_remote_code=True)
    classify({"title": "...", "abstract": "..."})           # [{"label": "...", "score": 0.93}, ...]
    classify(["a text", "another"], threshold=0.5)          # a list of such answers
    classify("a text", threshold=0.0)                       # every label with its score, best first
    classify("a text", top_k=5)                             # the five best, whatever they score
    classify("a text", threshold=0.5, top_k=5)              # the five best of those that reach 0.5
    classify("a text", parents=True)                        # {"labels": [...], "parents": [...]}
"""

from __future__ import annotations

# transformers 4 copies from a folder on disk what this file imports itself, but not what those files import in turn.
from .decision import Decision  # noqa: F401
from .long_pairs import read_of_pair  # noqa: F401
from .record_pipeline import RecordPipeline
from .record_text import input_text  # noqa: F401


class MultiLabelThresholdPipeline(RecordPipeline):
    """Answers with a list of ``{"label", "score"}``, best first; it is empty when no label reaches the threshold.

    Options, when the pipeline is made or in a call: ``threshold`` (a number from 0 to 1, or one for each label as a
    list or a dict), ``top_k``, ``parents``. A threshold or top_k that is given replaces the model's own, both of them;
    see ``Decision.limits`` and ``decide``.
    """

    answering = ("threshold", "top_k", "parents")
