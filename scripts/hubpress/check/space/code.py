"""The code of a Space: it parses, finds all that it imports, in pinned versions, and brings no weights along."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hubpress.check.problem import Problem, printable
from hubpress.check.python_source import source_problems
from hubpress.check.staged import Staged
from hubpress.layout import REQUIREMENTS
from hubpress.text import quoted

# What a Space must not need, and what to say of it.
_NEEDLESS = "The Space answers from ONNX, in a tenth of the room. Do without it."
_UNWANTED = {
    "torch": _NEEDLESS,
    "tensorflow": _NEEDLESS,
    "transformers": _NEEDLESS,
    "datasets": _NEEDLESS,
    "hubpress": "No package index has it, and the app stands alone. Do without it.",
}
_GRADIO = "The Hub installs Gradio itself, in the version of `sdk_version`. Take the line out, or name an extra."

# Imported under another name than it is installed by.
_INSTALLED_AS = {"pil": "pillow", "yaml": "pyyaml", "sklearn": "scikit-learn", "bs4": "beautifulsoup4"}
# There wherever Gradio is, which cannot run without them.
_WITH_GRADIO = {"gradio", "gradio_client", "starlette"}

_WEIGHTS = {
    *(".safetensors", ".onnx", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".gguf", ".pkl", ".pickle", ".joblib"),
    *(".msgpack", ".tflite", ".npz"),
}


def requirements(staged: Staged) -> Iterator[Problem]:
    """requirements.txt of an app pins every package to one version, once, and names none that a Space must not need."""
    if staged.is_static:
        return
    if REQUIREMENTS not in {entry.name for entry in staged.entries}:
        yield Problem(REQUIREMENTS, "It is missing, so the Hub would install Gradio alone. Build the Space again.")
    seen: set[str] = set()
    for number, line, requirement in _requirements(staged):
        where, name = f"{REQUIREMENTS}:{number}", _name(requirement)
        if name in _UNWANTED:
            yield Problem(where, f"{quoted(line)} is not for a Space. {_UNWANTED[name]}")
        elif name == "gradio" and requirement is not None and not requirement.extras:
            yield Problem(where, f"{quoted(line)} is not for this file. {_GRADIO}")
        elif requirement is None or not _is_pinned(requirement):
            yield Problem(
                where, f"{quoted(line)} is not `name==version`. Write the version that the Space was tried with."
            )
        elif name in seen:
            yield Problem(where, f"{name} stands twice in this file. Take one line out.")
        seen.add(name)


def python_files(staged: Staged) -> Iterator[Problem]:
    """Every Python file parses, and what it imports is Python's own, Gradio's, in the folder or in requirements.txt."""
    for name, text in staged.texts.items():
        if name.endswith(".py"):
            yield from source_problems(name, text, partial(_import_faults, staged, name))


def no_weights(staged: Staged) -> Iterator[Problem]:
    """The folder holds no weights: the app loads the model's own, at the commit that it is pinned to."""
    for name in staged.files:
        if PurePosixPath(name).suffix.lower() in _WEIGHTS:
            text = "It holds weights, and the app loads those of the model's repository. Take it out."
            yield Problem(printable(name), text)


def _requirements(staged: Staged) -> Iterator[tuple[int, str, Requirement | None]]:
    """Yield each line that says something with its number, and what it requires; None where it is no requirement."""
    for number, line in enumerate(staged.texts.get(REQUIREMENTS, "").removeprefix("\ufeff").split("\n"), 1):
        if stripped := re.split(r"(?:^|\s)#", line)[0].strip():
            try:
                yield number, stripped, Requirement(stripped)
            except InvalidRequirement:
                yield number, stripped, None


def _name(requirement: Requirement | None) -> str:
    return canonicalize_name(requirement.name) if requirement else ""


def _is_pinned(requirement: Requirement) -> bool:
    """Tell whether a requirement allows one version, everywhere."""
    if requirement.url or requirement.marker or len(requirement.specifier) != 1:
        return False
    (only,) = requirement.specifier
    return only.operator == "==" and not only.version.endswith(".*")


def _import_faults(staged: Staged, file: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        if "/" not in file:
            yield f"It imports from {'.' * node.level}{node.module or ''}, but runs as a script. Leave out the dots."
        return
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in sorted({full.split(".")[0] for full in names}):
        if name in _UNWANTED:
            yield f"It imports {name}, which is not for a Space. {_UNWANTED[name]}"
        elif not _is_there(staged, name):
            yield f"It imports {name}, which is not in the folder. Add {name}.py, or its package to {REQUIREMENTS}."


def _is_there(staged: Staged, name: str) -> bool:
    if name in sys.stdlib_module_names or name in _WITH_GRADIO or f"{name}.py" in staged.files:
        return True
    if any(other.startswith(f"{name}/") and other.endswith(".py") for other in staged.files):
        return True
    required = [requirement for _, _, requirement in _requirements(staged)]
    if not required or None in required:  # one sentence says so, not one for each import
        return True
    installed = {_name(requirement) for requirement in required}
    return bool({canonicalize_name(name), _INSTALLED_AS.get(name.lower())} & installed)
