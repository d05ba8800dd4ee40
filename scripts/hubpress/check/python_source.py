"""Python that ships in a folder: whether it parses, and what in it stops a stranger from running it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator

from hubpress.check.problem import Problem, printable


def source_problems(
    name: str, text: str, import_faults: Callable[[ast.Import | ast.ImportFrom], Iterable[str]]
) -> Iterator[Problem]:
    """Yield that a Python file does not parse, or each sentence that *import_faults* has for one of its imports."""
    if fault := python_fault(text):
        line, why = fault
        yield Problem(f"{printable(name)}:{line}", f"This Python does not parse ({why}). Correct it.")
        return
    for node in ast.walk(parsed(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for sentence in import_faults(node):
                yield Problem(f"{printable(name)}:{node.lineno}", sentence)


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of Python. Raises SyntaxError, ValueError, RecursionError or MemoryError for any other."""
    with warnings.catch_warnings():  # "\d" in somebody's file is not for our user's terminal
        warnings.simplefilter("ignore")
        return ast.parse(source)


def python_fault(source: str) -> tuple[int, str] | None:
    """Return the line and the reason why *source* is not Python, or ``None`` when it is."""
    try:
        parsed(source)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes; brackets nested without end
        return 1, str(error) or type(error).__name__
    return None
