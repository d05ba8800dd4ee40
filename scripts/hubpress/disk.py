"""A disk that is full, a quota that is used up, a file that may not grow: one sentence, whichever library found out."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubpress.errors import HubpressError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Rust (safetensors, tokenizers) says "os error 28" in errors that are no OSError; Arrow says it in words.
_NUMBERS = {number: re.compile(rf"\b(?:os error|errno) {number}\b", re.IGNORECASE) for number in _FULL}
_SAYS_SO = {
    number: re.compile(rf"{pattern.pattern}|{re.escape(os.strerror(number))}", re.IGNORECASE)
    for number, pattern in _NUMBERS.items()
}
# What torch says of a file that it could not write, without a reason.
_NOT_WRITTEN = re.compile(
    r"PytorchStreamWriter failed|file write failed|basic_ios::clear: iostream error|unexpected pos \d+ vs \d+"
)
# What ONNX says of a file that was cut off, or is none: the disk itself has to be asked.
_CUT_OFF = re.compile(r"Error parsing message|Wire format was corrupt|Protobuf parsing failed", re.IGNORECASE)
_ALMOST_NOTHING = 1 << 20


class DiskFull(HubpressError):
    """Nothing more can be written where a stage writes."""


@contextmanager
def telling_full_disk(folder: Path) -> Iterator[None]:
    """Turn what is raised inside, because nothing more can be written, into DiskFull, which names the folder."""
    try:
        yield
    except Exception as error:
        if full := full_disk(error, folder):
            raise full from error
        raise


def full_disk(error: BaseException, folder: Path | None = None) -> DiskFull | None:
    """Return what is to be said where an error means that nothing more can be written; None where it means another.

    *folder* is where the work was done; where the error or the disks say that it was elsewhere, that is named.
    """
    if isinstance(error, DiskFull):
        return error
    for cause in _causes(error):
        if what := _what(cause, folder):
            hint = "Make room there, and run the same command again."
            return DiskFull(f"{what}.", where=str(_place(cause, folder)), hint=hint)
    return None


def _what(error: BaseException, folder: Path | None) -> str | None:
    number = _number_of(error)
    cut_off = _NOT_WRITTEN.search(str(error)) or _CUT_OFF.search(str(error))
    if number is None and cut_off and _fullest(folder)[0] < _ALMOST_NOTHING:
        number = errno.ENOSPC
    if number is not None:
        return os.strerror(number).lower()
    is_torchs = isinstance(error, RuntimeError) and _NOT_WRITTEN.search(str(error))
    return "a file could not be written to its end (disk, quota or limit of file size)" if is_torchs else None


def _number_of(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return error.errno
    # What is ours may repeat the Hub's words on its own disks; only with a number it is what a child of ours said.
    words = _NUMBERS if isinstance(error, HubpressError) else _SAYS_SO
    return next((number for number, pattern in words.items() if pattern.search(str(error))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []  # an error may be among its own causes
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        yield current
        current = current.__cause__ or current.__context__


def _place(error: BaseException, folder: Path | None) -> Path:
    """Return the folder in which nothing more can be written, as far as that can be told."""
    name = error.filename if isinstance(error, OSError) else None
    if not isinstance(name, str) or os.sep not in name:
        return _fullest(folder)[1]
    return next((parent for parent in Path(name).parents if parent.is_dir()), Path(name).parent)


def _fullest(folder: Path | None) -> tuple[int, Path]:
    """Return how little is free, and where: in *folder*, or where temporary files and the Hub's cache are."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    places = [folder or Path.cwd(), Path(tempfile.gettempdir()), home]
    free = [(shutil.disk_usage(place).free, place) for place in places if place.is_dir()]
    least = min(free, key=lambda found: found[0], default=(0, places[0]))
    return least if least[0] < _ALMOST_NOTHING else (least[0], places[0])
