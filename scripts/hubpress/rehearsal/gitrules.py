"""Git's way to name contents, and the Hub's rule for what goes to large file storage; pure functions."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Iterable, Mapping

LARGE_FILE_BYTES = 10 * 1024 * 1024
ATTRIBUTES = ".gitattributes"
_LFS = "filter=lfs diff=lfs merge=lfs -text"

# What the Hub writes into the first commit of every model.
_LFS_PATTERNS = (
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack *.npy *.npz *.onnx "
    "*.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz "
    "*.wasm *.xz *.zip *.zst *tfevents*"
)
DEFAULT_ATTRIBUTES = "".join(f"{pattern} {_LFS}\n" for pattern in _LFS_PATTERNS.split())


def blob_oid(content: bytes) -> str:
    """Return the sha1 (40 hex) under which git stores these bytes."""
    return object_oid("blob", content)


def object_oid(kind: str, content: bytes) -> str:
    """Return the sha1 (40 hex) of a git object of this kind: blob, tree or commit."""
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def lfs_pointer(sha256: str, size: int) -> bytes:
    """Return the text that git stores in place of a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def tree_oids(blobs: Mapping[str, str]) -> dict[str, str]:
    """Return the git tree oid of every folder ("" is the root) that these files (path -> blob oid) make up."""
    children: dict[str, dict[str, tuple[str, str]]] = {"": {}}
    for path, oid in blobs.items():
        folder, _, name = path.rpartition("/")
        children.setdefault(folder, {})[name] = ("100644", oid)
        while folder:
            folder = folder.rpartition("/")[0]
            children.setdefault(folder, {})
    oids: dict[str, str] = {}
    for folder in sorted(children, key=lambda name: name.count("/") if name else -1, reverse=True):
        entries = children[folder]
        # Git sorts folders as if their names ended with a slash.
        ordered = sorted(entries.items(), key=lambda item: item[0] + ("/" if item[1][0] == "40000" else ""))
        content = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, (mode, oid) in ordered)
        oids[folder] = object_oid("tree", content)
        if folder:
            parent, _, name = folder.rpartition("/")
            children[parent][name] = ("40000", oids[folder])
    return oids


def is_lfs(path: str, size: int, sample: bytes, attributes: str) -> bool:
    """Return whether the Hub stores this file as a large file: by .gitattributes, by size, or because it is binary.

    Empty files never are, whatever their name.
    """
    if size == 0:
        return False
    return matches_attributes(path, attributes) or size >= LARGE_FILE_BYTES or _is_binary(sample)


def matches_attributes(path: str, attributes: str) -> bool:
    """Return whether a line of .gitattributes sends this path to large file storage."""
    matched = False
    for line in attributes.splitlines():
        words = line.split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        pattern = words[0].replace("[[:space:]]", " ")
        if _matches(path, pattern):
            # As in git, the last line that matches decides.
            matched = "filter=lfs" in words[1:] or (matched and "-filter" not in words[1:])
    return matched


def track(paths: Iterable[str], attributes: str) -> str:
    """Return .gitattributes with a line for each of these paths that no line covers yet, as the Hub adds them."""
    for path in sorted(paths):
        if not matches_attributes(path, attributes):
            attributes += "\n" if attributes and not attributes.endswith("\n") else ""
            attributes += f"{path.replace(' ', '[[:space:]]')} {_LFS}\n"
    return attributes


def _matches(path: str, pattern: str) -> bool:
    if "/" not in pattern:
        return fnmatch.fnmatchcase(path.rpartition("/")[2], pattern)
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/"))
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), path) is not None


def _is_binary(sample: bytes) -> bool:
    if b"\0" in sample:
        return True
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        # The sample is cut at 512 bytes, maybe in the middle of a character.
        return error.reason != "unexpected end of data"
    return False
