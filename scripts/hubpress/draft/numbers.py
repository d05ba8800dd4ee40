"""The column, or the columns, in which records have the numbers of a model, and from where to where these go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubpress.data.label_values import BadAnswer
from hubpress.data.number_values import one_number
from hubpress.draft.table import LOOKED_AT, Table
from hubpress.draft.texts import roles_of
from hubpress.draft.words import name_rank
from hubpress.errors import DataError
from hubpress.text import counted, listed, quoted, suggestion
from hubpress.trained.settle import are_named
from hubpress.yaml12 import YamlMapping

_NAMES = ("score", "target", "label", "similarity", "similarity_score", "rating", "value", "y", "stars", "relevance")
# As people ask for numbers; of two that fit, the narrower.
_RANGES = ((-1.0, 1.0), (0.0, 1.0), (1.0, 4.0), (1.0, 5.0), (0.0, 5.0), (1.0, 6.0), (1.0, 7.0), (1.0, 9.0), (1.0, 10.0),
           (0.0, 10.0), (-5.0, 5.0), (0.0, 100.0), (-100.0, 100.0))  # fmt: skip
_COVERED = 0.75
_SHOWN = 6
_HALF, _NEARLY = 0.5, 0.999
_ON_OR_OFF = {"0", "1", "0.0", "1.0"}


@dataclass(frozen=True)
class Numbers:
    """Where the numbers of records are, in the keys of a recipe, and how they are called."""

    columns: YamlMapping
    used: tuple[str, ...]
    names: tuple[str, ...]
    """What the model's outputs are called, in their order."""
    targets: dict[str, list[float] | None]
    """From where to where each goes, by its name; None where nothing shows it."""
    guess: str = ""
    range_guess: str = ""


def numbers_of(table: Table, outputs: Sequence[str], *, columns: YamlMapping) -> Numbers:
    """Return where the numbers are that a model with such *outputs* answers; *columns* are those that a person named.

    Raises DataError, with the columns that hold numbers, where it cannot be told which are meant.
    """
    named = are_named(outputs)
    given = _given(table, columns)
    fitting = [name for name in table.names if _share_of_numbers(table, name) >= _HALF]
    used, guess = (given, "") if given else _found(table, outputs, fitting, named=named)
    if len(used) != len(outputs):
        answers = counted(len(outputs), "number")
        what = f"names {counted(len(used), 'column')}, {listed(used)}, but the model answers {answers}."
        where = f"--set {_key(columns)}" if given else "the records"
        raise DataError(what, where=where, hint="Name a column for each of its outputs, in their order.")
    names = tuple(outputs) if named and len(outputs) == 1 else used
    targets: dict[str, list[float] | None] = {
        name: _range_of(table, column) for name, column in zip(names, used, strict=True)
    }
    said = [f"{quoted(column)} {_span(table, column)}" for column, name in zip(used, names, strict=True)
            if targets[name]]  # fmt: skip
    keys: YamlMapping = {"target": used[0]} if len(used) == 1 else {"target_columns": list(used)}
    ranged = f"a scale that holds all of the records: {'; '.join(said)}; take it out if there is none" if said else ""
    return Numbers(keys, used, names, targets, guess, ranged)


def _given(table: Table, columns: YamlMapping) -> tuple[str, ...]:
    one = columns.get("target")
    given = (str(one),) if one else tuple(map(str, columns.get("target_columns") or ()))
    if strange := next((name for name in given if name not in table.names), None):
        near = suggestion(strange, table.names)
        hint = f"Columns: {listed(table.names)}."
        raise DataError(f"there is no column {strange!r}.{near}", where=f"--set {_key(columns)}", hint=hint)
    return given


def _key(columns: YamlMapping) -> str:
    return f"data.columns.{'target' if columns.get('target') else 'target_columns'}"


def _found(table: Table, outputs: Sequence[str], fitting: Sequence[str], *, named: bool) -> tuple[tuple[str, ...], str]:
    """Return the columns of a model's outputs, and why they were taken."""
    by_name = {name.lower(): name for name in fitting}
    if named and all(output.lower() in by_name for output in outputs):
        return tuple(by_name[output.lower()] for output in outputs), ""
    roles = roles_of(table, [])
    others = {*roles.ids, *roles.dates, roles.group, roles.split}
    # What counts the records up is an id, whatever it is called, unless it is called as numbers are.
    rest = [name for name in fitting if (name not in others or _rank(name) > 0) and _rank(name) >= 0]
    if len(outputs) > 1:
        whole = [name for name in rest if _are_numbers(table, name)]
        rest = whole if len(whole) == len(outputs) else rest
        if named or len(rest) != len(outputs):
            raise _none(table, outputs, rest)
        return tuple(rest), "the model's outputs have no names; these are the only columns of numbers, in their order"

    def order(name: str) -> tuple[int, bool]:
        return _rank(name), _are_numbers(table, name)

    best = sorted(rest, key=order, reverse=True)
    if not best:
        raise _none(table, outputs, rest)
    if len(best) == 1:
        return (best[0],), f"{quoted(best[0])} is the only column with numbers"
    if order(best[0]) == order(best[1]):
        what = f"several columns could hold the number: {listed(best[:_SHOWN])}."
        raise DataError(what, where="the records", hint="Say which by --set data.columns.target=COLUMN.")
    return (best[0],), f"by its name; else {', '.join(quoted(name) for name in best[1:_SHOWN])}"


def _rank(name: str) -> int:
    """Return how much a column's name says that true numbers are in it; below 0 that others are."""
    if (rank := name_rank(name)) < 0:
        return rank
    lowered = name.lower()
    return len(_NAMES) + 1 - _NAMES.index(lowered) if lowered in _NAMES else min(rank, 1)


def columns_of_numbers(table: Table, outputs: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that are called as some outputs, and hold numbers other than ones and zeros; none unless there
    is one for each output."""
    by_name = {name.lower(): name for name in table.names}
    columns = tuple(by_name.get(output.lower(), "") for output in outputs)
    hold = all(name and _share_of_numbers(table, name) >= _HALF for name in columns)
    return columns if hold and not all(set(table.words(name)) <= _ON_OR_OFF for name in columns) else ()


def _are_numbers(table: Table, name: str) -> bool:
    return _share_of_numbers(table, name) == 1


def _share_of_numbers(table: Table, name: str) -> float:
    """Return how many of a column's values are numbers, a decimal comma included; 1 only where all may be read so.

    A column with a bad cell is meant all the same, and whoever reads it says where that is.
    """
    values = table.values(name)
    whole = sum(_is_number(value) for value in values)
    if not values or whole == len(values):
        return float(bool(values))
    commas = sum(
        isinstance(value, str) and value.count(",") == 1 and _is_number(value.replace(",", ".")) for value in values
    )
    return min(_NEARLY, (whole + commas) / len(values))


def _is_number(value: Any) -> bool:
    try:
        one_number(value)
    except BadAnswer:
        return False
    return True


def _none(table: Table, outputs: Sequence[str], rest: Sequence[str]) -> DataError:
    called = f" ({listed(list(outputs[:_SHOWN]))})" if are_named(outputs) else ""
    wanted = "no column holds" if len(outputs) == 1 else "no columns hold"
    what = f"{wanted} the {counted(len(outputs), 'number')} that the model answers{called}"
    if rest:
        told = f"numbers alone are in {listed(list(rest[:_SHOWN]))}"
    elif lists := next((name for name in table.names if table.lists(name)), None):
        told = f"{quoted(lists)} holds lists, and each number needs a column of its own"
    else:
        told = "; ".join(f"{quoted(name, 40)} has {table.shown(name, 2)}" for name in table.names[:_SHOWN])
    key = "target=COLUMN" if len(outputs) == 1 else "target_columns=[COLUMN, …]"
    return DataError(f"{what}: {told}.", where="the records", hint=f"Say which are meant by --set data.columns.{key}.")


def _range_of(table: Table, name: str) -> list[float] | None:
    """Return the usual scale that a column's numbers keep to and nearly fill; None where there is none, or where not
    all of the records have been looked at."""
    if table.count > LOOKED_AT or not _are_numbers(table, name):
        return None
    low, high = _ends(table, name)
    holding = [one for one in _RANGES if one[0] <= low and high <= one[1]]
    best = min(holding, key=lambda one: one[1] - one[0], default=None)
    return list(best) if best and high - low >= _COVERED * (best[1] - best[0]) else None


def _span(table: Table, name: str) -> str:
    low, high = _ends(table, name)
    return f"goes from {low:g} to {high:g}"


def _ends(table: Table, name: str) -> tuple[float, float]:
    values = [one_number(value) for value in table.values(name)]
    return min(values), max(values)
