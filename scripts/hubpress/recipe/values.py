"""What the blocks of a recipe are made of: one strict base class, and the kinds of values that they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hubpress.input_template import fields_of

HUB_ID = r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$"
REPO_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$"
MODULE = r"^[A-Za-z_]\w*$"
SHA256 = r"^[0-9a-f]{64}$"

# pydantic takes true and "5" for numbers, and "no" for false; a recipe that says so is wrong.
YesOrNo = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Text = Annotated[str, Field(min_length=1)]
HubId = Annotated[str, Field(pattern=HUB_ID)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]


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
    """Raise ValueError for a text that is not Jinja2; also for an unknown filter."""
    from jinja2 import TemplateSyntaxError

    try:
        fields_of(value)
    except TemplateSyntaxError as error:
        raise ValueError(f"is not valid Jinja2: {str(error.message).rstrip('.')}") from error


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
