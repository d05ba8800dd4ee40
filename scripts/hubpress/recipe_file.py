"""Reading recipe.yaml: where each value stands, what lies over it, and one sentence for each thing that is wrong."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from hubpress.content import content_dir
from hubpress.errors import RecipeError, UsageError
from hubpress.recipe import Recipe, RecipeFile
from hubpress.tasks.kinds import KINDS
from hubpress.training_arguments import EXTRAS, check_training, suggestion

RECIPE = "recipe.yaml"
Path_ = tuple[str | int, ...]

# Blocks that mean nothing when half of one is laid over half of another.
_REPLACED_WHOLE = {("base_model",), ("reference",), ("data", "dataset"), ("data", "files"), ("widget",)}


def model_folders(models_dir: Path | None) -> dict[str, Path]:
    """Return the folders that hold a recipe, by name. *models_dir* None means the models that ship with hubpress."""
    root = models_dir or content_dir("models")
    if not root.is_dir():
        raise UsageError(f"the models folder {root} does not exist.", hint="Give an existing folder with --models.")
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{RECIPE}"))}


def load_recipe(
    name: str,
    *,
    models_dir: Path | None = None,
    sample: bool = False,
    data: str | None = None,
    overrides: Sequence[str] = (),
) -> Recipe:
    """Return the validated recipe of a model.

    Later wins: the file, its ``sample:`` block (with *sample*), *data*, then *overrides* (``key.path=value``, the
    value in YAML). ``sample.base_model`` counts whenever *sample* is asked for; the rest of ``sample:`` belongs to the
    sample records and is left out when *data* names others.

    Raises UsageError for an unknown model and RecipeError with every problem found, each with file, line and field.
    """
    folders = model_folders(models_dir)
    if name not in folders:
        known = ", ".join(folders) or "none"
        raise UsageError(f"there is no model named {name!r}.{suggestion(name, list(folders))} Known models: {known}.")
    folder = folders[name]
    layers = _Layers.read(folder / RECIPE)
    sample_layer = layers.take("sample")
    if sample:
        if not isinstance(sample_layer, dict):
            raise RecipeError([f"{layers.at(())}: has no sample: block, so --sample cannot be used."])
        for key, value in sample_layer.items():
            if key == "base_model" or data is None:
                layers.lay((key,), value, ("sample", key))
    if data is not None:
        layers.set_data(data)
    for override in overrides:
        layers.set_override(override)
    return layers.validated(name=name, folder=folder, sample=sample, own_records=data is not None)


class _Layers:
    """The raw values of a recipe with the place that each came from."""

    def __init__(self, file: str, raw: dict[str, Any], places: dict[Path_, str]) -> None:
        self._file = file
        self._raw = raw
        self._places = places

    @classmethod
    def read(cls, path: Path) -> _Layers:
        file = _shown(path)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise RecipeError([f"{file}: is not UTF-8 (byte {error.start}). Save it as UTF-8."]) from error
        except OSError as error:
            raise RecipeError([f"{file}: cannot be read: {error.strerror}."]) from error
        try:
            node = yaml.compose(text, Loader=_Loader)
            raw = yaml.load(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            line = (error.problem_mark or error.context_mark).line + 1 if error.problem_mark else 1
            problem = error.problem or error.context or "cannot be parsed"
            raise RecipeError([f"{file}:{line}: is not valid YAML: {problem}."]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise RecipeError([f"{file}: is not valid YAML: {error}."]) from error
        if not isinstance(raw, dict) or node is None:
            raise RecipeError([f"{file}: is {'empty' if raw is None else 'not a mapping'}; it needs keys such as title:."])
        return cls(file, raw, {where: f"{file}:{line}" for where, line in _lines(node, ())})

    def at(self, where: Path_) -> str:
        """Return the nearest known place of a value: its own, that of a ``--set`` below it, or that of its block."""
        if where not in self._places:
            for place, shown in self._places.items():
                if place[: len(where)] == where and shown.startswith("--set"):
                    return shown
        while where and where not in self._places:
            where = where[:-1]
        return self._places.get(where, self._file)

    def take(self, key: str) -> Any:
        return self._raw.pop(key, None)

    def lay(self, where: Path_, value: Any, origin: Path_) -> None:
        """Lay *value* over what stands at *where*; its place becomes that of *origin*. None takes the key away."""
        parent = self._parent(where)
        key = where[-1]
        if isinstance(value, dict) and isinstance(parent.get(key), dict) and where not in _REPLACED_WHOLE:
            for inner, item in value.items():
                self.lay((*where, inner), item, (*origin, inner))
            return
        self._forget(where)
        self._places[where] = self.at(origin)
        if value is None:
            parent.pop(key, None)
        else:
            parent[key] = value
            for place in [place for place in self._places if place[: len(origin)] == origin and place != origin]:
                self._places[(*where, *place[len(origin) :])] = self._places[place]

    def set_data(self, data: str) -> None:
        block = self._parent(("data", "source"))
        block.pop("dataset", None)
        block.pop("format", None)
        if block.get("files") and not Path(data).is_dir():
            block.pop("files")
        block["source"] = data if "://" in data else str(Path(data).expanduser().absolute())
        self._places[("data", "source")] = f"--data {data}"

    def set_override(self, override: str) -> None:
        key, separator, text = override.partition("=")
        if not separator or not re.fullmatch(r"[\w-]+(\.[\w-]+)*", key):
            raise UsageError(f"--set {override!r} is not of the form key.path=value.", hint="For example: --set training.seed=1.")
        try:
            value = yaml.load(text, Loader=_Loader)
        except yaml.YAMLError as error:
            raise UsageError(f"--set {override!r}: the value is not valid YAML.", hint="Quote it.") from error
        where: Path_ = tuple(key.split("."))
        parent = self._parent(where, asked_by=f"--set {override}")
        self._forget(where)
        if value is None:
            parent.pop(where[-1], None)
        else:
            parent[where[-1]] = value
        self._places[where] = f"--set {override}"

    def _parent(self, where: Path_, *, asked_by: str | None = None) -> dict[str, Any]:
        block: Any = self._raw
        for index, key in enumerate(where[:-1]):
            inner = block.setdefault(key, {})
            if not isinstance(inner, dict):
                shown = ".".join(map(str, where[: index + 1]))
                place = asked_by or self.at(where)
                raise RecipeError([f"{place}: {shown} is not a mapping, so nothing can be set below it."])
            block = inner
        return typing.cast(dict[str, Any], block)

    def _forget(self, where: Path_) -> None:
        for place in [place for place in self._places if len(place) > len(where) and place[: len(where)] == where]:
            del self._places[place]

    def validated(self, *, name: str, folder: Path, sample: bool, own_records: bool) -> Recipe:
        problems: list[tuple[Path_, str]] = []
        training = self._raw.get("training")
        if isinstance(training, dict):
            extras = {key: value for key, value in training.items() if key in EXTRAS}
            named = {str(key): value for key, value in training.items() if key not in EXTRAS}
            values, wrong = check_training(named)
            problems += [(("training", key), sentence) for key, sentence in wrong]
            self._raw["training"] = {**values, **extras}
        recipe: RecipeFile | None = None
        try:
            recipe = RecipeFile.model_validate(self._raw)
        except ValidationError as error:
            problems += [_sentence(item["loc"], item) for item in error.errors(include_url=False)]
        if recipe is not None:
            problems += _cross_checks(recipe, folder=folder, own_records=own_records)
        if problems or recipe is None:
            first = {where: sentence for where, sentence in reversed(problems)}  # a union has one problem a branch
            raise RecipeError([self._line(where, first[where]) for where in dict.fromkeys(where for where, _ in problems)])
        return Recipe.model_construct(
            **{key: getattr(recipe, key) for key in RecipeFile.model_fields},
            name=name,
            folder=folder,
            is_sample=sample,
            uses_sample_records=sample and not own_records,
        )

    def _line(self, where: Path_, sentence: str) -> str:
        field = ".".join(str(part) for part in where)
        return f"{self.at(where)}: {field + ': ' if field else ''}{sentence}"


def _cross_checks(recipe: RecipeFile, *, folder: Path, own_records: bool) -> list[tuple[Path_, str]]:
    """Return what single fields cannot see: metrics of another task, records outside the model's folder."""
    problems: list[tuple[Path_, str]] = []
    known = KINDS[recipe.task].metrics
    asked: list[tuple[Path_, str]] = [(("evaluation", "metrics"), name) for name in recipe.evaluation.metrics or ()]
    if recipe.evaluation.main_metric:
        asked.append((("evaluation", "main_metric"), recipe.evaluation.main_metric))
    if recipe.reference:
        asked += [
            (("reference", "figures", index, "metric"), figure.metric)
            for index, figure in enumerate(recipe.reference.figures)
        ]
    for where, name in asked:
        if name not in known:
            sentence = f"unknown metric {name!r}.{suggestion(name, list(known))} A {recipe.task} model has: {', '.join(known)}."
            problems.append((where, sentence))
    source = recipe.data.source
    if source and not own_records and "://" not in source and not _inside(folder, source):
        sentence = f"{source!r} lies outside the model's folder. Keep records below it, or name others with --data."
        problems.append((("data", "source"), sentence))
    return problems


def _inside(folder: Path, relative: str) -> bool:
    if Path(relative).is_absolute():
        return False
    return (folder / relative).resolve().is_relative_to(folder.resolve())


def _sentence(where: Sequence[str | int], item: Any) -> tuple[Path_, str]:
    """Turn one pydantic error into (place, sentence), with what is allowed there."""
    # Unions put their branch into the location; a recipe's reader knows no branches.
    place: Path_ = tuple(part for part in where if not (isinstance(part, str) and re.search(r"[\[\]() ]|^(int|float|str|dict|literal|tuple|none)$", part)))
    kind, context, given = item["type"], item.get("ctx", {}), item["input"]
    table: dict[str, Callable[[], str]] = {
        "extra_forbidden": lambda: _unknown_key(place),
        "missing": lambda: "is missing; add it.",
        "literal_error": lambda: f"must be {context['expected']}, not {given!r}.",
        "string_too_short": lambda: "must not be empty.",
        "value_error": lambda: f"{context['error']}.",
        "string_pattern_mismatch": lambda: f"{given!r} is not of the allowed form ({context['pattern']}).",
    }
    if kind in table:
        return place, table[kind]()
    message = str(item["msg"])
    return place, f"{message[0].lower()}{message[1:]}, not {_short(given)}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown_key(place: Path_) -> str:
    known = _known_keys(RecipeFile, place[:-1])
    listed = f" Known keys: {', '.join(known)}." if known else ""
    return f"unknown key.{suggestion(str(place[-1]), known)}{listed}"


def _known_keys(model: type[BaseModel], place: Iterable[str | int]) -> list[str]:
    for part in place:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = next(_models_in(field.annotation), None) if field else None
        if inner is None:
            return []
        model = inner
    keys = list(model.model_fields)
    return [*keys, "sample"] if model is RecipeFile else keys


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)


def _shown(path: Path) -> str:
    """Return a path as a person would type it: relative to here when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


class _Loader(yaml.SafeLoader):
    """YAML with the scalars that people mean: ``1e-5`` is a number, ``no`` is Norwegian, a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[no-untyped-call]
            if not isinstance(key, str | int | float | bool) and key is not None:
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))  # type: ignore[no-untyped-call]
_Loader.add_implicit_resolver(  # type: ignore[no-untyped-call]
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\.(?:inf|Inf|INF|nan|NaN|NAN))$"),
    list("-+0123456789."),
)


def _lines(node: yaml.Node, where: Path_) -> Iterator[tuple[Path_, int]]:
    """Yield every value's path with its line, counted from 1."""
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            path = (*where, str(key_node.value))
            yield path, key_node.start_mark.line + 1
            yield from _lines(value_node, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            path = (*where, index)
            yield path, item.start_mark.line + 1
            yield from _lines(item, path)
