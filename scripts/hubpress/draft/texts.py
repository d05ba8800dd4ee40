"""The column, or the columns, with the text that a classifier reads; and what the others are."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hubpress.draft.table import Table
from hubpress.errors import DataError
from hubpress.input_template import as_written
from hubpress.text import listed, quoted

_NAMES = ("text", "texts", "sentence", "content", "utterance", "comment", "review", "review_text", "review_body",
          "message", "tweet", "post", "body", "query", "question", "document", "article", "description", "abstract",
          "title", "headline", "subject", "input", "sms", "statement", "claim")  # fmt: skip
_TITLES = ("title", "headline", "subject", "heading", "review_title", "review_headline", "article_title", "name")
_BODIES = ("abstract", "body", "text", "content", "description", "review", "review_body", "review_text", "comment",
           "article", "message", "article_text", "summary")  # fmt: skip
_PAIRS = (
    ("premise", "hypothesis"), ("text", "text_pair"), ("query", "passage"), ("query", "document"), ("query", "text"),
    ("question", "passage"), ("question", "sentence"), ("question", "answer"), ("question", "context"),
    ("anchor", "positive"), ("source", "target"), ("claim", "evidence"),
)  # fmt: skip
_NUMBERED = re.compile(r"(?P<stem>.*?)[ _-]?(?P<which>[12]|[ab])", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?|\d{4}")
_DATES = ("date", "datetime", "time", "timestamp", "created", "created_at", "published", "year", "day")
_IDS = ("id", "idx", "index", "uid", "uuid", "guid", "key", "url", "link", "unnamed: 0", "")
_GROUPS = ("author", "author_id", "user", "user_id", "username", "patient", "patient_id", "speaker", "speaker_id",
           "document_id", "doc_id", "document", "doc", "thread_id", "conversation_id", "dialogue_id", "session_id",
           "customer_id", "product_id", "group", "group_id", "case_id")  # fmt: skip
_FEWEST_GROUPS = 12
_FEWEST_LETTERS = 8
_SPLIT_WORDS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation",
                "dev": "validation", "eval": "validation", "test": "test"}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """What a model reads, as a template; a *pair* of columns is one that a single text cannot be made of."""

    template: str = ""
    used: tuple[str, ...] = ()
    why: str = ""
    pair: tuple[str, str] | None = None


@dataclass(frozen=True)
class Roles:
    """What the columns are that hold neither texts nor labels."""

    split: str | None = None
    group: str | None = None
    dates: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def roles_of(table: Table, taken: Collection[str]) -> Roles:
    """Return what the columns are that are not *taken*, as their names and values show."""
    rest = [name for name in table.names if name not in taken and table.words(name)]
    splits = [name for name in rest if _is_split(table, name)]
    dates = [name for name in rest if _is_date(table, name)]
    ids = [name for name in rest if name not in dates and _is_id(table, name)]
    groups = [name for name in rest if name.lower() in _GROUPS and _groups(table, name)]
    return Roles(next(iter(splits), None), next(iter(groups), None), tuple(dates), tuple(ids))


def _is_split(table: Table, name: str) -> bool:
    words = {word.lower() for word in table.words(name)}
    return words <= _SPLIT_WORDS.keys() and {"train", "test"} <= words and len(table.values(name)) == len(table.records)


def _is_date(table: Table, name: str) -> bool:
    few = [word for word, _ in table.words(name).most_common(200)]
    shortest = 1 if name.lower() in _DATES else 8  # four digits alone may be anything
    return bool(few) and all(_DATE.fullmatch(word) and len(word) >= shortest for word in few)


def _is_id(table: Table, name: str) -> bool:
    words = table.words(name)
    alone = len(words) == sum(words.values()) and not any(" " in word for word in words)
    named = name.lower() in _IDS or name.lower().endswith(("_id", "-id", " id"))
    return alone and (named or all(word.isdigit() or word.startswith(("http://", "https://")) for word in words))


def _groups(table: Table, name: str) -> bool:
    """Tell whether a column holds groups of records: many of them, each with some records, and none without."""
    words = table.words(name)
    return _FEWEST_GROUPS <= len(words) <= 0.8 * len(table.records) and sum(words.values()) == len(table.records)


def texts_of(table: Table, taken: Collection[str], roles: Roles) -> Texts:
    """Return what the model reads, by the columns that are not *taken* and hold texts.

    Raises DataError, with the columns that there are, where none holds any.
    """
    others = {*taken, *roles.dates, *roles.ids, roles.group, roles.split}
    fitting = [name for name in table.names if name not in others and _is_text(table, name)]
    if not fitting:
        held = "; ".join(f"{quoted(name, 40)} has {table.shown(name, 2)}" for name in table.names[:6])
        hint = "Say what the model reads by --set 'data.input_template=\"{{ COLUMN }}\"'."
        raise DataError(f"no column holds texts: {held}.", where="the records", hint=hint)
    if pair := _pair(fitting):
        return Texts(pair=pair, used=pair)
    title = next((name for name in fitting if name.lower() in _TITLES), None)
    body = next((name for word in _BODIES for name in fitting if name.lower() == word and name != title), None)
    if title and body:
        why = f"{quoted(title)} and {quoted(body)} are a heading and its text; else one of them alone"
        return Texts(f"{_field(title)}\n{_field(body)}", (title, body), why)
    best = max(fitting, key=lambda name: (_name_rank(name), _letters(table, name)))
    if len(fitting) == 1:
        return Texts(_field(best), (best,), f"{quoted(best)} is the only column with texts")
    is_named = _name_rank(best) > max(_name_rank(name) for name in fitting if name != best)
    rest = ", ".join(quoted(name) for name in fitting if name != best)
    why = f"by the name of {quoted(best)}" if is_named else f"{quoted(best)} holds the longest texts"
    return Texts(_field(best), (best,), f"{why}; else {rest}")


def _field(name: str) -> str:
    return f"{{{{ {as_written(name)} }}}}"


def _is_text(table: Table, name: str) -> bool:
    values = table.values(name)
    if not values or not all(isinstance(value, str) for value in values):
        return False
    if name.lower() in _NAMES:
        return _letters(table, name) > 1
    return _letters(table, name) >= _FEWEST_LETTERS and not table.few(name) and any(" " in value for value in values)


def _letters(table: Table, name: str) -> float:
    values = table.values(name)
    return sum(len(str(value)) for value in values) / max(1, len(values))


def _name_rank(name: str) -> int:
    lowered = name.lower()
    if lowered in _NAMES:
        return len(_NAMES) - _NAMES.index(lowered)
    return int(any(part in _NAMES for part in re.split(r"[^a-z]+", lowered)))


def _pair(names: Sequence[str]) -> tuple[str, str] | None:
    """Return two columns that a model reads as a pair, as their names show."""
    by_name = {name.lower(): name for name in names}
    for one, other in _PAIRS:
        if one in by_name and other in by_name:
            return by_name[one], by_name[other]
    stems: dict[tuple[str, bool], list[str]] = {}
    for name in names:
        if match := _NUMBERED.fullmatch(name):
            stems.setdefault((match["stem"].lower(), match["which"].isdigit()), []).append(name)
    found = next((both for both in stems.values() if len(both) == 2), None)
    return (found[0], found[1]) if found else None


def not_read(roles: Roles) -> str:
    """Return what the other columns are, in words for a comment; empty where there are none."""
    parts = []
    if roles.ids:
        parts.append(f"{listed([quoted(name) for name in roles.ids])} as an id")
    if roles.dates:
        parts.append(f"{listed([quoted(name) for name in roles.dates])} as dates")
    return f"not read, taken for what their names and values show: {', '.join(parts)}" if parts else ""
