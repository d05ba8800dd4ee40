"""What the Hub takes for the name of a repository."""

from __future__ import annotations

import re
from typing import Any

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from hubpress.hub.loose_values import is_text

_PATH = re.compile(r"^(/|\./|\.\./|~|[A-Za-z]:[\\/]|file:)|\\|\.(csv|tsv|json|jsonl|parquet|txt|safetensors|bin)$")


def not_an_id(value: Any) -> str | None:
    """Return why *value* cannot be a repository's id ("is a path, …"), or ``None`` when it can."""
    if not is_text(value):
        return "is not a repository"
    if re.match(r"https?://", value):
        return "is a URL, and the Hub wants the id"
    if _PATH.search(value):
        return "is a path, which means nothing on the Hub"
    try:
        validate_repo_id(value)
    except HFValidationError:
        return "is not a repository's id"
    return None


def not_owner_and_name(value: Any) -> str | None:
    """Return why *value* cannot be a repository's id with its owner, or ``None`` when it can."""
    return not_an_id(value) or (None if "/" in value else "names no owner")
