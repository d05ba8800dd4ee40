"""The column, or the columns, in which records have the labels of a text classifier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hubpress.draft.nearest import SEPARATORS, no_labels, without_a_column
from hubpress.draft.table import Table
from hubpress.draft.words import Fit, fit_of, known_among, name_rank, opened
from hubpress.errors import DataError
from hubpress.recipe.data import DELIMITED
from hubpress.text import listed, quoted, suggestion
from hubpress.trained.settle import are_named
from hubpress.yaml12 import YamlMapping

_MOST_WORDS = 1000
_KEYS = ("label", "labels", "label_columns")
"""What names the columns of labels, the first that is there."""


@dataclass(frozen=True)
class Answers:
    """Where the labels of records are, in the keys of a recipe."""

    task: str
    columns: YamlMapping
    used: tuple[str, ...]
    """The columns that are read."""
    fit: Fit
    name_rank: int
    separator_guess: str = ""
    others: tuple[str, ...] = ()
    """Other columns that could be meant."""

    @property
    def why(self) -> str:
        """Why this column was taken, of one whose values are not the words of the model's labels."""
        if self.fit.label_names:
            what = "its values can be taken for the model's ids"
        elif self.fit.rank == 1:
            what = "it holds as many words as the model has labels"
        else:
            what = "each of its lists is as long as the model has labels"
        return f"{quoted(self.used[0])} is called as labels are, and {what}" if self.name_rank > 0 else what


def answers_of(table: Table, labels: Sequence[str], task: str | None, *, columns: YamlMapping) -> Answers:
    """Return where labels are in the records, which may have other words for them; *columns* are those that a person
    named.

    Raises DataError, with the values that were found, where no column has them, and where the one that has most has
    others beside them.
    """
    among = _named(columns) or table.names
    if strange := [name for name in among if name not in table.names]:
        near = suggestion(strange[0], table.names)
        where = f"--set data.columns.{next(key for key in _KEYS if columns.get(key))}"
        raise DataError(
            f"there is no column {strange[0]!r}.{near}", where=where, hint=f"Columns: {listed(table.names)}."
        )
    found = [one for one in _found(table, labels, columns, among) if task in (None, one.task)]
    if not found:
        raise no_labels(table, labels, task, among)
    best = max(found, key=lambda one: (one.name_rank >= 0, one.fit.rank >= 3, one.name_rank, one.fit.rank))
    # Numbers alone mean anything: a count of stars is no label because there are as many labels.
    if best.fit.rank <= 2 and best.name_rank < 1 and not _named(columns) and len(_alike(found)) > 1:
        if error := without_a_column(table, labels):
            raise error
        what = f"several columns could hold the labels: {listed(_alike(found))}."
        raise DataError(what, where="the records", hint="Say which by --set data.columns.label=COLUMN.")
    _refuse_no_header(table, best.used[0])
    others = [name for one in found if one is not best for name in one.used[:1] if name not in best.used]
    return replace(best, others=tuple(dict.fromkeys(others)))


def _refuse_no_header(table: Table, name: str) -> None:
    """Raise DataError for a column that is called as a value in it: the first record stands where the names should."""
    if table.format in (*DELIMITED, "xlsx") and name in table.words(name):
        what = f"have no header: their first line holds {quoted(name)}, which stands below it as well."
        raise DataError(what, where="the records", hint="Put the names of the columns above them.")


def _alike(found: Iterable[Answers]) -> list[str]:
    return list(dict.fromkeys(one.used[0] for one in found))


def _named(columns: YamlMapping) -> tuple[str, ...]:
    """Return the columns of labels that a person named."""
    one = columns.get("label") or columns.get("labels")
    return (str(one),) if one else tuple(map(str, columns.get("label_columns") or ()))


def _found(table: Table, labels: Sequence[str], columns: YamlMapping, among: Sequence[str]) -> Iterator[Answers]:
    if one := _of_columns(table, labels):
        yield one
    for name in among:
        rank = name_rank(name)
        if lists := table.lists(name):
            if fit := _of_lists(lists, labels, table.classes.get(name)):
                yield Answers("multi-label", {"labels": name}, (name,), fit, rank)
            continue
        words = table.words(name)
        if not words or len(words) > _MOST_WORDS:
            continue
        if fit := fit_of(words, labels, table.classes.get(name)):
            yield _one_column(table, name, fit, labels)
            # A model of several labels reads single words as lists of one.
            yield Answers("multi-label", {"labels": name, "separator": ";"}, (name,), fit, rank - 1)
            continue
        yield from _divided(table, name, labels, columns)


def _one_column(table: Table, name: str, fit: Fit, labels: Sequence[str]) -> Answers:
    """Return a column of one label each; where it has ids without names, the column beside it with their names."""
    rank = name_rank(name)
    if not are_named(labels) and fit.label_names and (beside := _names_beside(table, name, labels)):
        column, names = beside
        note = f"by the ids in {quoted(name)}, each of which has one name"
        return Answers("single-label", {"label": column}, (column, name), Fit(4, labels=names, note=note), rank)
    return Answers("single-label", {"label": name}, (name,), fit, rank)


def _names_beside(table: Table, ids: str, labels: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the column with one name for each id, and the names by their ids; None where there is none."""
    wanted = {str(number) for number in range(len(labels))}
    if set(table.words(ids)) != wanted:
        return None
    for name in table.names:
        if name == ids or len(table.words(name)) != len(labels) or set(table.words(name)) & wanted:
            continue
        pairs = {
            (str(record.get(ids)).strip(), str(record.get(name)).strip())
            for record in table.records
            if record.get(ids) not in (None, "")
        }
        if len(pairs) == len(labels) and len({word for _, word in pairs}) == len(labels):
            meant = dict(pairs)
            return name, tuple(meant[str(number)] for number in range(len(labels)))
    return None


def _of_lists(lists: list[list[object]], labels: Sequence[str], classes: Sequence[str] | None) -> Fit | None:
    if all(len(one) == len(labels) > 1 and all(value in (0, 1) for value in one) for one in lists):
        note = "zeros and ones in the order of the model's labels"
        return Fit(4, note=note) if are_named(labels) else Fit(2, labels=opened(labels), note=note)
    words = {str(value).strip() for one in lists for value in one if value is not None}
    return fit_of(words, labels, classes)


def _divided(table: Table, name: str, labels: Sequence[str], columns: YamlMapping) -> Iterator[Answers]:
    """Yield a column of texts that a mark divides into labels, for each mark that does."""
    given = columns.get("separator")
    words = table.words(name)
    for mark in (given,) if given else SEPARATORS:
        if not any(str(mark) in word for word in words):
            continue
        parts = {part.strip() for word in words for part in word.split(str(mark))} - {""}
        if fit := fit_of(parts, labels):
            why = f"{quoted(mark)} divides {quoted(name)} into labels of the model"
            keys = {"labels": name, "separator": str(mark)}
            yield Answers("multi-label", keys, (name,), fit, name_rank(name), "" if given else why)


def _of_columns(table: Table, labels: Sequence[str]) -> Answers | None:
    """Return a column for each label, with ones and zeros in them."""
    names = [name for name in table.names if table.is_on_or_off(name)]
    fit = fit_of(known_among(names, labels), labels) if are_named(labels) else None
    keys = list(fit.label_names or labels) if fit else []
    if fit is None or fit.rank < 3 or not set(keys) <= set(names):
        return None
    on = [sum(str(record.get(name)).lower() in ("1", "1.0", "true") for name in keys) for record in table.records]
    task = "single-label" if all(count == 1 for count in on) else "multi-label"
    return Answers(task, {"label_columns": keys}, tuple(keys), fit, 2)
