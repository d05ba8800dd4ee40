"""The examples of a page of the documentation: files, lines of a recipe, and what ``--preview`` says to them.

A page that holds the line ``<!-- examples -->`` has one below each heading that is followed by fenced blocks:

* files, each with its name: ``csv title="records.csv"`` and its content; or ``python``, which writes them where it runs
* ``yaml``: lines of the recipe's ``data:``, or of the recipe itself where ``data:`` stands among them
* ``text``: what ``hubpress data NAME --preview`` prints, or ``hubpress: `` and why it refuses, without folders

Lines that are not there are usual ones: the task that has such columns, the first file as the source, the column
``text`` as the template.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpers.faults import GOOD
from hubpress.data.preview import in_words
from hubpress.errors import HubpressError
from hubpress.recipe.kinds import FORMATS_WITH_NAMES, KINDS
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.release.api import preview_records

MARK = "<!-- examples -->"

_PART = re.compile(r"^(?P<level>#{2,}) (?P<heading>[^\n]+)$|^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.M | re.S)
_TITLE = re.compile(r'title="([^"]+)"')
_NAME = "example"


def _previewed(recipe: Recipe) -> str:
    return in_words(preview_records(recipe))


@dataclass(frozen=True)
class PageExample:
    """One example of a page: what it is called, the blocks that make its files, its lines and what is said to them."""

    page: Path
    heading: str
    files: tuple[tuple[str, str], ...]
    """Name and content of each file; a program that writes some has no name."""
    lines: str
    says: str

    def run(self, folder: Path, say: Callable[[Recipe], str] = _previewed) -> str:
        """Write the files and the recipe into *folder*; return what is said to them, or the refusal."""
        here = folder / _NAME
        here.mkdir()
        for name, content in self.files:
            if name:
                (here / name).parent.mkdir(parents=True, exist_ok=True)
                (here / name).write_text(content, encoding="utf-8")
            else:
                with contextlib.chdir(here):
                    exec(compile(content, f"{self.page.name}, {self.heading}", "exec"), {})
        written = sorted(path.name for path in here.iterdir())
        (here / "recipe.yaml").write_text(yaml.safe_dump(self._recipe(written), allow_unicode=True), encoding="utf-8")
        try:
            said = say(load_recipe(_NAME, models_dir=folder))
        except HubpressError as error:
            said = f"hubpress: {error}"
        return said.replace(f"{here}{os.sep}", "")

    def _recipe(self, written: list[str]) -> dict[str, Any]:
        lines = yaml.safe_load(self.lines)
        recipe = lines if "data" in lines else {"data": lines}
        data = recipe["data"]
        recipe.setdefault("task", _task_with(data.get("columns", {}), data.get("format")))
        if "dataset" not in data:
            data.setdefault("source", written[0])
        if recipe["task"] != "token":
            data.setdefault("input_template", "{{ text }}")
        if recipe["task"] == "multi-label":
            recipe.setdefault("decision", {"rule": "threshold", "threshold": 0.5})
        usual = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
        return {**usual, **recipe}


def _task_with(columns: dict[str, Any], kind: str | None) -> str:
    known = {key: task for task, words in KINDS.items() for keys in words.columns for key in keys}
    by_format = "token" if kind in FORMATS_WITH_NAMES else "single-label"
    return next((known[key] for key in columns if key in known), by_format)


def examples_of(page: Path, mark: str = MARK) -> list[PageExample]:
    """Return the examples of a page, none where it lacks the mark. Raises ValueError for one that lacks a part."""
    text = page.read_text(encoding="utf-8")
    if mark not in text:
        return []
    sections: list[tuple[str, list[tuple[str, str]]]] = []
    for part in _PART.finditer(text):
        if part["heading"]:
            sections.append((part["heading"], []))
        elif sections:
            sections[-1][1].append((part["info"].strip(), part["body"]))
    return [_example(page, heading, blocks) for heading, blocks in sections if blocks]


def _example(page: Path, heading: str, blocks: list[tuple[str, str]]) -> PageExample:
    files, lines, says = [], None, None
    for info, body in blocks:
        if title := _TITLE.search(info):
            files.append((title[1], body))
        elif info == "python":
            files.append(("", body))
        elif info == "yaml":
            lines = body
        elif info == "text":
            says = body.rstrip("\n")
    if not files or lines is None or says is None:
        raise ValueError(f"{page.name}, {heading}: needs a file, a yaml block and a text block.")
    return PageExample(page, heading, tuple(files), lines, says)
