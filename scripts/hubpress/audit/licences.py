"""The licence of a model beside that of its base: what the base asks of everything that is made from it.

Only what the licences themselves say in plain words is in the table; the Hub's identifiers name them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hubpress.audit.audited import Audited, Found
from hubpress.errors import HubpressError
from hubpress.hub.foreign import licences_of
from hubpress.hub.ids import not_an_id
from hubpress.hub.loose_values import is_text, one_or_more
from hubpress.text import quoted

_NON_COMMERCIAL = re.compile(r"cc-by-nc.*|fair-noncommercial-.*|intel-research|h-research|apple-amlr")
_SAME = "asks that what is made from it is shared under the same licence"
_LIMITS = "asks that its limits of use go on with what is made from it"
_UNKNOWN = {"other", "unknown", "cc"}
# By the base's licence: which licences of the model go with it, and what the base asks.
_ASKS: Sequence[tuple[re.Pattern[str], re.Pattern[str], str]] = (
    (re.compile(r"cc-by-nc-nd.*|cc-by-nd.*"), re.compile(r"(?!)"), "does not allow that changed versions are shared"),
    (
        re.compile(r"cc-by-nc-sa.*"),
        re.compile(r"cc-by-nc-sa.*"),
        "asks that what is made from it is not used commercially, and shared under the same licence",
    ),
    (_NON_COMMERCIAL, _NON_COMMERCIAL, "asks that what is made from it is not used commercially"),
    (re.compile(r"cc-by-sa.*"), re.compile(r"cc-by-sa.*|gpl-3\.0"), _SAME),
    (re.compile(r"agpl-3\.0"), re.compile(r"agpl-3\.0"), _SAME),
    (re.compile(r"gpl.*"), re.compile(r"a?gpl.*"), _SAME),
    (re.compile(r"llama.*"), re.compile(r"llama.*"), "asks that its own terms go on with what is made from it"),
    (re.compile(r"gemma"), re.compile(r"gemma"), _LIMITS),
    (
        re.compile(r".*openrail.*|.*-rail-.*|deepfloyd-if-license"),
        re.compile(r".*openrail.*|.*-rail-.*|deepfloyd-if-license"),
        _LIMITS,
    ),
)  # fmt: skip


def licence_of_base(audited: Audited) -> Iterator[Found]:
    """The model's licence allows no more than that of its base."""
    staged = audited.staged
    bases = [base for base in one_or_more(staged.fields.get("base_model")) if is_text(base) and not not_an_id(base)]
    own = [value for value in one_or_more(staged.fields.get("license")) if is_text(value)]
    for base in bases:
        where = staged.where("base_model")
        if audited.hub is None:
            yield Found("note", where, f"The licence of the base {base} was not asked: no Hub is. Ask by `--online`.")
            continue
        try:
            theirs = licences_of(audited.hub, base)
        except HubpressError as error:
            yield Found("note", where, f"The licence of the base {base} could not be asked. {error.what}")
            continue
        known = [value for value in theirs if value not in _UNKNOWN]
        if not known or not own or set(own) & _UNKNOWN:
            said = f"Its base {base} names {quoted(', '.join(theirs))}." if theirs else f"Its base {base} names none."
            yield Found("note", staged.where("license"), f"Whether the licence fits the base's cannot be told. {said}")
            continue
        for value in own:
            if asked := _asked(known, value):
                text = f"`license: {value}` contradicts the base's: {base} is under {', '.join(known)}, which {asked}."
                yield Found("error", staged.where("license"), text)


def _asked(theirs: list[str], own: str) -> str | None:
    """Return what the first licence of the base asks that the model's does not give; None where it gives all."""
    for licence in theirs:
        for base, allowed, asked in _ASKS:
            if base.fullmatch(licence):
                if not allowed.fullmatch(own):
                    return asked
                break
    return None
