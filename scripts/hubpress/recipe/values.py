"""What the blocks of a recipe are made of: one strict base class, and the kinds of values that they hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hubpress.input_template import refuse_misread

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
    """Raise ValueError for a text that is not Jinja2, has an unknown filter, or may mean a column and does not."""
    refuse_misread(value)
