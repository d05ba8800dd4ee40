"""Examples for a model's page, out of the records: short, of different labels, and without anybody's data in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from hubpress.draft.table import Table
from hubpress.draft.trial import shown_label
from hubpress.input_template import Record, fields_of, render, values_of
from hubpress.text import shorten
from hubpress.yaml12 import YamlMapping

if TYPE_CHECKING:
    from datasets import Dataset

_MOST = 4
_LONGEST, _LONGER = 280, 600  # characters; the page shows every example whole
_KEYS = ("text", "text_pair")
_SHORTEST = 3
_LONGEST_TITLE = 40
_LOOKED_AT = 5000
# What may be about a person: an address, an account, numbers as telephones, cards and accounts have them, a link.
_PERSONAL = re.compile(r"\S@\w|(?<!\w)@\w+|(?:\+|\b)\d(?:[ ()/.-]?\d){6,}|https?://|www\.", re.IGNORECASE)


def samples_of(test: Dataset, labels: Sequence[str], templates: Sequence[str], table: Table) -> list[YamlMapping]:
    """Return two to four examples of the test split, for ``widget``, as far as there are any that may be shown.

    They are called by their *labels*, by their number where one of these has no name, and by numbers as these are.
    *templates* are the recipe's; where one of them reads several columns an example is a record, found again in the
    *table*.
    """
    reads_several = any(len(fields_of(template)) > 1 for template in templates)
    records = _records_by_texts(templates, table) if reads_several else None
    for longest in (_LONGEST, _LONGER):
        shown: dict[str, YamlMapping] = {}
        for texts, kind, title in _rows(test, labels):
            is_there = records is None or texts in records
            if kind in shown or not is_there or not all(_may_be_shown(text, longest) for text in texts):
                continue
            what: YamlMapping = dict(zip(_KEYS, texts, strict=False)) if records is None else {"record": records[texts]}
            named = shorten(title, _LONGEST_TITLE) or f"Example {len(shown) + 1}"
            shown[kind] = {**what, "example_title": named}
            if len(shown) == _MOST:
                break
        if shown:
            break
    return list(shown.values()) or ([] if records else list(_beginnings(test)))


def _beginnings(test: Dataset) -> Iterator[YamlMapping]:
    """Yield the beginnings of two texts, or pairs of them, where all are too long to be shown whole."""
    beginnings = (tuple(shorten(text, _LONGEST).removesuffix("…").rstrip() for text in _texts(row)) for row in test)
    shown = (texts for texts in beginnings if all(_may_be_shown(text, _LONGEST) for text in texts))
    for number, texts in enumerate(islice(shown, 2), start=1):
        yield {**dict(zip(_KEYS, texts, strict=False)), "example_title": f"The beginning of a text ({number})"}


def _may_be_shown(text: str, longest: int) -> bool:
    return _SHORTEST <= len(text) <= longest and not _PERSONAL.search(text)


def _texts(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[key] for key in _KEYS if key in row)


def _rows(test: Dataset, labels: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield the texts of each row of a split, of which kind its answer is, and that answer in words; rows without a
    label last."""
    without: list[tuple[str, ...]] = []
    looked_at = test.select(range(min(len(test), _LOOKED_AT)))
    bands = _bands(looked_at["targets"]) if "targets" in looked_at.column_names else None
    for number, row in enumerate(looked_at):
        if bands:
            said = ", ".join(f"{name} {value:.4g}" for name, value in zip(labels, row["targets"], strict=True))
            yield _texts(row), bands[number], said
        elif names := _names(row, labels):
            shown = [shown_label(name) for name in names]
            yield _texts(row), ", ".join(names), ", ".join(shown) if all(shown) else ""
        else:
            without.append(_texts(row))
    yield from ((texts, "None", "None") for texts in without)


def _bands(targets: Sequence[Sequence[float]]) -> list[str]:
    """Return in which quarter of the (first) numbers each row lies, so that examples have small and large ones."""
    firsts = [row[0] for row in targets]
    low, high = min(firsts), max(firsts)
    return [str(min(_MOST - 1, int(_MOST * (one - low) / (high - low or 1)))) for one in firsts]


def _names(row: dict[str, Any], labels: Sequence[str]) -> list[str]:
    if "label" in row:
        return [labels[row["label"]]]
    if "labels" in row:
        return [labels[number] for number in row["labels"]]
    return list(dict.fromkeys(labels[kind] for _, _, kind in row["entities"]))


def _records_by_texts(templates: Sequence[str], table: Table) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the fields of records by the texts that the templates make of them."""
    fields = tuple(dict.fromkeys(field for template in templates for field in fields_of(template)))
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for record in table.records:
        values: Record = values_of(fields, record)
        texts = tuple(render(template, record) for template in templates)
        found[texts] = {name: str(value) for name, value in values.items() if value}
    return {texts: record for texts, record in found.items() if record}
