"""``training.method``, ``contrastive`` and ``pooling``: what does not fit together is one sentence each."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.processes import Command
from hubpress.content import content_dir
from hubpress.errors import RecipeError
from hubpress.recipe.load import load_recipe

SAID = "has no meaning with method: linear_probe"
ONE, SEVERAL, ENTITIES, NUMBERS = "conference-titles", "asjc-subjects", "scierc-entities", "regression"
PROBE = "method: linear_probe"
BOTH = "method: probe_then_fine_tune"

FAULTS: dict[str, tuple[str, str]] = {
    # One label.
    "method: probe": (ONE, "training.method: must be 'fine_tune', 'linear_probe' or 'probe_then_fine_tune'"),
    "method: Linear_Probe": (ONE, "training.method: must be 'fine_tune', 'linear_probe' or 'probe_then_fine_tune'"),
    "method: contrastive": (ONE, "training.method: must be 'fine_tune', 'linear_probe' or 'probe_then_fine_tune'"),
    "method: true": (ONE, "training.method: must be 'fine_tune', 'linear_probe' or 'probe_then_fine_tune', not True"),
    "method: [linear_probe]": (ONE, "training.method: must be 'fine_tune', 'linear_probe' or 'probe_then_fine_tune'"),
    "methods: linear_probe": (ONE, "Did you mean 'method'?"),
    f"{PROBE}, learning_rate: 1e-3": (ONE, f"training.learning_rate: {SAID}"),
    f"{PROBE}, num_train_epochs: 3": (ONE, f"training.num_train_epochs: {SAID}"),
    f"{PROBE}, per_device_train_batch_size: 8": (ONE, f"training.per_device_train_batch_size: {SAID}"),
    f"{PROBE}, bf16: true": (ONE, f"training.bf16: {SAID}"),
    f"{PROBE}, label_smoothing_factor: 0.1": (ONE, f"training.label_smoothing_factor: {SAID}"),
    f"{PROBE}, freeze: [embeddings]": (ONE, f"training.freeze: {SAID}"),
    f"{PROBE}, ema_decay: 0.9": (ONE, f"training.ema_decay: {SAID}"),
    f"{PROBE}, head_learning_rate: 1e-3": (ONE, f"training.head_learning_rate: {SAID}"),
    "head_learning_rate: 0": (ONE, "training.head_learning_rate: must be more than 0"),
    "head_learning_rate: 2": (ONE, "training.head_learning_rate: must be at most 1"),
    "head_learning_rate: fast": (ONE, "training.head_learning_rate: must be a number, not 'fast'"),
    "head_learning_rates: 1e-3": (ONE, "Did you mean 'head_learning_rate'?"),
    f"{PROBE}, early_stopping_patience: 2": (ONE, f"training.early_stopping_patience: {SAID}"),
    f"{PROBE}, lora: {{}}": (ONE, f"training.lora: {SAID}"),
    f"{PROBE}, C: 1": (ONE, "training.C: unknown key"),
    f"{PROBE}, pooling: max": (ONE, "training.pooling: must be 'own' or 'mean', not 'max'"),
    f"{PROBE}, pooling: 1": (ONE, "training.pooling: must be 'own' or 'mean', not 1"),
    "pooling: mean": (ONE, "training.pooling: is for training.method: linear_probe or probe_then_fine_tune and for"),
    f"{BOTH}, lora: {{}}": (ONE, "training.method: probe_then_fine_tune trains all weights, and training.lora leaves"),
    "contrastive: true": (ONE, "training.contrastive: must be a mapping, not True"),
    "contrastive: 20": (ONE, "training.contrastive: must be a mapping, not 20"),
    "contrastive: {epochs: 1}": (ONE, "training.contrastive.epochs: unknown key."),
    "contrastive: {num_iterations: 0}": (ONE, "num_iterations: must be at least 1, not 0"),
    "contrastive: {num_iterations: 2.5}": (ONE, "num_iterations: must be a whole number, not 2.5"),
    "contrastive: {num_iterations: 5000}": (ONE, "num_iterations: must be at most 1000, not 5000"),
    "contrastive: {num_epochs: -1}": (ONE, "num_epochs: must be at least 1, not -1"),
    "contrastive: {batch_size: 0}": (ONE, "batch_size: must be at least 1, not 0"),
    "contrastive: {batch_size: many}": (ONE, "batch_size: must be a whole number, not 'many'"),
    "contrastive: {body_learning_rate: 0}": (ONE, "body_learning_rate: must be more than 0"),
    "contrastive: {body_learning_rate: 3}": (ONE, "body_learning_rate: must be at most 1"),
    "contrastive: {body_learning_rate: .nan}": (ONE, "body_learning_rate: must be a finite number"),
    "contrastive: {warmup_proportion: 1}": (ONE, "warmup_proportion: must be less than 1"),
    "contrastive: {warmup_proportion: -0.1}": (ONE, "warmup_proportion: must be at least 0"),
    "contrastive: {}, lora: {}": (ONE, "training.contrastive: changes the base, and training.lora leaves all of it"),
    # Several labels, entities, numbers.
    f"{PROBE}, oversample: 5": (SEVERAL, f"training.oversample: {SAID}"),
    PROBE: (ENTITIES, "training.method: linear_probe is for models that answer whole texts, not for a token model."),
    BOTH: (ENTITIES, "training.method: probe_then_fine_tune is for models that answer whole texts, not for a token"),
    "contrastive: {}": (ENTITIES, "training.contrastive: is for models that answer whole texts with labels"),
    "contrastive: {num_epochs: 1}": (NUMBERS, "training.contrastive: pairs records by their labels"),
}  # fmt: skip


@pytest.mark.parametrize("training", FAULTS)
def test_what_does_not_fit_is_one_sentence(training: str) -> None:
    """One line with the key and what to do, and nothing beside it."""
    model, says = FAULTS[training]
    folder = content_dir("models") / ("templates" if model == NUMBERS else "")
    with pytest.raises(RecipeError) as found:
        load_recipe(model, models_dir=folder, sample=True, overrides=[f"training={{{training}}}"])
    lines = str(found.value).splitlines()
    assert len(lines) == 1
    assert says in lines[0]


def test_a_trained_model_has_no_method(tmp_path: Path) -> None:
    """``trained:`` and ``training:`` exclude each other, whatever the latter says."""
    words = ["base_model=", f"trained={{path: {tmp_path}}}", f"training={{{PROBE}}}"]
    with pytest.raises(RecipeError, match="trained names one that is trained already"):
        load_recipe(ONE, models_dir=content_dir("models"), overrides=words)


@pytest.mark.parametrize("template", ["single-label", "multi-label", "binary", "pair", "regression"])
def test_a_template_is_tried_as_a_probe_by_one_setting(template: str, hubpress: Command, tmp_path: Path) -> None:
    """What the file says of training by steps goes; what the command says beside it is refused as ever."""
    assert hubpress("new", "tea", "--task", template, "--models", tmp_path).code == 0
    words = ["training.method=linear_probe"]
    for sample in (False, True):
        training = load_recipe("tea", models_dir=tmp_path, sample=sample, overrides=words).training
        assert training.arguments.keys() <= {"seed", "per_device_eval_batch_size"}
    with pytest.raises(RecipeError, match=f"--set training.learning_rate=0.1: training.learning_rate: {SAID}"):
        load_recipe("tea", models_dir=tmp_path, overrides=["training.learning_rate=0.1", *words])
    recipe = tmp_path / "tea" / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8").replace("\ntraining:\n", "\ntraining:\n  pooling: mean\n", 1)
    recipe.write_text(text, encoding="utf-8")
    assert load_recipe("tea", models_dir=tmp_path, overrides=words).training.pooling == "mean"
    assert load_recipe("tea", models_dir=tmp_path, overrides=["training.method=fine_tune"]).training.pooling is None
