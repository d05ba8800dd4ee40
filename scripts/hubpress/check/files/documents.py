"""Every JSON file parses, and every text file is UTF-8."""

from __future__ import annotations

from collections.abc import Iterator

from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged


def documents(staged: Staged) -> Iterator[Problem]:
    """Every JSON file parses and holds no NaN; every text file is UTF-8."""
    for document in staged.documents.values():
        yield from document.problems
    for name, raw in staged.raw_texts.items():
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            yield Problem(f"{printable(name)}:{line}", "This line is not UTF-8. Save the file as UTF-8.")
            continue
        if text.startswith("\ufeff"):
            sentence = "The file begins with a byte order mark, which hides what follows. Save it as UTF-8 without one."
            yield Problem(printable(name), sentence)
