"""What the Hub itself needs of any Space, whoever made it: how to start it, and files that it can read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from hubpress.check.kind import DOCKERFILE
from hubpress.check.problem import Problem
from hubpress.check.python_source import source_problems
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list, is_given, is_text, one_of
from hubpress.hub.vocabulary import SPACE_SDKS
from hubpress.layout import APP, PAGE, REQUIREMENTS
from hubpress.text import quoted

_APP_BY_DEFAULT = {"gradio": APP, "streamlit": APP, "static": PAGE}
# Installed in every Gradio Space: what Gradio needs, and what the Hub's own image has.
_WITH_GRADIO = {
    *("PIL", "aiofiles", "aiohttp", "anyio", "certifi", "click", "datasets", "dill", "fastapi", "ffmpy"),
    *("filelock", "fsspec", "gradio", "gradio_client", "groovy", "hf_xet", "httpcore", "httpx"),
    *("huggingface_hub", "idna", "jinja2", "markdown_it", "markupsafe", "multipart", "numpy", "orjson"),
    *("packaging", "pandas", "pyarrow", "pydantic", "pydantic_core", "pydub", "pygments", "python_multipart"),
    *("pytz", "requests", "rich", "ruff", "safehttpx", "semantic_version", "six", "spaces", "starlette"),
    *("tomlkit", "tqdm", "typer", "typing_extensions", "urllib3", "uvicorn", "websockets", "yaml"),
}


def sdk(staged: Staged) -> Iterator[Problem]:
    """`sdk` says how the Hub starts the Space."""
    given = staged.fields.get("sdk")
    if not is_given(given):
        if staged.card and staged.card.readable:
            text = f"`sdk` is missing, and without it the Hub starts nothing. Write `sdk: {_sdk_of_files(staged)}`."
            yield Problem(staged.where("sdk"), text)
    elif not one_of(given, SPACE_SDKS):
        text = f"`sdk` {quoted(given)} is not one that the Hub knows. Write one of {', '.join(SPACE_SDKS)}."
        yield Problem(staged.where("sdk"), text)


def sdk_version(staged: Staged) -> Iterator[Problem]:
    """`sdk_version` is a version, as text: YAML reads 4.10 as 4.1."""
    given = staged.fields.get("sdk_version")
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        text = f"`sdk_version` {quoted(given)} is a number, and YAML reads 4.10 as 4.1. Put the version in quotes."
        yield Problem(staged.where("sdk_version"), text)
    elif is_given(given) and not (is_text(given) and _is_version(given)):
        text = f"`sdk_version` {quoted(given)} is not a version. Write it in full, such as 6.31.0."
        yield Problem(staged.where("sdk_version"), text)


def app(staged: Staged) -> Iterator[Problem]:
    """The file that the Hub starts, shows or builds from is in the folder."""
    kind = staged.fields.get("sdk")
    there = {entry.name for entry in staged.entries}
    if kind == "docker":
        if DOCKERFILE not in there:
            yield Problem(DOCKERFILE, "It is missing, and a Docker Space is built from it. Add it.")
    elif one_of(kind, _APP_BY_DEFAULT) and not is_given(staged.fields.get("app_build_command")):
        given = staged.fields.get("app_file")
        name = given if is_given(given) else _APP_BY_DEFAULT[kind]
        if not isinstance(name, str) or name.removeprefix("./") not in there:
            text = f"The app {quoted(name)} is not in the folder, so nothing starts. Add it, or name another."
            yield Problem(staged.where("app_file"), text)


def preload(staged: Staged) -> Iterator[Problem]:
    """`preload_from_hub` is a list of repositories, each with the files and the commit that are wanted of it."""
    given = staged.fields.get("preload_from_hub")
    if is_given(given) and not isinstance(given, list):
        text = "`preload_from_hub` is not a list. Write `- OWNER/NAME` on a line of its own."
        yield Problem(staged.where("preload_from_hub"), text)
    for number, line in enumerate(as_list(given)):
        if not is_text(line) or len(line.split()) > 3:
            text = f"{quoted(line)} is not `OWNER/NAME file,file COMMIT`. Write no other space."
            yield Problem(staged.where("preload_from_hub", number), text)


def gradio_twice(staged: Staged) -> Iterator[Problem]:
    """requirements.txt pins no other Gradio than `sdk_version`, which the Hub installs: both cannot be there."""
    wanted = staged.fields.get("sdk_version")
    if staged.fields.get("sdk") != "gradio" or not is_text(wanted) or not _is_version(wanted):
        return
    for number, line in enumerate(staged.texts.get(REQUIREMENTS, "").split("\n"), 1):
        try:
            requirement = Requirement(line.split("#")[0].strip())
        except InvalidRequirement:
            continue
        if requirement.name.lower() == "gradio" and not requirement.specifier.contains(wanted, prereleases=True):
            text = f"{quoted(line.strip())} does not allow the Gradio of `sdk_version`, {wanted}. Take the line out."
            yield Problem(f"{REQUIREMENTS}:{number}", text)


def python_files(staged: Staged) -> Iterator[Problem]:
    """Every Python file parses; where nothing is to be installed, the app imports only what is there."""
    alone = staged.fields.get("sdk") == "gradio" and REQUIREMENTS not in staged.files
    app_file = staged.fields.get("app_file") or APP

    def faults(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for name in sorted({full.split(".")[0] for full in names} - {""}):
            if not _is_there(staged, name):
                yield f"It imports {name}, and there is no {REQUIREMENTS}. Write the package's name into that file."

    for name, text in staged.texts.items():
        if name.endswith(".py"):
            yield from source_problems(name, text, faults if alone and name == app_file else lambda node: ())


def _is_there(staged: Staged, name: str) -> bool:
    if name in sys.stdlib_module_names or name in _WITH_GRADIO:
        return True
    return any(other == f"{name}.py" or other.startswith(f"{name}/") for other in staged.files)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _sdk_of_files(staged: Staged) -> str:
    if DOCKERFILE in staged.files:
        return "docker"
    if PAGE in staged.files and APP not in staged.files:
        return "static"
    uses_streamlit = re.search(r"^\s*(?:import|from)\s+streamlit\b", staged.texts.get(APP, ""), re.MULTILINE)
    return "streamlit" if uses_streamlit else "gradio"
