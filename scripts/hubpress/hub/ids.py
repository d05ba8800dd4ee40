"""The names of repositories: which of them the Hub takes, and ``RepoId``, one that it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from hubpress.errors import UsageError
from hubpress.hub.loose_values import is_text

SPACES = "spaces/"
"""What stands before the name of a Space."""

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


# What git takes for the name of a tag (git check-ref-format), as far as people write any.
_TAG = re.compile(r"(?!-)(?!.*(?:\.\.|//|/\.|@\{))[^\x00-\x20\x7f~^:?*\[\\]+(?<![./])(?<!\.lock)")


def refuse_bad_tag(name: str) -> None:
    """Raise UsageError for what cannot be the name of a tag."""
    if not _TAG.fullmatch(name) or name.startswith((".", "/")):
        raise UsageError(f"{name!r} cannot be the name of a tag.", where="--tag", hint="Give one such as v1.0.0.")


@dataclass(frozen=True)
class RepoId:
    """A repository on a Hub: ``OWNER/NAME``, of a model or of a Space. Raises UsageError for what cannot be one."""

    id: str
    type: Literal["model", "space"] = "model"

    def __post_init__(self) -> None:
        try:
            validate_repo_id(self.id)
        except HFValidationError:
            raise _not_a_repo_id(self.id) from None
        if self.id.count("/") != 1:
            raise _not_a_repo_id(self.id)

    @classmethod
    def parse(cls, text: str) -> RepoId:
        """Return the repository that ``OWNER/NAME`` or ``spaces/OWNER/NAME`` names. Raises UsageError."""
        return cls(text.removeprefix(SPACES), "space") if text.startswith(SPACES) else cls(text)

    @property
    def owner(self) -> str:
        """The user or organisation that has it."""
        return self.id.split("/")[0]

    @property
    def name(self) -> str:
        """Its name below its owner."""
        return self.id.split("/")[1]

    @property
    def path(self) -> str:
        """The way to it from a Hub's address, and what ``parse`` reads: ``OWNER/NAME`` or ``spaces/OWNER/NAME``."""
        return f"{SPACES if self.type == 'space' else ''}{self.id}"

    def __str__(self) -> str:
        return self.id


def _not_a_repo_id(text: str) -> UsageError:
    return UsageError(f"{text!r} is not of the form OWNER/REPO, or {SPACES}OWNER/REPO.")
