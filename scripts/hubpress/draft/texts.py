"""The column, or the columns, with the text or the pair of texts that a model reads; and what the others are."""

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
    ("premise", "hypothesis"), ("text", "text_pair"), ("query", "passage"), ("query", "document"), ("query", "doc"),
    ("query", "text"), ("query", "answer"), ("query", "response"), ("query", "title"), ("query", "product_title"),
    ("question", "passage"), ("question", "sentence"), ("question", "answer"), ("question", "context"),
    ("question", "document"), ("question", "paragraph"), ("question", "text"), ("prompt", "response"),
    ("context", "response"), ("anchor", "positive"), ("sentence", "paraphrase"), ("source", "target"),
    ("source", "translation"), ("src", "mt"), ("reference", "candidate"), ("claim", "evidence"), ("left", "right"),
)  # fmt: skip
_NUMBERED = re.compile(r"(?P<stem>.*?)[ _-]?(?P<which>[12]|[ab])", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?|\d{4}")
_DATES = ("date", "datetime", "time", "timestamp", "created", "created_at", "published", "year", "day")
_IDS = ("id", "idx", "index", "uid", "uuid", "guid", "key", "url", "link", "unnamed: 0", "")
_GROUPS = ("author", "author_id", "user", "user_id", "username", "patient", "patient_id", "speaker", "speaker_id",
           "document_id", "doc_id", "document", "doc", "thread_id", "conversation_id", "dialogue_id", "session_id",
           "customer_id", "product_id", "group", "group_id", "case_id")  # fmt: skip
_SAY = "Say what the model reads by --set 'data.input_template=\"{{{{ {} }}}}\"'."
_FEWEST_GROUPS = 12
_FEWEST_LETTERS = 8
_SPLIT_WORDS = {"train": "train", "validation": "validation", "val": "validation", "valid": "validation",
                "dev": "validation", "eval": "validation", "test": "test"}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """What a model reads, as a template, or as two for a pair of texts."""

    template: str
    used: tuple[str, ...]
    why: str
    text_pair: str = ""


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


def texts_of(table: Table, taken: Collection[str], roles: Roles, *, pairs: str) -> Texts:
    """Return what the model reads, by the columns that are not *taken* and hold texts.

    *pairs* says what shows that the model reads pairs of texts; empty where nothing does. Raises DataError, with the
    columns that there are, where none holds any, or only one for a model of pairs.
    """
    others = {*taken, *roles.dates, *roles.ids, roles.split}
    # A text may stand in many pairs, so that it looks like the name of a group, or like a label.
    open_to_all = [name for name in table.names if name not in others]
    written = [name for name in open_to_all if _is_written(table, name)]
    fitting = [name for name in open_to_all if name != roles.group and _is_text(table, name)]
    if not (fitting or (pairs and written)):
        held = "; ".join(f"{quoted(name, 40)} has {table.shown(name, 2)}" for name in table.names[:6])
        raise DataError(f"no column holds texts: {held}.", where="the records", hint=_SAY.format("COLUMN"))
    if pair := _pair(written):
        why = f"{listed([quoted(name) for name in pair])} are a pair by their names; else one text of it alone"
        return _both(pair, f"{pairs}; {why}" if pairs else why)
    if pairs:
        return _both(_longest_two(table, fitting, written, pairs), pairs)
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


def _both(pair: Sequence[str], why: str) -> Texts:
    one, other = pair
    return Texts(_field(one), (one, other), why, _field(other))


def _longest_two(table: Table, fitting: Sequence[str], written: Sequence[str], pairs: str) -> tuple[str, ...]:
    """Return the two columns of a pair that no name tells: those with the longest texts, in their order."""
    among = fitting if len(fitting) > 1 else written
    if len(among) < 2:
        what = f"only {quoted(among[0])} holds texts, and the model reads pairs of them ({pairs})."
        raise DataError(what, where="the records", hint=_SAY.format(among[0]))
    longest = sorted(among, key=lambda name: _letters(table, name))[-2:]
    return tuple(name for name in among if name in longest)


def _field(name: str) -> str:
    return f"{{{{ {as_written(name)} }}}}"


def _is_text(table: Table, name: str) -> bool:
    values = table.values(name)
    if not values or not all(isinstance(value, str) for value in values):
        return False
    if name.lower() in _NAMES:
        return _letters(table, name) > 1
    return _letters(table, name) >= _FEWEST_LETTERS and not table.few(name) and any(" " in value for value in values)


def _is_written(table: Table, name: str) -> bool:
    """Tell whether a column holds words in a row, however often the same ones."""
    values = table.values(name)
    return all(isinstance(value, str) for value in values) and any(" " in str(value).strip() for value in values)


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
    found = next((sorted(both, key=str.lower) for both in stems.values() if len(both) == 2), None)
    return (found[0], found[1]) if found else None


def group_of_pairs(table: Table, pair: Sequence[str]) -> str | None:
    """Return the text of a pair that stands in several of them, so that these belong together; None for none."""
    return next((name for name in pair if _groups(table, name)), None)


def not_read(roles: Roles) -> str:
    """Return what the other columns are, in words for a comment; empty where there are none."""
    parts = []
    if roles.ids:
        parts.append(f"{listed([quoted(name) for name in roles.ids])} as an id")
    if roles.dates:
        parts.append(f"{listed([quoted(name) for name in roles.dates])} as dates")
    return f"not read, taken for what their names and values show: {', '.join(parts)}" if parts else ""
