"""space.json: all that the app reads from it when it starts, and nothing else, which would stop it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from hubpress.check.problem import Problem, shown
from hubpress.check.staged import Staged
from hubpress.hub.ids import not_owner_and_name
from hubpress.hub.loose_values import as_mapping, is_text, one_of
from hubpress.layout import ONNX, QUANTIZED, SPACE
from hubpress.recipe.kinds import KINDS
from hubpress.schemas.space import UNPUBLISHED

KEYS = ("model", "revision", "endpoint", "onnx", "task", "title", "summary", "space", "examples", "limits")
LIMITS = ("rows", "file_mb", "characters")

_AGAIN = "Build the Space again."
_TASKS = tuple(sorted({kind.pipeline_tag for kind in KINDS.values()}))


def settings(staged: Staged) -> Iterator[Problem]:
    """space.json is there, and has the keys that the app takes."""
    if SPACE not in {entry.name for entry in staged.entries}:
        yield Problem(SPACE, f"It is missing, and the app reads it when it starts. {_AGAIN}")
        return
    document = staged.documents.get(SPACE)
    if document is None or document.problems:
        return
    if not isinstance(document.value, dict):
        yield Problem(SPACE, f"It is not an object. {_AGAIN}")
        return
    yield from _keys(staged.settings, KEYS, "")
    limits = staged.settings.get("limits", {})
    if not isinstance(limits, dict):
        yield Problem(SPACE, f"`limits` is not an object of {', '.join(LIMITS)}. {_AGAIN}")
    elif "limits" in staged.settings:
        yield from _keys(limits, LIMITS, "limits.")
        for name in LIMITS:
            value = limits.get(name, 1)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                yield Problem(SPACE, f"`limits.{name}` is {shown(value)}. Write a whole number from 1.")


def values(staged: Staged) -> Iterator[Problem]:
    """Model, Space, task, ONNX file, endpoint and words are such as the app can use."""
    for name, fault, advice in _VALUES:
        if name in staged.settings and (why := fault(staged.settings[name])):
            yield Problem(SPACE, f"`{name}` {shown(staged.settings[name])} {why}. {advice}")


def revision(staged: Staged) -> Iterator[Problem]:
    """The Space is pinned to a whole commit: the one that was published, where that is known."""
    if "revision" not in staged.settings:
        return
    given = staged.settings["revision"]
    if staged.revision is not None:
        if given != staged.revision:
            text = f"`revision` is {shown(given)}, but the model to run is at {staged.revision}. {_AGAIN}"
            yield Problem(SPACE, text)
    elif given == UNPUBLISHED:
        text = "`revision` is all zeros: the model was not published yet. Publish it, and build the Space again."
        yield Problem(SPACE, text)
    elif not isinstance(given, str) or not re.fullmatch(r"[0-9a-f]{40}", given):
        text = f"`revision` {shown(given)} is not a commit of 40 digits. Write the whole of it: names of branches move."
        yield Problem(SPACE, text)


def examples(staged: Staged) -> Iterator[Problem]:
    """There are examples to click on, each with a text, perhaps a title, a record and the model's output."""
    if "examples" not in staged.settings:
        return
    given = staged.settings["examples"]
    if not isinstance(given, list) or not given:
        yield Problem(SPACE, f"`examples` is not a list with something in it. {_AGAIN}")
        return
    for number, example in enumerate(given):
        where = f"`examples[{number}]`"
        if not isinstance(example, dict):
            yield Problem(SPACE, f"{where} is not an object. Write one with `text`.")
            continue
        if not is_text(example.get("text")):
            yield Problem(SPACE, f"{where} has no text. Write one, or take the example out.")
        if not is_text(example.get("example_title", "title")):
            yield Problem(SPACE, f"{where} has an `example_title` that is not a text. Write one, or take it out.")
        if not as_mapping(example.get("record", {"text": ""})):
            text = f"{where} has a `record` that is not an object with something in it. Write it so, or take it out."
            yield Problem(SPACE, text)
        if not isinstance(example.get("output", []), list):
            yield Problem(SPACE, f"{where} has an `output` that is not a list. {_AGAIN}")


def _keys(given: dict[str, Any], known: tuple[str, ...], prefix: str) -> Iterator[Problem]:
    missing = [name for name in known if name not in given]
    for name in given:
        if name in known:
            continue
        close = get_close_matches(name.lower(), missing or known, 1, 0.7)
        meant = close[0] if close else None
        advice = f"Write `{prefix}{meant}`." if meant in missing else "Take it out."
        if meant in missing:
            missing.remove(meant)
        yield Problem(SPACE, f"{shown(prefix + name)} is not a key that the app takes: it would not start. {advice}")
    for name in missing:
        yield Problem(SPACE, f"`{prefix}{name}` is missing, and without it the app does not start. {_AGAIN}")


def _unlike_text(value: Any) -> str | None:
    return None if is_text(value) else "is not a text with something in it"


def _not_a_task(value: Any) -> str | None:
    return None if one_of(value, _TASKS) else "is not a task that an app is there for"


def _not_onnx(value: Any) -> str | None:
    return None if one_of(value, (ONNX, QUANTIZED)) else "is not the name of an ONNX file"


def _not_a_hub(value: Any) -> str | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        host = parts.hostname if parts else None
    except ValueError:
        return "is not a URL"
    if parts is None or parts.scheme != "https" or not host:
        return "is not an https URL"
    return "leads to this machine" if _is_this_machine(host) else None


def _is_this_machine(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


_Fault = Callable[[Any], str | None]
_VALUES: tuple[tuple[str, _Fault, str], ...] = (
    ("model", not_owner_and_name, "Name the model as OWNER/NAME."),
    ("space", not_owner_and_name, "Name the Space as OWNER/NAME."),
    ("task", _not_a_task, f"Write one of {', '.join(_TASKS)}."),
    ("onnx", _not_onnx, f"Write {ONNX} or {QUANTIZED}."),
    ("endpoint", _not_a_hub, "Write null for the Hub that runs the Space, or the https address of another one."),
    ("title", _unlike_text, "Write the name that the page shows."),
    ("summary", _unlike_text, "Say in one sentence what the model tells."),
)
