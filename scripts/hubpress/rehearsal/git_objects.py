"""Contents as git and the Hub name and keep them: ids, and which files are large ones."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

LARGE_FILE_BYTES = 10 * 1024 * 1024

# What the Hub sends to large file storage in every model, and writes into the first commit's .gitattributes.
_LARGE = (
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack *.npy *.npz *.onnx "
    "*.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors saved_model/**/* *.tar.* *.tar *.tflite *.tgz "
    "*.wasm *.xz *.zip *.zst *tfevents*"
)
DEFAULT_ATTRIBUTES = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in _LARGE.split())


@dataclass(frozen=True)
class StoredFile:
    """A file of a commit: its size, its git blob oid, and the sha256 of its content when that is a large file."""

    size: int
    oid: str
    sha256: str | None = None

    @classmethod
    def small(cls, content: bytes) -> StoredFile:
        """Return the entry of a small file."""
        return cls(len(content), _blob_oid(content))

    @classmethod
    def large(cls, sha256: str, size: int) -> StoredFile:
        """Return the entry of a large file: git holds a pointer to it."""
        return cls(size, _blob_oid(_pointer(sha256, size)), sha256)

    @property
    def pointer_size(self) -> int:
        """The size of what git holds in place of a large file."""
        return len(_pointer(str(self.sha256), self.size))


def is_large(path: str, size: int, sample: bytes, attributes: str) -> bool:
    """Return whether the Hub keeps this file as a large file: by its name, its size, or because it is binary.

    *attributes* is the text of .gitattributes. Empty files never are large, whatever their name.
    """
    return size > 0 and (_is_named(path, attributes) or size >= LARGE_FILE_BYTES or _is_binary(sample))


def _is_named(path: str, attributes: str) -> bool:
    """Return whether .gitattributes names a file as large; of several lines that fit, the last counts."""
    named = False
    for pattern, *given in filter(None, map(str.split, attributes.splitlines())):
        if filters := [one for one in given if re.fullmatch(r"[-!]?filter(=.*)?", one)]:
            named = filters[-1] == "filter=lfs" if _fits(path, pattern) else named
    return named


def _fits(path: str, pattern: str) -> bool:
    """Return whether a path fits a pattern as git reads it: one without a slash is for names in every folder."""
    names = path.split("/")
    if "/" not in pattern:
        return fnmatchcase(names[-1], pattern)
    ends = {0}  # how many folders of the path fit the parts of the pattern so far
    for part in pattern.strip("/").split("/"):
        if part == "**":
            ends = set(range(min(ends), len(names) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(names) and fnmatchcase(names[end], part)}
    return len(names) in ends


def _is_binary(sample: bytes) -> bool:
    try:
        # The sample may be cut in the middle of a character, which this decoder waits for.
        return "\0" in codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return True


def _blob_oid(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
