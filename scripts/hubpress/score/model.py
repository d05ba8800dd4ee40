"""The model that answers: a commit on a Hub, or a folder; what of it is needed, and what it reads and answers."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from jinja2 import TemplateSyntaxError

from hubpress.errors import HubError, HubpressError, UsageError
from hubpress.files import digest_of, found_json, sha256_file
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.input_template import fields_of
from hubpress.layout import (
    ADAPTER_CONFIG,
    CONFIG,
    ONNX,
    QUANTIZED,
    TOKENIZER,
    TOKENIZER_CONFIG,
    TOKENIZER_FILES,
    WEIGHTS,
)
from hubpress.schemas.document import DocumentError
from hubpress.schemas.model_config import ModelConfig, code_keys
from hubpress.schemas.scoring import ScoredModel

_TEXT = "{{ text }}"
_TOKEN = "TokenClassification"


@dataclass(frozen=True)
class ChosenModel:
    """A model that is known by its config.json; its weights are not here yet."""

    facts: ScoredModel
    config: ModelConfig
    is_token: bool
    names: tuple[str, ...]
    """The files that are needed."""
    folder: Path | None = None
    """Where it lies, if it is no repository."""
    repo: RepoId | None = None
    hub: Hub | None = None

    @property
    def template(self) -> str:
        """The template of the text."""
        return self.config.input_template or _TEXT

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what the model reads of a record; raises HubpressError for a template that is none."""
        templates = [self.template, *([self.config.text_pair] if self.config.text_pair else [])]
        try:
            return tuple(dict.fromkeys(field for one in templates for field in fields_of(one)))
        except TemplateSyntaxError as error:
            raise HubpressError("its input_template is none.", where=str(self), hint="Release it anew.") from error

    def fetched(self, cache: Path) -> Path:
        """Return the folder with its files; of a repository they are downloaded below *cache*, unless they are there.

        Raises HubError.
        """
        if self.folder is not None:
            return self.folder
        assert self.hub is not None and self.repo is not None
        place = cache / digest_of([self.facts.commit, list(self.names)])[:16]
        if not place.is_dir():
            self.hub.download(self.repo, self.facts.commit, place, only=[escape(name) for name in self.names])
        return place

    def __str__(self) -> str:
        return self.facts.name


def chosen_model(model: Path | str, *, revision: str | None, int8: bool, hub: Hub | None) -> ChosenModel:
    """Return the model of a folder, or of ``OWNER/REPO`` at the commit that *revision* means now (None: main).

    Raises UsageError for what is neither, ``HubError`` where it cannot be read, and HubpressError for a repository
    that hubpress has not released, or that has no weights of the kind that is asked for.
    """
    folder = Path(model)
    if folder.is_dir():
        if revision is not None:
            raise UsageError("a folder has no revisions.", where="--revision", hint="Leave it out, or name OWNER/REPO.")
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        config, is_token = _config(folder, str(model), is_adapter=ADAPTER_CONFIG in there)
        weights, names = _needed(there, str(model), int8=int8, is_token=is_token)
        commit = digest_of({name: sha256_file(folder / name) for name in names})
        facts = ScoredModel(name=str(folder.resolve()), commit=commit, weights=weights, decision=config.decision)
        return ChosenModel(facts, config, is_token, names, folder=folder)
    if str(model).startswith((".", "/", "~")):
        raise UsageError(f"{str(model)!r} is no folder.", hint="Give one that is there, or a model as OWNER/REPO.")
    repo, hub = RepoId.parse(str(model)), hub or Hub.of_environment()
    if repo.type != "model":
        raise UsageError(f"{str(model)!r} is a Space.", hint="Name the model that it shows.")
    try:
        sha = hub.head(repo, revision)
    except HubError as error:
        if revision is not None:
            raise
        what = f"{str(model)!r} is no folder here, and no model that the Hub gave: {error.what}"
        raise HubError(what, where=error.where, hint=error.hint, passes=error.passes) from error
    there = set(hub.list_files(repo, sha))
    with tempfile.TemporaryDirectory(prefix="hubpress-score-") as scratch:
        files = hub.download(repo, sha, Path(scratch) / "files", only=[CONFIG])
        config, is_token = _config(files, repo.id, is_adapter=ADAPTER_CONFIG in there)
    weights, names = _needed(there, repo.id, int8=int8, is_token=is_token)
    facts = ScoredModel(name=repo.id, commit=sha, weights=weights, decision=config.decision)
    return ChosenModel(facts, config, is_token, names, repo=repo, hub=hub)


def _needed(there: Collection[str], where: str, *, int8: bool, is_token: bool) -> tuple[str, tuple[str, ...]]:
    """Return the file that computes, and all files that are needed.

    A token model answers by its pipeline, which loads the weights themselves.
    """
    if int8 and QUANTIZED not in there:
        raise HubpressError(f"has no {QUANTIZED}, which --int8 asks for.", where=where, hint="Leave --int8 out.")
    usual = (WEIGHTS,) if is_token else (ONNX, WEIGHTS)
    weights = QUANTIZED if int8 else next((name for name in usual if name in there), None)
    if weights is None or (is_token and WEIGHTS not in there):
        if ADAPTER_CONFIG not in there:
            raise HubpressError(f"has neither {ONNX} nor {WEIGHTS}.", where=where, hint="Release it with hubpress.")
        merged = "release: merged"
        if is_token:
            what, hint = "is an adapter, and token models answer by whole weights.", f"Release it again with {merged}."
        else:
            what = "is an adapter without ONNX files, which hold the whole model."
            hint = f"Release it again with onnx.export: true, or with {merged}."
        raise HubpressError(what, where=where, hint=hint)
    names = [name for name in (TOKENIZER, TOKENIZER_CONFIG, *TOKENIZER_FILES) if name in there]
    more = [name for name in there if name.startswith(f"{weights}_data") or name == f"{weights}.data"]
    return weights, tuple(sorted({CONFIG, weights, *names, *more, *([WEIGHTS] if is_token else [])}))


def _config(folder: Path, where: str, *, is_adapter: bool) -> tuple[ModelConfig, bool]:
    """Return what config.json says, and whether it is of a token model."""
    try:
        config = ModelConfig.load(folder / CONFIG)
    except DocumentError as error:
        if is_adapter:
            hint = (
                "Name it as trained: in a recipe, release that, which merges it into its base, and score the release."
            )
            raise HubpressError("is an adapter that says nowhere how it decides.", where=where, hint=hint) from error
        hint = "Only models that hubpress has released say there how they decide."
        raise HubpressError(f"its {CONFIG} {error.what}", where=where, hint=hint) from error
    read = found_json(folder / CONFIG) or {}
    if keys := code_keys(read):
        raise HubpressError(
            f"its {CONFIG} has code loaded by {keys[0]}.", where=where, hint="Audit it: hubpress audit."
        )
    classes = read.get("architectures") or [""]
    return config, str(classes[0]).endswith(_TOKEN) or config.decision.aggregation_strategy is not None
