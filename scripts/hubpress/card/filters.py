"""How values stand on a card: the filters of the templates."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from pydantic import JsonValue

from hubpress.card.comparing import best_of, between, note_on
from hubpress.card.snippets import literal
from hubpress.metrics.names import METRIC_NAMES
from hubpress.recipe.kinds import STATIC
from hubpress.recipe.values import is_url
from hubpress.schemas.training import EnergyFacts
from hubpress.text import listed, megabytes, shorten

# What Markdown would take for markup. An underscore inside a word is none.
_MARKUP = re.compile(r"[\\`*\[\]$~#]|(?<![^\W_])_|_(?![^\W_])")


def fixed(value: float | None, digits: int = 3) -> str:
    """Return a figure with so many digits; a dash for none."""
    return "\u2013" if value is None else f"{value:.{digits}f}"


def percent(value: float) -> str:
    """Return a share in percent."""
    return f"{100 * value:g}%"


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


def plain(value: object) -> str:
    """Return a setting as people write it: 5e-05, 4, linear."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value) or "none"
    return "none" if value is None else str(value)


def shell(value: JsonValue) -> str:
    """Return JSON as one word of a shell. Two braces are written otherwise: they are the mark of a template."""
    text = json.dumps(value, ensure_ascii=False).replace("{{", "{\\u007b").replace("{%", "\\u007b%")
    return shlex.quote(text)


def js(text: str) -> str:
    """Return a JavaScript string literal: JSON's strings are JavaScript's too."""
    return json.dumps(text, ensure_ascii=False)


def metric(name: str) -> str:
    """Return what people call a metric."""
    return METRIC_NAMES[name].title


def many(count: int) -> str:
    """Return a number of things as people write it: 1,000,000."""
    return f"{count:,}"


def short_baseline(name: str) -> str:
    """Return what a baseline is called above a column; REPORT.md says it whole."""
    return {"most_frequent": "Most frequent", "mean": "Mean", STATIC: "Static"}.get(name, "TF-IDF")


def duration(seconds: float) -> str:
    """Return a time as people say it: 42 seconds, 7.5 minutes, 3.2 hours."""
    units = ((3600, "hours"), (60, "minutes"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= 2 * size), (1, "seconds"))
    return f"{seconds / size:.{0 if unit == 'seconds' else 1}f} {unit}"


def mail_url(address: str) -> str:
    """Return what a link to an e-mail address, or to a page, leads to."""
    return address if is_url(address) else f"mailto:{quote(address, safe='@.+-_')}"


def hardware(energy: EnergyFacts) -> str:
    """Return what a training ran on, in some words."""
    return ", ".join(part for part in (energy.gpu_model, energy.cpu_model) if part)


def signed(value: float) -> str:
    """Return a difference of figures with its sign."""
    return f"{value + 0:+.3f}"


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
    "js": js,
    "shell": shell,
    "many": many,
    "signed": signed,
    "short_baseline": short_baseline,
    "best_of": best_of,
    "between": between,
    "note_on": note_on,
    "mail_url": mail_url,
    "hardware": hardware,
    "duration": duration,
}
