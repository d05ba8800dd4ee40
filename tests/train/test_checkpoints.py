"""What decides the weights: the same for the receipt of a training and for the checkpoints that it goes on from."""

from __future__ import annotations

import pytest

from hubpress.content import content_dir
from hubpress.files import digest_of
from hubpress.recipe.load import load_recipe
from hubpress.schemas.splits import SplitFacts, SplitMethod
from hubpress.schemas.training import BaseModelFacts
from hubpress.train.checkpoints import identity, weight_settings

SPLITS = SplitFacts(
    labels=("A", "B"),
    counts={},
    label_counts={},
    fingerprints={"train": "1", "validation": "2", "test": "3"},
    dropped={},
    split=SplitMethod(method="given", test_size=0, validation_size=0, seed=0, column=None),
)


BASE = BaseModelFacts(id="acme/base", revision="main", config={}, commit="1" * 40)


def key(
    *overrides: str,
    splits: SplitFacts = SPLITS,
    base: BaseModelFacts = BASE,
    processes: int = 1,
    is_half: bool = False,
) -> str:
    """Return the digest by which checkpoints are known."""
    recipe = load_recipe("asjc-subjects", models_dir=content_dir("models"), sample=True, overrides=overrides)
    return digest_of(identity(recipe, splits, base, processes=processes, is_half=is_half))


@pytest.mark.parametrize(
    "override",
    [
        "training.seed=5",
        "training.oversample=3",
        "tokenizer.max_length=17",
        "evaluation.main_metric=f1_micro",
        "decision.threshold=0.2",
    ],
)
def test_other_settings_are_another_training(override: str) -> None:
    """A checkpoint is not gone on from when a setting that decides the weights, or what is noted of them, differs."""
    assert key(override) != key()


def test_other_words_are_the_same_training() -> None:
    """A sentence of the card decides nothing."""
    assert key("card.summary=Another sentence.") == key()


def test_a_branch_that_moved_on_and_weights_that_were_replaced_are_another_training() -> None:
    """What a recipe calls by one name may be another base meanwhile."""
    assert key(base=BASE.model_copy(update={"commit": "2" * 40})) != key()
    assert key(base=BASE.model_copy(update={"sha256": "3" * 64})) != key()


def test_other_records_or_processes_are_another_training() -> None:
    """Splits and the number of processes count for checkpoints; the receipt sees the former as files."""
    assert key(processes=2) != key()
    assert key(is_half=True) != key()  # of a machine that has bfloat16
    assert key(splits=SPLITS.model_copy(update={"fingerprints": {"train": "4"}})) != key()
    recipe = load_recipe("asjc-subjects", models_dir=content_dir("models"), sample=True)
    assert weight_settings(recipe).items() <= identity(recipe, SPLITS, BASE, processes=1, is_half=False).items()
