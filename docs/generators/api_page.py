"""The Python API, from what `import hubpress` offers."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import operator
import re
import textwrap
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from generators.markdown import MARK, doc, docs, finish, first_sentence, markdown, table
from pydantic import BaseModel

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


def _bare(annotation: Any) -> Any:
    """Return a type without the notes that ``Annotated`` hangs on its parts: functions, whose names hold addresses."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) is Literal or not (parts := get_args(annotation)):
        return annotation
    origin = get_origin(annotation)
    bare = tuple(_bare(part) for part in parts)
    return reduce(operator.or_, bare) if origin in (Union, UnionType) else origin[bare]


def annotated(annotation: Any) -> str:
    """Return an annotation as it is written, without what checks its values."""
    said = annotation if isinstance(annotation, str) else inspect.formatannotation(_bare(annotation))
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", str(said)).replace("NoneType", "None")  # without their modules


def said_of_fields(item: type) -> dict[str, str]:
    """Return what stands below the fields of a dataclass, and of those that it comes from."""
    found = {}
    for one in filter(dataclasses.is_dataclass, reversed(item.__mro__)):
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, below in pairwise(body.body):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                match below:
                    case ast.Expr(ast.Constant(str() as text)):
                        found[field.target.id] = inspect.cleandoc(text).replace("\n", " ")
    return found


def one_type(item: type) -> str:
    """Return a class: its docstring, what it holds, and its own methods and properties."""
    parts = [f"### `{item.__name__}` {{ #{item.__name__.lower()} }}", docs(item)]
    rows = []
    if dataclasses.is_dataclass(item):
        said = said_of_fields(item)
        rows = [
            [f"`{one.name}`", f"`{annotated(one.type)}`", markdown(said.get(one.name, ""))]
            for one in dataclasses.fields(item)
        ]
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
        elif isinstance(member, classmethod):
            rows.append(
                [
                    f"`{item.__name__}.{name}(…)`",
                    f"`{annotated(inspect.signature(getattr(item, name)).return_annotation)}`",
                    first_sentence(doc(member)),
                ]
            )
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
