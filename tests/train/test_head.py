"""A base that classifies already: its head is kept by the names of its labels, or begun anew."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers

from helpers.bases import TEXTS, save_base
from hubpress.content import content_dir
from hubpress.errors import HubpressError
from hubpress.recipe.load import load_recipe
from hubpress.train.base_model import LoadedBase, load_base

LABELS = ("calm", "glad", "sad")
HEADS = {
    "BERT": "BertForSequenceClassification",
    "RoBERTa": "RobertaForSequenceClassification",
    "BART": "BartForSequenceClassification",
    "GPT-2": "GPT2ForSequenceClassification",
}


def trained(base: str, folder: Path, labels: tuple[str, ...], head: str | None = None) -> Path:
    """Save a base with a head for labels, whose weights are large enough that answers differ."""
    ids = {"id2label": dict(enumerate(labels)), "label2id": {label: number for number, label in enumerate(labels)}}
    return save_base(base, folder, head=head or HEADS[base], initializer_range=0.5, init_std=0.5, **ids)


def loaded(
    folder: Path, labels: tuple[str, ...], model_class: Any = transformers.AutoModelForSequenceClassification
) -> LoadedBase:
    recipe = load_recipe(
        "conference-titles",
        models_dir=content_dir("models"),
        sample=True,
        overrides=[f"base_model={{path: {folder}}}", "onnx.export=false"],
    )
    task: Any = SimpleNamespace(model_class=lambda: model_class)
    return load_base(recipe, task, labels)


def scores(base: LoadedBase) -> list[dict[str, float]]:
    """Return the logit of each label, by name, for some texts."""
    base.model.eval()
    found = []
    for text in TEXTS[:2]:
        encoded = base.tokenizer(text, truncation=True, max_length=32, return_tensors="pt")
        with torch.inference_mode():
            logits = base.model(**encoded).logits[0]
        found.append({base.model.config.id2label[number]: value for number, value in enumerate(logits.tolist())})
    return found


@pytest.mark.parametrize("base", HEADS)
def test_labels_in_another_order_are_mapped_by_name(base: str, tmp_path: Path) -> None:
    """Each label keeps its score, whatever its number; in the same order nothing is moved."""
    folder = trained(base, tmp_path / "base", LABELS)
    same, other = loaded(folder, LABELS), loaded(folder, ("sad", "calm", "glad"))
    assert [base.keeps_head for base in (same, other)] == [True, True]
    assert any("kept: its labels are the recipe's" in said for said in same.adjustments)
    assert any("by name" in said for said in other.adjustments)
    assert other.model.config.id2label == {0: "sad", 1: "calm", 2: "glad"}
    for one, two in zip(scores(same), scores(other), strict=True):
        assert two == pytest.approx(one, abs=1e-5)
        assert len({round(value, 3) for value in one.values()}) == len(LABELS)


@pytest.mark.parametrize(
    "own", [("joy", "grief", "rage"), ("LABEL_0", "LABEL_1", "LABEL_2"), ("calm", "glad", "sad", "odd")]
)
def test_a_head_of_other_labels_is_begun_anew(own: tuple[str, ...], tmp_path: Path) -> None:
    """Nothing of what was learned for other labels goes on under the recipe's names; the encoder does."""
    folder = trained("BERT", tmp_path / "base", own)
    base = loaded(folder, LABELS)
    before = transformers.BertForSequenceClassification.from_pretrained(folder)
    assert not base.keeps_head
    assert any("gives way to a fresh one" in said for said in base.adjustments)
    assert not torch.isin(base.model.classifier.weight, before.classifier.weight).any()
    assert (
        base.model.bert.encoder.layer[0].output.dense.weight == before.bert.encoder.layer[0].output.dense.weight
    ).all()


def test_a_head_of_another_task_is_begun_anew(tmp_path: Path) -> None:
    """BERT calls the heads of both tasks alike, so that one would go on as the other."""
    folder = trained("BERT", tmp_path / "base", LABELS, head="BertForTokenClassification")
    before = transformers.BertForTokenClassification.from_pretrained(folder)
    base = loaded(folder, LABELS)
    assert not base.keeps_head
    assert not torch.isin(base.model.classifier.weight, before.classifier.weight).any()


def test_a_bare_base_is_not_spoken_of(tmp_path: Path) -> None:
    """The usual base, without a head, has nothing that has to be said."""
    base = loaded(save_base("BERT", tmp_path / "base"), LABELS)
    assert (base.keeps_head, base.adjustments) == (False, ())


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """transformers would begin the whole encoder at random, with a warning."""
    from safetensors.torch import load_file, save_file

    folder = save_base("BERT", tmp_path / "base")
    weights = load_file(folder / "model.safetensors")
    save_file({f"x.{name}": value for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(HubpressError, match=r"its weights are of another model: .* such as bert"):
        loaded(folder, LABELS)


def test_sizes_that_the_weights_do_not_have_are_refused(tmp_path: Path) -> None:
    """A table of positions that is longer than the trained one would be random."""
    folder = save_base("BERT", tmp_path / "base")
    config = transformers.BertConfig.from_pretrained(folder)
    config.max_position_embeddings *= 2
    config.save_pretrained(folder)
    with pytest.raises(HubpressError, match=r"position_embeddings.weight is .64, 32. in them and .128, 32. here"):
        loaded(folder, LABELS)
