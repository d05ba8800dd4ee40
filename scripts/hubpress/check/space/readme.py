"""The front matter of a Space: what the Hub reads to build it, to show it, and to fetch its model beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from emoji import is_emoji

from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.ids import not_owner_and_name
from hubpress.hub.loose_values import as_list, is_given, is_text, one_of
from hubpress.hub.vocabulary import LONGEST_DESCRIPTION, SPACE_COLOURS, SPACE_FIELDS
from hubpress.layout import APP, CARD, CONFIG, ONNX, PAGE, QUANTIZED, SPACE, TOKENIZER, TOKENIZER_CONFIG
from hubpress.text import quoted

REQUIRED = {
    "title": "Write the name that the Space's page shows.",
    "emoji": "Write one emoji, which the Space's tile shows.",
    "colorFrom": f"Write one of {', '.join(SPACE_COLOURS)}.",
    "colorTo": f"Write one of {', '.join(SPACE_COLOURS)}.",
    "sdk": "Without it the Hub starts nothing: write `gradio`.",
    "sdk_version": "The Hub would take any Gradio: write the version that the Space was tried with.",
    "python_version": "The Hub would take a Python of its own: write the one that the Space was tried with, in quotes.",
    "app_file": f"Write `{APP}`.",
    "short_description": f"Say in at most {LONGEST_DESCRIPTION} characters what the Space does.",
    "models": "List the model, so that its page shows the Space.",
    "tags": "Give a list of words under which the Space is to be found.",
    "license": "Without it nobody may use the Space: name one, such as `apache-2.0`.",
    "pinned": "Write `false`, or `true` for the first place on the owner's page.",
    "preload_from_hub": "Without it every start downloads the model: write `- OWNER/NAME file,file COMMIT`.",
}

OF_GRADIO = ("sdk_version", "python_version", "preload_from_hub")
"""Those of them that a static Space has no use for."""

_COMMIT = r"[0-9a-f]{40}"


def front_matter(staged: Staged) -> Iterator[Problem]:
    """README.md exists, and its YAML block is there, closed, valid and a mapping without repeated keys."""
    if CARD not in {entry.name for entry in staged.entries}:
        how = "Build the Space again." if staged.is_ours else "Write it, with `title:` and `sdk:` in its front matter."
        yield Problem(CARD, f"It is missing, and the Hub reads from it how to start the Space. {how}")
    yield from staged.card_problems


def required_fields(staged: Staged) -> Iterator[Problem]:
    """The fields that every Space gives."""
    if staged.card and staged.card.readable:
        elsewhere = {_meant(name) for name in staged.fields}
        for name, advice in REQUIRED.items():
            if staged.is_static and name in OF_GRADIO:
                continue
            if not is_given(staged.fields.get(name)) and name not in elsewhere:
                yield Problem(staged.where(name), f"`{name}` is missing. {advice}")


def misspelt_fields(staged: Staged) -> Iterator[Problem]:
    """Fields whose names nearly are the Hub's: it ignores those without a word."""
    for name in staged.fields:
        if meant := _meant(name):
            yield Problem(staged.where(str(name)), f"The Hub does not know the field `{name}`. Write `{meant}`.")


def looks(staged: Staged) -> Iterator[Problem]:
    """Title, emoji, colours, short description and `pinned` are such as the Space's tile can show."""
    for name in ("title", "short_description"):
        value = staged.fields.get(name)
        if is_given(value) and not is_text(value):
            yield Problem(staged.where(name), f"`{name}` {quoted(value)} is not a text. Put it in quotes.")
    words, most = staged.fields.get("short_description"), LONGEST_DESCRIPTION
    if is_text(words) and len(words) > most:
        text = f"`short_description` has {len(words)} characters, and the Hub takes {most}. Shorten it."
        yield Problem(staged.where("short_description"), text)
    emoji = staged.fields.get("emoji")
    if is_given(emoji) and not (isinstance(emoji, str) and is_emoji(emoji)):
        yield Problem(staged.where("emoji"), f"`emoji` {quoted(emoji)} is not one emoji. Write one, such as 🔎.")
    for name in ("colorFrom", "colorTo"):
        value = staged.fields.get(name)
        if is_given(value) and not one_of(value, SPACE_COLOURS):
            text = f"`{name}` {quoted(value)} is none of the Hub's colours. Write one of {', '.join(SPACE_COLOURS)}."
            yield Problem(staged.where(name), text)
    pinned = staged.fields.get("pinned")
    if is_given(pinned) and not isinstance(pinned, bool):
        yield Problem(
            staged.where("pinned"), f"`pinned` {quoted(pinned)} is neither true nor false. Write one of them."
        )


def start(staged: Staged) -> Iterator[Problem]:
    """The Hub can start the app: Gradio in a full version, or a page, from a file that is there."""
    sdk, gradio, app = (staged.fields.get(name) for name in ("sdk", "sdk_version", "app_file"))
    own, what, first = ("static", "a page alone", PAGE) if staged.is_static else ("gradio", "a Gradio app", APP)
    if is_given(sdk) and sdk != own:
        yield Problem(staged.where("sdk"), f"`sdk` is {quoted(sdk)}, and this is {what}. Write `{own}`.")
    if is_given(gradio) and not _matches(r"\d+\.\d+\.\d+", gradio):
        text = f"`sdk_version` {quoted(gradio)} is not a version of three numbers. Write it in full, such as 6.31.0."
        yield Problem(staged.where("sdk_version"), text)
    name = app if is_given(app) else first
    if not isinstance(name, str) or name not in {entry.name for entry in staged.entries}:
        text = (
            f"The app {quoted(name)} is not in the folder, so nothing starts. Add it, or name the file that is there."
        )
        yield Problem(staged.where("app_file"), text)


def python_version(staged: Staged) -> Iterator[Problem]:
    """`python_version` is a version of Python 3, in quotes."""
    python = staged.fields.get("python_version")
    if isinstance(python, float):
        text = f"`python_version` {python} is a number, and YAML reads 3.10 as 3.1. Put the version in quotes."
        yield Problem(staged.where("python_version"), text)
    elif is_given(python) and not _matches(r"3\.\d+(\.\d+)?", python):
        text = f'`python_version` {quoted(python)} is not a version of Python 3. Write it in quotes, such as "3.11".'
        yield Problem(staged.where("python_version"), text)


def models(staged: Staged) -> Iterator[Problem]:
    """`models` is a list of repositories of the Hub, and the Space's own model is among them."""
    given, ours = staged.fields.get("models"), staged.settings.get("model")
    if not is_given(given):
        return
    if not isinstance(given, list):
        yield Problem(staged.where("models"), "`models` is not a list. Write `- OWNER/NAME` on a line of its own.")
        return
    for number, value in enumerate(given):
        if fault := not_owner_and_name(value):
            text = f"{quoted(value)} in `models` {fault}. Name a model of the Hub as OWNER/NAME."
            yield Problem(staged.where("models", number), text)
    if is_text(ours) and ours not in given:
        yield Problem(staged.where("models"), f"`models` does not name {quoted(ours)}, which {SPACE} names. Add it.")


def preload(staged: Staged) -> Iterator[Problem]:
    """`preload_from_hub` has the model's files that the app reads, at the commit that space.json names."""
    given = staged.fields.get("preload_from_hub")
    if not is_given(given):
        return
    lines = as_list(given)
    if len(lines) != 1 or not isinstance(lines[0], str) or len(parts := lines[0].split()) != 3:
        text = "`preload_from_hub` is not one model's line. Write `- OWNER/NAME file,file COMMIT`, with no other space."
        yield Problem(staged.where("preload_from_hub"), text)
        return
    where, (model, files, commit) = staged.where("preload_from_hub", 0), parts
    ours, onnx = staged.settings.get("model"), staged.settings.get("onnx")
    pinned = staged.revision or staged.settings.get("revision")
    if is_text(ours) and model != ours:
        text = f"`preload_from_hub` fetches {quoted(model)}, but {SPACE} names {quoted(ours)}. Write that."
        yield Problem(where, text)
    if one_of(onnx, (ONNX, QUANTIZED)):
        expected = [CONFIG, TOKENIZER, TOKENIZER_CONFIG, onnx]
        if sorted(files.split(",")) != sorted(expected):
            text = f"`preload_from_hub` fetches {quoted(files)}, but the app reads {','.join(expected)}. Write these."
            yield Problem(where, text)
    if not _matches(_COMMIT, commit):
        text = f"`preload_from_hub` has {quoted(commit)} for a commit. Write all 40 digits: names of branches move."
        yield Problem(where, text)
    elif _matches(_COMMIT, pinned) and commit != pinned:
        text = f"`preload_from_hub` fetches the commit {commit[:7]}…, but the app reads {quoted(pinned)}. Write that."
        yield Problem(where, text)


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _meant(name: Any) -> str | None:
    """Return the Hub's field that an unknown one nearly is; capitals and underscores do not count."""
    if name in SPACE_FIELDS:
        return None
    fields = {_plain(field): field for field in SPACE_FIELDS}
    close = get_close_matches(_plain(str(name)), fields, 1, 0.8)
    return fields[close[0]] if close else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).replace("colour", "color")
