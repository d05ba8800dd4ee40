"""The fields of the front matter that stand alone: what the Hub would refuse, ignore or read as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from hubpress.check.kind import DATA_SETS, FOREIGN_MODELS, MODELS, Kind
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list, is_given, is_text, one_of, one_or_more
from hubpress.hub.metadata import OTHER, instead, language_fault, licence_fault
from hubpress.hub.vocabulary import (
    CARD_FIELDS,
    HEAD_TAGS,
    HIDDEN_TAGS,
    LIBRARIES,
    PIPELINE_TAGS,
    REMOVED_TAGS,
)
from hubpress.layout import CARD
from hubpress.text import quoted

_TEXT_MODELS = frozenset({Kind.TRANSFORMERS, Kind.SENTENCE_TRANSFORMERS, Kind.SETFIT})

# What is said of a release. Of other models, `_REQUIRED_OF_OTHERS` says which fields are asked: the Hub finds some by
# itself, and others are a matter of the tool.
REQUIRED = {
    "license": "Without it nobody may use the model: name one, such as `apache-2.0`.",
    "pipeline_tag": "Without it the model is found under no task: write one, such as `text-classification`.",
    "library_name": "The Hub does not infer it (since August 2024): write `transformers`.",
    "language": "Name the language of the texts by its ISO 639 code, such as `en`.",
    "tags": "Give a list of words under which the model is to be found.",
}


_REQUIRED_OF_OTHERS = {
    "license": "Without it nobody may use what is here: name one, such as `apache-2.0`.",
    "library_name": "The Hub does not infer it (since August 2024): write `transformers`.",
    "language": "Name the language of the texts by its ISO 639 code, such as `en`.",
}


def front_matter(staged: Staged) -> Iterator[Problem]:
    """The card exists, and its YAML block is there, closed, valid and a mapping without repeated keys."""
    if CARD not in {entry.name for entry in staged.entries}:
        how = "with `hubpress card`" if staged.is_ours else "and say in it what this is, and who may use it"
        yield Problem(CARD, f"The card is missing. Write it{'' if staged.is_ours else ','} {how}.")
    yield from staged.card_problems


def required_fields(staged: Staged) -> Iterator[Problem]:
    """The fields that every release gives, and those that others cannot do without."""
    if staged.card and staged.card.readable:
        for name, advice in required_of(staged).items():
            if not is_given(staged.fields.get(name)):
                yield Problem(staged.where(name), f"`{name}` is missing. {advice}")


def required_of(staged: Staged) -> Mapping[str, str]:
    """Return the fields that a folder of this kind must give, unless it is a Space, each with what to do."""
    if staged.is_ours and staged.kind not in DATA_SETS:
        return REQUIRED
    asked = {
        "license": True,
        "library_name": staged.kind is Kind.TRANSFORMERS,
        "language": (staged.kind in _TEXT_MODELS and staged.has_tokenizer) or staged.kind is Kind.OWN_DATA_SET,
    }
    return {name: advice for name, advice in _REQUIRED_OF_OTHERS.items() if asked[name]}


def misspelt_fields(staged: Staged) -> Iterator[Problem]:
    """Fields whose names nearly are the Hub's: it ignores those without a word."""
    for name in staged.fields if staged.kind in MODELS else ():
        close = () if name in CARD_FIELDS else get_close_matches(str(name), CARD_FIELDS, 1, 0.8)
        for meant in close:
            yield Problem(staged.where(str(name)), f"The Hub does not know the field `{name}`. Write `{meant}`.")


def licence(staged: Staged) -> Iterator[Problem]:
    """`license` is one of the Hub's identifiers; `other` comes with its name and its text."""
    given = staged.fields.get("license")
    if not is_given(given):
        return
    where = staged.where("license")
    for value in one_or_more(given):
        if fault := licence_fault(value):
            yield Problem(where, f"{quoted(value)} {fault}")
    if OTHER not in one_or_more(given):
        return
    for name in ("license_name", "license_link"):
        if not is_given(staged.fields.get(name)):
            yield Problem(where, f"`license: other` needs `{name}` too. Add it, or choose a licence the Hub knows.")
    link = staged.fields.get("license_link")
    if isinstance(link, str) and link and "://" not in link and link not in staged.files:
        text = f"`license_link` names {quoted(link)}, which is not in the folder. Add that file, or give a URL."
        yield Problem(staged.where("license_link"), text)


def pipeline_tag(staged: Staged) -> Iterator[Problem]:
    """`pipeline_tag` is a task of the Hub, and the one that the model's class is for."""
    tag = staged.fields.get("pipeline_tag")
    if not is_given(tag):
        return
    where = staged.where("pipeline_tag")
    if not one_of(tag, PIPELINE_TAGS):
        gone = REMOVED_TAGS.get(tag) if isinstance(tag, str) else None
        advice = f"Write `{gone}`." if gone else instead(tag, PIPELINE_TAGS)
        yield Problem(where, f"{quoted(tag)} is not a pipeline tag of the Hub. {advice}")
        return
    if tag in HIDDEN_TAGS:
        yield Problem(where, f"The Hub lists no models under `{tag}`. Choose the task that users look for.")
    for ending, tags in HEAD_TAGS.items() if staged.kind in (Kind.RELEASE, Kind.TRANSFORMERS) else ():
        if staged.architecture.endswith(ending) and tag not in tags:
            text = f"config.json says {staged.architecture}, which is not for `{tag}`. Write `{tags[0]}`."
            yield Problem(where, text)


def library_name(staged: Staged) -> Iterator[Problem]:
    """`library_name` is a library that the Hub has a button and a snippet for; others may name one of their own."""
    name = staged.fields.get("library_name")
    own = staged.kind in FOREIGN_MODELS and is_text(name) and not get_close_matches(name.lower(), LIBRARIES, 1, 0.8)
    if is_given(name) and not one_of(name, LIBRARIES) and not own:
        text = f"{quoted(name)} is not a library that the Hub knows. {instead(name, LIBRARIES)}"
        yield Problem(staged.where("library_name"), text)


def language(staged: Staged) -> Iterator[Problem]:
    """`language` holds ISO 639 codes."""
    given = staged.fields.get("language")
    for number, value in enumerate(one_or_more(given) if is_given(given) else []):
        if fault := language_fault(value):
            yield Problem(staged.where("language", number), f"{quoted(value)} {fault}")


def tags(staged: Staged) -> Iterator[Problem]:
    """`tags` is a list of texts, each once."""
    yield from _list_of_texts(staged, "tags", "text-classification")


def metrics(staged: Staged) -> Iterator[Problem]:
    """`metrics` is a list of metric ids, each once."""
    yield from _list_of_texts(staged, "metrics", "accuracy")
    given = staged.fields.get("metrics")
    for number, value in enumerate(as_list(given)):
        if is_text(value) and not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?", value):
            text = f"{quoted(value)} is not a metric's id. Write the id, such as `accuracy` or `f1`."
            yield Problem(staged.where("metrics", number), text)


def _list_of_texts(staged: Staged, name: str, example: str) -> Iterator[Problem]:
    given = staged.fields.get(name)
    if not is_given(given):
        return
    if not isinstance(given, list):
        yield Problem(staged.where(name), f"`{name}` is not a list. Write `- {example}` on a line of its own.")
        return
    seen: list[str] = []
    for number, value in enumerate(given):
        where = staged.where(name, number)
        if not is_text(value):
            yield Problem(where, f"{quoted(value)} in `{name}` is not a text. Put it in quotes, or take it out.")
        elif value in seen:
            yield Problem(where, f"{quoted(value)} stands twice in `{name}`. Take one out.")
        else:
            seen.append(value)
