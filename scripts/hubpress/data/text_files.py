"""The lines of a text file in its encoding, unpacked; what is no text, or is another encoding, is named by its line."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from hubpress.data.reading import RecordFile
from hubpress.errors import DataError

_PACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Among these a guess is looked for; charset-normalizer knows dozens that nobody writes.
_USUAL = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_SAMPLE = 1 << 20  # bytes that are looked at to tell encodings apart
_CHUNK = 1 << 16


def lines(file: RecordFile) -> Iterator[str]:
    """Yield the lines of a text with their ends (\\n, \\r\\n or \\r), without its byte order mark.

    Its encoding is the recipe's, what its mark says, or UTF-8. Raises DataError, with the line, for what is not in
    that encoding, and for what is no text.
    """
    with unpacked(file) as stream:
        encoding = _encoding(file, stream)
        try:
            with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
                for number, line in enumerate(text, start=1):
                    if "\0" in line:
                        what = "is not text: it holds a zero byte."
                        raise DataError(what, where=file.line(number), hint=_hint(file))
                    yield line
        except UnicodeError as error:
            name = encoding.removesuffix("-sig")
            what = f"is not {'UTF-8' if name == 'utf-8' else name}."
            raise DataError(what, where=file.line(_first_strange(file, encoding)), hint=_hint(file)) from error


def unpacked(file: RecordFile) -> IO[Any]:
    """Return a file's bytes as a stream; gzip, bzip2 and xz are unpacked."""
    with file.path.open("rb") as stream:
        start = stream.read(6)
    opened = next((packed for magic, packed in _PACKED.items() if start.startswith(magic)), Path.open)
    return opened(file.path, "rb")


def guarded(records: Iterator[Any], display_name: str) -> Iterator[Any]:
    """Yield records. Raises DataError for what the system cannot read, and for what cannot be unpacked."""
    try:
        yield from records
    except (EOFError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"cannot be unpacked: {error}.", where=display_name, hint="Pack it anew.") from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.", where=display_name) from error


def _encoding(file: RecordFile, stream: Any) -> str:
    """Return how to decode a file, of which *stream* has not been read yet."""
    given, start = file.written.encoding, stream.peek(4)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
    if given is None:
        return marked or "utf-8"
    if marked and codecs.lookup(given).name.split("-")[:2] != codecs.lookup(marked).name.split("-")[:2]:
        what = f"begins with the mark of {marked.removesuffix('-sig')}, but {file.written.block}.encoding is {given}."
        raise DataError(what, where=file.display_name, hint="Take that out.")
    if not marked and _is_utf8(_sample(file), given):
        what = f"is UTF-8, but {file.written.block}.encoding is {given}."
        raise DataError(what, where=file.display_name, hint="Take that out.")
    if not marked and codecs.lookup(given).name in ("utf-16", "utf-32"):
        guess = _wide(_sample(file)) or f"{given}-le or {given}-be"
        what = f"has no byte order mark, without which {given} is read in one of two ways."
        raise DataError(what, where=file.display_name, hint=f"Set {file.written.block}.encoding to {guess}.")
    return marked or given


def _is_utf8(sample: bytes, given: str) -> bool:
    """Return whether bytes that are said to be in another encoding are certainly UTF-8."""
    if codecs.lookup(given).name.startswith("utf"):
        return False
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    # A pair of bytes may be a character of a script with thousands; three of them are not by chance.
    most_by_chance = 0 if len(b"\xc3\xbc".decode(given, errors="replace")) == 2 else 2
    return sum(not character.isascii() for character in text) > most_by_chance


def _first_strange(file: RecordFile, encoding: str) -> int:
    """Return the number of the first line that is not in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    number = 1
    with unpacked(file) as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                number += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                with suppress(UnicodeError):
                    number += error.object[: error.start].decode(encoding).count("\n")
                return number
            if not chunk:
                return number


def _sample(file: RecordFile) -> bytes:
    with unpacked(file) as stream:
        sample: bytes = stream.read(_SAMPLE)
    return sample


def _hint(file: RecordFile) -> str:
    """Return what to do about an encoding, with a guess where there is one: a guess is shown, and never used."""
    sample = _sample(file)
    guess = _wide(sample) if b"\0" in sample else _guess(sample)
    guessed = f" (it looks like {guess})" if guess else ""
    return f"Say its encoding in {file.written.block}.encoding{guessed}, or save it as UTF-8 text."


def _wide(sample: bytes) -> str | None:
    """Return the form of UTF-16 or UTF-32 that bytes seem to be in: most bytes of Latin letters are zero there."""
    quarters = [sample[place::4].count(0) * 4 > 0.9 * len(sample) for place in range(4)]
    for name, zero in (("utf-32-le", [False, True, True, True]), ("utf-32-be", [True, True, True, False])):
        if quarters == zero:
            return name
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros = sample[first::2].count(0)
        if zeros > 0.9 * len(sample[first::2]) and sample.count(0) == zeros:
            return name
    return None


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(sample[:_CHUNK], cp_isolation=_USUAL)
    best = found.best()
    if best is None:
        return None
    # Of encodings that differ in a few signs the most usual one is meant: £ is seldom Ł.
    equal = [name for match in found if _nearly(match, best) for name in match.could_be_from_charset]
    return min((name for name in equal if name in _USUAL), key=_USUAL.index).replace("_", "-")


def _nearly(match: Any, best: Any) -> bool:
    """Return whether a guess reads as well as the best one."""
    return bool(match.chaos <= best.chaos and match.coherence >= best.coherence - 0.1)
