"""The recipe reference, from the recipe's schema."""

from __future__ import annotations

import dataclasses
import inspect
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from generators.markdown import MARK, anchor, finish, listed, markdown, table
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hubpress.content import content_dir
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe import values
from hubpress.recipe.kinds import KINDS
from hubpress.recipe.training_arguments import OWNED

RECIPE_INTRO = """\
# Recipe reference

A model is a folder with a `recipe.yaml`. This page lists every key that may stand in it. It is generated from the
schema that reads recipes, so it cannot differ from what the commands accept.

- An unknown key is refused, and the nearest known one is named. A wrong value is refused with file, line and field.
- "Required" means that there is no default. All other keys may be left out.
- `--set key.path=value` lays a value over the recipe for one run: `--set training.seed=1`. An empty value takes a key
  away.
- `sample:` holds the keys that `--sample` lays over the rest; `sample.records:` those that go with the sample records,
  and which `--data` leaves out. Both take any key of this page.
- `hubpress new NAME --task TASK` writes a recipe with a comment on every line that you are likely to change.
"""

# What a pattern means, by the name of its constant among the value types.
PATTERNS = {
    "MODULE": "text: the name of a Python module",
    "SHA256": "text: a sha256, 64 hexadecimal digits",
}
# Texts that the Hub must take: one of them, and several.
HUB_WORDS = (
    (values.HubId, "a name on the Hub, such as `owner/name`", "names on the Hub"),
    (values.RepoName, "text: a repository's name on the Hub", "names of repositories"),
    (values.Licence, "a licence of the Hub", "licences of the Hub"),
    (values.Language, "a code of a language", "codes of languages"),
    (values.Tag, "text", "texts"),
    (values.Emoji, "an emoji", "emoji"),
)
PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true`/`false`", Path: "path", Any: "any value"}
# In the plural, for lists: "list of texts".
MANY = {"text": "texts", "whole number": "whole numbers", "number": "numbers", "path": "paths"}


def recipe_page(schema: type[BaseModel]) -> str:
    """Return the reference of a recipe's schema: one section for each block, one row for each key."""
    parts = [MARK, RECIPE_INTRO, example()]
    for path, block in blocks(schema):
        parts.append(section(path, block))
        if path == "training":
            parts.append(training_notes())
    parts.append(kinds_section())
    return finish(parts)


def example() -> str:
    """Return the recipe that ``hubpress new`` writes, folded."""
    path = content_dir("models") / "templates" / "single-label" / "recipe.yaml"
    lines = ["```yaml", *path.read_text(encoding="utf-8").splitlines(), "```"]
    folded = "\n".join(f"    {line}".rstrip() for line in lines)
    return f'??? example "What `hubpress new my-model --task single-label` writes"\n\n{folded}'


def blocks(schema: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every block of a schema with its path, each before those inside it."""
    yield path, schema
    for name, annotation in annotations_of(schema).items():
        for inner, suffix in models_in(annotation):
            yield from blocks(inner, f"{path}.{name}{suffix}".lstrip("."))


def annotations_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's fields with the annotations as they are written: pydantic merges what Annotated says."""
    written: dict[str, Any] = {}
    for cls in reversed(model.__mro__):
        if cls is BaseModel or not issubclass(cls, BaseModel):
            continue
        scope = vars(sys.modules[cls.__module__])
        for name, annotation in inspect.get_annotations(cls).items():
            if name in model.model_fields:
                written[name] = eval(annotation, scope) if isinstance(annotation, str) else annotation
    return {name: written[name] for name in model.model_fields}


def models_in(annotation: Any, suffix: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """Yield the blocks inside a type, with ``[]`` for one in a list and ``.*`` for one in a mapping."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation, suffix
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from models_in(inner[0], suffix)
    elif origin in (tuple, list):
        yield from models_in(inner[0], f"{suffix}[]")
    elif origin is dict:
        yield from models_in(inner[1], f"{suffix}.*")
    elif origin in (Union, types.UnionType):
        for one in inner:
            yield from models_in(one, suffix)


def section(path: str, block: type[BaseModel]) -> str:
    """Return one block: its docstring and a table of its keys."""
    heading = f"## `{path}` {{ #{anchor(path)} }}" if path else "## The top level"
    rows = []
    annotations = annotations_of(block)
    described = any(field.description for field in block.model_fields.values())
    for name, field in block.model_fields.items():
        where = f"{path}.{name}".lstrip(".")
        cells = [f"`{field.alias or name}`", words(annotations[name], where), default_of(field)]
        rows.append([*cells, markdown(field.description or "")] if described else cells)
    header = ["Key", "What it takes", "Default", *(["What it means"] if described else [])]
    return "\n\n".join([heading, markdown(inspect.getdoc(block) or ""), table(header, rows)])


def words(annotation: Any, where: str = "", *, many: bool = False) -> str:
    """Return a type in plain words, in the plural for what a list or mapping holds.

    *where* is the key that has the type: its section is what a block is linked to.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return f"a block: [`{where}`](#{anchor(where)})"
    for kind, one, several in HUB_WORDS:
        if annotation is kind:
            return several if many else one
    if origin is Annotated:
        return limited(annotation, where, many=many)
    if origin in (Union, types.UnionType):
        said = [words(one, where, many=many) for one in inner if one is not type(None)]
        return " or ".join(said) if len(said) < 3 else f"{', '.join(said[:-1])} or {said[-1]}"
    if origin is Literal:
        return f"{'' if many or len(inner) == 1 else 'one of '}{listed(inner)}"
    if origin in (tuple, list):
        if list(models_in(inner[0])):
            return f"list of blocks: [`{where}[]`](#{anchor(where)}-items)"
        return f"{'lists' if many else 'list'} of {words(inner[0], where, many=True)}"
    if origin is dict:
        if list(models_in(inner[1])):
            return f"mapping of names to blocks: [`{where}.*`](#{anchor(where)}-values)"
        key = words(inner[0], where, many=True)
        return f"mapping of {'names' if key == 'texts' else key} to {words(inner[1], where, many=True)}"
    plain = PLAIN.get(annotation, f"`{getattr(annotation, '__name__', annotation)}`")
    return MANY.get(plain, plain) if many else plain


def limited(annotation: Any, where: str, *, many: bool) -> str:
    """Return an annotated type with its limits."""
    base, *metadata = get_args(annotation)
    limits: dict[str, Any] = {}
    for item in metadata:
        for one in item.metadata if isinstance(item, FieldInfo) else [item]:
            limits |= {name: value for name, value in vars_of(one).items() if value is not None}
    if isinstance(limits.get("pattern"), str):
        return meaning_of(limits["pattern"])
    said = words(base, where, many=many)
    bounds = length_of(limits, "character") if base is str else length_of(limits, "") if get_origin(base) else []
    if "ge" in limits and "le" in limits:
        bounds.append(f"from {shown(limits['ge'])} to {shown(limits['le'])}")
        del limits["ge"], limits["le"]
    named = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    bounds += [f"{word} {shown(limits[name])}" for name, word in named.items() if name in limits]
    return f"{said}, {', '.join(bounds)}" if bounds else said


def length_of(limits: dict[str, Any], unit: str) -> list[str]:
    """Return the limits of a length: of a text in characters, of a list or mapping in entries."""
    lengths = {"at least": limits.get("min_length"), "at most": limits.get("max_length")}
    if unit and lengths["at least"] == 1:  # a text that is given is not empty
        lengths["at least"] = None
    return [
        f"{word} {length}" + (f" {unit}{'' if length == 1 else 's'}" if unit else "")
        for word, length in lengths.items()
        if length
    ]


def vars_of(item: Any) -> dict[str, Any]:
    """Return the attributes of a piece of metadata, whether it has slots, a dict or fields."""
    if dataclasses.is_dataclass(item):
        return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    return dict(vars(item)) if hasattr(item, "__dict__") else {}


def meaning_of(pattern: str) -> str:
    """Return a pattern in words."""
    for name, said in PATTERNS.items():
        if getattr(values, name) == pattern:
            return said
    return f"text of the form `{pattern}`"


def shown(value: Any) -> str:
    """Return a limit as people write it."""
    if isinstance(value, int) and value >= 2**16 and value & (value - 1) == 0:
        return f"2<sup>{value.bit_length() - 1}</sup>"
    return f"{value:,}"


def default_of(field: FieldInfo) -> str:
    """Return a field's default as YAML has it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined:
        return "none"
    if isinstance(value, BaseModel):
        return "its defaults"
    if value in ("", (), [], {}):
        return "empty"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value, default=str)}`"


def training_notes() -> str:
    """Return what a recipe's training block takes from transformers, and which names are hubpress's own."""
    link = "https://huggingface.co/docs/transformers/main_classes/trainer#transformers.TrainingArguments"
    reasons: dict[str, list[str]] = {}
    for name, reason in OWNED.items():
        reasons.setdefault(reason, []).append(f"`{name}`")
    rows = [[", ".join(names), markdown(reason)] for reason, names in reasons.items()]
    said = (
        f"Beside these keys, the block takes the names of [`transformers.TrainingArguments`]({link}) with their types, "
        "such as `learning_rate`, `num_train_epochs` and `per_device_train_batch_size`. "
        "These names are not a recipe's to set:"
    )
    return f"{said}\n\n{table(['Name', 'Why'], rows)}"


def kinds_section() -> str:
    """Return what each kind of task has: columns, rules, metrics, baselines."""
    parts = [
        "## What belongs to which task { #tasks }",
        "`task` decides which other values a recipe may have. The first of a list is the default.",
    ]
    for name, kind in KINDS.items():
        rows = [
            ["`data.columns`", " or ".join(listed(columns, " with ") for columns in kind.columns)],
            ["`decision.rule`", listed(kind.rules)],
            ["`evaluation.metrics`", listed(kind.metrics)],
        ]
        if kind.positive_metrics:
            rows.append(["the same, with `decision.positive`", listed(kind.positive_metrics)])
        if kind.further_metrics:
            rows.append(["also as `evaluation.metrics`", listed(kind.further_metrics)])
        if kind.options:
            rows.append(["only here", listed(kind.options)])
        rows += [["`evaluation.baselines`", listed(kind.baselines)], ["on the Hub", f"`{kind.pipeline_tag}`"]]
        parts += [f"### `{name}` {{ #task-{name} }}", table(["", ""], rows)]
    rows = [[f"`{name}`", metric.title, f"`{metric.hub_id}`"] for name, metric in METRIC_NAMES.items()]
    parts += ["### Metrics { #metrics }", table(["Name in a recipe", "On the card", "On the Hub"], rows)]
    return "\n\n".join(parts)
