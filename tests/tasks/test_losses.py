"""The loss of a step, however it is divided."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.tags import random_tags, valid
from hubpress.data.stored import load_split


@pytest.mark.parametrize("weight", [None, "balanced", {"dish": 3.0}])
def test_the_loss_of_a_step_does_not_depend_on_its_micro_batches(
    weight: Any, mixed: Path, given: Callable[..., Any], tmp_path: Path
) -> None:
    """Micro-batches of very different lengths sum up to the loss of the whole batch, with weights and smoothing."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    from hubpress.tasks.token import TokenTask

    records = [("a-model", "B-dish"), ("query " * 9 + "web", "B-place " + "I-place " * 8 + "O")]
    recipe, facts, data = given(records, class_weight=weight, label_smoothing_factor=0.1)
    task = TokenTask(recipe, facts)
    tokenizer = AutoTokenizer.from_pretrained(mixed)
    encoded = task.encode(load_split(data, "test"), tokenizer, cache_file=str(tmp_path / "e.arrow"))
    model = AutoModelForTokenClassification.from_pretrained(mixed).eval()
    loss, collate = task.loss(encoded), task.collator(tokenizer)

    def of(rows: list[int], items: int | None) -> torch.Tensor:
        batch = collate([encoded[row] for row in rows])
        targets = batch.pop("labels")
        value = loss(model(**batch), targets, num_items_in_batch=items)
        assert isinstance(value, torch.Tensor)
        return value

    labelled = sum(tag != -100 for row in encoded for tag in row["labels"])
    whole = of([0, 1], None)
    torch.testing.assert_close(of([0], labelled) + of([1], labelled), whole)
    if weight is not None:  # a weight changes it, and a type's weight is that of both of its tags
        plain = TokenTask(recipe.model_copy(update={"training": type(recipe.training)()}), facts).loss(encoded)
        batch = collate([encoded[0], encoded[1]])
        targets = batch.pop("labels")
        assert not torch.isclose(plain(model(**batch), targets), whole)


@pytest.mark.slow
def test_trainer_accumulates_the_same_gradient(mixed: Path, given: Callable[..., Any], tmp_path: Path) -> None:
    """One step of two micro-batches leaves the same weights as one of a whole batch."""
    import torch
    import transformers

    from hubpress.tasks.token import TokenTask

    rng = random.Random(2)
    texts = [" ".join(rng.choices(["model", "query", "web", "the"], k=length)) for length in (1, 2, 10, 11)]
    records = [(text, valid(random_tags(rng, len(text.split())))) for text in texts]
    recipe, facts, data = given(records)
    task = TokenTask(recipe, facts)
    tokenizer = transformers.AutoTokenizer.from_pretrained(mixed)
    encoded = task.encode(load_split(data, "test"), tokenizer, cache_file=str(tmp_path / "e.arrow"))
    heads = []
    for size in (4, 1):
        model = task.model_class().from_pretrained(mixed, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        model.accepts_loss_kwargs = False
        arguments = transformers.TrainingArguments(
            str(tmp_path / "out"), max_steps=1, per_device_train_batch_size=size, gradient_accumulation_steps=4 // size,
            optim="sgd", learning_rate=1.0, max_grad_norm=0.0, use_cpu=True, report_to="none", disable_tqdm=True,
            save_strategy="no", seed=0,
        )  # fmt: skip
        trainer = transformers.Trainer(
            model=model, args=arguments, train_dataset=encoded, data_collator=task.collator(tokenizer),
            compute_loss_func=task.loss(encoded),
        )  # fmt: skip
        trainer.train()
        heads.append(model.classifier.weight.detach().clone())
    torch.testing.assert_close(heads[0], heads[1])
