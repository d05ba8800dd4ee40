"""Docstrings and tables as the Markdown of a generated page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

MARK = "<!-- Written by docs/generate.py. Change what it reads, then run `python docs/generate.py`. -->\n"


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


def anchor(path: str) -> str:
    """Return the anchor of a block's section."""
    return re.sub(r"[^a-z0-9]+", "-", path.replace("[]", "-items").replace(".*", "-values").lower()).strip("-")
