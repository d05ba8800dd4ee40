"""The front matter of a card that a person has edited, and the next release's: fields that it does not write stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubpress.errors import HubpressError
from hubpress.hub.readme import read_card
from hubpress.hub.three_way import merge
from hubpress.yaml12 import text_of

FIXED = frozenset(
    {
        *("base_model", "base_model_relation", "datasets", "library_name", "license", "license_link", "license_name"),
        *("pipeline_tag", "widget"),
        # Of a Space: by what it is started, and what it runs.
        *("sdk", "sdk_version", "python_version", "app_file", "models", "preload_from_hub"),
        *("app_build_command", "app_port", "base_path", "custom_headers"),
        # Of a data set: how it is read.
        *("configs", "dataset_info"),
    }
)
"""What the Hub tells of a repository by its metadata, or does with it: a person's word for it counts no more than the
release's own."""
INDEX = "model-index"


class FieldError(HubpressError):
    """A field, or a whole front matter, that cannot be as a person has it."""


@dataclass(frozen=True)
class Fields:
    """A front matter: its text between the lines of dashes, and what it says."""

    text: str
    data: Mapping[str, Any]


def fields_of(text: str, *, name: str) -> Fields:
    """Return the front matter of a card, an empty one where it has none. Raises FieldError where it is not YAML."""
    card = read_card(text)
    if not card.readable and card.body != card.text:
        raise FieldError(" ".join(f"{name}:{fault.line}: {fault.text}" for fault in card.faults))
    top = card.text[: len(card.text) - len(card.body)].strip("\n")
    return Fields("\n".join(top.split("\n")[1:-1]), card.data)


def merged_fields(base: Fields, ours: Fields, theirs: Fields) -> tuple[str, list[str]]:
    """Return the front matter of a release with what a person has added to the one before, and what cannot be both.

    Lists are united, and further fields and results of others kept; what the release writes is put back where somebody
    took it away. Where both cannot be the release's word counts, and a sentence says so.
    """
    faults: list[str] = []
    data: dict[str, Any] = {}
    for key in [*ours.data, *(key for key in theirs.data if key not in ours.data)]:
        one, two, three = (fields.data.get(key) for fields in (base, ours, theirs))
        try:
            value = _merged(key, one, two, three)
        except FieldError as error:
            faults.append(str(error))
            value = two
        if value is not None:
            data[key] = value
    return _text_of(data, base, ours, theirs), faults


def _merged(key: str, base: Any, ours: Any, theirs: Any) -> Any:
    if theirs in (base, ours) or theirs is None:
        return ours
    if key in FIXED:
        what = f"`{key}` is what the release says it is ({_short(ours)}), and here it is {_short(theirs)}."
        raise FieldError(f"{what} Put it back as it was, and set it in the recipe if that has it.")
    if key == INDEX:
        return _with_their_results(base or [], ours or [], theirs)
    if isinstance(theirs, list) and (ours is None or isinstance(ours, list | str)):
        before, mine = _listed(base), _listed(ours)
        return [*mine, *(item for item in theirs if item not in before and item not in mine)]
    if ours in (base, None):
        return theirs
    raise FieldError(f"`{key}` is {_short(theirs)} here, and the release changes it to {_short(ours)}.")


def _with_their_results(base: Any, ours: Any, theirs: Any) -> list[Any]:
    """Return the release's results with those that others have added."""
    before = [result for _, result in _results(base)]
    now = [result for _, result in _results(theirs)]
    added = [(name, result) for name, result in _results(theirs) if result not in before]
    if added and any(result not in now for result in before):
        what = "a result of the release's was changed in `model-index`: what was measured is not edited by hand."
        raise FieldError(f"{what} Put it back, and add your own as a result of its own.")
    index = [{**entry, "results": [*entry.get("results", ())]} for entry in ours]
    for name, result in added:
        entry = next((one for one in index if one.get("name") == name), None)
        if entry is None:
            index.append(entry := {"name": name, "results": []})
        if result not in entry["results"]:
            entry["results"].append(result)
    return index


def _results(index: Any) -> Iterator[tuple[Any, Any]]:
    for entry in index if isinstance(index, list) else ():
        for result in entry.get("results") or () if isinstance(entry, dict) else ():
            yield entry.get("name"), result


def further_results(index: Any, ours: Any) -> list[Any]:
    """Return the results of a ``model-index`` that are not among *ours*."""
    known = [result for _, result in _results(ours)]
    return [result for _, result in _results(index) if result not in known]


def changed_fields(base: str, theirs: str, *, name: str) -> list[str]:
    """Return the fields that a person has changed in the front matter. Raises FieldError where it is not YAML."""
    one, two = fields_of(base, name=name).data, fields_of(theirs, name=name).data
    return [key for key in two if two[key] != one.get(key)]


def _text_of(data: Mapping[str, Any], base: Fields, ours: Fields, theirs: Fields) -> str:
    """Return YAML that says *data*: as one has it, with the lines of both, or written anew with a person's comments."""
    if data == ours.data and not set(_comments(theirs.text)) - set(_comments(base.text)):
        return ours.text
    both = merge(base.text.split("\n"), ours.text.split("\n"), theirs.text.split("\n"))
    text = "\n".join(both.lines)
    if both.is_clean and read_card(f"---\n{text}\n---\n").data == data:
        return text
    text = text_of(dict(data)).strip("\n")
    there = {*_comments(base.text), *_comments(ours.text)}
    return "\n".join([text, *(line for line in _comments(theirs.text) if line not in there)])


def _comments(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.lstrip().startswith("#")]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
