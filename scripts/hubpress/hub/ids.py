"""The names of repositories: which of them the Hub takes, and ``RepoId``, one that it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from hubpress.errors import UsageError
from hubpress.hub.loose_values import is_text

RepoType = Literal["model", "space", "dataset"]
"""The kinds of repositories, in huggingface_hub's words."""

SPACES = "spaces/"
"""What stands before the name of a Space."""
_BEFORE: dict[RepoType, str] = {"model": "", "space": SPACES, "dataset": "datasets/"}

LONGEST_NAME = 96
_FILES = ("csv", "tsv", "json", "jsonl", "parquet", "txt", "safetensors", "bin")
_PATH = re.compile(rf"^(/|\./|\.\./|~|[A-Za-z]:[\\/]|file:)|\\|\.({'|'.join(_FILES)})$")


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
    return None if value.isascii() else "is not a repository's id"


def not_owner_and_name(value: Any) -> str | None:
    """Return why *value* cannot be a repository's id with its owner, or ``None`` when it can."""
    return not_an_id(value) or (None if "/" in value else "names no owner")


def not_a_name(value: str) -> str | None:
    """Return what the Hub does not take in the name of a repository, as words after "it"; ``None`` when it takes all.

    Models and Spaces are named alike.
    """
    faults = (
        (not re.fullmatch(r"[A-Za-z0-9._-]+", value), "holds other signs than letters, digits, -, _ and ."),
        ("--" in value or ".." in value, "holds `--` or `..`"),
        (not value[:1].isalnum(), "begins with neither a letter nor a digit"),
        (value.endswith((".", "-")), "ends with a dot or a hyphen"),
        (value.endswith((".git", *(f".{ending}" for ending in _FILES))), "ends as a file's name does"),
        (len(value) > LONGEST_NAME, f"is longer than {LONGEST_NAME} characters"),
        (not_an_id(value), "is none that the Hub takes"),
    )
    return next((why for wrong, why in faults if wrong), None)


# What git takes for the name of a tag (git check-ref-format), as far as people write any.
_TAG = re.compile(r"(?!-)(?!.*(?:\.\.|//|/\.|@\{|\.lock/))[^\x00-\x20\x7f~^:?*\[\\]+(?<![./])(?<!\.lock)")
_BRANCH = "main"
# What git and the Hub find something else by, before they look for a tag.
_TAKEN = re.compile(rf"{_BRANCH}|HEAD|@|refs/.*|[0-9a-f]{{40}}")


def refuse_bad_tag(name: str) -> None:
    """Raise UsageError for what cannot be the name of a tag, and for the name of the branch or of a commit."""
    if not _TAG.fullmatch(name) or name.startswith((".", "/")):
        raise UsageError(f"{name!r} cannot be the name of a tag.", where="--tag", hint="Give one such as v1.0.0.")
    if _TAKEN.fullmatch(name):
        what = f"{name!r} cannot be the name of a tag: it already means a branch or a commit."
        raise UsageError(what, where="--tag", hint="Give one such as v1.0.0.")


LONGEST_TITLE = 60
"""The most characters of a collection's title."""
_SLUG = re.compile(r"[^/\s]+/[a-z0-9-]*[0-9a-f]{24}")


def is_slug(text: str) -> bool:
    """Return whether a text is what a collection is called in addresses: ``OWNER/words-0123…``."""
    return _SLUG.fullmatch(text) is not None


def refuse_bad_collection(wanted: str, owner: str) -> None:
    """Raise UsageError for what is neither the title of a collection nor the slug of one of *owner*'s."""
    text = wanted.strip()
    if is_slug(text):
        if not text.startswith(f"{owner}/"):
            raise UsageError(f"{text} is none of {owner}'s.", where="--collection", hint="Give its title instead.")
        return
    fault = "is empty" if not text else "is too long" if len(text) > LONGEST_TITLE else None
    if fault:
        hint = f"Give a title of up to {LONGEST_TITLE} characters, or a slug as addresses of collections have it."
        raise UsageError(
            f"{wanted!r} cannot be the title of a collection: it {fault}.", where="--collection", hint=hint
        )


@dataclass(frozen=True)
class RepoId:
    """A repository on a Hub: ``OWNER/NAME``, of a model, a Space or a data set. Raises UsageError for what cannot be
    one."""

    id: str
    type: RepoType = "model"

    def __post_init__(self) -> None:
        try:
            validate_repo_id(self.id)
        except HFValidationError:
            raise _not_a_repo_id(self.id) from None
        if self.id.count("/") != 1 or not self.id.isascii():
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
        """The way to it from a Hub's address: ``OWNER/NAME``, ``spaces/OWNER/NAME`` or ``datasets/OWNER/NAME``."""
        return f"{_BEFORE[self.type]}{self.id}"

    def __str__(self) -> str:
        return self.id


def _not_a_repo_id(text: str) -> UsageError:
    return UsageError(f"{text!r} is not of the form OWNER/REPO, or {SPACES}OWNER/REPO.")
