"""A trained model with its tokenizer, as transformers makes them of its own files and nothing else."""

from __future__ import annotations

from typing import Any

from hubpress.bases.failures import load_failure
from hubpress.bases.find import LOAD_ERRORS, Base, tokenizer_of
from hubpress.errors import HubpressError
from hubpress.layout import CONFIG, TOKENIZER
from hubpress.trained.checkpoint import Checkpoint, tokenizer_names
from hubpress.trained.settle import labels_of
from hubpress.trained.weights import refuse_other_weights

_HALF = 2
_SPECIAL = ("pad", "cls", "sep")  # the config's of begin and end are often those of another model, which nothing reads
_BESIDE = "Save the tokenizer that the model was trained with beside it."


def whole_model(
    found: Checkpoint, model_class: Any, state: dict[str, Any], *, device: str | None = None
) -> tuple[Any, Any]:
    """Return the model in float32, in which it is asked, and the type of number of its weights.

    *model_class* is an Auto class. On the *device* "meta" it has the sizes of its weights alone. Raises HubpressError
    for weights that are not the model's: too few, too many, or of other sizes.
    """
    import torch
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(str(found.file(CONFIG).parent), trust_remote_code=False)
        known = model_class._model_mapping[type(config)]
        kind = known[0] if isinstance(known, tuple) else known
        own = labels_of(found, found.json(CONFIG))
        config.id2label, config.label2id = dict(enumerate(own)), {label: number for number, label in enumerate(own)}
        dtype = _dtype(config, state)
        model, loading = kind.from_pretrained(
            None, config=config, state_dict=state, dtype=torch.float32, ignore_mismatched_sizes=True,
            output_loading_info=True, device_map=device,
        )  # fmt: skip
    except LOAD_ERRORS as error:
        said = load_failure(str(found.folder or found.id), found.commit, error)
        raise found.error(said.what, said.hint or "Save the model again.") from error
    refuse_other_weights(found, loading, kind.__name__)
    return model.eval(), dtype


def _dtype(config: Any, state: dict[str, Any]) -> Any:
    """Return the type in which transformers loads these weights: that of the config, else that of the first of them."""
    import torch

    stated = getattr(config, "dtype", None)
    if isinstance(stated, torch.dtype):
        return stated
    return next((one.dtype for one in state.values() if one.is_floating_point()), torch.float32)


def tokenizer_files(found: Checkpoint) -> list[str]:
    """Return the names of the files of a model's tokenizer. Raises HubpressError where there is none."""
    names = tokenizer_names(found)
    if not names:
        raise found.error(
            "has no tokenizer beside it (tokenizer.json).",
            "Save the tokenizer that it was trained with into the same place: tokenizer.save_pretrained(…).",
        )
    return names


def whole_tokenizer(found: Checkpoint) -> Any:
    """Return the model's tokenizer. Raises HubpressError where there is none that can be loaded."""
    names = tokenizer_files(found)
    files = [found.file(name) for name in (CONFIG, *names)]  # of one on the Hub, each is fetched
    if TOKENIZER in names:
        _refuse_no_tokenizer(found)
    try:
        return tokenizer_of(Base(str(files[-1].parent), None))
    except HubpressError as error:
        raise found.error(error.what, error.hint or "Save its tokenizer again.") from error


def _refuse_no_tokenizer(found: Checkpoint) -> None:
    """Raise HubpressError for a tokenizer.json that transformers would fail at, or take for another, in odd words."""
    said = found.json(TOKENIZER)
    vocabulary = said.get("model")
    if not isinstance(vocabulary, dict) or not isinstance(said.get("added_tokens", []), list):
        lacking = "`model`, which holds its vocabulary" if not isinstance(vocabulary, dict) else "`added_tokens`"
        raise found.error(
            f"its {TOKENIZER} is none of a tokenizer: it lacks {lacking}.",
            "Save the tokenizer that it was trained with into the same place: tokenizer.save_pretrained(…).",
        )


def refuse_other_special_tokens(found: Checkpoint, tokenizer: Any) -> None:
    """Raise HubpressError for a tokenizer in which a word stands where the model's config.json has a special token.

    So it is with the tokenizer of another model, of whatever size. Which special token stands there is not asked.
    """
    config = found.json(CONFIG)
    marked = {*tokenizer.all_special_ids, *getattr(tokenizer, "added_tokens_decoder", {})}
    for name in _SPECIAL:
        said, own = config.get(f"{name}_token_id"), getattr(tokenizer, f"{name}_token_id", None)
        if not isinstance(said, int) or said < 0 or own is None or said in marked:
            continue
        word = repr(tokenizer.convert_ids_to_tokens(said)) if said < len(tokenizer) else "lacking"
        raise found.error(
            f"its tokenizer is that of another model: token {said:,}, the `{name}_token_id` of {found.whose(CONFIG)}, "
            f"is {word} in it, where {getattr(tokenizer, f'{name}_token')!r} is {own:,}.",
            _BESIDE,
        )


def refuse_other_tokens(found: Checkpoint, tokenizer: Any, model: Any) -> None:
    """Raise HubpressError for a tokenizer of another model: with tokens that the model lacks, or with few of its own.

    A table of tokens is often a little longer than the vocabulary, for the sake of speed, but never twice as long.
    """
    try:
        rows = int(model.get_input_embeddings().num_embeddings)
    except (NotImplementedError, AttributeError):  # CANINE hashes characters
        return
    if not tokenizer.is_fast:
        return
    tokens = len(tokenizer)
    if tokens > rows or tokens * _HALF < rows:
        raise found.error(
            f"its tokenizer has {tokens:,} tokens, but the model has room for {rows:,}.",
            _BESIDE,
        )
