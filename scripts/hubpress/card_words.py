"""How values stand on a card: the filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hubpress.card_snippets import literal
from hubpress.tasks.kinds import METRIC_NAMES

# What Markdown would take for markup. An underscore inside a word is none.
_MARKUP = re.compile(r"[\\`*\[\]$~#]|(?<![^\W_])_|_(?![^\W_])")


def fixed(value: float | None, digits: int = 3) -> str:
    """Return a figure with so many digits; a dash for none."""
    return "\u2013" if value is None else f"{value:.{digits}f}"


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{100 * value:g}%"


def megabytes(size: int) -> str:
    """Return a size in bytes as people say it, in megabytes of a million."""
    return f"{size / 1e6:,.1f} MB"


def points(share: float) -> str:
    """Return a difference of two figures in points, a hundredth each."""
    return f"{100 * share + 0:.1f} points"


def cell(value: object) -> str:
    """Return text that neither breaks a Markdown table nor is taken for markup or HTML: it shows as it stands."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        _MARKUP.sub(lambda found: f"\\{found[0]}", text)
        .replace("|", "\\|")
        .replace("{{", "{&#123;")
        .replace("{%", "{&#37;")
    )


def shorten(text: str, length: int = 300) -> str:
    """Return a text in one line, cut at *length* with an ellipsis: at the end of a word, where there is one near."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = line.rfind(" ", length * 2 // 3, length - 1)  # not every language puts spaces between words
    return f"{line[:end]} …" if end > 0 else f"{line[: length - 1]}…"


def plain(value: object) -> str:
    """Return a setting as people write it: 5e-05, 4, linear."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value) or "none"
    return "none" if value is None else str(value)


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Return names as a sentence has them: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def metric(name: str) -> str:
    """Return what people call a metric."""
    return METRIC_NAMES[name].title


FILTERS: dict[str, Callable[..., Any]] = {
    "fixed": fixed,
    "percent": percent,
    "megabytes": megabytes,
    "points": points,
    "cell": cell,
    "shorten": shorten,
    "metric": metric,
    "plain": plain,
    "listed": listed,
    "literal": literal,
}
