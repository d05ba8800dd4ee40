"""How the code of a repository comes to its threshold: what makes a figure better than it is, or wrong elsewhere."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from hubpress.audit.audited import Audited, Found
from hubpress.check.problem import printable
from hubpress.check.python_source import python_fault
from hubpress.check.readme.snippets import as_a_script
from hubpress.hub.loose_values import as_list, as_mapping

_SCORE = re.compile(r"f1|precision|recall|accuracy|score", re.IGNORECASE)
_ONE_SIGMOID = re.compile(
    r"\(?1(?:\.0?)? / \(1(?:\.0?)? \+ np\.exp\(-[\w.]+\)\)\)?\[:, [01]\]|(?:expit|sigmoid)\([\w.]+\)\[:, [01]\]"
)


def thresholds(audited: Audited) -> Iterator[Found]:
    """No threshold is chosen on the records that it is reported on, nor by a score that `pipeline()` does not give."""
    for name, cell, source in _code(audited):
        for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
            if loop := _search(function):
                where = printable(name) if cell else f"{printable(name)}:{loop.lineno}"
                place = f"{function.name}{f' (cell {cell})' if cell else ''}"
                text = (
                    f"{place} chooses the threshold on the very records whose figures it returns: they are better than"
                )
                yield Found("warning", where, f"{text} those of new records. Choose it on validation, report on test.")
                if isinstance(loop.iter, (ast.Name, ast.Call)) and not _is_grid(loop.iter):
                    text = (
                        f"{place} measures once for each score there is: its time grows by the square of the records."
                    )
                    yield Found("note", where, text)
            if _ONE_SIGMOID.search(ast.unparse(function)):
                where = printable(name) if cell else f"{printable(name)}:{function.lineno}"
                text = f"{function.name}{f' (cell {cell})' if cell else ''} takes the sigmoid of one of two logits, but"
                text = f"{text} `pipeline()` gives their softmax: a threshold on one does not carry over to the other."
                yield Found("warning", where, text)


def _search(function: ast.FunctionDef) -> ast.For | None:
    """Return the loop in which a function of metrics tries thresholds, if it has one."""
    for loop in (node for node in ast.walk(function) if isinstance(node, ast.For)):
        if not isinstance(loop.target, ast.Name):
            continue
        compared = any(
            isinstance(node, ast.Compare)
            and isinstance(node.ops[0], (ast.GtE, ast.Gt))
            and any(isinstance(side, ast.Name) and side.id == loop.target.id for side in node.comparators)
            for node in ast.walk(loop)
        )
        scored = any(
            isinstance(node, ast.Call) and _SCORE.search(ast.unparse(node.func)) and len(node.args) > 1
            for node in ast.walk(loop)
        )
        after = [
            node for node in ast.walk(function) if isinstance(node, ast.Call) and node.lineno > (loop.end_lineno or 0)
        ]
        reported = any(_SCORE.search(ast.unparse(node.func)) for node in after)
        if compared and scored and reported:
            return loop
    return None


def _is_grid(iterated: ast.expr) -> bool:
    return re.match(r"(?:np|numpy|torch)\.(?:linspace|arange)|range", ast.unparse(iterated)) is not None


def _code(audited: Audited) -> Iterator[tuple[str, int, str]]:
    """Yield the code of each file of Python, and of each cell of a notebook with its number, as far as it parses."""
    for name, text in audited.staged.texts.items():
        if name.endswith(".py") and python_fault(text) is None:
            yield name, 0, text
        elif name.endswith(".ipynb"):
            for number, source in enumerate(_cells(text), 1):
                if python_fault(source) is None:
                    yield name, number, source


def _cells(text: str) -> Iterator[str]:
    try:
        cells = as_list(as_mapping(json.loads(text)).get("cells"))
    except (ValueError, RecursionError):
        return
    for cell in cells:
        source = as_mapping(cell).get("source")
        lines = source if isinstance(source, list) else [source]
        code = "".join(line for line in lines if isinstance(line, str))
        yield as_a_script(code) if as_mapping(cell).get("cell_type") == "code" else ""
