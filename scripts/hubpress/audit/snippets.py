"""The code on a card, and what readers of it meet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from markdown_it.token import Token

from hubpress.audit.audited import Audited, Found
from hubpress.check.python_source import python_fault
from hubpress.check.readme.snippets import as_a_script, is_python
from hubpress.layout import CARD
from hubpress.text import quoted

_PYTHON_LINE = re.compile(
    r"^(?:>>> )?(?:from [\w.]+ import [\w(*]|import [\w.]+(?: as \w+)?(?:, [\w.]+)*\s*$)", re.MULTILINE
)
_SHELL_LINE = re.compile(r"^\s*(?:\$ |pip |python -m |conda |git |curl |wget )", re.MULTILINE)
_CODE_IN_PROSE = re.compile(r"from [\w.]+ import [\w, ()*]+|import [\w.]+ as \w+|def \w+\(.*\).*:|class \w+\(.*\):")
_PIPELINE_IN_PROSE = re.compile(r"class (\w+)\((?:\w+\.)*\w*Pipeline\):")
_FIRST_ROW = re.compile(r"\bin enumerate\((\w+\[0\])\)")
_PIPELINE = re.compile(r"(?:\w+\.)*\w*Pipeline")


def unmarked(audited: Audited) -> Iterator[Found]:
    """A block of code that says of no language, but is Python by its imports, parses too."""
    for token, source in _blocks(audited):
        if token.info.strip() or not _PYTHON_LINE.search(source) or _SHELL_LINE.search(source):
            continue
        if fault := python_fault(source):
            line, why = fault
            text = f"This Python does not parse ({why}). Correct it: readers copy it as it stands."
            yield Found("error", _at(audited, token, line), text)


def code_in_prose(audited: Audited) -> Iterator[Found]:
    """No code stands outside of a block of code, where Markdown takes its indents and its signs."""
    card = audited.staged.card
    if card is None:
        return
    in_html = {number for number, line in enumerate(card.body.split("\n"), card.body_line) if line.startswith("<")}
    for number, line in card.plain_lines:
        if number < card.body_line or number in in_html:
            continue
        if _CODE_IN_PROSE.fullmatch(line):
            text = f"{quoted(line)} is code outside of a block of code, and its indents are lost. Put it into one."
            yield Found("warning", f"{CARD}:{number}", text)
            return


def pipelines_in_prose(audited: Audited) -> Iterator[Found]:
    """No pipeline that the model needs stands on the card as text outside of a block of code."""
    card = audited.staged.card
    inside = False
    for number, line in card.plain_lines if card else ():
        if card is None or number < card.body_line:
            continue
        if named := _PIPELINE_IN_PROSE.match(line):
            inside = True
            yield Found("warning", f"{CARD}:{number}", _exists_as_text(named[1]))
        if inside and (row := _FIRST_ROW.search(line)):
            yield Found("note", f"{CARD}:{number}", f"The code {_reads_first_row(row[1])}")


def _exists_as_text(name: str) -> str:
    return f"The class {name} exists only as text on the card. Ship it as a custom pipeline, the same for everybody."


def _reads_first_row(rows: str) -> str:
    return f"reads `{rows}` alone: of outputs with several rows, the others are lost."


def own_pipelines(audited: Audited) -> Iterator[Found]:
    """A pipeline that the model needs ships with it, instead of as text for readers to copy."""
    shipped = {
        node.name
        for name, text in audited.staged.texts.items()
        if name.endswith(".py") and python_fault(text) is None
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
    }
    for token, source in _blocks(audited):
        if python_fault(source):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and _is_pipeline(node):
                where = _at(audited, token, node.lineno)
                if node.name not in shipped:
                    yield Found("warning", where, _exists_as_text(node.name))
                for line, what in _slips(node):
                    yield Found("note", _at(audited, token, line), f"{node.name}.postprocess {what}")


def _slips(pipeline: ast.ClassDef) -> Iterator[tuple[int, str]]:
    """Yield what a pipeline's own `postprocess` does that a batch, or many labels, bring to light."""
    method = next((n for n in pipeline.body if isinstance(n, ast.FunctionDef) and n.name == "postprocess"), None)
    for node in ast.walk(method) if method else ():
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, ast.Call):
            over = node.iter.args[0] if ast.unparse(node.iter.func) == "enumerate" and node.iter.args else None
            if over is None:
                continue
            if isinstance(over, ast.Subscript) and isinstance(over.slice, ast.Constant) and over.slice.value == 0:
                yield over.lineno, _reads_first_row(ast.unparse(over))
            if "id2label" in ast.unparse(node if isinstance(node, ast.For) else method or node):
                yield over.lineno, "goes through the labels one by one in Python, which is slow where there are many."


def _is_pipeline(node: ast.ClassDef) -> bool:
    return any(_PIPELINE.fullmatch(ast.unparse(base)) for base in node.bases)


def _blocks(audited: Audited) -> Iterator[tuple[Token, str]]:
    """Yield each block that is marked as Python, or not marked, as a script would have it."""
    for token in audited.staged.card.tokens if audited.staged.card else ():
        if token.type == "fence" and token.map and (is_python(token) or not token.info.strip()):
            yield token, as_a_script(token.content)


def _at(audited: Audited, token: Token, line: int) -> str:
    card = audited.staged.card
    return card.at(token.map[0] + line) if card and token.map else CARD
