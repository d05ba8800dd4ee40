"""Files beside a release, which no release put there: named, not compared; in a Space none may replace a module."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from hubpress.manifest import Manifest

# What the Hub installs from when it builds a Space, beside requirements.txt.
_INSTALLS = frozenset({"packages.txt", "pre-requirements.txt"})


def names_beside(published: Manifest, downloaded: Manifest) -> tuple[str, ...]:
    """Return the names of the downloaded files that a list does not have."""
    return tuple(sorted(downloaded.by_path().keys() - published.by_path().keys()))


def words_on(beside: Iterable[str]) -> str:
    """Return what a row says of files beside a release."""
    names = ", ".join(beside)
    return f"; not compared, for no release put them there: {names}" if names else ""


def in_the_way(beside: Iterable[str]) -> list[str]:
    """Return a sentence for each file beside a Space that its app would import, or be built with, as its own."""
    modules = sys.stdlib_module_names | packages_distributions().keys()
    found = []
    for name in beside:
        top, inside, _ = name.partition("/")
        if name in _INSTALLS:
            found.append(f"{name} changes what is installed, and no release put it there")
        elif (top if inside else top.split(".")[0]) in modules and name.endswith((".py", ".so", ".pyd", ".pyc")):
            found.append(f"{name} would be imported in place of the package of its name")
    return found
