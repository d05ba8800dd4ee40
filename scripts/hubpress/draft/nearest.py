"""The column whose values come nearest to a model's labels, where none has them alone: what is strange, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hubpress.draft.table import LOOKED_AT, Table
from hubpress.draft.words import known_among, name_rank
from hubpress.errors import DataError
from hubpress.text import counted, listed, quoted, suggestion

SEPARATORS = (";", "|", ",", "/")
_SHOWN = 5
_NAMED = 3
_HALF = 0.5
_NEARLY_ALL = 0.8


@dataclass(frozen=True)
class _Near:
    """What a column holds: each value with its place, and which words of them are labels of the model."""

    column: str
    values: list[tuple[str, str]]
    known: set[str]

    @property
    def hits(self) -> int:
        return sum(word in self.known for word, _ in self.values)

    @property
    def strange(self) -> dict[str, str]:
        """Return each word that is none of the labels, with the first place where it stands."""
        found: dict[str, str] = {}
        for word, place in self.values:
            if word not in self.known:
                found.setdefault(word, place)
        return found


def no_labels(table: Table, labels: Sequence[str], task: str | None, among: Sequence[str]) -> DataError:
    """Return why no column has the labels: the one that comes nearest with what is strange in it, or what all hold.

    *among* are the columns that may be meant.
    """
    model = f"{counted(len(labels), 'label')} ({', '.join(quoted(label, 30) for label in labels[:_SHOWN])}"
    model += ", …)" if len(labels) > _SHOWN else ")"
    near = [one for name in among if (one := _looked_at(table, name, labels)) and _is_near(table, one, among)]
    if error := _texts_for_labels(table, labels, among, near):
        return error
    if near:
        best = max(near, key=lambda one: (one.hits / len(one.values), name_rank(one.column)))
        return _strange(table, best, labels, model) if best.strange else _otherwise(best, task)
    if error := without_a_column(table, labels):
        return error
    held = "; ".join(f"{quoted(name, 40)} has {table.shown(name)}" for name in among if _is_told(table, name))
    return DataError(
        f"no column fits the model's {model}: {held or 'no column has few words'}.",
        where="the records",
        hint="Say which is meant by --set data.columns.label=COLUMN, and in data.label_names what its words mean.",
    )


def _texts_for_labels(
    table: Table, labels: Sequence[str], among: Sequence[str], near: Sequence[_Near]
) -> DataError | None:
    """Return which column looks like texts where labels are meant to be, and which looks like labels; None where that
    is not so. Labels are meant in the one column that a person named, or in one that is called as labels are."""
    if any(one.hits >= _HALF * len(one.values) for one in near):
        return None
    meant = [name for name in among if len(among) == 1 or name_rank(name) > 0]
    column = next((name for name in meant if _is_of_texts(table, name)), None)
    if column is None:
        return None
    words = table.words(column)
    like = [name for name in table.names if name != column and table.few(name) and name_rank(name) >= 0]
    fitting = [name for name in like if known_among(table.words(name), labels)]
    alike = fitting or like
    held = "; ".join(f"{quoted(name, 40)} has {table.shown(name)}" for name in alike[:_NAMED])
    others = f"what looks like labels: {held}" if alike else "no column looks like labels"
    hint = f"Say --set data.columns.label={alike[0]}." if alike else "Give records with labels."
    if len(alike) > 1:
        hint = "Say which is meant by --set data.columns.label=COLUMN."
    return DataError(
        f"{quoted(column)} looks like texts, not like labels: {len(words):,} of its {sum(words.values()):,} values "
        f"differ, such as {quoted(next(iter(words)), 40)}; {others}.",
        where="the records",
        hint=hint,
    )


def _is_of_texts(table: Table, name: str) -> bool:
    """Tell whether nearly every value of a column is another one, and most are several words."""
    words = table.words(name)
    several = sum(" " in word for word in words)
    return bool(words) and len(words) >= _NEARLY_ALL * sum(words.values()) and several >= _HALF * len(words)


def without_a_column(table: Table, labels: Sequence[str]) -> DataError | None:
    """Return which labels have no column where half of them have one, of zeros and ones; None where that is not so."""
    columns = [name for name in table.names if known_among([name], labels) and table.is_on_or_off(name)]
    lacking = [label for label in labels if not known_among([label], columns)]
    if len(columns) < 2 or len(columns) < _HALF * len(labels) or not lacking:
        return None
    others = [name for name in table.names if name not in columns and table.is_on_or_off(name)]
    return DataError(
        f"{counted(len(columns), 'column')} of zeros and ones are called as labels of the model, but none is for "
        f"{listed(_few([quoted(label, 30) for label in lacking]))}.{suggestion(lacking[0], others)}",
        where="the records",
        hint="Name a column for each label in data.columns.label_columns (--set), in the order of their ids.",
    )


def _few(words: list[str]) -> list[str]:
    return words if len(words) <= _NAMED else [*words[:_NAMED], f"{len(words) - _NAMED:,} more"]


def _is_near(table: Table, one: _Near, among: Sequence[str]) -> bool:
    """Tell whether a column is meant: half of its values are labels, or some of a column that looks like labels."""
    looks = table.few(one.column) or bool(table.lists(one.column)) or len(among) == 1
    return one.hits > 0 and (looks or one.hits >= _HALF * len(one.values))


def _strange(table: Table, near: _Near, labels: Sequence[str], model: str) -> DataError:
    strange = near.strange
    named = _few([f"{quoted(word, 30)} ({place})" for word, place in strange.items()])
    looked = f" of the {LOOKED_AT:,} records that were looked at" if table.count > len(table.records) else ""
    first = next(iter(strange))
    meant = suggestion(first, labels) if near.known <= set(labels) else ""
    return DataError(
        f"no column fits the model's {model}; {quoted(near.column)} comes nearest: {near.hits:,} of its "
        f"{counted(len(near.values), 'value')}{looked} are among them, but not {listed(named)}.{meant}",
        where="the records",
        hint="Mend these records or take them out, or name in data.label_names (--set) which label each word means.",
    )


def _otherwise(near: _Near, task: str | None) -> DataError:
    """Return what is said of a column that holds nothing but labels, and cannot be read all the same."""
    spellings: dict[str, dict[str, str]] = {}
    for word, place in near.values:
        spellings.setdefault(" ".join(word.casefold().replace("_", " ").split()), {}).setdefault(word, place)
    if several := next((words for words in spellings.values() if len(words) > 1), None):
        said = listed([f"{quoted(word, 30)} ({place})" for word, place in several.items()])
        what = f"{quoted(near.column)} writes one label of the model in several ways: {said}."
        return DataError(what, where="the records", hint="Write it in one way.")
    as_what = f" as a {task} model has them" if task else " as a model of labels has them"
    what = f"{quoted(near.column)} holds the model's labels, but not{as_what}."
    return DataError(what, where="the records", hint="Check --task, and which column is meant.")


def _looked_at(table: Table, name: str, labels: Sequence[str]) -> _Near | None:
    """Return a column, read in the way in which most of its values are labels; None for one without values."""
    ways = [one for one in _ways(table, name, labels) if one.values]
    return max(ways, key=lambda one: one.hits / len(one.values), default=None)


def _ways(table: Table, name: str, labels: Sequence[str]) -> Iterator[_Near]:
    if lists := table.lists(name):
        placed = zip(lists, table.placed(name), strict=True)
        yield _of(name, ((str(one).strip(), place) for found, (place, _) in placed for one in found if one), labels)
        return
    if not table.words(name):
        return
    values = [(str(value).strip(), place) for place, value in table.placed(name)]
    yield _of(name, values, labels)
    if name_rank(name) > 0:  # numbers alone mean anything
        yield _Near(name, values, {str(number) for number in range(len(labels))})
    for mark in SEPARATORS:
        if any(mark in word for word in table.words(name)):
            parts = ((part.strip(), place) for word, place in values for part in word.split(mark) if part.strip())
            yield _of(name, parts, labels)


def _of(name: str, values: Iterable[tuple[str, str]], labels: Sequence[str]) -> _Near:
    found = list(values)
    return _Near(name, found, known_among({word for word, _ in found}, labels))


def _is_told(table: Table, name: str) -> bool:
    return table.few(name) or bool(table.lists(name)) or len(table.names) <= _SHOWN
