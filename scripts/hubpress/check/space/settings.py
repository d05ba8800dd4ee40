"""space.json: values that the app can use. Its keys, and the kinds of its values, `documents` asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged
from hubpress.files import integrity_of
from hubpress.hub.ids import not_owner_and_name
from hubpress.hub.loose_values import as_list, as_mapping, is_text
from hubpress.layout import ONNX, PAGE_SETTINGS, QUANTIZED, SPACE, WEIGHT_ONLY
from hubpress.recipe.kinds import KINDS
from hubpress.schemas.space import UNPUBLISHED
from hubpress.text import quoted
from hubpress.this_machine import is_local

_AGAIN = "Build the Space again."
_TASKS = tuple(sorted({kind.app for kind in KINDS.values()}))


def settings(staged: Staged) -> Iterator[Problem]:
    """space.json is there."""
    if SPACE not in {entry.name for entry in staged.entries}:
        yield Problem(SPACE, f"It is missing, and the app reads it when it starts. {_AGAIN}")


def values(staged: Staged) -> Iterator[Problem]:
    """Model, Space, task, ONNX file, endpoint and words are such as the app can use."""
    for name, fault, advice in _VALUES:
        value = staged.settings.get(name)
        if isinstance(value, str) and (why := fault(value)):
            yield Problem(SPACE, f"`{name}` {quoted(value)} {why}. {advice}")


def revision(staged: Staged) -> Iterator[Problem]:
    """The Space is pinned to a whole commit: the one that was published, where that is known."""
    given = staged.settings.get("revision")
    if not isinstance(given, str):
        return
    if staged.revision is not None:
        if given != staged.revision:
            text = f"`revision` is {quoted(given)}, but the model to run is at {staged.revision}. {_AGAIN}"
            yield Problem(SPACE, text)
    elif given == UNPUBLISHED:
        text = "`revision` is all zeros: the model was not published yet. Publish it, and build the Space again."
        yield Problem(SPACE, text)
    elif not re.fullmatch(r"[0-9a-f]{40}", given):
        text = (
            f"`revision` {quoted(given)} is not a commit of 40 digits. Write the whole of it: names of branches move."
        )
        yield Problem(SPACE, text)


def examples(staged: Staged) -> Iterator[Problem]:
    """There are examples to click on, each with a text, a title and, where there is a record, something in it."""
    given = staged.settings.get("examples")
    if given == []:
        yield Problem(SPACE, f"`examples` is an empty list. {_AGAIN}")
    for number, example in enumerate(as_list(given)):
        where = f"`examples[{number}]`"
        for name, word in (("text", "text"), ("example_title", "`example_title`")):
            value = as_mapping(example).get(name)
            if isinstance(value, str) and not is_text(value):
                yield Problem(SPACE, f"{where} has no {word}. Write one, or take the example out.")
        if as_mapping(example).get("record") == {}:
            yield Problem(SPACE, f"{where} has a `record` with nothing in it. Fill it, or take it out.")


def runtime(staged: Staged) -> Iterator[Problem]:
    """What a static Space carries to compute by is there, and is what page.json says: its page refuses all else."""
    for given in as_mapping(staged.mapping(PAGE_SETTINGS).get("runtime")).values():
        name, integrity = (as_mapping(given).get(key) for key in ("url", "integrity"))
        if not isinstance(name, str) or urlsplit(name).scheme:
            continue
        if name not in staged.files:
            yield Problem(printable(name), f"It is missing, and the page computes by it. {_AGAIN}")
        elif integrity_of(staged.files[name].path) != integrity:
            text = f"It is not the file whose hash {PAGE_SETTINGS} has, and the page refuses it. {_AGAIN}"
            yield Problem(printable(name), text)


def _blank(value: str) -> str | None:
    return None if is_text(value) else "is not a text with something in it"


def _not_a_task(value: str) -> str | None:
    return None if value in _TASKS else "is not a task that an app is there for"


def _not_onnx(value: str) -> str | None:
    return None if value in (ONNX, QUANTIZED, WEIGHT_ONLY) else "is not the name of an ONNX file"


def _not_a_hub(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return "is not a URL"
    if parts.scheme != "https" or not host:
        return "is not an https URL"
    return "leads to this machine" if is_local(value) else None


_Fault = Callable[[str], str | None]
_VALUES: tuple[tuple[str, _Fault, str], ...] = (
    ("model", not_owner_and_name, "Name the model as OWNER/NAME."),
    ("space", not_owner_and_name, "Name the Space as OWNER/NAME."),
    ("task", _not_a_task, f"Write one of {', '.join(_TASKS)}."),
    ("onnx", _not_onnx, f"Write {ONNX} or {QUANTIZED}; {WEIGHT_ONLY} for a page."),
    ("endpoint", _not_a_hub, "Write null for the Hub that runs the Space, or the https address of another one."),
    ("title", _blank, "Write the name that the page shows."),
    ("summary", _blank, "Say in one sentence what the model tells."),
)
