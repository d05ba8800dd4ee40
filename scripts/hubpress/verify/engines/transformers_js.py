"""Transformers.js in Node, as its users call it: from a folder where npm has installed it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hubpress.schemas.engines import Scores
from hubpress.space.runtime import NODE_MODULES
from hubpress.verify.engines.by_http import NoAnswer, Question
from hubpress.verify.engines.plain_onnx import scores_of
from hubpress.verify.sandbox import Sandbox, last_line

_PACKAGE = "@huggingface/transformers"
_SECONDS = 900
_SCRIPT = Path(__file__).with_name("answers.mjs")


def find_modules(given: Path | None) -> Path | None:
    """Return the node_modules that have Transformers.js: *given*, what HUBPRESS_NODE_MODULES names, or those here.

    *given* may also be the folder that holds them.
    """
    named = os.environ.get(NODE_MODULES)
    places = [given, given / "node_modules"] if given else [*([Path(named)] if named else []), Path("node_modules")]
    return next((place.resolve() for place in places if (place / _PACKAGE / "package.json").is_file()), None)


def ask_transformers_js(
    given: Path | None, files: Path, task: str, question: Question, sandbox: Sandbox
) -> tuple[str, dict[str, Sequence[Scores]]]:
    """Return the version, and the answers by the fp32 and by the int8 file of the model in a folder.

    Raises NoAnswer, with one sentence, where Node or the package is not there, or they do not answer.
    """
    node, modules = shutil.which("node"), find_modules(given)
    if node is None:
        raise NoAnswer("Node is not installed.", hint="Install Node 18 or later.")
    if modules is None:
        where = f"in {given}" if given else f"here, nor where {NODE_MODULES} says"
        raise NoAnswer(
            f"there is no {_PACKAGE} {where}.", hint=f"`npm install {_PACKAGE}`, then transformers.js=FOLDER."
        )
    is_token = task == "token-classification"
    pairs = any(not isinstance(one, str) for one in question.inputs)
    plain = is_token or not (pairs or question.problem_type == "regression")
    job = {"folder": str(files.resolve()), "task": task, "inputs": list(question.inputs), "plain": plain}
    command = sandbox.command(
        [node, str(_SCRIPT), str(modules)], cwd=sandbox.folder, readable=[files.resolve(), modules, _SCRIPT.parent]
    )
    try:
        ran = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, timeout=_SECONDS, check=False,
            cwd=sandbox.folder, env=sandbox.environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"it did not end within {_SECONDS} seconds.") from None
    if ran.returncode:
        raise NoAnswer(f"Transformers.js does not answer: {last_line(_cause(ran.stderr))[:200]}")
    said = json.loads(ran.stdout)
    read = _tokens if is_token else _labels if plain else _logits
    found: dict[str, Sequence[Scores]] = {
        name: [read(one, question) for one in said[name]] for name in ("fp32", "int8")
    }
    return str(said["version"]), found


def _cause(stderr: str) -> str:
    """Return the lines that name an error; Node prints where it came from below them."""
    return "\n".join(line for line in stderr.splitlines() if "Error" in line) or stderr


def _labels(answer: list[dict[str, Any]], question: Question) -> Scores:
    return {str(entry["label"]): float(entry["score"]) for entry in answer}


def _tokens(answer: list[dict[str, Any]], question: Question) -> Scores:
    return {f"{entry['index']} {entry['entity']}": float(entry["score"]) for entry in answer}


def _logits(answer: list[float], question: Question) -> Scores:
    return dict(zip(question.labels, scores_of(np.array(answer), question.problem_type).tolist(), strict=True))
