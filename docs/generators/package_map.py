"""The map of the package in CONTRIBUTING.md, from the first line of each docstring."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import hubpress

BEGIN, END = "<!-- map -->", "<!-- end of map -->"
PACKAGE = Path(hubpress.__file__).parent


def with_map(text: str) -> str:
    """Return a text with the map between its two marks. Raises ValueError where a mark is missing."""
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n```text\n{package_map()}\n```\n\n{END}{after}"


def package_map() -> str:
    """Return the folder tree with a line for each package and module: the floors of pyproject.toml from the top down,
    then the single files on the ground."""
    packages = [PACKAGE / name for name in floors() if (PACKAGE / name).is_dir()]
    strange = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {path.name for path in packages}
    if strange:
        raise ValueError(f"no floor of pyproject.toml has {', '.join(sorted(strange))}")
    lines = [line for package in packages for line in lines_of(package, 1)]
    return "\n".join(["scripts/hubpress/", *lines, *modules_of(PACKAGE, 1)])


def floors() -> list[str]:
    """Return the packages as the import contract orders them, the command line first."""
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [name.strip("()").removeprefix("hubpress.") for layer in layers for name in re.split(r"\s*\|\s*", layer)]


def lines_of(package: Path, depth: int) -> list[str]:
    """Return the lines of a package: itself, its modules, its packages with theirs."""
    lines = [line_of(f"{package.name}/", package / "__init__.py", depth), *modules_of(package, depth + 1)]
    for inner in sorted(path.parent for path in package.glob("*/__init__.py")):
        lines += lines_of(inner, depth + 1)
    return lines


def modules_of(folder: Path, depth: int) -> list[str]:
    """Return a line for each module of a folder."""
    return [line_of(path.name, path, depth) for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]


def line_of(name: str, path: Path, depth: int) -> str:
    """Return a name with the first line of its docstring."""
    return f"{'  ' * depth}{name}".ljust(30) + first_line(path)


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring. Raises ValueError where it has none."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not said:
        raise ValueError(f"{path} has no docstring")
    return said.splitlines()[0]
