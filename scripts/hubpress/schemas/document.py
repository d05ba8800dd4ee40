"""What all documents share: frozen, without unknown keys, one canonical JSON form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, SerializerFunctionWrapHandler, ValidationError, model_serializer

from hubpress.errors import HubpressError
from hubpress.files import read_json, write_json

Metrics = dict[str, float]
"""Figures by the names of ``metrics/names.py``."""


class DocumentError(HubpressError):
    """A document that cannot be read, or that says other things than its schema knows."""


class Part(BaseModel):
    """A mapping inside a document.

    A field whose default is None is left out of the JSON while it is None: it says that something was not measured.
    A field without a default always stands there, as ``null`` where it is None.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_by_name=True, validate_by_alias=True,
        serialize_by_alias=True, use_attribute_docstrings=True,
    )  # fmt: skip

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, serialize: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        fields = type(self).model_fields
        absent = {
            field.alias or name
            for name, field in fields.items()
            if getattr(self, name) is None and not field.is_required()
        }
        return {key: value for key, value in serialize(self).items() if key not in absent}

    def as_json(self) -> dict[str, JsonValue]:
        """Return the mapping as JSON has it."""
        return self.model_dump(mode="json")


class Document(Part):
    """A file that hubpress writes, and reads again."""

    schema_version: Literal[1] = 1

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file. Raises DocumentError where it is missing, no JSON, or not of this schema."""
        try:
            return cls.model_validate(read_json(path))
        except OSError as error:
            raise DocumentError(f"cannot be read: {error.strerror or error}.", where=path.name) from error
        except ValidationError as error:
            raise DocumentError("; ".join(faults_of(error)) + ".", where=path.name, hint=_AGAIN) from error
        except ValueError as error:
            raise DocumentError(f"is not JSON: {error}.", where=path.name, hint=_AGAIN) from error

    def save(self, path: Path, *, sort_keys: bool = True) -> None:
        """Write the file atomically, in canonical JSON, or with the keys in the order of the fields."""
        write_json(path, self.as_json(), sort_keys=sort_keys)


_AGAIN = "Make it again, by this version of hubpress."
_MOST_FAULTS = 3


def faults_of(error: ValidationError) -> list[str]:
    """Return what is wrong with a document, a phrase each ("lacks `onnx.files`"), the first three."""
    found = []
    for item in error.errors(include_url=False):
        place = place_in(item["loc"])
        words = {"missing": f"lacks `{place}`", "extra_forbidden": f"has an unknown key `{place}`"}
        said = item["msg"].removeprefix("Value error, ")
        found.append(words.get(item["type"], f"`{place}`: {said}" if place else said))
    rest = len(found) - _MOST_FAULTS
    return [*found[:_MOST_FAULTS], *([f"and {rest} more"] if rest > 0 else [])]


def place_in(way: Iterable[str | int]) -> str:
    """Return the way to a value of a document as people write it: ``onnx.files[1].bytes``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in way).removeprefix(".")
