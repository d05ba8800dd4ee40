"""Write the pages of the site that say what the code says; with ``--check``, name those that are stale and exit with 1.

``python docs/generate.py``            writes recipe.md, commands.md and python-api.md
``python docs/generate.py --check``    compares them, and writes nothing

A page whose source is not there yet (no typer app, no functions in ``import hubpress``) is left out.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import json
import re
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

DOCS = Path(__file__).resolve().parent
MARK = "<!-- Written by docs/generate.py. Change what it reads, then run `python docs/generate.py`. -->\n"

# What `import hubpress` offers, in the order of a release.
FUNCTIONS = (
    *("load_recipe", "release_model", "evaluate_model", "render_card"),
    *("build_space", "check_folder", "push_model", "verify_repository"),
)


# --- where the sources are ------------------------------------------------------------------------------------------


def find(name: str, *modules: str) -> Any:
    """Return *name* from the first of *modules* that has it; None where none does."""
    for module in modules:
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError as error:
            # That module may not be there; one that it imports must be.
            if not (error.name and (module == error.name or module.startswith(f"{error.name}."))):
                raise
            continue
        if found is not None:
            return found
    return None


def recipe_source() -> str | None:
    """Return the recipe reference."""
    schema = find("RecipeFile", "hubpress.recipe.recipe", "hubpress.recipe")
    return recipe_page(schema) if schema else None


def commands_source() -> str | None:
    """Return the page of commands; None while the command line is no typer app."""
    app = find("app", "hubpress.cli.main")
    return commands_page(app) if app else None


def api_source() -> str | None:
    """Return the page of the Python API; None while ``import hubpress`` has no functions."""
    hubpress = importlib.import_module("hubpress")
    offered = [*FUNCTIONS, *(name for name in getattr(hubpress, "__all__", ()) if name not in FUNCTIONS)]
    there = {name: getattr(hubpress, name, None) for name in offered}
    return api_page({name: item for name, item in there.items() if inspect.isroutine(item) or inspect.isclass(item)})


PAGES: dict[str, Callable[[], str | None]] = {
    "recipe.md": recipe_source,
    "commands.md": commands_source,
    "python-api.md": api_source,
}


# --- the recipe -----------------------------------------------------------------------------------------------------

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
    "HUB_ID": "a name on the Hub, such as `owner/name`",
    "REPO_NAME": "text: a repository's name on the Hub",
    "MODULE": "text: the name of a Python module",
    "SHA256": "text: a sha256, 64 hexadecimal digits",
}
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
    path = DOCS.parent / "models" / "templates" / "single-label" / "recipe.yaml"
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
        if find(name, "hubpress.recipe.values", "hubpress.recipe_values") == pattern:
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
    owned = find("OWNED", "hubpress.recipe.training_arguments", "hubpress.training_arguments") or {}
    link = "https://huggingface.co/docs/transformers/main_classes/trainer#transformers.TrainingArguments"
    reasons: dict[str, list[str]] = {}
    for name, reason in owned.items():
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
    kinds = find("KINDS", "hubpress.recipe.kinds", "hubpress.tasks.kinds")
    names = find("METRIC_NAMES", "hubpress.recipe.kinds", "hubpress.metrics.names", "hubpress.tasks.kinds")
    if not kinds:
        return ""
    parts = [
        "## What belongs to which task { #tasks }",
        "`task` decides which other values a recipe may have. The first of a list is the default.",
    ]
    for name, kind in kinds.items():
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
    if names:
        rows = [[f"`{name}`", metric.title, f"`{metric.hub_id}`"] for name, metric in names.items()]
        parts += ["### Metrics { #metrics }", table(["Name in a recipe", "On the card", "On the Hub"], rows)]
    return "\n\n".join(parts)


def anchor(path: str) -> str:
    """Return the anchor of a block's section."""
    return re.sub(r"[^a-z0-9]+", "-", path.replace("[]", "-items").replace(".*", "-values").lower()).strip("-")


# --- the commands ---------------------------------------------------------------------------------------------------

COMMANDS_INTRO = """\
# Commands

Every command with its arguments and options, generated from the commands themselves. `hubpress COMMAND --help` prints
the same.

Exit codes: 0 done, 1 a problem that is yours to solve, 2 wrong usage or a wrong recipe, 130 stopped by Ctrl-C.
"""


def commands_page(app: Any, *, name: str = "hubpress") -> str:
    """Return the reference of a typer app."""
    import typer

    root = typer.main.get_command(app)
    found = list(commands(root, name))
    shown = [[f"[`{title}`](#{anchor(title)})", first_sentence(text_of(command))] for title, command in found[1:]]
    parts = [MARK, COMMANDS_INTRO, *([table(["Command", "What it does"], shown)] if shown else [])]
    parts += [one_command(title, command) for title, command in found]
    return finish(parts)


def commands(command: Any, title: str) -> Iterator[tuple[str, Any]]:
    """Yield a command and all below it, with the words that call each."""
    yield title, command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from commands(inner, f"{title} {name}")


# What every command has, and nobody looks up.
EVERYWHERE = {"--help", "--install-completion", "--show-completion"}


def one_command(title: str, command: Any) -> str:
    """Return one command: how it is called, what it does, its arguments and its options."""
    context = command.make_context(title, [], resilient_parsing=True)
    usage = " ".join([title, *command.collect_usage_pieces(context)])
    parts = [f"## `{title}` {{ #{anchor(title)} }}", markdown(text_of(command)), f"```text\n{usage}\n```"]
    rows: dict[str, list[list[str]]] = {"argument": [], "option": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or getattr(parameter, "hidden", False) or EVERYWHERE.intersection(parameter.opts):
            continue
        rows[parameter.param_type_name].append([f"`{record[0]}`", *explained(record[1])])
    for kind, heading in (("argument", "Argument"), ("option", "Option")):
        if rows[kind]:
            parts.append(table([heading, "What it means", "Default"], rows[kind]))
    return "\n\n".join(parts)


def explained(text: str) -> tuple[str, str]:
    """Return an option's help, and what stands behind it in brackets: default, limits, or that it is required."""
    found = re.fullmatch(r"(.*?)\s*(?:\[((?:default|required|env var|x[<>]|[^\]]*<=?x).*)\])?", text, flags=re.DOTALL)
    said, extra = found.groups() if found else (text, None)
    default = [part.removeprefix("default: ") for part in (extra or "").split("; ") if part]
    return markdown(said), ", ".join(part if part == "required" else f"`{part}`" for part in default)


def text_of(command: Any) -> str:
    """Return a command's help."""
    return inspect.cleandoc(command.help or "").split("\f")[0].strip()


# --- the Python API -------------------------------------------------------------------------------------------------

API_INTRO = """\
# Python API

What `import hubpress` offers: what the commands do, as functions that return what they made. The commands call these
same functions. Every error is a `HubpressError`, whose text says what is wrong, where, and what to do.
"""


def api_page(offered: dict[str, Any]) -> str | None:
    """Return the reference of functions and of the types that they return; None where there is no function."""
    functions = {name: item for name, item in offered.items() if not inspect.isclass(item)}
    if not functions:
        return None
    results = list(dict.fromkeys(found for item in functions.values() for found in results_of(item)))
    results += [item for item in offered.values() if inspect.isclass(item) and item not in results]
    rows = [[f"[`{name}`](#{name})", first_sentence(doc(item))] for name, item in functions.items()]
    parts = [MARK, API_INTRO, table(["Function", "What it does"], rows)]
    parts += [
        f"## `{name}` {{ #{name} }}\n\n{signature(name, item)}\n\n{docs(item)}" for name, item in functions.items()
    ]
    if results:
        parts += ["## What comes back { #results }", *(one_type(item) for item in results)]
    return finish(parts)


def results_of(function: Any) -> Iterator[type]:
    """Yield hubpress's own classes in what a function returns, and in the fields of those."""
    try:
        returned = inspect.signature(function, eval_str=True).return_annotation
    except NameError:  # a name that only a type checker imports
        return
    waiting, seen = [returned], set()
    while waiting:
        annotation = waiting.pop(0)
        waiting += get_args(annotation)
        if not inspect.isclass(annotation) or annotation in seen or annotation.__module__ in ("builtins", "pathlib"):
            continue
        seen.add(annotation)
        if annotation.__module__.split(".")[0] == function.__module__.split(".")[0]:
            yield annotation


def signature(name: str, function: Any) -> str:
    """Return a function's signature as code, a parameter a line where it is long."""
    found = inspect.signature(function)
    returned = "" if found.return_annotation is inspect.Signature.empty else f" -> {annotated(found.return_annotation)}"
    parameters = [said_parameter(one) for one in found.parameters.values()]
    keyword = next((n for n, one in enumerate(found.parameters.values()) if one.kind is one.KEYWORD_ONLY), None)
    starred = any(one.kind is one.VAR_POSITIONAL for one in found.parameters.values())
    if keyword is not None and not starred:
        parameters.insert(keyword, "*")
    line = f"{name}({', '.join(parameters)}){returned}"
    if len(line) > 80:
        line = "\n".join([f"{name}(", *(f"    {one}," for one in parameters), f"){returned}"])
    return f"```python\n{line}\n```"


def said_parameter(parameter: inspect.Parameter) -> str:
    """Return one parameter with its type and default."""
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
    said = stars + parameter.name
    if parameter.annotation is not parameter.empty:
        said += f": {annotated(parameter.annotation)}"
    if parameter.default is not parameter.empty:
        default = repr(parameter.default).replace("PosixPath(", "Path(")
        said += f" = {default}" if ":" in said else f"={default}"
    return said


def annotated(annotation: Any) -> str:
    """Return an annotation as it is written."""
    said = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", str(said)).replace("NoneType", "None")  # without their modules


def one_type(item: type) -> str:
    """Return a class: its docstring, what it holds, and its own methods and properties."""
    parts = [f"### `{item.__name__}` {{ #{item.__name__.lower()} }}", docs(item)]
    rows = []
    if dataclasses.is_dataclass(item):
        rows = [[f"`{one.name}`", f"`{annotated(one.type)}`", ""] for one in dataclasses.fields(item)]
    elif issubclass(item, BaseModel):
        fields = item.model_fields.items()
        rows = [
            [f"`{name}`", f"`{annotated(one.annotation)}`", markdown(one.description or "")] for name, one in fields
        ]
    for name, member in vars(item).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            returned = inspect.signature(member.fget).return_annotation if member.fget else ""
            rows.append([f"`{name}`", f"`{annotated(returned)}`", first_sentence(doc(member))])
        elif inspect.isfunction(member):
            rows.append(
                [
                    f"`{name}()`",
                    f"`{annotated(inspect.signature(member).return_annotation)}`",
                    first_sentence(doc(member)),
                ]
            )
    if rows:
        parts.append(table(["Name", "Type", "What it is"], rows))
    return "\n\n".join(parts)


# --- Markdown -------------------------------------------------------------------------------------------------------


def doc(item: Any) -> str:
    """Return an object's own docstring; not the one that dataclass writes."""
    text = inspect.getdoc(item) or ""
    return "" if inspect.isclass(item) and text.startswith(f"{item.__name__}(") else text


def docs(item: Any) -> str:
    """Return an object's docstring as Markdown."""
    return markdown(doc(item))


def markdown(text: str) -> str:
    """Return a docstring as Markdown: its marks for code are reStructuredText's."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"``\1``", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text).strip()


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return markdown(re.split(r"(?<=[.])\s+(?=[A-Z*`])", paragraph)[0])


def listed(values: Sequence[str], between: str = ", ") -> str:
    """Return words as code, one after the other."""
    return between.join(f"`{value}`" for value in values)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table. A bar inside code divides nothing; any other is escaped."""
    lines = [list(header), ["---"] * len(header), *rows]
    cells = [
        [re.sub(r"(`[^`]*`)|\|", lambda bar: bar[1] or "\\|", " ".join(cell.split())) for cell in row] for row in lines
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def finish(parts: Sequence[str]) -> str:
    """Return a page of its parts."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


# --- the command ----------------------------------------------------------------------------------------------------


def stale(folder: Path, pages: dict[str, str | None]) -> list[str]:
    """Return a sentence for each page that is not as its source is now."""
    wrong = []
    for name, text in pages.items():
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.is_file() else None
        if there == text:
            continue
        what = "is missing" if there is None else "has no source any more" if text is None else "is stale"
        wrong.append(f"{path}: {what}.")
    return wrong


def write(folder: Path, pages: dict[str, str | None]) -> None:
    """Write every page that has a source, and take away those that have none."""
    for name, text in pages.items():
        if text is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_text(text, encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """Write or check the pages; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="name the pages that are stale, and write nothing")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="where the pages are (default: docs)")
    arguments = parser.parse_args(argv)
    pages = {name: source() for name, source in PAGES.items()}
    wrong = stale(arguments.docs, pages)
    if not arguments.check:
        write(arguments.docs, pages)
    for sentence in wrong:
        print(sentence if arguments.check else f"{sentence.split(':')[0]}: written.")
    if arguments.check and wrong:
        print("Run: python docs/generate.py")
    return 1 if arguments.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
