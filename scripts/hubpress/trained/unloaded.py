"""What is wrong with a trained model as far as its files tell it without being loaded: before anything is spent."""

from __future__ import annotations

from typing import Any

from hubpress.bases.tokenizer import refuse_slow, refuse_without_pairs
from hubpress.layout import CONFIG
from hubpress.recipe.recipe import Recipe
from hubpress.trained.adapter import AdapterCheckpoint
from hubpress.trained.checkpoint import Checkpoint, find_checkpoint
from hubpress.trained.merge import meta_adapter
from hubpress.trained.settle import labels_of
from hubpress.trained.weights import files_of_weights, read_sizes, read_weights, refuse_not_numbers, weight_files
from hubpress.trained.whole import (
    refuse_other_special_tokens,
    refuse_other_tokens,
    tokenizer_files,
    whole_model,
    whole_tokenizer,
)

_READ = 2**30  # bytes of weights that are read whole in about a second


def refuse_unfit(found: Checkpoint, task: str) -> Any:
    """Return the tokenizer of a trained model whose files fit together, by what can be told without its weights.

    Files of weights are there, whole and the model's, head and all; its kind is one that transformers knows; its
    tokenizer is there, as large as the model's table of tokens, and has its special tokens where the model has them.
    Weights of at most a gigabyte are also read for what is no number; of a model on the Hub, pickles are not fetched.
    Raises HubpressError for the first that is wrong.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    tokenizer_files(found)
    auto = transformers.AutoModelForTokenClassification if task == "token" else None
    model = _sized(found, auto or transformers.AutoModelForSequenceClassification)
    tokenizer = whole_tokenizer(found)
    if model is not None:
        refuse_other_tokens(found, tokenizer, model)
    refuse_other_special_tokens(found, tokenizer)
    return tokenizer


def refuse_unfit_for(recipe: Recipe) -> None:
    """Raise HubpressError where the files of a recipe's trained model do not fit together, or not the recipe."""
    if recipe.trained is None:
        return
    found = find_checkpoint(recipe.trained, recipe_folder=recipe.folder, base=recipe.base_model)
    tokenizer = refuse_unfit(found, recipe.task)
    refuse_slow(recipe, tokenizer, where=found.place)
    refuse_without_pairs(recipe, tokenizer, where=found.place)


def _sized(found: Checkpoint, model_class: Any) -> Any:
    """Return the model with the sizes of its weights alone; None where that would take fetching them."""
    names = files_of_weights(found)
    if isinstance(found, AdapterCheckpoint):
        if found.below.folder is None:
            return None
        below = weight_files(found.below)
        read_sizes(found.below, below)
        _refuse_not_numbers(found.below, below)
        model = meta_adapter(found, names[0], model_class, len(labels_of(found, found.json(CONFIG))))
        _refuse_not_numbers(found, names)
        return model
    state = read_sizes(found, names)
    if state is None:
        return None
    model, _ = whole_model(found, model_class, state, device="meta")
    _refuse_not_numbers(found, names)
    return model


def _refuse_not_numbers(found: Checkpoint, names: tuple[str, ...]) -> None:
    if found.folder and sum((found.folder / name).stat().st_size for name in names) <= _READ:
        refuse_not_numbers(found, read_weights(found, names)[0])
