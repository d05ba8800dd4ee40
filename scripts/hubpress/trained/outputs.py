"""A trained model that answers numbers: what its files say of them, and whether its outputs are the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.errors import HubpressError
from hubpress.files import JsonObject
from hubpress.layout import CONFIG
from hubpress.recipe.data import Data
from hubpress.recipe.recipe import Recipe
from hubpress.text import counted, listed
from hubpress.trained.checkpoint import Checkpoint

SETTINGS = "config_sentence_transformers.json"
"""What sentence-transformers writes beside its models."""
_BEFORE = "sbert_ce_default_activation_function"  # where its versions 2 and 3 wrote the same
_SIGMOID = "Sigmoid"
_RISING = (_SIGMOID, "Tanh")
_OF_TWO = (
    "Where the records have two labels, say task: single-label with both in data.labels, and its score is that of the "
    "second. Or: "
)
_RANKED = (
    " Its outputs rank texts as before, on another scale: with evaluation.main_metric: spearman the ranks alone count."
)


def refuse_no_numbers(found: Checkpoint, config: JsonObject, count: int) -> None:
    """Raise HubpressError for a model of which it is not certain that its outputs are numbers, and the numbers meant.

    *count* is how many it has.
    """
    kind = config.get("problem_type")
    if kind not in (None, "regression"):
        raise found.error(
            f"was trained as {kind} (problem_type in {found.whose(CONFIG)}), which task: regression is not.",
            "Say task: single-label or multi-label.",
        )
    if kind is None and count > 1:
        raise found.error(
            f"does not say that its {count} outputs are numbers (no problem_type in {found.whose(CONFIG)}).",
            "Write problem_type: regression into its config.json if they are, or say task: single-label.",
        )
    applied = _activation(found, config)
    if applied not in ("", "Identity"):
        raise found.error(
            f"applies {applied} to its output (activation_fn of sentence-transformers), and the numbers of a "
            "regression model are its outputs as they are.",
            (_OF_TWO if applied == _SIGMOID else "")
            + "Save it once more with activation_fn=torch.nn.Identity(), and name that folder."
            + (_RANKED if applied in _RISING else " Its outputs have to be the numbers."),
        )


def with_its_numbers(recipe: Recipe, found: Checkpoint, labels: Sequence[str], *, named: bool) -> Data:
    """Return the recipe's ``data`` with the numbers in the order of the model's outputs, called as it calls them.

    Raises HubpressError where the recipe has other numbers.
    """
    data, ours = recipe.data, tuple(recipe.targets)
    where = "data.targets" if data.targets else "data.columns"
    if len(ours) != len(labels):
        what = f"has {counted(len(ours), 'number')}, {listed(ours)}, but the trained model answers {len(labels)}."
        raise HubpressError(what, where=where, hint="Name the column of each of its outputs.")
    if not named or tuple(labels) == ours:
        return data
    if len(labels) == 1 and data.targets is None:
        return data.model_copy(update={"targets": {labels[0]: None}})
    if sorted(labels) != sorted(ours):
        what = f"names {listed(ours)}, but the trained model answers {listed(labels)}."
        raise HubpressError(what, where=where, hint="Call them as the model does.")
    columns = data.columns.model_copy(update={"target_columns": tuple(labels)})
    return data.model_copy(update={"columns": columns})


def is_of_two_labels(found: Checkpoint, config: JsonObject, count: int) -> bool:
    """Tell whether a model has one output, of which a sigmoid makes the score of one of two labels.

    So it is where sentence-transformers says so of a cross-encoder, and where it was trained as one label of several. A
    softmax over that output and one that is always 0 gives the very score, so that two labels answer alike.
    """
    is_one_of_several = config.get("problem_type") == "multi_label_classification"
    return count == 1 and (is_one_of_several or _activation(found, config) == _SIGMOID)


def _activation(found: Checkpoint, config: JsonObject) -> str:
    """Return the name of what sentence-transformers applies to the output; empty where nothing is said."""
    inside = config.get("sentence_transformers")
    places = (found.json(SETTINGS), inside if isinstance(inside, dict) else {})
    said = next((place["activation_fn"] for place in places if place.get("activation_fn")), config.get(_BEFORE) or "")
    return str(said).rpartition(".")[2]
