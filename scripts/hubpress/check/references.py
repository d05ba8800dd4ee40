"""The repositories that the front matter names: base models and data sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from hubpress.check.problem import Problem, shown
from hubpress.check.staged import Staged
from hubpress.check.values import is_text, one_or_more
from hubpress.check.vocabulary import BASE_MODEL_RELATIONS

_KINDS = {"base_model": "model", "datasets": "data set"}
_PATH = re.compile(r"^(/|\./|\.\./|~|[A-Za-z]:[\\/]|file:)|\\|\.(csv|tsv|json|jsonl|parquet|txt|safetensors|bin)$")


def repositories(staged: Staged) -> Iterator[Problem]:
    """`base_model` and `datasets` hold ids of repositories on the Hub; when there are none, they are left out."""
    for name, kind in _KINDS.items():
        if name not in staged.fields:
            continue
        given = staged.fields[name]
        if given in (None, "", []):
            text = f"`{name}` is empty. Name a {kind} of the Hub as owner/name, or leave the field out."
            yield Problem(staged.where(name), text)
            continue
        for number, value in enumerate(one_or_more(given)):
            if fault := not_an_id(value):
                text = f"{shown(value)} in `{name}` {fault}. Name a {kind} of the Hub as owner/name, or leave it out."
                yield Problem(staged.where(name, number), text)


def base_model_relation(staged: Staged) -> Iterator[Problem]:
    """`base_model_relation` is one of the Hub's four words, and stands beside a base model."""
    given = staged.fields.get("base_model_relation")
    where = staged.where("base_model_relation")
    if given is not None and given not in BASE_MODEL_RELATIONS:
        yield Problem(where, f"{shown(given)} is not a relation. Write one of {', '.join(BASE_MODEL_RELATIONS)}.")
    if given is not None and "base_model" not in staged.fields:
        yield Problem(where, "`base_model_relation` says nothing without `base_model`. Add that, or leave this out.")


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
