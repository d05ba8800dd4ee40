"""space.json: what a Space's app reads when it starts."""

from __future__ import annotations

from typing import Self

from pydantic import PositiveInt

from hubpress.schemas.answers import Answer, EntitySpan, Example, LabelScore
from hubpress.schemas.document import Document, Part

UNPUBLISHED = "0" * 40
"""The revision of a Space whose model is not published yet."""


class SpaceExample(Part):
    """An example to click on, with the answer of the ONNX file that the Space runs."""

    text: str
    text_pair: str | None = None
    example_title: str
    record: dict[str, str] | None = None
    output: tuple[LabelScore, ...] | tuple[EntitySpan, ...]

    @classmethod
    def of(cls, example: Example, answer: Answer) -> Self:
        """Return an example of the model's page with the answer of an ONNX file."""
        return cls(
            text=example.text,
            text_pair=example.text_pair,
            example_title=example.example_title,
            record=example.record,
            output=answer.output,
        )


class Limits(Part):
    """What the app takes at most: rows and megabytes of a file, characters of a text."""

    rows: PositiveInt
    file_mb: PositiveInt
    characters: PositiveInt


class SpaceSettings(Document):
    """The model that a Space runs, pinned to a commit, and what its page says."""

    model: str
    revision: str
    """A commit of the model (40 hex)."""
    endpoint: str | None
    """The Hub that has the model; None for the one that runs the Space."""
    onnx: str
    task: str
    title: str
    summary: str
    space: str
    examples: tuple[SpaceExample, ...]
    limits: Limits
    sample: bool | None = None
    """True where the model was trained as a sample, which the page says."""
