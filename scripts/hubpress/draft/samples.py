"""Examples for a model's page, out of the records: short, of different labels, and without anybody's data in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from hubpress.draft.table import Table
from hubpress.input_template import Record, fields_of, render, values_of
from hubpress.text import shorten
from hubpress.yaml12 import YamlMapping

if TYPE_CHECKING:
    from datasets import Dataset

_MOST = 4
_LONGEST, _LONGER = 280, 600  # characters; the page shows every example whole
_SHORTEST = 3
_LONGEST_TITLE = 40
_LOOKED_AT = 5000
# What may be about a person: an address, an account, numbers as telephones, cards and accounts have them, a link.
_PERSONAL = re.compile(r"\S@\w|(?<!\w)@\w+|(?:\+|\b)\d(?:[ ()/.-]?\d){6,}|https?://|www\.", re.IGNORECASE)


def samples_of(
    test: Dataset, labels: Sequence[str], template: str | None, table: Table, *, are_named: bool
) -> list[YamlMapping]:
    """Return two to four examples of the test split, for ``widget``, as far as there are any that may be shown.

    They are called by their *labels* where these *are_named*, else by their number. *template* is the recipe's; where
    it reads several columns an example is a record, found again in the *table*.
    """
    fields = fields_of(template or "")
    records = _records_by_text(template, table) if len(fields) > 1 else None
    for longest in (_LONGEST, _LONGER):
        shown: dict[str, YamlMapping] = {}
        for text, names in _texts(test, labels):
            title = shorten(", ".join(names), _LONGEST_TITLE) or "None"
            if title in shown or not _may_be_shown(text, longest) or (records is not None and text not in records):
                continue
            what: YamlMapping = {"text": text} if records is None else {"record": records[text]}
            shown[title] = {**what, "example_title": title if are_named else f"Example {len(shown) + 1}"}
            if len(shown) == _MOST:
                break
        if shown:
            break
    return list(shown.values()) or ([] if records else list(_beginnings(test)))


def _beginnings(test: Dataset) -> Iterator[YamlMapping]:
    """Yield the beginnings of two texts, where all are too long to be shown whole."""
    found = (shorten(row["text"], _LONGEST).removesuffix("…").rstrip() for row in test)
    for number, text in enumerate(islice((text for text in found if _may_be_shown(text, _LONGEST)), 2), start=1):
        yield {"text": text, "example_title": f"The beginning of a text ({number})"}


def _may_be_shown(text: str, longest: int) -> bool:
    return _SHORTEST <= len(text) <= longest and not _PERSONAL.search(text)


def _texts(test: Dataset, labels: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the texts of a split with the names of their labels; those without any last."""
    without: list[str] = []
    for row in test.select(range(min(len(test), _LOOKED_AT))):
        names = _names(row, labels)
        if names:
            yield row["text"], names
        else:
            without.append(row["text"])
    yield from ((text, []) for text in without)


def _names(row: dict[str, Any], labels: Sequence[str]) -> list[str]:
    if "label" in row:
        return [labels[row["label"]]]
    if "labels" in row:
        return [labels[number] for number in row["labels"]]
    return list(dict.fromkeys(labels[kind] for _, _, kind in row["entities"]))


def _records_by_text(template: str | None, table: Table) -> dict[str, dict[str, str]]:
    """Return the fields of records by the text that the template makes of them."""
    fields = fields_of(template or "")
    found: dict[str, dict[str, str]] = {}
    for record in table.records:
        values: Record = values_of(fields, record)
        found[render(str(template), record)] = {name: str(value) for name, value in values.items() if value}
    return {text: record for text, record in found.items() if record}
