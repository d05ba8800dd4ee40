"""A trained model -> the folder that training leaves: weights as safetensors, tokenizer and training.json."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hubpress.bases.find import Base, weights_hash
from hubpress.bases.head import answer_with_two, settle_head
from hubpress.bases.positions import refuse_too_long
from hubpress.bases.tokenizer import fit_tokenizer, refuse_slow, refuse_without_pairs
from hubpress.environment import versions
from hubpress.files import digest_of, sha256_file
from hubpress.inference.tokenizer import clear_padding_and_truncation, with_tight_offsets
from hubpress.layout import ADAPTER_CONFIG, CONFIG, SPLITS_FACTS, TOKENIZER, TRAINING
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts
from hubpress.schemas.training import BaseModelFacts, KnownFact, TokenizerFacts, TrainedFacts
from hubpress.tasks.registry import task_of
from hubpress.text import listed
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.checkpoint import ARGUMENTS, README, STATE, Checkpoint, find_checkpoint, tokenizer_names
from hubpress.trained.history import history_of
from hubpress.trained.merge import merged_adapter
from hubpress.trained.outputs import is_of_two_labels
from hubpress.trained.settle import are_named, labels_of
from hubpress.trained.tokens import lowers, tokenizer_facts
from hubpress.trained.weights import files_of_weights, read_weights, refuse_not_numbers, weight_files
from hubpress.trained.whole import whole_model, whole_tokenizer

_ONE_FILE = "1000GB"


def taken_files(recipe: Recipe) -> list[Path]:
    """Return the files of a trained model in a folder that decide what is taken; of one on the Hub none."""
    assert recipe.trained is not None
    found = find_checkpoint(recipe.trained, recipe_folder=recipe.folder, base=recipe.base_model)
    parts = [found, found.below] if isinstance(found, AdapterCheckpoint) else [found]
    own = {ADAPTER_CONFIG, *(files_of_weights(found))}
    files = []
    for part in parts:
        weights = own if part is found else set(weight_files(part))
        wanted = {CONFIG, *tokenizer_names(part), *weights, STATE, ARGUMENTS, README}
        files += [part.folder / name for name in part.names if part.folder and name in wanted]
    return [path for path in files if path.is_file()]


def take_over(recipe: Recipe, data_folder: Path, folder: Path, *, model_folder: str) -> TrainedFacts:
    """Leave the recipe's trained model in *folder* as training would; return its ``training.json``, which is there.

    Weights keep their type of number. Raises HubpressError for weights that are not whole or of another model, for a
    model that does not answer the records' labels, and for a length of texts that it does not read.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    assert recipe.trained is not None
    found = find_checkpoint(recipe.trained, recipe_folder=recipe.folder, base=recipe.base_model)
    names = files_of_weights(found)
    splits = SplitFacts.load(data_folder / SPLITS_FACTS)
    if isinstance(found, AdapterCheckpoint):
        model_class = task_of(recipe, splits).model_class()
        model, dtype = merged_adapter(found, names[0], model_class, len(labels_of(found, found.json(CONFIG))))
        model.config.problem_type = recipe.kind.problem_type
        notes = ["The adapter was merged into its base, by merge_and_unload() of peft."]
    else:
        state, notes = read_weights(found, names)
        refuse_not_numbers(found, state)
        model, dtype = whole_model(found, task_of(recipe, splits).model_class(), state)
        model.config.problem_type = recipe.kind.problem_type
    notes += _labelled(found, model, splits.labels, positive=recipe.decision.positive)
    tokenizer = whole_tokenizer(found)
    if recipe.task == "token":
        tokenizer = with_tight_offsets(tokenizer)
    refuse_slow(recipe, tokenizer, where=found.place)
    refuse_without_pairs(recipe, tokenizer, where=found.place)
    notes += fit_tokenizer(tokenizer, model, where=found.place)
    refuse_too_long(model, tokenizer, recipe.tokenizer.max_length)
    notes += _of_type(model, dtype, recipe)
    shutil.rmtree(folder, ignore_errors=True)
    target = folder / model_folder
    model.to(dtype).save_pretrained(target, max_shard_size=_ONE_FILE)
    clear_padding_and_truncation(tokenizer)
    tokenizer.save_pretrained(target)
    facts = _facts(recipe, found, names, model, tokenizer, notes, tokenizer_facts(tokenizer, data_folder))
    facts.save(folder / TRAINING)
    return facts


def _labelled(found: Checkpoint, model: Any, labels: Sequence[str], *, positive: str | None) -> list[str]:
    """Let the model answer the splits' labels in their order; return what is to be said of it.

    Of one output under a sigmoid the score is that of the *positive* label, without such of the second one.
    """
    own = labels_of(found, found.json(CONFIG))
    if len(labels) == 2 and is_of_two_labels(found, found.json(CONFIG), len(own)):
        meant = own[0] if are_named(own) else positive or labels[1]
        if meant not in labels or meant != (positive or meant):
            what = f"has one output, the score of {meant!r}, which the recipe's {listed(labels)} lack, or do not mean."
            raise found.error(what, f"Say {meant!r} in data.labels, and in decision.positive where that is given.")
        answer_with_two(model, positive=list(labels).index(meant), where=found.place)
        _name_labels(model, labels)
        return [
            f"Its one output, of which a sigmoid makes a score, is now that of {meant!r}, beside one that is always 0: "
            "the score by softmax over both is the same. CrossEncoder of sentence-transformers, which ranks by one "
            "output, no longer takes it."
        ]
    if len(own) != len(labels):
        raise found.error(f"has {len(own)} labels, but the recipe has {len(labels)}.", "List the model's own labels.")
    notes = []
    if not are_named(own):
        what = "outputs" if model.config.problem_type == "regression" else "labels"
        nameless = isinstance(found, AdapterCheckpoint) and CONFIG not in found.own and found.outputs is not None
        who = "An adapter" if nameless else _capital(found.whose(CONFIG))
        notes.append(f"{who} gives its {what} no names; those of the recipe are taken in their order.")
    elif tuple(own) != tuple(labels):
        if sorted(own) != sorted(labels):
            strange = next(label for label in labels if label not in own)
            raise found.error(f"has no label {strange!r}, which the recipe's has.", "Give the labels that it has.")
        settle_head(model, own, labels, absent=set(), where=found.place)
        notes.append("Its labels are in another order here, and the rows of its head with them; its answers are alike.")
    _name_labels(model, labels)
    return notes


def _name_labels(model: Any, labels: Sequence[str]) -> None:
    model.config.id2label = dict(enumerate(labels))
    model.config.label2id = {label: number for number, label in enumerate(labels)}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _of_type(model: Any, dtype: Any, recipe: Recipe) -> list[str]:
    import torch

    if dtype == torch.float32:
        return []
    name = str(dtype).removeprefix("torch.")
    files = " (its ONNX files in float32)" if recipe.onnx.export else ""
    return [f"Its weights are {name}, in which they are measured and published{files}."]


def _casing(found: Checkpoint, tokenizer: Any) -> Iterator[KnownFact]:
    """Yield whether a model tells capital letters from small ones, where its tokenizer has a file that says so."""
    if tokenizer.is_fast:
        value = "read as small ones" if lowers(tokenizer) else "read as they are"
        yield KnownFact(name="capital letters", value=value, source=found.source(TOKENIZER))


def _facts(
    recipe: Recipe,
    found: Checkpoint,
    names: tuple[str, ...],
    model: Any,
    tokenizer: Any,
    notes: Sequence[str],
    tokens: TokenizerFacts | None,
) -> TrainedFacts:
    assert recipe.trained is not None
    hashes = {name: sha256_file(found.file(name)) for name in names}
    whole = next(iter(hashes.values())) if len(hashes) == 1 else digest_of(hashes)
    known, unknown = history_of(found, base=recipe.base_id)
    known = (*_casing(found, tokenizer), *known)
    base, below = recipe.base_model, found.below if isinstance(found, AdapterCheckpoint) else None
    trained = BaseModelFacts(
        id=recipe.trained.id, revision=recipe.trained.revision, config={}, commit=found.commit, sha256=whole
    )
    return TrainedFacts(
        base_model=BaseModelFacts(
            id=recipe.base_id,
            revision=base.revision if base else None,
            config={},
            commit=below.commit if below else None,
            sha256=weights_hash(Base(str(below.folder), None)) if below and below.folder else None,
        ),
        adjustments=tuple(notes) or None,
        stated={"max_length": recipe.tokenizer.max_length},
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        versions=versions(),
        trained=trained,
        weights=hashes,
        base_weights={name: sha256_file(below.file(name)) for name in weight_files(below)} if below else None,
        dtype=str(model.dtype).removeprefix("torch."),
        known=known,
        unknown=unknown,
        tokenizer=tokens,
    )
