"""What lies over a recipe's file, and where each value was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hubpress.errors import RecipeError, UsageError
from hubpress.yaml12 import Place, parse, read_mapping

# Blocks that mean nothing when half of one is laid over half of another.
_REPLACED_WHOLE: set[Place] = {("base_model",), ("reference",), ("data", "dataset"), ("data", "files")}


class Layers:
    """The values of a recipe, and where each was given: a line of the file, or words of the command."""

    def __init__(self, path: Path) -> None:
        self._file = _as_typed(path)
        self.values, self._lines = read_mapping(path, shown=self._file)
        self._sample = self.values.pop("sample", None)
        # What has been laid over the file: its place -> words of the command, or where in the file it comes from.
        self._laid: dict[Place, str | Place] = {}

    def lay_sample(self, *, with_records: bool) -> None:
        """Lay the ``sample:`` block over the recipe, its ``records:`` last. Raises RecipeError when there is none."""
        if self._sample is None:
            raise RecipeError([f"{self._file}: has no sample: block, so --sample cannot be used."])
        if not isinstance(self._sample, dict):
            raise RecipeError([self.line(("sample",), "must be a mapping of what --sample lays over the recipe.")])
        records = self._sample.get("records")
        if records is not None and not isinstance(records, dict):
            raise RecipeError([self.line(("sample", "records"), "must be a mapping of what goes with the records.")])
        for place, value in _leaves({key: item for key, item in self._sample.items() if key != "records"}, ()):
            self._lay(place, value, ("sample", *place))
        if with_records:
            for place, value in _leaves(records or {}, ()):
                self._lay(place, value, ("sample", "records", *place))

    def lay_data(self, data: str) -> None:
        """Let the records be those of *data*, a path or URL, whose ending says their format."""
        words = f"--data {data}"
        if not Path(data).is_dir():
            self._lay(("data", "files"), None, words)
        for replaced in ("dataset", "format"):
            self._lay(("data", replaced), None, words)
        source = data if "://" in data else str(Path(data).expanduser().absolute())
        self._lay(("data", "source"), source, words)

    def lay_override(self, override: str) -> None:
        """Lay ``key.path=value``, the value in YAML, over the recipe; no value takes the key away."""
        key, separator, text = override.partition("=")
        words = f"--set {override}"
        if not separator or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key):
            raise UsageError("is not of the form key.path=value.", where=words, hint="Say --set training.seed=1.")
        try:
            value = parse(text)
        except (yaml.YAMLError, ValueError) as error:
            raise UsageError("the value is not valid YAML.", where=words, hint="Put it in quotes.") from error
        self._lay(tuple(key.split(".")), value, words)

    def _lay(self, place: Place, value: Any, origin: str | Place) -> None:
        block: Any = self.values
        for depth, key in enumerate(place[:-1], start=1):
            block = block.setdefault(key, {})
            if not isinstance(block, dict):
                raise RecipeError(
                    [self.line(place[:depth], "is not a mapping, so nothing can be set below it.", origin)]
                )
        self._laid = {laid: by for laid, by in self._laid.items() if laid[: len(place)] != place}
        self._laid[place] = origin
        if value is None:
            block.pop(place[-1], None)
        else:
            block[place[-1]] = value

    def line(self, place: Place, sentence: str, origin: str | Place | None = None) -> str:
        """Return a problem as one line: where the value was given, which field it is, what is wrong."""
        field = ".".join(str(part) for part in place)
        return f"{self._at(place, origin)}: {field}{': ' if field else ''}{sentence}"

    def _at(self, place: Place, origin: str | Place | None) -> str:
        if origin is None:
            around = [place[:end] for end in range(len(place), 0, -1) if place[:end] in self._laid]
            below = [laid for laid, by in self._laid.items() if laid[: len(place)] == place and isinstance(by, str)]
            nearest = next(iter([*around, *below]), None)
            origin = self._laid[nearest] if nearest else place
            if nearest and not isinstance(origin, str):
                origin = (*origin, *place[len(nearest) :])
        if isinstance(origin, str):
            return origin
        known = next((origin[:end] for end in range(len(origin), 0, -1) if origin[:end] in self._lines), None)
        return f"{self._file}:{self._lines[known]}" if known else self._file


def _leaves(block: dict[str, Any], above: Place) -> Iterator[tuple[Place, Any]]:
    """Yield what a block of values replaces: each value that is no mapping, and each mapping replaced as a whole."""
    for key, value in block.items():
        place = (*above, key)
        if isinstance(value, dict) and place not in _REPLACED_WHOLE:
            yield from _leaves(value, place)
        else:
            yield place, value


def _as_typed(path: Path) -> str:
    """Return a path as a person would type it: relative to here when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
