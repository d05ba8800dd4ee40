"""Every kind of model has a task that is bound to its recipe, and only those with a threshold can choose one."""

from __future__ import annotations

import pytest

from hubpress.content import content_dir
from hubpress.recipe.kinds import CUSTOM_PIPELINES, KINDS
from hubpress.recipe.load import load_recipe
from hubpress.schemas.splits import SplitFacts, SplitMethod
from hubpress.tasks.protocol import Thresholded
from hubpress.tasks.registry import TASKS, task_of

FIVE = {
    "openalex-topics": ("A", "B"),
    "asjc-subjects": ("A", "B"),
    "scierc-entities": ("O", "B-Task", "I-Task"),
    "conference-titles": ("A", "B"),
    "arxiv-interest": ("other", "interesting"),
}


def splits_of(labels: tuple[str, ...], levels: tuple[str, ...]) -> SplitFacts:
    """Return the facts of empty splits with these labels, all with the same parents."""
    return SplitFacts(
        labels=labels,
        counts={},
        label_counts={},
        fingerprints={},
        dropped={},
        split=SplitMethod(method="given", test_size=0, validation_size=0, seed=0, column=None),
        parents={label: dict.fromkeys(levels, "all") for label in labels},
    )


def test_every_way_to_answer_has_a_task() -> None:
    """A kind without code, or code without a kind, would be found by a user."""
    assert TASKS.keys() == {*KINDS, *CUSTOM_PIPELINES}


@pytest.mark.parametrize("model", FIVE)
def test_a_threshold_is_chosen_only_where_there_is_one(model: str) -> None:
    """Tasks know their recipe's labels and levels; only those with remote code for a threshold can choose one."""
    recipe = load_recipe(model, models_dir=content_dir("models"), sample=True)
    table = recipe.data.label_table
    labels = FIVE[model]
    task = task_of(recipe, splits_of(labels, tuple(table.parents) if table else ()))
    assert isinstance(task, Thresholded) == (recipe.custom_pipeline is not None)
    record = {"label": 1, "labels": [0, 1], "text": "deep nets win", "entities": [[0, 9, 0]]}
    expected = {"label": labels[1:2], "labels": labels, "entities": ("deep nets (Task)",)}
    assert task.expected(record) == expected[recipe.kind.answer_column]
