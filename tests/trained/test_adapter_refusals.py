"""Adapters that cannot be taken: one sentence each, before anything is measured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers.adapters import save_adapter
from helpers.checkpoints import model_of
from hubpress import HubpressError, Job, load_recipe
from hubpress.layout import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from hubpress.release.stages import run_data, run_train

Change = Callable[[Path], None]


def _json(name: str, **changes: Any) -> Change:
    """Change values of a JSON file; None takes one away."""

    def change(folder: Path) -> None:
        path = folder / name
        values = {**json.loads(path.read_text(encoding="utf-8")), **changes}
        path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))

    return change


def _settings(**changes: Any) -> Change:
    return lambda folder: _json(ADAPTER_CONFIG, **changes)(folder / "adapter")


def _base(**changes: Any) -> Change:
    return lambda folder: _json("config.json", **changes)(folder / "base")


def _weights(change_state: Callable[[dict[str, torch.Tensor]], None]) -> Change:
    def change(folder: Path) -> None:
        state = load_file(folder / "adapter" / ADAPTER_WEIGHTS)
        change_state(state)
        save_file(state, folder / "adapter" / ADAPTER_WEIGHTS, metadata={"format": "pt"})

    return change


def _without_head(state: dict[str, torch.Tensor]) -> None:
    for name in [name for name in state if "classifier" in name]:
        del state[name]


def _without_a_matrix(state: dict[str, torch.Tensor]) -> None:
    del state[next(name for name in sorted(state) if "lora_A" in name)]


def _with_another(state: dict[str, torch.Tensor]) -> None:
    state["base_model.model.bert.encoder.layer.7.output.dense.lora_A.weight"] = torch.zeros(4, 64)


def _not_numbers(state: dict[str, torch.Tensor]) -> None:
    state["base_model.model.classifier.bias"] = torch.full((2,), torch.nan)


def _two_heads(state: dict[str, torch.Tensor]) -> None:
    state["base_model.model.score.weight"] = torch.zeros(5, 64)


def _without_weights(folder: Path) -> None:
    (folder / "adapter" / ADAPTER_WEIGHTS).unlink()


def _no_json(folder: Path) -> None:
    (folder / "adapter" / ADAPTER_CONFIG).write_text("{", encoding="utf-8")


def _adapter_under_it(folder: Path) -> None:
    shutil.copyfile(folder / "adapter" / ADAPTER_CONFIG, folder / "base" / ADAPTER_CONFIG)


def _base_beside_the_recipe(folder: Path) -> None:
    _settings(base_model_name_or_path="models/base")(folder)
    shutil.copytree(folder / "base", folder / "models" / "pets" / "models" / "base")


def _base_far_above(folder: Path) -> None:
    """A folder of that name above the adapter, which nobody has spoken of."""
    _settings(base_model_name_or_path="./base")(folder)
    shutil.copytree(folder / "adapter", folder / "runs" / "one" / "adapter")
    recipe = folder / "models" / "pets" / "recipe.yaml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("/adapter", "/runs/one/adapter"), encoding="utf-8")


def _base_without_a_config(folder: Path) -> None:
    _settings(base_model_name_or_path="./base")(folder)
    (folder / "base" / "config.json").unlink()


FAULTS: dict[str, tuple[Change, str]] = {
    "no JSON": (_no_json, "its adapter_config.json cannot be read as JSON"),
    "of another library": (_settings(peft_type=None), "says no peft_type, so that it is no adapter of peft"),
    "of prefixes": (_settings(peft_type="PREFIX_TUNING"), "of the kind PREFIX_TUNING, which cannot be merged"),
    "of a language model": (_settings(task_type="CAUSAL_LM"), "is an adapter for CAUSAL_LM (task_type), not for a"),
    "of a token model": (_settings(task_type="TOKEN_CLS"), "Say task: token."),
    "of Megatron": (_settings(megatron_config={"a": 1}), "needs another library (megatron_config)"),
    "without weights": (_without_weights, "is an adapter without its weights (adapter_model.safetensors)"),
    "of no base": (_settings(base_model_name_or_path=None), "does not say which base it is for"),
    "of a base elsewhere": (_settings(base_model_name_or_path="/home/them/base"),
                            "is for the base in the folder '/home/them/base', which is not here"),
    "of a base far above": (_base_far_above, "'./base', which is not here: there is no config.json in '"),
    "of a base without a config": (_base_without_a_config, "/models/pets/base' or '"),
    "of a base that may be two": (_base_beside_the_recipe, "/models/base' or a model on the Hub"),
    "of a quantised base": (_base(quantization_config={"load_in_4bit": True}), "has quantised weights, into which"),
    "of a base with code": (_base(auto_map={"AutoModel": "own.Own"}), "needs code of its own to be loaded"),
    "of an adapter": (_adapter_under_it, "is an adapter itself"),
    "without a head": (_weights(_without_head), "has no head among its weights (modules_to_save)"),
    "of two heads": (_weights(_two_heads), "layers of 2 and 5 outputs, so that its head cannot be told"),
}  # fmt: skip

MISFITS: dict[str, tuple[Change, str]] = {
    "of another size": (_base(hidden_size=32, intermediate_size=32), "its weights do not fit its config.json"),
    "of a matrix less": (_weights(_without_a_matrix), "its weights lack base_model.model.bert.encoder.layer.0"),
    "of a matrix more": (_weights(_with_another), "layer.7.output.dense.lora_A.weight, which has no place in its base"),
    "of no numbers": (_weights(_not_numbers), "infinite or no numbers in base_model.model.classifier.bias"),
}


@pytest.fixture(scope="module")
def whole(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter in which nothing is wrong."""
    return save_adapter(tiny_base, tmp_path_factory.mktemp("whole") / "adapter")


@pytest.fixture
def place(whole: Path, tiny_base: Path, tmp_path: Path) -> Path:
    """A folder with the adapter, a base of its own and a recipe, to be broken at will."""
    shutil.copytree(whole, tmp_path / "adapter")
    shutil.copytree(tiny_base, tmp_path / "base")
    model_of(tmp_path / "models", tmp_path / "adapter", data={"labels": ["dog", "cat"]}, onnx={"export": False})
    _settings(base_model_name_or_path=str(tmp_path / "base"))(tmp_path)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_an_adapter_that_cannot_be_taken_is_refused(fault: str, place: Path) -> None:
    """Each ends in one line before the records are read."""
    change, says = FAULTS[fault]
    change(place)
    with pytest.raises(HubpressError) as refused:
        _job(place)
    _assert_one_line(refused.value, says)


@pytest.mark.slow
@pytest.mark.parametrize("misfit", MISFITS)
def test_an_adapter_of_another_base_is_refused(misfit: str, place: Path) -> None:
    """So does one whose weights have no place in its base; nothing is left."""
    change, says = MISFITS[misfit]
    change(place)
    job = _job(place)
    run_data(job)
    with pytest.raises(HubpressError) as refused:
        run_train(job)
    _assert_one_line(refused.value, says)
    assert not (job.train / "model").exists()


@pytest.mark.parametrize(
    ("data", "says"),
    [({}, "its 2 labels have no names"), ({"labels": ["dog", "cat", "fish"]}, "lists 3 labels, but the trained model")],
)
def test_labels_are_the_recipes_to_name(place: Path, data: dict[str, Any], says: str) -> None:
    """No adapter says what its labels are called."""
    shutil.rmtree(place / "models")
    model_of(place / "models", place / "adapter", data=data)
    with pytest.raises(HubpressError) as refused:
        _job(place)
    _assert_one_line(refused.value, says)


def _job(place: Path) -> Job:
    return Job.of(load_recipe("pets", models_dir=place / "models"), build_dir=place / "build", quiet=True)


def _assert_one_line(error: HubpressError, says: str) -> None:
    message = str(error)
    assert says in message, message
    assert "\n" not in message
