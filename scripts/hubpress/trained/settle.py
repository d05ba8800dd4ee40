"""A recipe of a trained model with what the model's own files say: its labels and their order, the length of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hubpress.bases.stated_positions import stated_positions
from hubpress.errors import HubpressError
from hubpress.files import JsonObject
from hubpress.hub.ids import not_an_id
from hubpress.hub.readme import read_card
from hubpress.layout import CONFIG, TOKENIZER_CONFIG
from hubpress.metrics.iob2 import OUTSIDE
from hubpress.recipe.blocks import BaseModelSpec, Tokenizer
from hubpress.recipe.recipe import Recipe
from hubpress.text import quoted, suggestion
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.checkpoint import README, Checkpoint, find_checkpoint
from hubpress.trained.outputs import is_of_two_labels, refuse_no_numbers, with_its_numbers
from hubpress.trained.weights import weight_files

_UNNAMED = re.compile(r"LABEL_\d+")
_HEADS = {"token": "TokenClassification"}
_HEAD = "SequenceClassification"
_TASKS = {"multi_label_classification": "multi-label", "single_label_classification": "single-label"}
_TAG = re.compile(r"[BI]-.+")
_UNSAID = 2  # labels of a config.json that does not say how many
_SHORTEST, _LONGEST = 8, 32768
_SHOWN = 5


def settled(recipe: Recipe) -> Recipe:
    """Return a recipe with what the files of its trained model say; one without ``trained`` as it is.

    Labels, their order, the length of texts and the base are filled in where the recipe leaves them out; a model on the
    Hub is that of one commit. Raises HubpressError for a model that cannot be taken, or that is another than the recipe
    says: of another task, with other labels, with a head for another number of them.
    """
    if recipe.trained is None:
        return recipe
    found = find_checkpoint(recipe.trained, recipe_folder=recipe.folder, base=recipe.base_model)
    config = found.json(CONFIG)
    refuse_other_task(recipe.task, found, config)
    labels = labels_answered(found, config, recipe.task)
    changes = {"data": _data(recipe, found, labels), "trained": recipe.trained}
    if found.commit:
        changes["trained"] = recipe.trained.model_copy(update={"revision": found.commit})
    if "max_length" not in recipe.tokenizer.model_fields_set and (length := _length(found, config)):
        changes["tokenizer"] = Tokenizer(max_length=length)
    if isinstance(found, AdapterCheckpoint):
        if found.below.id:
            changes["base_model"] = BaseModelSpec(id=found.below.id, revision=found.below.commit)
    elif recipe.base_model and (recipe.base_model.path or recipe.base_model.package):
        raise HubpressError(
            "says of a trained model what it was made from: give its id alone.", where=f"{recipe.name}: base_model"
        )
    elif recipe.base_model is None and (base := base_of(found)):
        changes["base_model"] = BaseModelSpec(id=base)
    return recipe.model_copy(update=changes)


def labels_of(found: Checkpoint, config: JsonObject) -> tuple[str, ...]:
    """Return a model's labels by their ids, as its config.json names them.

    Raises HubpressError where they are not numbered from 0, one is there twice, or ``label2id`` says otherwise.
    """
    given = config.get("id2label")
    if given is None:
        count = config.get("num_labels", _UNSAID)
        return tuple(f"LABEL_{number}" for number in range(count if isinstance(count, int) else _UNSAID))
    if not isinstance(given, dict) or sorted(given, key=str) != sorted(map(str, range(len(given)))):
        raise found.error(
            f"{found.whose(CONFIG)} does not number its labels from 0 (`id2label`).",
            "Write id2label as a mapping from 0, 1, 2, … to the labels.",
        )
    labels = tuple(str(given[str(number)]) for number in range(len(given)))
    if twice := next((label for label in labels if labels.count(label) > 1), None):
        raise found.error(
            f"{found.whose(CONFIG)} calls two labels {twice!r} (`id2label`).", "Give each label a name of its own."
        )
    _refuse_other_ids(found, labels, config.get("label2id"))
    return labels


def labels_answered(found: Checkpoint, config: JsonObject, task: str | None) -> tuple[str, ...]:
    """Return the labels that a model answers with: those of its config.json, of one output under a sigmoid two.

    These have no names. Raises as :func:`labels_of` does.
    """
    own = labels_of(found, config)
    is_of_two = task in (None, "single-label") and is_of_two_labels(found, config, len(own))
    return ("LABEL_0", "LABEL_1") if is_of_two else own


def _refuse_other_ids(found: Checkpoint, labels: Sequence[str], ids: object) -> None:
    """Raise HubpressError where `label2id` says another thing than `id2label`: which is meant, nothing tells.

    Names that stand in ``label2id`` alone are often those of the model before: ``id2label`` is what answers.
    """
    for number, label in enumerate(labels):
        if isinstance(ids, dict) and label in ids and str(ids[label]) != str(number):
            raise found.error(
                f"{found.whose(CONFIG)} calls {number} {label!r} in `id2label`, but gives it the number {ids[label]} "
                "in `label2id`.",
                "Write into both what was meant when it was trained.",
            )


def are_named(labels: Sequence[str]) -> bool:
    """Tell whether labels have names, other than those that transformers gives where nobody has named them."""
    return not all(_UNNAMED.fullmatch(label) for label in labels)


def entity_types(labels: Sequence[str]) -> tuple[str, ...] | None:
    """Return the types of entities of tags as IOB2, in the order of their ids; None where they are no such tags."""
    types = tuple(dict.fromkeys(label[2:] for label in labels if _TAG.fullmatch(label)))
    wanted = {OUTSIDE, *(f"{letter}-{kind}" for kind in types for letter in "BI")}
    return types if types and set(labels) == wanted else None


def base_of(found: Checkpoint) -> str | None:
    """Return the one base that a model's README names in its front matter; None where it names none, or several."""
    base = front_matter(found).get("base_model")
    base = base[0] if isinstance(base, list) and len(base) == 1 else base
    return base if isinstance(base, str) and not not_an_id(base) else None


def front_matter(found: Checkpoint) -> JsonObject:
    """Return the front matter of a model's README; an empty one where there is none that can be read."""
    if README not in found.names:
        return {}
    try:
        return dict(read_card(found.file(README).read_text(encoding="utf-8")).data)
    except (OSError, ValueError):
        return {}


def refuse_other_task(task: str, found: Checkpoint, config: JsonObject) -> None:
    """Raise HubpressError for a model whose own files say that it answers otherwise than *task*, or with no labels."""
    head = _HEADS.get(task, _HEAD)
    classes = config.get("architectures") or []
    classes = classes if isinstance(classes, list) else [classes]
    if classes and not any(str(name).endswith(f"For{head}") for name in classes):
        told = str(classes[0])
        other = "token" if told.endswith("ForTokenClassification") else "single-label or multi-label"
        if told.endswith("Classification") and "Image" not in told and "Audio" not in told:
            raise found.error(f"is a {told}, which does not answer as task: {task} does.", f"Say task: {other}.")
        # save_pretrained() names the class of what it saves; beside a state_dict the config may still be the base's.
        if weight_files(found)[0].startswith("model"):
            raise found.error(
                f"is a {told}, which has no head that gives labels.",
                "Name a model that was trained for it, or name this one as base_model, without trained, to train it.",
            )
    kind = config.get("problem_type")
    count = len(labels_of(found, config))
    if task == "regression":
        refuse_no_numbers(found, config, count)
        return
    if task == "single-label" and is_of_two_labels(found, config, count):
        return
    if task != "token" and (kind == "regression" or count == 1):
        why = "problem_type regression" if kind == "regression" else "one label"
        what = f"answers with numbers, not with labels ({why} in {found.whose(CONFIG)})."
        says = "single-label, with two labels" if is_of_two_labels(found, config, count) else "regression"
        raise found.error(what, f"Say task: {says}, or name a classifier.")
    if task != "token" and kind in _TASKS and _TASKS[kind] != task:
        raise found.error(
            f"was trained as {kind} (problem_type in {found.whose(CONFIG)}), which task: {task} is not.",
            f"Say task: {_TASKS[kind]}.",
        )


def _data(recipe: Recipe, found: Checkpoint, labels: tuple[str, ...]) -> object:
    """Return the recipe's ``data`` with the model's labels listed in their order."""
    data = recipe.data
    if recipe.task == "regression":
        return with_its_numbers(recipe, found, labels, named=are_named(labels))
    kept = {"unused_labels": "keep"}  # a model answers labels of which the records may have none
    given, key = data.listed_labels, "data.label_names" if data.label_names else "data.labels"
    if not are_named(labels):
        if given is None and data.label_table is None:
            raise found.error(
                f"its {len(labels)} labels have no names ({labels[0]} to {labels[-1]}).",
                "List their names in the order of their ids in data.labels, or in data.label_names where the records "
                "have other words for them.",
            )
        if recipe.task == "token":
            raise found.error(
                f"its {len(labels)} tags have no names ({labels[0]} to {labels[-1]}).",
                "Write its tags (O, B-…, I-…) into id2label of its config.json"
                f"{', saved beside the adapter' if isinstance(found, AdapterCheckpoint) else ''}.",
            )
        if given is not None and len(given) != len(labels):
            raise HubpressError(f"lists {len(given)} labels, but the trained model has {len(labels)}.", where=key,
                                hint="List all of them, in the order of their ids.")  # fmt: skip
        _refuse_other_numbers(data.label_names)
        return data.model_copy(update=kept)
    named = labels
    if recipe.task == "token":
        types = entity_types(labels)
        if types is None:
            raise found.error(
                f"its tags are not those of IOB2, O with B- and I- of each type: {_some(labels)}.",
                "Models with other tags (BIOES, or without B-) cannot be taken.",
            )
        named = types
    if given is None:
        listed = {} if data.label_table else {"labels": named}
        return data.model_copy(update={**kept, **listed})
    _refuse_other_labels(given, named, key)
    return data.model_copy(update=kept)


def _refuse_other_labels(given: Sequence[str], labels: Sequence[str], where: str) -> None:
    hint = f"The model's labels are, in the order of their ids: {_some(labels, most=20)}."
    if strange := [label for label in given if label not in labels]:
        near = suggestion(strange[0], list(labels))
        raise HubpressError(f"the trained model has no label {strange[0]!r}.{near}", where=where, hint=hint)
    if lacking := [label for label in labels if label not in given]:
        raise HubpressError(f"lacks the label {lacking[0]!r} of the trained model.", where=where, hint=hint)
    if list(given) != list(labels):
        raise HubpressError("lists the labels in another order than the trained model.", where=where, hint=hint)


def _refuse_other_numbers(names: dict[str, str] | None) -> None:
    """Raise HubpressError where the records' words are the very ids, but do not stand in their order."""
    ids = list(map(str, range(len(names or ()))))
    if names and sorted(names) == sorted(ids) and list(names) != ids:
        raise HubpressError(
            f"names the labels {', '.join(names)}, in another order than the ids of the trained model.",
            where="data.label_names",
            hint=f"Name them in the order {', '.join(ids[:_SHOWN])}{', …' if len(ids) > _SHOWN else ''}.",
        )


def _length(found: Checkpoint, config: JsonObject) -> int | None:
    """Return how many tokens a model reads by its tokenizer's settings and its positions; None where neither says."""
    stated = found.json(TOKENIZER_CONFIG).get("model_max_length")
    sizes = [
        int(size)
        for size in (stated, stated_positions(config))
        if isinstance(size, int | float) and _SHORTEST <= size <= 1e9
    ]
    return min(*sizes, _LONGEST) if sizes else None


def _some(labels: Sequence[str], most: int = _SHOWN) -> str:
    return ", ".join(quoted(label) for label in labels[:most]) + (", …" if len(labels) > most else "")
