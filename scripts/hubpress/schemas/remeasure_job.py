"""What ``verify`` asks of the fresh process that measures a commit again."""

from __future__ import annotations

from pydantic import JsonValue

from hubpress.schemas.answers import Example
from hubpress.schemas.document import Document


class RemeasureJob(Document):
    """A commit, and what it is measured with. The order of the recipe's keys has a meaning: save it unsorted."""

    recipe: dict[str, JsonValue]
    """As it was written, without defaults."""
    repo_id: str
    sha: str
    threads: int | None
    data_folder: str
    """Where the splits are that the commit was measured on."""
    onnx_files: tuple[str, ...]
    """Which the commit has figures of."""
    widget: tuple[Example, ...]
