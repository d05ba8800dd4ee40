"""Tiny token models, and records of words and tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.faults import GOOD
from helpers.tags import LABELS, SHORT, WORDS
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts


@pytest.fixture(scope="module")
def rigged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT without layers, lower-cased and without accents, whose head gives every piece the tag of WORDS."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("rigged")
    tags = {piece: number for number, label in enumerate(LABELS) for piece in WORDS[label].split()}
    numbers = {piece: number for number, piece in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *tags])}
    BertWordPieceTokenizer(numbers, lowercase=True).save(str(folder / "tokenizer.json"))
    BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=SHORT).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(numbers),
        hidden_size=8,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=64,
        id2label=dict(enumerate(LABELS)),
        label2id={label: number for number, label in enumerate(LABELS)},
        decision={"rule": "argmax", "aggregation_strategy": "average"},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.bert.embeddings.LayerNorm.weight.fill_(1)
        for piece, number in numbers.items():
            model.bert.embeddings.word_embeddings.weight[number, tags.get(piece, 0)] = 1
        model.classifier.weight.copy_(torch.eye(len(LABELS), 8) * 4)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def mixed(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT with a random head: its answers depend on all that it reads."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    folder = tmp_path_factory.mktemp("mixed")
    torch.manual_seed(1)
    labels: dict[str, Any] = {
        "id2label": dict(enumerate(LABELS)),
        "label2id": {label: number for number, label in enumerate(LABELS)},
    }
    model = AutoModelForTokenClassification.from_pretrained(tiny_base, num_labels=len(LABELS), **labels)
    torch.nn.init.normal_(model.classifier.weight)
    model.config.decision = {"rule": "argmax", "aggregation_strategy": "simple"}
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_base, model_max_length=SHORT).save_pretrained(folder)
    return folder


@pytest.fixture
def given(tmp_path: Path) -> Callable[..., tuple[Recipe, SplitFacts, Path]]:
    """Write a recipe and records of words and tags, the same in train and test; return recipe, facts and splits."""

    def run(
        records: Sequence[tuple[str, str]], *, detokenize: bool | None = False, **training: Any
    ) -> tuple[Recipe, SplitFacts, Path]:
        folder = tmp_path / "models" / "pets"
        folder.mkdir(parents=True, exist_ok=True)
        recipe = yaml.safe_load((GOOD / "recipe.yaml").read_text(encoding="utf-8"))
        del recipe["data"]["input_template"], recipe["sample"]
        recipe |= {"task": "token", "tokenizer": {"max_length": SHORT}, "evaluation": {"batch_size": 4}}
        recipe["training"] |= training
        recipe["data"] |= {
            "source": ".",
            "files": {"train": "train.jsonl", "validation": "all.jsonl", "test": "all.jsonl"},
            "labels": ["dish", "place"],
            "columns": {"tokens": "tokens", "tags": "tags"},
            "split": {"method": "given"},
            "duplicates": "keep",
            "detokenize": detokenize,
            "unused_labels": "keep",
        }
        (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
        lines = [json.dumps({"tokens": words.split(" "), "tags": tags.split()}) for words, tags in records]
        every = [json.dumps({"tokens": ["x", "y"], "tags": ["B-dish", "B-place"]})]
        (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (folder / "train.jsonl").write_text("\n".join([*lines, *every]), encoding="utf-8")
        loaded = load_recipe("pets", models_dir=folder.parent)
        facts = prepare(loaded, source_files(loaded), tmp_path / "data", cache_dir=tmp_path / "cache")
        assert facts.labels == LABELS
        return loaded, facts, tmp_path / "data"

    return run
