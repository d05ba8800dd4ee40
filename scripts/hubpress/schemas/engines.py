"""What ``verify --engines`` asks of the fresh process that answers by transformers and by ONNX Runtime."""

from __future__ import annotations

from hubpress.schemas.document import Document

Scores = dict[str, float]
"""An answer: the score of each label by its name, or of each token's tag, by the token's number and its tag."""


class EnginesJob(Document):
    """A commit, and what it is asked."""

    repo_id: str
    sha: str
    task: str
    """The stock task, ``pipeline_tag``: no engine runs the code of a repository."""
    adapter: bool
    threads: int | None
    files: str
    """The folder of the downloaded commit."""
    inputs: tuple[str | dict[str, str], ...]


class EngineAnswers(Document):
    """The answers to all inputs, in their order; None where there is no such file."""

    pipeline: tuple[Scores, ...]
    """By ``pipeline()`` and the weights."""
    pipeline_int8: tuple[Scores, ...] | None
    """By ``pipeline()``, the int8 file in the place of the weights."""
    fp32: tuple[Scores, ...] | None
    """By onnxruntime and tokenizers alone."""
    int8: tuple[Scores, ...] | None
    cut: tuple[bool, ...]
    """Which inputs are longer than what the model reads."""
    labels: tuple[str, ...]
    """In the order of their numbers."""
    problem_type: str | None
