"""A tokenizer that puts nothing between two texts is refused before a model of pairs is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from hubpress.bases.tokenizer import refuse_without_pairs
from hubpress.content import content_dir
from hubpress.errors import HubpressError
from hubpress.recipe.load import load_recipe


def test_two_texts_have_to_be_told_apart(tiny_base: Path) -> None:
    """By a token between them; a model of single texts needs none."""
    pair, single = (
        load_recipe(name, models_dir=content_dir("models") / "templates") for name in ("pair", "single-label")
    )
    whole = AutoTokenizer.from_pretrained(tiny_base)
    refuse_without_pairs(pair, whole, where="base")
    backend = whole.backend_tokenizer
    backend.post_processor = None
    bare = PreTrainedTokenizerFast(tokenizer_object=backend)
    refuse_without_pairs(single, bare, where="base")
    with pytest.raises(HubpressError, match=r"puts nothing between the two texts of a pair"):
        refuse_without_pairs(pair, bare, where="base")
