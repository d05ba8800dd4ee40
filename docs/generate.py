"""Write the pages of the site that say what the code says; with ``--check``, name those that are stale and exit with 1.

``python docs/generate.py``            writes recipe.md, commands.md, python-api.md, and the map in CONTRIBUTING.md
``python docs/generate.py --check``    compares them, and writes nothing
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from generators.api_page import api_page
from generators.commands_page import commands_page
from generators.package_map import with_map
from generators.recipe_page import recipe_page

import hubpress
from hubpress.cli.main import app
from hubpress.recipe.recipe import RecipeFile

ROOT = Path(__file__).resolve().parents[1]


def recipe_source() -> str:
    """Return the recipe reference."""
    return recipe_page(RecipeFile)


def commands_source() -> str:
    """Return the page of commands."""
    return commands_page(app)


def api_source() -> str:
    """Return the page of the Python API."""
    return api_page({name: getattr(hubpress, name) for name in hubpress.__all__})


def contributing_source() -> str:
    """Return CONTRIBUTING.md with the package map as the packages' docstrings have it."""
    return with_map((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


PAGES: dict[str, Callable[[], str]] = {
    "docs/recipe.md": recipe_source,
    "docs/commands.md": commands_source,
    "docs/python-api.md": api_source,
    "CONTRIBUTING.md": contributing_source,
}


def stale(folder: Path, pages: dict[str, str]) -> list[str]:
    """Return a sentence for each page that is not as its source is now."""
    wrong = []
    for name, text in pages.items():
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.is_file() else None
        if there == text:
            continue
        what = "is missing" if there is None else "is stale"
        wrong.append(f"{path}: {what}.")
    return wrong


def write(folder: Path, pages: dict[str, str]) -> None:
    """Write every page."""
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """Write or check the pages; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="name the pages that are stale, and write nothing")
    parser.add_argument(
        "--root", type=Path, default=ROOT, metavar="DIR", help="where they are written (default: this checkout)"
    )
    arguments = parser.parse_args(argv)
    pages = {name: source() for name, source in PAGES.items()}
    wrong = stale(arguments.root, pages)
    if not arguments.check:
        write(arguments.root, pages)
    for sentence in wrong:
        print(sentence if arguments.check else f"{sentence.split(':')[0]}: written.")
    if arguments.check and wrong:
        print("Run: python docs/generate.py")
    return 1 if arguments.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
