"""What the Python files of a repository would do, as far as it can be read from them; nothing is run.

bandit finds what is known to be unsafe. It says little of network and files, since those are no faults of a program:
here they are what a reader of somebody's code wants to know first.
"""

from __future__ import annotations

import ast
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hubpress.audit.audited import Audited, Found
from hubpress.check.problem import printable
from hubpress.check.python_source import python_fault
from hubpress.schemas.audit import Severity
from hubpress.text import listed

if TYPE_CHECKING:
    from bandit.core.issue import Issue

# What importing a module, or calling a function, is a sign of; of loaded code and of other files it weighs differently.
_NETWORK, _PROCESSES, _FILES, _CODE = "the network", "other programs", "files", "code that is not in the file"
_IMPORTS: Mapping[str, str] = {
    **dict.fromkeys(("socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp"), _NETWORK),
    **dict.fromkeys(("ftplib", "smtplib", "telnetlib", "xmlrpc", "paramiko", "websockets", "websocket"), _NETWORK),
    **dict.fromkeys(("huggingface_hub", "boto3", "gdown", "wget"), _NETWORK),
    **dict.fromkeys(("subprocess", "pty", "pexpect"), _PROCESSES),
    **dict.fromkeys(("shutil", "tempfile", "glob"), _FILES),
    **dict.fromkeys(("pickle", "cloudpickle", "dill", "marshal", "importlib", "ctypes", "cffi", "runpy"), _CODE),
}
_CALLS: Mapping[str, str] = {
    **dict.fromkeys(("os.system", "os.popen", "os.fork", "os.startfile"), _PROCESSES),
    **dict.fromkeys(
        ("os.remove", "os.unlink", "os.rmdir", "os.rename", "os.makedirs", "os.listdir", "os.walk"), _FILES
    ),
    **dict.fromkeys(("open", "io.open", "os.open"), _FILES),
    **dict.fromkeys(("eval", "exec", "compile", "__import__", "torch.load", "torch.hub.load"), _CODE),
    **dict.fromkeys(("torch.hub.download_url_to_file", "torch.hub.load_state_dict_from_url"), _NETWORK),
}
_PROCESS_FAMILIES = ("os.exec", "os.spawn", "os.posix_spawn")
_FILE_METHODS = {"write_text", "write_bytes", "read_text", "read_bytes", "unlink", "rmtree"}

_OF_LOADED: Mapping[str, Severity] = {_NETWORK: "warning", _PROCESSES: "error", _FILES: "warning", _CODE: "error"}
_BANDIT_OF_LOADED: Mapping[str, Severity] = {"HIGH": "error", "MEDIUM": "warning"}


def reach(audited: Audited) -> Iterator[Found]:
    """No file of Python reaches for the network, other programs, files, or code that is not in it."""
    for name, text in _sources(audited).items():
        signs: dict[str, dict[str, int]] = {}
        for node in ast.walk(ast.parse(text)):
            for what, sign in _signs(node):
                signs.setdefault(what, {}).setdefault(sign, node.lineno)  # type: ignore[attr-defined]
        for what, found in signs.items():
            line = min(found.values())
            text = f"It reaches for {what}: {listed([f'`{sign}`' for sign in sorted(found, key=found.__getitem__)])}."
            if name in audited.loaded:
                advice = "It runs when the model is loaded with `trust_remote_code=True`: read it first."
                yield Found(_OF_LOADED[what], f"{printable(name)}:{line}", f"{text} {advice}")
            else:
                advice = "No configuration names this file, so that loading the model does not run it."
                yield Found("note", f"{printable(name)}:{line}", f"{text} {advice}")


def unsafe(audited: Audited) -> Iterator[Found]:
    """Nothing stands in the files of Python that bandit knows to be unsafe."""
    for name in _sources(audited):
        for issue in _issues(audited, name):
            severity = _BANDIT_OF_LOADED[issue.severity] if name in audited.loaded else "note"
            text = f"bandit {issue.test_id} ({issue.severity.lower()}): {' '.join(issue.text.split())}"
            yield Found(severity, f"{printable(name)}:{issue.lineno}", text)


def _sources(audited: Audited) -> dict[str, str]:
    texts = audited.staged.texts
    return {
        name: text
        for name, text in texts.items()
        if name.endswith(".py") and name not in audited.in_part and python_fault(text) is None
    }


def _signs(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what a node is a sign of, with the name that says so."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        modules = [node.module or ""]
    else:
        modules = []
    for module in modules:
        if what := _IMPORTS.get(module.partition(".")[0]):
            yield what, module
    if isinstance(node, ast.ImportFrom) and not node.level:
        for alias in node.names:
            if what := _call(f"{node.module}.{alias.name}"):
                yield what, f"{node.module}.{alias.name}"
    if isinstance(node, ast.Call):
        called = _dotted(node.func)
        if what := _call(called):
            yield what, called
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _FILE_METHODS:
            yield _FILES, node.func.attr


def _call(name: str) -> str | None:
    return _PROCESSES if name.startswith(_PROCESS_FAMILIES) else _CALLS.get(name)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _issues(audited: Audited, name: str) -> list[Issue]:
    """Return what bandit says of a file, of medium severity and above, by line."""
    with _in_silence():
        from bandit.core.config import BanditConfig
        from bandit.core.manager import BanditManager

        manager = BanditManager(BanditConfig(), "file", ignore_nosec=True)  # no stranger's comment silences it
        manager.discover_files([str(audited.staged.files[name].path)])
        manager.run_tests()
    found = manager.get_issue_list(sev_level="MEDIUM", conf_level="MEDIUM")
    return sorted(found, key=lambda issue: (issue.lineno, issue.test_id))


@contextmanager
def _in_silence() -> Iterator[None]:
    """Keep what bandit and stevedore log and warn of to themselves, and bandit's own form of warnings from others."""
    shown, disabled = warnings.formatwarning, logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        warnings.formatwarning = shown
