"""What pickles import when they are loaded, by picklescan, which reads their instructions and runs none.

picklescan stops without a word where a pickle cannot be followed; here that is a finding, since what is behind it runs
all the same.
"""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import pickletools
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from hubpress.audit.audited import MEGABYTE, Audited, Found
from hubpress.check.files.pickles import is_pickled
from hubpress.check.problem import printable
from hubpress.errors import first_line
from hubpress.text import listed

# Libraries whose classes stand in pickles as a rule. What picklescan calls dangerous is said of them all the same.
_LIBRARIES = {
    *("torch", "numpy", "scipy", "sklearn", "pandas", "joblib", "transformers", "accelerate", "sentence_transformers"),
    *("setfit", "lightgbm", "xgboost", "catboost", "collections", "copyreg", "datetime", "pathlib", "enum", "_codecs"),
}
_PLAIN = {("builtins", name) for name in ("set", "frozenset", "dict", "list", "tuple", "bytearray", "complex", "slice")}
_CLASS = re.compile(
    r"[A-Z_]|(?:u?int|b?float|complex|bool|str|bytes|object)\d*_?$"
    r"|(?:device|scalar|encode|datetime|date|time|timedelta|timezone|defaultdict|deque|ndarray|dtype)$"
)
_ZIP = b"PK\x03\x04"
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_PICKLE_NAMES = (".pkl", ".pickle")
_STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(6))
_LEGACY_TORCH = 0x1950A86A20F9469CFC6C  # what torch.save wrote first, before it wrote zips
_LEGACY_PICKLES = 5  # this number, a version, the system, the object, the names of the storages behind them
_SHOWN = 8

# What keeps a file made for it from filling the memory.
_MOST_INSTRUCTIONS = 3_000_000
_MOST_PICKLES = 1_000
_TOO_LONG = "it has too many instructions"


@dataclass(frozen=True)
class Scan:
    """What is imported, as picklescan calls it, and whether all instructions could be followed."""

    dangerous: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    complete: bool = True
    why: str = ""

    def __or__(self, other: Scan) -> Scan:
        why = self.why or other.why
        return Scan(
            self.dangerous | other.dangerous, self.unknown | other.unknown, self.complete and other.complete, why
        )


def pickles(audited: Audited) -> Iterator[Found]:
    """No pickle imports what runs programs, opens connections or is unknown, and each can be read to its end."""
    for name, entry in audited.staged.files.items():
        if not entry.size or not is_pickled(entry.path, PurePosixPath(name)):
            continue
        if name in audited.in_part or entry.size > audited.max_size:
            text = f"It is larger than {audited.max_size // MEGABYTE} MB, so the pickle in it was not scanned. Ask for"
            yield Found("warning", printable(name), f"{text} it by `--max-size`.")
            continue
        scan = _scan_file(entry.path, audited.max_size)
        if scan.dangerous:
            what = listed(sorted(scan.dangerous)[:_SHOWN])
            yield Found("error", printable(name), f"When it is loaded, it calls or imports {what}. Do not load it.")
        if scan.unknown:
            what = listed(sorted(scan.unknown)[:_SHOWN])
            text = f"When it is loaded, it imports {what}, of which nothing is known. Look at that code first."
            yield Found("warning", printable(name), text)
        if not scan.complete:
            text = f"It could not be scanned to its end ({scan.why}): what else it does when it is loaded is not known."
            yield Found("warning", printable(name), text)


def _scan_file(path: Path, most: int) -> Scan:
    with path.open("rb") as stream:
        beginning = stream.read(8)
    if beginning.startswith(_ZIP):
        return _scan_zip(path, most)
    if beginning.startswith(_SEVEN_ZIP):
        return Scan(complete=False, why="it is packed by 7z")
    content = path.read_bytes()
    for start, unpack in _PACKERS:
        if content.startswith(start):
            try:
                content = unpack(content, most)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
                return Scan(complete=False, why=f"it cannot be unpacked: {error}")
            if len(content) > most:
                return Scan(complete=False, why=f"unpacked it is larger than {most // MEGABYTE} MB")
            break
    return _scan_streams(content)


def _scan_zip(path: Path, most: int) -> Scan:
    """Scan each pickle of an archive such as torch.save writes."""
    found, left = Scan(), most
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    beginning = stream.read(2)
                    if not member.filename.endswith(_PICKLE_NAMES) and beginning not in _STARTS:
                        continue
                    content = beginning + stream.read(left + 1)
                if len(content) > left:
                    return found | Scan(complete=False, why=f"unpacked it is larger than {most // MEGABYTE} MB")
                left -= len(content)
                is_data = not member.filename.endswith(_PICKLE_NAMES)
                scan = _scan_streams(content)
                # The numbers of a tensor may happen to begin as a pickle does.
                found |= Scan(scan.dangerous, scan.unknown) if is_data else scan
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        return found | Scan(complete=False, why=f"the archive cannot be read: {error}")
    return found


def _scan_streams(content: bytes) -> Scan:
    """Scan one pickle after the other, as far as they go."""
    found, start, pickles, is_legacy = Scan(), 0, 0, False
    stream = io.BytesIO(content)
    while start < len(content) and (not is_legacy or pickles < _LEGACY_PICKLES):
        number, why = _walk(stream)
        end = stream.tell()
        if why != _TOO_LONG:
            found |= _globals(io.BytesIO(content[start:end]))
        if why or pickles == _MOST_PICKLES:
            return found | Scan(complete=False, why=why or "it holds too many pickles")
        is_legacy = is_legacy or (pickles == 0 and number == _LEGACY_TORCH)
        start, pickles = end, pickles + 1
    return found


def _walk(stream: IO[bytes]) -> tuple[int | None, str]:
    """Read the instructions of one pickle; return the last long number in it, and why they do not end, if so."""
    number = None
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if opcode.name in ("LONG1", "LONG", "LONG4"):
                number = argument
            if count > _MOST_INSTRUCTIONS:
                return number, _TOO_LONG
    except Exception as error:  # noqa: BLE001 - pickletools raises whatever its readers of numbers and texts raise
        return number, f"its instructions break off at byte {stream.tell():,}: {first_line(error)}"
    return number, ""


def _globals(stream: IO[bytes]) -> Scan:
    from picklescan.scanner import SafetyLevel, scan_pickle_bytes

    logging.getLogger("picklescan").setLevel(logging.CRITICAL)  # what it says, the findings say
    try:
        result = scan_pickle_bytes(stream, "", multiple_pickles=False)
    except Exception as error:  # noqa: BLE001 - it raises ValueError and others at what it cannot follow
        return Scan(complete=False, why=f"its imports cannot be followed: {error}")
    dangerous, unknown = set(), set()
    for each in result.globals:
        name = printable(f"{each.module}.{each.name}")
        if each.safety is SafetyLevel.Dangerous:
            dangerous.add(name)
        elif each.safety is SafetyLevel.Suspicious and not _makes_a_value(each.module, each.name):
            unknown.add(name)
    return Scan(frozenset(dangerous), frozenset(unknown))


def _makes_a_value(module: str, name: str) -> bool:
    """Tell whether it is a class of a library whose objects are pickled as a rule, or what rebuilds such objects."""
    if (module.replace("__builtin__", "builtins"), name) in _PLAIN:
        return True
    # A library's functions may do anything: joblib.load runs the next pickle.
    return module.partition(".")[0] in _LIBRARIES and _CLASS.match(name) is not None


def _read(opened: Callable[[IO[bytes]], io.BufferedIOBase], content: bytes, most: int) -> bytes:
    with opened(io.BytesIO(content)) as stream:
        return stream.read(most + 1)


def _zlib(content: bytes, most: int) -> bytes:
    return zlib.decompressobj().decompress(content, most + 1)


# How joblib packs: by the first bytes.
_PACKERS: Sequence[tuple[bytes, Callable[[bytes, int], bytes]]] = (
    (b"\x1f\x8b", partial(_read, lambda stream: gzip.GzipFile(fileobj=stream))),
    (b"BZh", partial(_read, bz2.BZ2File)),
    (b"\xfd7zXZ", partial(_read, lzma.LZMAFile)),
    (b"]\x00", partial(_read, lzma.LZMAFile)),
    (b"x\x01", _zlib),
    (b"x\x5e", _zlib),
    (b"x\x9c", _zlib),
    (b"x\xda", _zlib),
)
