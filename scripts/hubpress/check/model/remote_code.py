"""Code that ships beside the weights: it parses, and config.json names what is really there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hubpress.check.problem import Problem
from hubpress.check.python_source import parsed, python_fault, source_problems
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list, as_mapping, is_text, one_or_more
from hubpress.hub.vocabulary import STOCK_TASKS
from hubpress.layout import CONFIG, TOKENIZER_CONFIG
from hubpress.text import quoted


def python_files(staged: Staged) -> Iterator[Problem]:
    """Every Python file parses; those that transformers loads import their neighbours as it can find them."""
    loaded = _sources(staged).keys() if staged.is_ours else loaded_files(staged)
    for name, text in _sources(staged).items():
        faults = partial(_import_faults, staged) if name in loaded else _no_faults
        yield from source_problems(name, text, faults)


def loaded_files(staged: Staged) -> set[str]:
    """Return the names of the files that the configurations name, and of those that these import from beside them."""
    tasks = as_mapping(staged.config.get("custom_pipelines")).values()
    maps = (as_mapping(staged.mapping(name).get("auto_map")).values() for name in (CONFIG, TOKENIZER_CONFIG))
    named = [as_mapping(task).get("impl") for task in tasks]
    named += [each for values in maps for value in values for each in one_or_more(value)]
    waiting = [f"{reference.partition('.')[0]}.py" for reference in named if isinstance(reference, str)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        source = _sources(staged).get(name)
        if source is None or name in found:
            continue
        found.add(name)
        if python_fault(source) is None:
            nodes = (node for node in ast.walk(parsed(source)) if isinstance(node, ast.ImportFrom) and node.level)
            waiting += [f"{node.module}.py" for node in nodes if node.module]
    return found


def _no_faults(_: ast.Import | ast.ImportFrom) -> Iterator[str]:
    yield from ()


def custom_pipelines(staged: Staged) -> Iterator[Problem]:
    """Every custom task has a name of its own, a class that is in the folder, and the AutoModel class that loads it."""
    tasks = staged.config.get("custom_pipelines")
    if tasks is None:
        return
    if not isinstance(tasks, dict) or not tasks:
        text = "`custom_pipelines` names no task. Write {task: {impl: file.Class, pt: [AutoModel…]}}, or leave it out."
        yield Problem(CONFIG, text)
        return
    for task, entry in tasks.items():
        if task in STOCK_TASKS:
            text = f"The custom task `{task}` has a stock pipeline's name, which then needs remote code."
            yield Problem(CONFIG, f"{text} Give it a name of its own.")
        if not isinstance(entry, dict) or not is_text(entry.get("impl")):
            yield Problem(CONFIG, f"The custom task {quoted(task)} has no `impl`. Write file.Class there.")
            continue
        yield from _reference(staged, CONFIG, f"custom_pipelines.{task}.impl", entry["impl"])
        classes = as_list(entry.get("pt"))
        if not classes or not all(isinstance(name, str) and name.startswith("AutoModel") for name in classes):
            text = f"The custom task {quoted(task)} has no list `pt` of AutoModel classes. Write [AutoModelFor…] there."
            yield Problem(CONFIG, text)


def auto_map(staged: Staged) -> Iterator[Problem]:
    """Every class that `auto_map` promises is in the folder."""
    for name in (CONFIG, TOKENIZER_CONFIG):
        given = staged.mapping(name).get("auto_map")
        if given is not None and not isinstance(given, dict):
            yield Problem(name, "`auto_map` is not an object. Write {AutoClass: file.Class}, or leave it out.")
            continue
        for key, value in (given or {}).items():
            for reference in value if isinstance(value, list) else [value]:
                if reference is not None:  # [slow, null]: a tokenizer that comes in one kind only
                    yield from _reference(staged, name, f"auto_map.{key}", reference)


def _reference(staged: Staged, where: str, field: str, reference: Any) -> Iterator[Problem]:
    match = re.fullmatch(r"(\w+)\.(\w+)", reference) if isinstance(reference, str) else None
    if isinstance(reference, str) and "--" in reference and not staged.is_ours:
        return  # transformers fetches that repository's code, as it would for the model there
    if isinstance(reference, str) and "--" in reference:
        text = (
            f"`{field}` {quoted(reference)} runs another repository's code. Copy its file here, and write file.Class."
        )
        yield Problem(where, text)
    elif match is None:
        yield Problem(where, f"`{field}` {quoted(reference)} is not file.Class. The file lies at the folder's root.")
    elif f"{match[1]}.py" not in staged.files:
        text = f"`{field}` names {match[1]}.py, which is not at the folder's root. Add it: save_pretrained does not."
        yield Problem(where, text)
    else:
        source = _sources(staged).get(f"{match[1]}.py", "")
        if python_fault(source) is None and match[2] not in _classes(source):
            text = f"`{field}` names the class {match[2]}, which {match[1]}.py does not define. Correct one of them."
            yield Problem(where, text)


def _import_faults(staged: Staged, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        modules = [node.module] if node.module else [alias.name for alias in node.names]
        for module in modules:
            if node.level > 1 or f"{module}.py" not in staged.files:
                yield f"It imports {'.' * node.level}{module}, which is not at the folder's root. Add it there."
        return
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in {full.split(".")[0] for full in names}:
        if name == "hubpress":
            yield "It imports hubpress, which readers of the model do not have. Let the file stand alone."
        elif f"{name}.py" in staged.files:
            yield f"It imports its neighbour {name} as a package, which transformers refuses. Write `from .{name}`."


def _sources(staged: Staged) -> Mapping[str, str]:
    return {name: text for name, text in staged.texts.items() if name.endswith(".py")}


def _classes(source: str) -> set[str]:
    tree = parsed(source)
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return defined | imported
