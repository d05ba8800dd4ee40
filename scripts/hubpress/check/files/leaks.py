"""What must not leave the machine: tokens, keys, and paths that tell whose machine it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import PurePosixPath

from hubpress.check.files.detectors import detected
from hubpress.check.kind import DATA_SETS
from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged, is_text_by_name
from hubpress.text import quoted

# What it is, and how it looks. A key is long, and has a digit in it: prose with hyphens has not.
_SECRETS = (
    ("a Hugging Face token", re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}\b")),
    ("a Hugging Face token", re.compile(r"\bhf_(?:jwt|oauth)_[A-Za-z0-9_.-]{20,}")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})")),
    ("a GitLab token", re.compile(r"\bgl(?:pat|dt|ft|soat|rt|ptt|agent)-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a Google key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("an API key", re.compile(r"\bsk-(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Telegram token", re.compile(r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b")),
    ("a PyPI token", re.compile(r"\bpypi-AgE[A-Za-z0-9_-]{40,}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in a URL", re.compile(r"\bhttps?://[^\s/:@<>{}\"']+:[^\s/@<>{}\"']+@")),
)

MACHINE_PATH = re.compile(
    r"(?<![\w.~-])(?:/(?:home|Users)/[\w.-]+|/root/|/tmp/|/private/var/|/var/folders/|(?<![:/])/[\w./-]{1,200}/(?:site|dist)-packages/)"
    r"|\b[A-Za-z]:(?:\\{1,2}|/)Users\b"
)
# Vocabularies hold any text there is, and nothing of the machine.
_VOCABULARIES = {"tokenizer.json", "vocab.json", "vocab.txt", "merges.txt", "added_tokens.json", "strings.json"}
_RECORDS = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"}
# Paths that are the same on every machine: of containers (/home/user is where a Docker Space runs), and of all.
_CONTAINER_PATH = re.compile(r"/tmp/|/root/|/home/(?:user|node|app|appuser|jovyan)$|/usr/|/opt/")
_WRITTEN_BY_PROGRAMS = {".json", ".bin", ".pkl", ".joblib", ".pt", ".pth"}
# The fixed part of every path above, for files too large to search by expression.
_MARKS = (b"/home/", b"/Users/", b"/root/", b"/tmp/", b"/site-packages/", b"/dist-packages/")


def secrets(staged: Staged) -> Iterator[Problem]:
    """No text file holds a token, a password or a private key; the sentence shows four letters of it and no more."""
    for name, text in staged.texts.items():
        told = set()
        for what, secret, at in (*_by_our_patterns(text), *detected(text)):
            line = _line(text, at)
            if (line, secret[:4]) not in told:  # some are known to both
                told.add((line, secret[:4]))
                sentence = f"This looks like {what} ({secret[:4]}…). Take it out, and revoke it: it was on disk."
                yield Problem(f"{printable(name)}:{line}", sentence)


def _by_our_patterns(text: str) -> Iterator[tuple[str, str, int]]:
    return ((what, found[0], found.start()) for what, pattern in _SECRETS for found in pattern.finditer(text))


def machine_paths(staged: Staged) -> Iterator[Problem]:
    """No text file names a path of the machine that it was made on; one problem a file, at the first such line."""
    for name, text in staged.texts.items():
        if PurePosixPath(name).name in _VOCABULARIES or _is_data(staged, name) or name in staged.runtime_files:
            continue
        paths = [found for found in MACHINE_PATH.finditer(text) if staged.is_ours or not _is_meant(name, found[0])]
        lines = {_line(text, found.start()): found[0] for found in reversed(paths)}
        if lines:
            first = min(lines)
            more = f" (and in {len(lines) - 1} more lines)" if len(lines) > 1 else ""
            sentence = f"{quoted(lines[first])} is a path of the machine it was made on{more}. Write it without one."
            where = f"{printable(name)}:{first}" if is_text_by_name(name) else printable(name)
            yield Problem(where, sentence)


def machine_paths_in_onnx(staged: Staged) -> Iterator[Problem]:
    """No ONNX file names such a path: torch's exporter writes the stack of every operation into it."""
    for name, entry in staged.files.items():
        if PurePosixPath(name).suffix.lower() == ".onnx" and entry.size:
            with entry.path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
                found = next(filter(None, (_path_near(content, mark) for mark in _MARKS)), None)
            if found:
                text = (
                    f"{quoted(found)} is a path of the machine it was made on. Strip `metadata_props` from the graph."
                )
                yield Problem(printable(name), text)


def _is_data(staged: Staged, name: str) -> bool:
    """Tell whether a file holds the records of a data set, which may say anything."""
    return staged.kind in DATA_SETS and PurePosixPath(name).suffix.lower() in _RECORDS


def _is_meant(name: str, path: str) -> bool:
    """Tell whether a path is one of the machine that will run the folder: code and its description name such."""
    return PurePosixPath(name).suffix.lower() not in _WRITTEN_BY_PROGRAMS and _CONTAINER_PATH.match(path) is not None


def _path_near(content: mmap, mark: bytes) -> str | None:
    # memory is searched for a fixed text, which takes milliseconds where the expression would take seconds
    at = content.find(mark)
    near = content[max(0, at - 200) : at + 200].decode("latin-1") if at >= 0 else ""
    found = MACHINE_PATH.search(near)
    return found[0] if found else None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
