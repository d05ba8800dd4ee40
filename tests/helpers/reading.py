"""Records read in the process: what ``--preview`` says of some files with some lines of a recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from helpers.page_examples import PageExample


def said_of(folder: Path, files: dict[str, Any], **data: Any) -> str:
    """Return the preview of *files* by the recipe's *data*, or the refusal; what is no text is written as JSON."""
    texts = tuple((name, value if isinstance(value, str) else json.dumps(value)) for name, value in files.items())
    return PageExample(Path(__file__), "read", texts, yaml.safe_dump(data, allow_unicode=True), "").run(folder)
