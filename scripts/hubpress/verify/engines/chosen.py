"""The words of ``--engines``: which engines are asked, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import UsageError
from hubpress.hub.address import fault_of_address
from hubpress.text import listed, quoted, suggestion

INSTALL = "install"
"""What is given in the place of an address where an engine may be installed."""

_TAKES = {
    "onnxruntime": "nothing",
    "transformers.js": "a folder",
    "infinity": "an address, a folder or `install`",
    "tei": "an address",
    "vllm": "an address",
}


@dataclass(frozen=True)
class Engine:
    """An engine that is asked."""

    name: str
    address: str | None = None
    """Where it answers by HTTP, without a slash at the end."""
    folder: Path | None = None
    """Where it is installed."""
    install: bool = False
    """It may be installed, into an environment of its own."""


def chosen_engines(words: str | None) -> tuple[Engine, ...]:
    """Return the engines that words such as ``onnxruntime,tei=http://127.0.0.1:8080`` name; none for None.

    Raises UsageError for an engine that is not known, that is named twice, or whose place cannot be one.
    """
    found = tuple(_engines(words)) if words is not None else ()
    names = [engine.name for engine in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"--engines names {twice} twice.", hint="Name each engine once.")
    return found


def _engines(words: str) -> Iterator[Engine]:
    for word in words.split(","):
        name, given, place = (part.strip() for part in word.strip().partition("="))
        if name not in _TAKES:
            hint = f"There are {listed([*_TAKES])}.{suggestion(name, [*_TAKES])}"
            raise UsageError(f"--engines: {quoted(name)} is no engine that hubpress asks.", hint=hint)
        takes = _TAKES[name]
        if given and not place:
            raise UsageError(f"--engines: nothing stands behind {name}=.", hint=f"{name} takes {takes}.")
        if place and takes == "nothing":
            raise UsageError(f"--engines: {name} takes nothing behind it.", hint=f"Write {name}.")
        if not place and takes == "an address":
            hint = f"Write {name}=http://127.0.0.1:8080, where it has the model."
            raise UsageError(f"--engines: {name} is asked by HTTP, and no address is given.", hint=hint)
        if place == INSTALL and name == "infinity":
            yield Engine(name, install=True)
        elif takes == "an address" or (name == "infinity" and "://" in place):
            yield Engine(name, address=_address(name, place))
        else:
            yield Engine(name, folder=_folder(name, place) if place else None)


def _address(name: str, text: str) -> str:
    """Return an address that an engine can be asked at; a name or password in it is refused, and not shown."""
    fault = fault_of_address(text, no_login="it holds a name or a password, and hubpress sends engines none")
    if fault:
        hint = f"Write one such as {name}=http://127.0.0.1:8080."
        raise UsageError(f"--engines: what stands behind {name}= is not the address of an engine: {fault}.", hint=hint)
    return text.rstrip("/")


def _folder(name: str, place: str) -> Path:
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise UsageError(
            f"--engines: {name}={quoted(place)}: there is no such folder.", hint=f"{name} takes {_TAKES[name]}."
        )
    return folder.resolve()
