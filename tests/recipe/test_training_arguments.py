"""The keys of ``training:``."""

from __future__ import annotations

from hubpress.recipe.training_arguments import OWNED, field_annotations


def test_keys_owned_by_hubpress_exist() -> None:
    """Every key that hubpress keeps to itself is one that TrainingArguments has, or had."""
    assert OWNED.keys() - field_annotations().keys() <= {"local_rank", "hub_token", "hub_always_push"}
