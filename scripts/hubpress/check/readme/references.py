"""The repositories that the front matter names: base models and data sets."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.ids import not_an_id
from hubpress.hub.loose_values import one_or_more
from hubpress.hub.vocabulary import BASE_MODEL_RELATIONS
from hubpress.text import quoted

_KINDS = {"base_model": "model", "datasets": "data set"}


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
                text = f"{quoted(value)} in `{name}` {fault}. Name a {kind} of the Hub as owner/name, or leave it out."
                yield Problem(staged.where(name, number), text)


def base_model_relation(staged: Staged) -> Iterator[Problem]:
    """`base_model_relation` is one of the Hub's four words, and stands beside a base model."""
    given = staged.fields.get("base_model_relation")
    where = staged.where("base_model_relation")
    if "base_model_relation" in staged.fields and given not in BASE_MODEL_RELATIONS:
        yield Problem(where, f"{quoted(given)} is not a relation. Write one of {', '.join(BASE_MODEL_RELATIONS)}.")
    if given is not None and "base_model" not in staged.fields:
        yield Problem(where, "`base_model_relation` says nothing without `base_model`. Add that, or leave this out.")
