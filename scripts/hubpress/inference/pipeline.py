"""A model as its user gets it: the pipeline by the card's words."""

from __future__ import annotations

from typing import Any

from hubpress.errors import HubpressError, first_line
from hubpress.inference.adapter import load_adapted

_CLASSES = {
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
}


def load_pipeline(
    model: str, *, task: str | None, adapter: bool = False, revision: str | None = None, threads: int | None = None
) -> Any:
    """Return the pipeline that a user of *model* (a folder or a repository) gets by the card's words.

    *task* is the stock task that the card names; None stands for a model whose one custom task is chosen by itself and
    runs its own code. An *adapter* is loaded with its base, by peft. Raises HubpressError for a model that cannot be
    loaded.
    """
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)
    options: dict[str, Any] = {"task": task} if task else {"trust_remote_code": True}
    if task == "text-classification":
        from hubpress.inference.classifier import ClassifierPipeline

        options["pipeline_class"] = ClassifierPipeline
    try:
        if adapter:
            whole = load_adapted(model, model_class=_CLASSES[str(task)], revision=revision)
            tokenizer = transformers.AutoTokenizer.from_pretrained(model, revision=revision)
            return transformers.pipeline(model=whole, tokenizer=tokenizer, **options)
        return transformers.pipeline(model=model, revision=revision, **options)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise HubpressError(f"pipeline() cannot load it: {first_line(error)}", where=model) from error
