"""What lies over a recipe's file, and where each value was given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hubpress.errors import RecipeError, UsageError
from hubpress.files import plain_path
from hubpress.recipe.data import SAVED
from hubpress.recipe.training_method import is_of_steps
from hubpress.text import shortened
from hubpress.yaml12 import Place, YamlError, YamlMapping, parse_recipe, read_mapping

# Blocks that mean nothing when half of one is laid over half of another.
_REPLACED_WHOLE: set[Place] = {("base_model",), ("reference",), ("data", "dataset"), ("data", "files"), ("files",)}

_METHODS = ("fine_tune", "linear_probe")
_LONGEST = 100  # characters of a setting as messages repeat it
_TAKEN_AWAY = object()


@dataclass
class Given:
    """A value of the recipe, and where it was given."""

    value: Any
    """A mapping or a list of Given, or a plain value."""
    origin: str
    """``recipe.yaml:12``, or the words of the command."""
    changed_by: str | None = None
    """The first words of the command that changed something inside a mapping."""

    def plain(self) -> Any:
        """Return the value as YAML has it, without what was taken away."""
        if isinstance(self.value, dict):
            return {key: inner.plain() for key, inner in self.value.items() if inner.value is not _TAKEN_AWAY}
        return [inner.plain() for inner in self.value] if isinstance(self.value, list) else self.value

    def inside(self, part: str | int) -> Given | None:
        """Return what a mapping or a list holds under a key or at a position; None where it holds nothing there."""
        if isinstance(self.value, dict):
            return self.value.get(part)
        is_there = isinstance(self.value, list) and isinstance(part, int) and part < len(self.value)
        return self.value[part] if is_there else None


class Layers:
    """The values of a recipe, and where each was given: a line of the file, or words of the command."""

    def __init__(self, path: Path) -> None:
        self._file = _as_typed(path)
        document = read_mapping(path, display_name=self._file)
        self._root = _given(document.value, (), lambda place: f"{self._file}:{document.lines[place]}")
        self._root.origin = self._file
        self._sample: Given | None = self._root.value.pop("sample", None)

    def values(self) -> YamlMapping:
        """Return the recipe's values as pydantic reads them."""
        values: YamlMapping = self._root.plain()
        return values

    def lay_sample(self, *, with_records: bool) -> None:
        """Lay the ``sample:`` block over the recipe, its ``records:`` last. Raises RecipeError when there is none."""
        if self._sample is None:
            raise RecipeError([f"{self._file}: has no sample: block, so --sample cannot be used."])
        if not isinstance(self._sample.value, dict):
            sentence = "must be a mapping of what --sample lays over the recipe."
            raise RecipeError([_line(self._sample.origin, ("sample",), sentence)])
        block = dict(self._sample.value)
        records = block.pop("records", None) or Given({}, self._sample.origin)
        if records.value is not None and not isinstance(records.value, dict):
            sentence = "must be a mapping of what goes with the records."
            raise RecipeError([_line(records.origin, ("sample", "records"), sentence)])
        for place, given in _leaves(block, ()):
            self._lay(place, given)
        if "base_model" in block:  # which is trained in place of the model that is trained already
            self._root.value.pop("trained", None)
        if with_records:
            self._forget_benchmark()
            for place, given in _leaves(records.value or {}, ()):
                self._lay(place, given)

    def lay_data(self, data: str) -> None:
        """Let the records be those of *data*, a path or URL, whose ending says their format."""
        if not data.strip():
            raise UsageError("names no records.", where="--data", hint="Give a file, a glob or a URL.")
        replaced = [("data", "dataset"), ("data", "format")]
        if not Path(data).is_dir() or any((Path(data) / name).is_file() for name in SAVED):
            replaced.append(("data", "files"))
        for place in replaced:
            self._lay_words(place, None, f"--data {data}")
        self._forget_benchmark()
        source = data if "://" in data else str(plain_path(Path(data).expanduser()))
        self._lay_words(("data", "source"), source, f"--data {data}")

    def _forget_benchmark(self) -> None:
        """Take away what is published of a benchmark: figures on other records are none of it."""
        evaluation = self._root.value.get("evaluation")
        if evaluation is not None and isinstance(evaluation.value, dict):
            evaluation.value.pop("eval_results", None)

    def lay_override(self, override: str) -> None:
        """Lay ``key.path=value``, the value in YAML, over the recipe; no value takes the key away."""
        place, value = read_override(override)
        self._lay_words(place, value, _words(override))

    def forget_other_method(self) -> None:
        """Take away what the file says for another ``training.method``, where words of the command chose the method.

        What words of the command give beside it stays, and is refused where it does not fit.
        """
        training = self._root.inside("training")
        method = training.inside("method") if training else None
        if training is None or method is None or method.value not in _METHODS or self._is_of_file(method):
            return
        warms_up = (warm_up := training.inside("contrastive")) is not None and warm_up.value is not _TAKEN_AWAY
        for key in [key for key, given in training.value.items() if self._is_of_file(given)]:
            is_of_steps_alone = method.value == "linear_probe" and is_of_steps(key, warms_up=warms_up)
            is_of_probe_alone = method.value == "fine_tune" and key == "pooling" and not warms_up
            if is_of_steps_alone or is_of_probe_alone:
                del training.value[key]

    def _is_of_file(self, given: Given) -> bool:
        return given.changed_by is None and given.origin.startswith(f"{self._file}:")

    def line(self, place: Place, sentence: str) -> str:
        """Return a problem as one line: where the value was given, which field it is, what is wrong."""
        return _line(self.origin(place), place, sentence)

    def origin(self, place: Place) -> str:
        """Return where the value at *place* was given, or else the nearest block around it.

        A block that words of the command changed something in was given by them: they may be what is wrong with it.
        """
        given = self._root
        for part in place:
            inner = given.inside(part)
            if inner is None:
                return given.origin
            given = inner
        return given.changed_by or given.origin

    def _lay_words(self, place: Place, value: Any, words: str) -> None:
        """Lay a value that words of the command give."""
        self._lay(place, _given(value, (), lambda _: words), words)

    def _lay(self, place: Place, given: Given, words: str | None = None) -> None:
        """Lay a value over the one at *place*; None takes that away. Raises RecipeError below what is no mapping."""
        block = self._root
        for depth, key in enumerate(place[:-1], start=1):
            inner = block.value.setdefault(key, Given({}, block.origin))
            if inner.value is _TAKEN_AWAY:
                inner.value = {}
            if not isinstance(inner.value, dict):
                sentence = "is not a mapping, so nothing can be set below it."
                raise RecipeError([_line(given.origin, place[:depth], sentence)])
            inner.changed_by = inner.changed_by or words
            block = inner
        block.value[place[-1]] = replace(given, value=_TAKEN_AWAY) if given.value is None else given


def read_override(override: str) -> tuple[tuple[str, ...], Any]:
    """Return the place and the value of ``key.path=value``. Raises UsageError for what is not of this form."""
    key, separator, text = override.partition("=")
    words = _words(override)
    if not separator or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key):
        raise UsageError("is not of the form key.path=value.", where=words, hint="Say --set training.seed=1.")
    if key.partition(".")[0] == "sample":
        inner = key.removeprefix("sample").removeprefix(".records").removeprefix(".")
        typed = shlex.quote(f"{inner}={text}") if inner else "KEY.PATH=VALUE"
        hint = f"Say --sample --set {typed}: it goes over what --sample brings."
        raise UsageError("sample: is a block of the file, and is not set from outside.", where=words, hint=hint)
    try:
        value = parse_recipe(text).value
    except YamlError as error:
        hint = f"Put it in quotes of its own: --set '{key}=\"VALUE\"'."
        raise UsageError(f"the value is not valid YAML: {error.what}.", where=words, hint=hint) from error
    return tuple(key.split(".")), value


def _words(override: str) -> str:
    return f"--set {shortened(override, _LONGEST)}"


def _given(value: Any, place: Place, origin: Callable[[Place], str]) -> Given:
    """Return a value, and all that is inside it, with where each was given."""
    inside: Any = value
    if isinstance(value, dict):
        inside = {key: _given(inner, (*place, key), origin) for key, inner in value.items()}
    elif isinstance(value, list):
        inside = [_given(inner, (*place, number), origin) for number, inner in enumerate(value)]
    return Given(inside, origin(place))


def _leaves(block: dict[str, Given], above: Place) -> Iterator[tuple[Place, Given]]:
    """Yield what a block of values replaces: each value that is no mapping, and each mapping replaced as a whole."""
    for key, given in block.items():
        place = (*above, key)
        if isinstance(given.value, dict) and place not in _REPLACED_WHOLE:
            yield from _leaves(given.value, place)
        else:
            yield place, given


def _line(origin: str, place: Place, sentence: str) -> str:
    field = ".".join(str(part) for part in place)
    return f"{origin}: {field}{': ' if field else ''}{sentence}"


def _as_typed(path: Path) -> str:
    """Return a path as a person would type it: relative to here when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
