"""Every JSON file parses, every text file is UTF-8, and the documents that hubpress writes are as it writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged, is_text_by_name
from hubpress.layout import EVALUATION, MANIFEST, PAGE_SETTINGS, SPACE, TRAINING
from hubpress.schemas.document import place_in
from hubpress.text import listed, quoted

_SHOULD = "Input should "  # as pydantic begins
_FORMS = "have one of the forms that hubpress writes"
_MOST = 10  # problems of one document: of 4,000 classes without a score, ten say it
Way = tuple[str | int, ...]


@dataclass(frozen=True)
class _Words:
    """What to say of a document: what to do, and what a missing or an unknown key means to its readers."""

    again: str
    missing: str = ""
    unknown: str = "is not a key that hubpress writes."


_OURS = {
    EVALUATION: _Words("Evaluate the model again."),
    TRAINING: _Words("Train the model again."),
    MANIFEST: _Words("Stage the folder again."),
    SPACE: _Words(
        "Build the Space again.",
        ", and without it the app does not start",
        "is not a key that the app takes: it would not start.",
    ),
    PAGE_SETTINGS: _Words("Build the Space again.", ", and without it the page does not start"),
}


@dataclass
class _Faults:
    """What a schema refuses: by place the missing keys, the unknown ones, and the values with what they should be.

    *unreadable* says why it is no JSON to a strict reader, *contradictions* what does not go together.
    """

    missing: dict[Way, list[str]] = field(default_factory=dict)
    unknown: list[Way] = field(default_factory=list)
    wrong: dict[Way, list[str]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


def documents(staged: Staged) -> Iterator[Problem]:
    """Every JSON file parses and holds no NaN; every file that is text by its name is UTF-8."""
    for document in staged.documents.values():
        yield from document.problems
    for name, raw in staged.raw_texts.items():
        if not is_text_by_name(name):  # else a pickle without a NUL near its beginning would be told to be UTF-8
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            yield Problem(f"{printable(name)}:{line}", "This line is not UTF-8. Save the file as UTF-8.")
            continue
        if text.startswith("\ufeff"):
            sentence = "The file begins with a byte order mark, which hides what follows. Save it as UTF-8 without one."
            yield Problem(printable(name), sentence)


def own_documents(staged: Staged) -> Iterator[Problem]:
    """evaluation.json, training.json, manifest.json, space.json and page.json hold what hubpress writes alone."""
    for name, found in staged.ours.items():
        if isinstance(found, ValidationError):
            sentences = list(_sentences(found, staged.documents[name].value, _OURS[name]))
            for sentence in sentences[:_MOST]:
                yield Problem(name, sentence)
            if len(sentences) > _MOST:
                text = f"It has {len(sentences) - _MOST:,} more faults of this kind. {_OURS[name].again}"
                yield Problem(name, text)


def _sentences(error: ValidationError, value: Any, words: _Words) -> Iterator[str]:
    faults = _read(error, value)
    for why in faults.unreadable:
        yield f"Not every program reads this JSON ({why}). {words.again}"
    for why in faults.contradictions:
        yield f"{why}. {words.again}"
    for way in faults.unknown:
        yield f"{quoted(place_in(way))} {words.unknown} {_advice(way, faults.missing)}"
    for way, keys in faults.missing.items():
        if keys:
            names = [f"`{place_in((*way, key))}`" for key in keys]
            yield f"{listed(names)} {'is' if len(names) == 1 else 'are'} missing{words.missing}. {words.again}"
    for way, wanted in faults.wrong.items():
        if not way:
            yield f"It is not an object. {words.again}"
            continue
        # Of a value that may have several forms, each form has a complaint of its own.
        should = wanted[0] if len(set(wanted)) == 1 else _FORMS
        yield f"`{place_in(way)}` is {quoted(_at(value, way))}, but it should {should}. {words.again}"


def _read(error: ValidationError, value: Any) -> _Faults:
    faults = _Faults()
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        place, kind, words = item["loc"], item["type"], item["msg"]
        way = _reached(value, place)
        beyond = len(place) - len(way)  # the name of a form that a value may have, and what is wrong in that form
        if kind == "json_invalid":
            faults.unreadable.append(words)
        elif kind == "value_error":  # a schema's own sentence
            faults.contradictions.append(words.removeprefix("Value error, "))
        elif kind == "missing" and beyond == 1:
            faults.missing.setdefault(way, []).append(str(place[-1]))
        elif kind == "extra_forbidden" and not beyond:
            faults.unknown.append(way)
        else:
            wanted = words.removeprefix(_SHOULD) if words.startswith(_SHOULD) and beyond <= 1 else _FORMS
            faults.wrong.setdefault(way, []).append(wanted)
    return faults


def _reached(value: Any, place: Way) -> Way:
    """Return the beginning of *place* that leads to something in *value*."""
    for number, step in enumerate(place):
        here = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not here and not (isinstance(value, dict) and step in value):
            return place[:number]
        value = value[step]
    return place


def _at(value: Any, way: Way) -> Any:
    for step in way:
        value = value[step]
    return value


def _advice(unknown: Way, missing: dict[Way, list[str]]) -> str:
    """Return what to do with a key; one that is nearly a missing one is that, and is not missing any more."""
    *parent, key = unknown
    candidates = missing.get(tuple(parent), [])
    for meant in get_close_matches(str(key).lower(), candidates, 1, 0.7):
        candidates.remove(meant)
        return f"Write `{place_in((*parent, meant))}`."
    return "Take it out."
