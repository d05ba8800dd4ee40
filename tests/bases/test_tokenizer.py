"""A base's tokenizer made fit for its model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import transformers

from helpers.bases import TEXTS, save_base
from hubpress.bases.tokenizer import fit_tokenizer
from hubpress.errors import HubpressError


def _base(name: str, folder: Path, **settings: Any) -> tuple[Any, Any]:
    save_base(name, folder, **settings)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3).eval()
    return transformers.AutoTokenizer.from_pretrained(folder), model


@pytest.mark.parametrize("name", ["GPT-2", "Llama"])
def test_a_base_without_a_token_to_pad_with_gets_one(name: str, tmp_path: Path) -> None:
    """It is the end-of-text token in tokenizer and model, and a batch is answered as its texts are alone."""
    tokenizer, model = _base(name, tmp_path / "base")
    assert tokenizer.pad_token is None
    notes = fit_tokenizer(tokenizer, model, where="base")
    assert any("no token to pad with" in note and tokenizer.eos_token in note for note in notes)
    assert tokenizer.pad_token_id == model.config.pad_token_id == tokenizer.eos_token_id
    pipe = transformers.TextClassificationPipeline(model=model, tokenizer=tokenizer)
    texts = [*TEXTS, "Bonn."]
    together = pipe(texts, batch_size=5, truncation=True, max_length=40)
    assert [one["score"] for one in together] == pytest.approx(
        [pipe(text, truncation=True, max_length=40)[0]["score"] for text in texts], abs=1e-5
    )


def test_padding_that_changes_answers_goes_to_the_other_side(tmp_path: Path) -> None:
    """GPT-2 counts positions from the left, so that padding there would move a text."""
    tokenizer, model = _base("GPT-2", tmp_path / "base")
    tokenizer.padding_side = "left"
    notes = fit_tokenizer(tokenizer, model, where="base")
    assert tokenizer.padding_side == "right"
    assert any("padded on the right" in note for note in notes)


def test_inputs_that_the_model_does_not_read_are_left_out(tmp_path: Path) -> None:
    """pipeline() passes on whatever the tokenizer gives."""
    tokenizer, model = _base("DistilBERT", tmp_path / "base")
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    fit_tokenizer(tokenizer, model, where="base")
    assert list(tokenizer("A text")) == ["input_ids", "attention_mask"]


def test_tokens_that_the_model_does_not_know_are_refused(tmp_path: Path) -> None:
    """A tokenizer of another model would end training with an index that is out of range."""
    tokenizer, model = _base("BERT", tmp_path / "base")
    tokenizer.add_tokens([f"word{number}" for number in range(5)])
    with pytest.raises(HubpressError, match="but the model has room for"):
        fit_tokenizer(tokenizer, model, where="base")
