"""What precision a training has where the recipe says nothing: bfloat16 on a processor that has it, for wide models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from helpers.bases import save_base
from hubpress.content import content_dir
from hubpress.data.prepare import prepare
from hubpress.data.sources import source_files
from hubpress.recipe.load import load_recipe
from hubpress.schemas.training import TrainingFacts
from hubpress.train.trainer import train

CAN = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
SHAPE: dict[str, Any] = {"num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}


@pytest.mark.skipif(torch.cuda.is_available(), reason="of the processor")
@pytest.mark.parametrize(
    ("width", "said", "is_half"),
    [(256, (), CAN), (128, (), False), (256, ("training.bf16=false",), False)],
)
def test_precision_follows_the_processor_unless_the_recipe_says_otherwise(
    width: int, said: tuple[str, ...], is_half: bool, tmp_path: Path
) -> None:
    """It is noted in training.json; the weights that are saved are in single precision either way."""
    base = save_base("BERT", tmp_path / "base", hidden_size=width, **SHAPE)
    words = [f"base_model={{path: {base}}}", "tokenizer.max_length=16", "training={num_train_epochs: 1}", *said]
    recipe = load_recipe("conference-titles", models_dir=content_dir("models"), sample=True, overrides=words)
    prepare(recipe, source_files(recipe), tmp_path / "data", cache_dir=tmp_path / "cache")
    facts: TrainingFacts = train(recipe, tmp_path / "data", tmp_path / "train", quiet=True, threads=1)
    assert facts.hyperparameters["bf16"] == is_half
    saved = load_file(tmp_path / "train" / "model" / "model.safetensors")
    assert {value.dtype for value in saved.values()} == {torch.float32}
