"""Files beside a release, which no release put there: named, not compared; none may be taken for one of the release."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath

from hubpress.check.files.pickles import is_pickled
from hubpress.layout import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    EVALUATION,
    MODEL_FILES,
    NOTEBOOK,
    RECIPE,
    TOKENIZER_FILES,
    TRAINING,
)
from hubpress.manifest import Manifest

# What the Hub installs from when it builds a Space, beside requirements.txt.
_INSTALLS = frozenset({"packages.txt", "pre-requirements.txt"})
# What a release always has: a list without one of them has lost it.
_OF_A_RELEASE = frozenset({*MODEL_FILES, EVALUATION, NOTEBOOK, RECIPE, TRAINING})
# What transformers and peft read where it lies beside a classifier's weights.
_NO_RELEASE_HAS = frozenset({ADAPTER_CONFIG, "generation_config.json", "preprocessor_config.json"})


def names_beside(published: Manifest, downloaded: Manifest) -> tuple[str, ...]:
    """Return the names of the downloaded files that a list does not have."""
    return tuple(sorted(downloaded.by_path().keys() - published.by_path().keys()))


def words_on(beside: Iterable[str]) -> str:
    """Return what a row says of files beside a release."""
    names = ", ".join(beside)
    return f"; not compared, for no release put them there: {names}" if names else ""


def loaded_with(files: Path, beside: Iterable[str], *, is_adapter: bool) -> list[str]:
    """Return a sentence for each file of a model that runs code or is loaded with it, and for each that its list lost.

    *beside* are the files that its list does not have. What no release has is told whether it is listed or not; a list
    of one that *is_adapter* has the adapter's files.
    """
    beside, names = set(beside), {path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()}
    adapter = {ADAPTER_CONFIG, ADAPTER_WEIGHTS} if is_adapter else set()
    lost = beside & (_OF_A_RELEASE | adapter)
    loaded = (names & (_NO_RELEASE_HAS - adapter)) | (beside & {*TOKENIZER_FILES})
    pickled = {name for name in names - lost - loaded if is_pickled(files / name, PurePosixPath(name))}
    return [
        *(f"{name} is not in the manifest, which lists all files of a release" for name in sorted(lost)),
        *(f"{name} would be loaded with the model, and no release put it there" for name in sorted(loaded)),
        *(f"{name} is pickled, and runs code when it is loaded" for name in sorted(pickled)),
    ]


def in_the_way(beside: Iterable[str]) -> list[str]:
    """Return a sentence for each file beside a Space that its app would import, or be built with, as its own."""
    found = []
    for name in beside:
        top, inside, _ = name.partition("/")
        if name in _INSTALLS:
            found.append(f"{name} changes what is installed, and no release put it there")
        elif name.endswith((".py", ".so", ".pyd", ".pyc")) and (top if inside else top.split(".")[0]) in _modules():
            found.append(f"{name} would be imported in place of the package of its name")
    return found


@cache
def _modules() -> frozenset[str]:
    return sys.stdlib_module_names | packages_distributions().keys()
