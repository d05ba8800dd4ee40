"""Labels that are rare, that cannot be measured, or that are hardly meant as they stand."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from hubpress.metrics.iob2 import types_of
from hubpress.recipe.recipe import Recipe
from hubpress.report.texts import NO_VALUE, Records, normal_form
from hubpress.schemas.data_report import LabelCount, LabelFacts, Spread, SuspiciousLabel
from hubpress.schemas.splits import SplitFacts

_SMALLEST = 5
_MOST_GROUPS = 20
_EMPTY = NO_VALUE | {"", "-", "--", "?", ".", "[]", "{}"}
_MARKS = (";", "|", ",", "/")
_OPENING = tuple("[{(")


def label_facts(recipe: Recipe, records: Records) -> LabelFacts:
    """Return what is to be said of the labels beside their counts."""
    facts = records.facts
    totals = {label: sum(counts[label] for counts in facts.label_counts.values()) for label in _classes(facts, recipe)}
    smallest = sorted(totals, key=lambda label: (totals[label], label))[:_SMALLEST]
    counts = facts.label_counts
    return LabelFacts(
        count=len(totals),
        smallest=tuple(LabelCount(label=label, count=totals[label]) for label in smallest),
        untested=tuple(label for label in totals if not counts["test"][label]),
        unvalidated=tuple(label for label in totals if not counts["validation"][label]),
        suspicious=(*_padded(facts.padded or {}), *suspicious_labels(list(totals)))[:_MOST_GROUPS],
        each_record=_each_record(records),
    )


def _padded(padded: Mapping[str, int]) -> Iterator[SuspiciousLabel]:
    if padded:
        count = sum(padded.values())
        why = f"white space around them in {count:,} record{'s' * (count > 1)}, and read without it"
        yield SuspiciousLabel(labels=tuple(sorted(padded)), why=why)


def suspicious_labels(labels: Sequence[str]) -> Iterator[SuspiciousLabel]:
    """Yield the labels that are hardly meant so: alike but for what is not seen, or no words of one kind."""
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(normal_form(_seen(label)), []).append(label)
    for group in alike.values():
        if len(group) > 1:
            yield SuspiciousLabel(labels=tuple(group), why=f"differ only in {_difference(group)}")
    for label in labels:
        if why := next((why for why, holds in _STRANGE.items() if holds(label, alike)), None):
            yield SuspiciousLabel(labels=(label,), why=why)
    numbers = [label for label in labels if _is_number(label)]
    if numbers and len(numbers) < len(labels) / 2:
        yield SuspiciousLabel(labels=tuple(numbers), why="numbers among words")
    if decimal := [label for label in numbers if label.endswith(".0")]:
        yield SuspiciousLabel(labels=tuple(decimal), why="whole numbers written with a decimal point")


def _classes(facts: SplitFacts, recipe: Recipe) -> tuple[str, ...]:
    return types_of(facts.labels) if recipe.task == "token" else facts.labels


def _each_record(records: Records) -> Spread | None:
    return None if records.answer_column in ("label", "targets") else records.held()


def _seen(label: str) -> str:
    """Return a label without what takes no room: control and format characters."""
    return "".join(character for character in label if unicodedata.category(character) not in ("Cc", "Cf"))


def _difference(group: Sequence[str]) -> str:
    """Return in words what alone tells labels apart."""
    ways: dict[str, Callable[[str], str]] = {
        "case": str.casefold,
        "white space": lambda label: " ".join(label.split()),
        "characters that are not seen": _seen,
        "their Unicode form": lambda label: unicodedata.normalize("NFKC", label),
    }
    for name, changed in ways.items():
        if len({changed(label) for label in group}) == 1:
            return name
    return "case, white space or their Unicode form"


def _is_number(label: str) -> bool:
    try:
        return math.isfinite(float(label))
    except ValueError:
        return False


def _is_list(label: str, labels: dict[str, list[str]]) -> bool:
    if label.startswith(_OPENING) and label.endswith(("]", "}", ")")):
        return "," in label or "'" in label or '"' in label
    for mark in _MARKS:
        parts = [normal_form(part) for part in label.split(mark)]
        if len(parts) > 1 and all(part in labels for part in parts):
            return True
    return False


# What is wrong with a label, and how that is seen, given the normal forms of all labels.
_STRANGE: dict[str, Callable[[str, dict[str, list[str]]], bool]] = {
    "stands for no value in many tables": lambda label, _: normal_form(_seen(label)) in _EMPTY,
    "begins or ends with white space": lambda label, _: label != label.strip(),
    "holds characters that are not seen": lambda label, _: label != _seen(label),
    "holds white space other than single spaces": lambda label, _: label != " ".join(label.split()),
    "looks like several labels in one": _is_list,
}
