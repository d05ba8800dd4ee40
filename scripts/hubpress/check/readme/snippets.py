"""The Python that the card asks its readers to run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from hubpress.check.problem import Problem
from hubpress.check.python_source import python_fault
from hubpress.check.staged import Staged

_PYTHON = {"python", "py", "python3"}


def snippets(staged: Staged) -> Iterator[Problem]:
    """Every block of code is closed, and every block of Python parses."""
    for token in staged.card.tokens if staged.card else ():
        if staged.card is None or token.type != "fence" or token.map is None:
            continue
        if not _is_closed(token):
            text = f"This block of code is not closed. End it with {token.markup} on a line of its own."
            yield Problem(staged.card.at(token.map[0]), text)
        elif is_python(token) and (fault := python_fault(as_a_script(token.content))):
            line, why = fault
            text = f"This Python does not parse ({why}). Correct it: readers copy it as it stands."
            yield Problem(staged.card.at(token.map[0] + line), text)


def is_python(token: Token) -> bool:
    """Tell whether a block of code is marked as Python."""
    words = re.split(r"[\s{,]", token.info.strip().lower())
    return words[0] in _PYTHON


def as_a_script(code: str) -> str:
    """Return code as a script would have it, line for line: without prompts, their outputs, and notebooks' commands."""
    lines = code.split("\n")
    if code.lstrip().startswith(">>>"):
        prompts = (re.match(r"\s*(?:>>>|\.\.\.)(?: |$)(.*)", line) for line in lines)
        return "\n".join(found[1] if found else "" for found in prompts)
    return "\n".join(re.sub(r"^(\s*)(?:!|%%?)\w.*", r"\1pass", line) for line in lines)


def _is_closed(token: Token) -> bool:
    # markdown-it closes an open fence at the end of its container, and then no line is left for the closing marks
    lines = token.map[1] - token.map[0] if token.map else 0
    return lines - token.content.count("\n") == 2
