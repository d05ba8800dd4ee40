"""What a trained model's own files say for a recipe: task, labels, licence, languages, tags, the base."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from hubpress.draft.given import place_of_model
from hubpress.draft.sheet import Sheet
from hubpress.errors import HubError, HubpressError, UsageError
from hubpress.files import JsonObject, plain_path
from hubpress.hub.client import Hub
from hubpress.hub.foreign import licences_of
from hubpress.hub.loose_values import is_text, one_or_more
from hubpress.hub.metadata import OTHER, language_fault, licence_fault, tag_fault
from hubpress.layout import ADAPTER_CONFIG, CONFIG
from hubpress.recipe.blocks import BaseModelSpec, TrainedModel
from hubpress.recipe.explain import value_problems
from hubpress.recipe.kinds import KINDS
from hubpress.recipe.open_places import to_fill_in
from hubpress.text import quoted
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.checkpoint import README, Checkpoint, find_checkpoint
from hubpress.trained.outputs import SETTINGS, is_of_two_labels
from hubpress.trained.settle import (
    are_named,
    base_of,
    entity_types,
    front_matter,
    labels_answered,
    labels_of,
    refuse_other_task,
)
from hubpress.trained.unloaded import refuse_unfit
from hubpress.trained.weights import weight_files
from hubpress.yaml12 import YamlMapping

_LICENCE = to_fill_in("the licence of the weights, such as apache-2.0")
_LANGUAGE = to_fill_in("the languages of the texts, such as en")
_MADE_BY_TOOLS = (
    *("generated_from_trainer", "transformers", "safetensors", "pytorch", "autotrain", "endpoints_compatible"),
    *("text-classification", "token-classification", "text-embeddings-inference"),
    # Of libraries and uses that a release is no longer made for.
    *("sentence-transformers", "cross-encoder", "reranker", "text-ranking", "setfit", "span-marker", "peft", "lora"),
)
_OF_PAIRS = {"entailment", "not_entailment", "contradiction", "duplicate", "not_duplicate", "paraphrase",
             "not_paraphrase", "equivalent", "not_equivalent"}  # fmt: skip
_PATIENCE = 5.0  # seconds until a Hub is taken for one that does not answer


@dataclass(frozen=True)
class Trained:
    """A trained model that can be taken, and what its ``config.json`` says."""

    found: Checkpoint
    spec: YamlMapping
    """The block ``trained``."""
    labels: tuple[str, ...]
    """Its labels, of a token model its tags, by their ids."""
    task: str | None
    """Its task; None for a classifier whose files do not say whether it answers one label or several."""

    @property
    def is_named(self) -> bool:
        """Whether its labels have names."""
        return are_named(self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """What it answers: its labels, of a token model the types of entities."""
        return (entity_types(self.labels) or self.labels) if self.task == "token" else self.labels

    @property
    def pairs(self) -> str:
        """What in its files shows that it reads pairs of texts; empty where nothing does."""
        if "sentence_transformers" in self.found.json(CONFIG) or SETTINGS in self.found.names:
            return "the model is a cross-encoder of sentence-transformers, which reads pairs"
        told = {re.sub(r"[\W_]+", "_", label.lower()) for label in self.labels} & _OF_PAIRS
        return f"the label {quoted(min(told))} is one of pairs" if told else ""


def trained_model(given: str, *, task: str | None, base: BaseModelSpec | None = None) -> Trained:
    """Return the model that *given* names, a folder or ``OWNER/REPO[@REVISION]`` on the Hub.

    *task* and *base*, that of an adapter, are those that a person gave. Raises UsageError for a word that names
    nothing, and HubpressError for a model that cannot be taken.
    """
    if task and task not in KINDS:
        raise UsageError(f"{task!r} is no task of a trained model.", where="--task", hint=f"Give {', '.join(KINDS)}.")
    spec = place_of_model(given)
    try:
        place = TrainedModel.model_validate(spec)
        found = find_checkpoint(place, recipe_folder=Path.cwd(), base=base, folder_first=True)
    except HubpressError as error:
        is_there = "path" in spec or not isinstance(error, HubError)
        what = error.what if is_there else f"is no folder here, and no model that the Hub gave: {error.what}"
        where = error.where if str(error.where).startswith("base") else given
        raise type(error)(what, where=where, hint=error.hint) from error
    found = replace(found, place=given)
    config = found.json(CONFIG)
    weight_files(found)
    own = task or _task(found, config)
    labels = labels_answered(found, config, own)
    refuse_other_task(own or "single-label", found, config)
    _refuse_tags(found, own, labels)
    refuse_unfit(found, own or "single-label")
    pinned = {"revision": found.commit} if found.commit else {}
    return Trained(found, {**spec, **pinned}, labels, own)


def base_given(given: YamlMapping, folder: Path) -> BaseModelSpec | None:
    """Return the base that a person gave by ``--set``, whose path is then the one from the root on; None for none.

    A path counts from here, or as in a recipe from its *folder*. Raises UsageError for what is no base.
    """
    block = given.get("base_model")
    if block is None:
        return None
    try:
        spec = BaseModelSpec.model_validate(block)
    except ValidationError as error:
        key, sentence = value_problems(error, block)[0]
        raise UsageError(sentence, where=f"--set {'.'.join(('base_model', *map(str, key)))}") from error
    if spec.path:
        path = spec.path.expanduser()
        folders = [start / path for start in (Path.cwd(), folder) if (start / path).is_dir()]
        if not folders:
            hint = "Name the folder that the base was saved into."
            raise UsageError("there is no such folder.", where=f"--set base_model.path={spec.path}", hint=hint)
        if len({one.resolve() for one in folders}) > 1:
            what = f"may be {str(folders[0])!r} or {str(folders[1])!r}."
            raise UsageError(what, where=f"--set base_model.path={spec.path}", hint="Give the whole path.")
        block["path"] = str(plain_path(folders[0]))
        spec = spec.model_copy(update={"path": Path(block["path"])})
    return spec


def _task(found: Checkpoint, config: JsonObject) -> str | None:
    """Return the task that a configuration says; None for one that leaves open how many labels a text has."""
    if any(str(name).endswith("ForTokenClassification") for name in one_or_more(config.get("architectures"))):
        return "token"
    problem, count = config.get("problem_type"), len(labels_of(found, config))
    if is_of_two_labels(found, config, count):
        return "single-label"
    if not problem and count == 1:
        return "regression"  # transformers trains one output on numbers alone
    return next((name for name, kind in KINDS.items() if problem and kind.problem_type == problem), None)


def _refuse_tags(found: Checkpoint, task: str | None, labels: tuple[str, ...]) -> None:
    """Raise HubpressError for the tags of a token model that cannot be taken, before anybody lists columns for them."""
    if task == "token" and not are_named(labels):
        what = f"its {len(labels)} tags have no names ({labels[0]} to {labels[-1]})."
        raise found.error(what, "Write its tags (O, B-…, I-…) into id2label of its config.json.")
    if task == "token" and entity_types(labels) is None:
        shown = ", ".join(quoted(label) for label in labels[:5])
        what = f"its tags are not those of IOB2, O with B- and I- of each type: {shown}."
        raise found.error(what, "Models with other tags (BIOES, or without B-) cannot be taken.")


def put_metadata(sheet: Sheet, model: Trained) -> None:
    """Put licence, languages, tags and base as the model's README says them, or the places for them."""
    fields, base = front_matter(model.found), _base_of(model.found)
    if isinstance(model.found, AdapterCheckpoint):
        _put_base(sheet, model.found)
    elif base:
        sheet.found["base_model"] = f"{base} ({README} of the model)"
    _put_licence(sheet, fields, base)
    languages = [code for code in one_or_more(fields.get("language")) if not language_fault(code, with_locales=True)]
    if languages:
        sheet.put("language", value=list(dict.fromkeys(languages)), note=f"as {README} of the model says")
        sheet.found["language"] = f"{', '.join(languages)} ({README} of the model)"
    else:
        sheet.put("language", value=[_LANGUAGE])
    tags = [tag for tag in one_or_more(fields.get("tags")) if is_text(tag) and _is_own(tag)]
    if tags:
        sheet.put("tags", value=list(dict.fromkeys(tags)), note=f"those in {README} of the model")


def _base_of(found: Checkpoint) -> str | None:
    """Return the base on the Hub; of an adapter the one under it, whatever its README says."""
    return found.below.id if isinstance(found, AdapterCheckpoint) else base_of(found)


def _put_base(sheet: Sheet, found: AdapterCheckpoint) -> None:
    """Put where the base of an adapter is, unless a person said so, or a model on the Hub is the one that it names."""
    below, name = found.below, (found.settings or {}).get("base_model_name_or_path")
    sheet.found["base_model"] = f"{below.id or below.folder} ({ADAPTER_CONFIG})"
    if sheet.is_given("base_model"):
        sheet.found["base_model"] = f"{below.id or below.folder} (--set)"
        sheet.put("base_model", value=sheet.of_given("base_model"))
    elif below.folder:
        sheet.put("base_model", "path", value=str(below.folder))
        what = f"{quoted(name)} in {ADAPTER_CONFIG} is a folder on this machine; else a model on the Hub of that name"
        if not Path(str(name)).is_absolute():
            sheet.put("base_model", "path", value=str(below.folder), guess=what)
        sheet.say(
            "base_model", note="add id: OWNER/REPO if it is a copy of a model on the Hub, which the card then names"
        )


def _is_own(tag: str) -> bool:
    return tag not in _MADE_BY_TOOLS and ":" not in tag and not tag_fault(tag)


def _put_licence(sheet: Sheet, fields: JsonObject, base: str | None) -> None:
    own = [value for value in one_or_more(fields.get("license")) if is_text(value) and not licence_fault(value)]
    if own == [OTHER]:
        name, link = fields.get("license_name"), fields.get("license_link")
        if not (is_text(name) and is_text(link) and str(link).startswith(("https://", "http://"))):
            own = []  # the other two belong to it
        else:
            sheet.put("license_name", value=name)
            sheet.put("license_link", value=link)
    if own:
        value = own[0] if len(own) == 1 else list(dict.fromkeys(own))
        sheet.put("license", value=value, note=f"as {README} of the model says")
        sheet.found["license"] = f"{', '.join(own)} ({README} of the model)"
        return
    theirs = [] if sheet.is_given("license") or not base else _of_base(base)
    if len(theirs) == 1:
        sheet.put("license", value=theirs[0], guess=f"the licence of its base, {base}; yours may be another")
        return
    sheet.put("license", value=_LICENCE)


def _of_base(base: str) -> list[str]:
    """Return the licences of a base on the Hub, as far as they can be asked and taken."""
    try:
        hub = Hub.of_environment()
        named = licences_of(hub, base) if hub.is_reachable(seconds=_PATIENCE) else ()
    except HubpressError:
        return []
    return [one for one in named if one != OTHER and not licence_fault(one)]
