"""The files that a pattern finds, wherever fsspec reaches: their format, and how a changed one is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from hubpress.errors import HubpressError, UsageError, first_line
from hubpress.files import sha256_file
from hubpress.hub.client import Hub
from hubpress.schemas.scoring import ScoredFile
from hubpress.text import quoted

FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
PACKED = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
ON_HUB = "hf://"
_NAMES = ".parquet, .csv, .tsv, .jsonl or .ndjson, and the texts with .gz, .bz2 or .xz behind that"
_LONGEST_PATTERN = 300  # of which a message shows so much
_VERSIONS = ("sha256", "ETag", "etag", "blob_id", "version_id", "checksum", "md5")


@dataclass(frozen=True)
class Source:
    """A file of records: where it lies, and how it is read."""

    filesystem: Any
    path: str
    """As its file system has it."""
    name: str
    """As people write it, with the scheme of where it lies."""
    format: str
    packing: str | None
    size: int
    """In bytes, packed as it is."""

    @property
    def place(self) -> str:
        """What two names of one file have in common: of links on this machine where they lead."""
        return str(Path(self.path).resolve()) if _is_local(self.filesystem) else self.name

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """Yield its bytes as a stream, packed as they are. Raises HubpressError where it cannot be opened."""
        with reaching(self.name), self.filesystem.open(self.path, "rb") as stream:
            yield stream

    def stamp(self, known: ScoredFile | None = None, *, anew: bool = False) -> ScoredFile:
        """Return what the file is known by; one that looks as when it was *known* is not read for it.

        *anew* asks where it lies, whatever is remembered of that.
        """
        with reaching(self.name):
            if anew:
                self.filesystem.invalidate_cache()
            info = self.filesystem.info(self.path)
        if _is_local(self.filesystem):
            size, changed = int(info["size"]), round(info["mtime"] * 1e9)
            if known and (known.size, known.mtime_ns) == (size, changed):
                return known
            with reaching(self.name):
                digest = sha256_file(Path(self.path))
            return ScoredFile(path=self.name, size=size, mtime_ns=changed, version=f"sha256:{digest}")
        return ScoredFile(path=self.name, size=int(info.get("size") or 0), version=_version(self.filesystem, info))


def source_at(name: str) -> Source:
    """Return the file of a name that an earlier search has found. Raises HubpressError where it is not there."""
    with reaching(name):
        filesystem, path = _found(name)
        return _source(filesystem, path, int(filesystem.info(path).get("size") or 0))


def found_files(patterns: Sequence[str]) -> list[Source]:
    """Return the files that patterns find, each once however it is named, in the order of their names.

    Raises UsageError for a pattern that finds none, a scheme that is not known, and files of no format that is read.
    """
    found: dict[str, Source] = {}
    for pattern in patterns:
        sources = list(_of_pattern(pattern))
        if not sources:
            hint = "Quote the pattern, so that the shell leaves it alone, and try it with ls."
            if "://" in pattern:
                hint = "Look there for the file, and for who may see it."
            raise UsageError(f"no file matches {quoted(pattern, _LONGEST_PATTERN)}.", where="--input", hint=hint)
        found.update({source.name: source for source in sources})
    every = {source.place: source for _, source in sorted(found.items(), reverse=True)}  # of two names the first
    return sorted(every.values(), key=lambda source: source.name)


def _of_pattern(pattern: str) -> Iterator[Source]:
    if not pattern.strip():
        raise UsageError("it is empty.", where="--input", hint='Give a file or a pattern, such as "records/*.parquet".')
    with reaching(pattern):
        filesystem, path = _found(pattern)
        has_marks = any(mark in path for mark in "*?[")
        paths = [path] if not has_marks and filesystem.exists(path) else filesystem.glob(path)
        if not has_marks and filesystem.isdir(path):
            hint = f'Say which of its files: "{pattern.rstrip("/")}/*.parquet".'
            raise UsageError(f"{quoted(pattern, _LONGEST_PATTERN)} is a folder.", where="--input", hint=hint)
        for one in sorted(paths):
            info = filesystem.info(one)
            if info.get("type") != "directory":
                yield _source(filesystem, one, int(info.get("size") or 0))


def _found(name: str) -> tuple[Any, str]:
    """Return the file system of a name, and the path there."""
    from fsspec.core import url_to_fs

    # Said here, since huggingface_hub takes what HF_ENDPOINT was when it was imported.
    options = {"endpoint": Hub.of_environment().endpoint} if name.startswith(ON_HUB) else {}
    filesystem, path = url_to_fs(name, **options)
    return filesystem, str(path)


def _source(filesystem: Any, path: str, size: int) -> Source:
    if _is_local(filesystem):  # the same name from whatever folder it was asked for; its own tells the format
        path = str(Path(path).parent.resolve() / Path(path).name)
    name = filesystem.unstrip_protocol(path).removeprefix("file://").removeprefix("local://")
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes]
    packing = PACKED.get(suffixes[-1]) if suffixes else None
    ending = suffixes[-2:-1] if packing else suffixes[-1:]
    kind = FORMATS.get(ending[0]) if ending else None
    if kind is None or (kind == "parquet" and packing):
        raise UsageError("is of no format that is read.", where=name, hint=f"Files end with {_NAMES}.")
    return Source(filesystem, path, name, kind, packing, size)


@contextmanager
def reaching(what: str) -> Iterator[None]:
    """Turn what file systems raise into one HubpressError about *what*."""
    try:
        yield
    except HubpressError:
        raise
    except ImportError as error:
        raise UsageError(f"it cannot be reached: {first_line(error)}.", where=what) from error
    except FileNotFoundError as error:
        raise HubpressError("is not there.", where=what) from error
    except PermissionError as error:
        raise HubpressError("may not be read.", where=what, hint="Ask for the right, or give a token.") from error
    except (OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise HubpressError(f"cannot be read: {first_line(error)}", where=what) from error


def _version(filesystem: Any, info: dict[str, Any]) -> str:
    """Return by what a storage knows the content of a file."""
    lfs = info.get("lfs")
    if lfs and (digest := getattr(lfs, "sha256", None) or (lfs.get("sha256") if isinstance(lfs, dict) else None)):
        return f"sha256:{digest}"
    for name in _VERSIONS:
        if info.get(name):
            return f"{name}:{info[name]}"
    return f"ukey:{filesystem.ukey(info['name'])}"


def _is_local(filesystem: Any) -> bool:
    given = filesystem.protocol
    return "file" in ((given,) if isinstance(given, str) else given)
