"""What the blocks of a recipe are made of: one strict base class, and the kinds of values that they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hubpress.hub.ids import not_a_name, not_an_id
from hubpress.hub.metadata import language_fault, licence_fault, tag_fault
from hubpress.input_template import refuse_misread
from hubpress.text import quoted

MODULE = r"^[A-Za-z_]\w*$"
SHA256 = r"^[0-9a-f]{64}$"
COUNTRY = r"^[A-Z]{3}$"

LONGEST_QUOTED = 60
"""Characters of a value that a message quotes."""

# pydantic takes true and "5" for numbers, and "no" for false; a recipe that says so is wrong.
YesOrNo = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


def _refusing(fault_of: Callable[[str], str | None]) -> AfterValidator:
    """Return a validator for texts: *fault_of* says what is wrong with one, as a sentence after it, or None."""

    def check(value: str) -> str:
        if fault := fault_of(value):
            raise ValueError(f"{quoted(value, LONGEST_QUOTED)} {fault}")
        return value

    return AfterValidator(check)


def _hub_id(value: str) -> str:
    if fault := not_an_id(value):
        given = quoted(value, LONGEST_QUOTED)
        raise ValueError(f"must be an id on the Hub (NAME or OWNER/NAME), not {given}, which {fault}")
    return value


def _repo_name(value: str) -> str:
    if fault := not_a_name(value):
        given = quoted(value, LONGEST_QUOTED)
        what = "a repository's name (letters, digits, _, and single dots and hyphens between them)"
        raise ValueError(f"must be {what}, not {given}, which {fault}")
    return value


def _given(value: object) -> object:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError("has no text; take the field out, since one that is left out is empty")
    return value


def _language_or_locale_fault(value: str) -> str | None:
    return language_fault(value, with_locales=True)


def _emoji_fault(value: str) -> str | None:
    from emoji import is_emoji

    return None if is_emoji(value) else "is not one emoji. Write one, such as 🔎."


def _mail_fault(value: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(value, check_deliverability=False)
    except EmailNotValidError as error:
        return f"is no e-mail address ({str(error).removesuffix('.')}). Write one such as name@example.org."
    return None


def _url_fault(value: str) -> str | None:
    return None if is_url(value) else "is no URL. Write one (https://…)."


def _contact_fault(value: str) -> str | None:
    if is_url(value) or ("@" in value and _mail_fault(value) is None):
        return None
    return "is neither an e-mail address nor a URL. Write one such as name@example.org or https://…."


def is_url(text: str) -> bool:
    """Return whether a text is an address of the Web that Markdown can link: one word, and a host behind https."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>()\[\]|`\\\"]", text)


_VERSION = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?", re.ASCII)


_NO_VERSION = "is no version. Write three numbers, such as 1.2.0, without a v."


def _version(value: object) -> object:
    """Return what may be a version. YAML has numbers for 1 and 1.2, and no quotes would make them one."""
    if value is None or (isinstance(value, str) and _VERSION.fullmatch(value.strip())):
        return value
    raise ValueError(f"{quoted(value, LONGEST_QUOTED)} {_NO_VERSION}")


FieldText = Annotated[Text, BeforeValidator(_given)]
HubId = Annotated[str, AfterValidator(_hub_id)]
RepoName = Annotated[str, AfterValidator(_repo_name)]
Licence = Annotated[Text, _refusing(licence_fault)]
Language = Annotated[Text, _refusing(_language_or_locale_fault)]
Version = Annotated[str, BeforeValidator(_version)]
Tag = Annotated[Text, _refusing(tag_fault)]
Mail = Annotated[Text, _refusing(_mail_fault)]
Url = Annotated[Text, _refusing(_url_fault)]
Contact = Annotated[Text, _refusing(_contact_fault)]
Emoji = Annotated[Text, _refusing(_emoji_fault)]


class Block(BaseModel):
    """A mapping of the recipe: unknown keys are refused, values never change.

    What stands below a field is its description in the recipe reference.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def refuse_twice(values: tuple[str, ...], what: str) -> None:
    """Raise ValueError when a value stands twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"names {what} twice: {', '.join(twice)}")


def refuse_bad_template(value: str) -> None:
    """Raise ValueError for a text that is not Jinja2, has an unknown filter, or may mean a column and does not."""
    refuse_misread(value)


def refuse_bad_date_format(value: str) -> None:
    """Raise ValueError for what ``datetime.strptime`` cannot read, or would read as another day or hour."""
    moment = datetime(2001, 2, 3, 16, 5, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(value), value)
    except ValueError as error:
        raise ValueError(f"is no format of datetime.strptime, such as %d/%m/%Y: {error}") from error
    if "%Z" in value:
        raise ValueError("has %Z, by which strptime reads no time zone; %z reads +0100")
    if read.year != moment.year:
        raise ValueError("names no year; write %Y, or %y for one of two digits")
    if read.day == moment.day and read.month != moment.month:
        raise ValueError("has the day without the month; write %m, or %b for its name")
    if read.hour == moment.hour - 12:
        raise ValueError("has the hours by %I without %p; write %H, or %p for AM and PM")
