"""Checkpoints that cannot be taken: one sentence each, before anything is measured."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers.checkpoints import classifier, model_of
from hubpress import HubpressError, Job, load_recipe, run_stages

Change = Callable[[Path], None]


def _config(**changes: Any) -> Change:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        values = {**json.loads(path.read_text(encoding="utf-8")), **changes}
        kept = {key: value for key, value in values.items() if value is not None}
        path.write_text(json.dumps(kept), encoding="utf-8")

    return change


def _weights(change_state: Callable[[dict[str, torch.Tensor]], None]) -> Change:
    def change(folder: Path) -> None:
        state = load_file(folder / "model.safetensors")
        change_state(state)
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    return change


def _without(*names: str) -> Change:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def _with(name: str, text: str = "{}", *, instead_of: str = "") -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        if instead_of:
            (folder / instead_of).unlink()

    return change


def _only_checkpoints(folder: Path) -> None:
    files = list(folder.iterdir())
    for step in (500, 1000):
        (folder / f"checkpoint-{step}").mkdir()
        for file in files:
            shutil.copy(file, folder / f"checkpoint-{step}")
    for file in files:
        file.unlink()


class _Code:
    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return (print, ("it runs",))


def _pickled(what: Any) -> Change:
    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        torch.save(what, folder / "pytorch_model.bin", pickle_module=pickle)

    return change


def _take_head(state: dict[str, torch.Tensor]) -> None:
    del state["classifier.weight"]


def _spoil_head(state: dict[str, torch.Tensor]) -> None:
    state["classifier.bias"][0] = float("nan")


def _add_a_layer(state: dict[str, torch.Tensor]) -> None:
    state["fc.weight"] = torch.zeros(1)


def _make_bi_encoder(folder: Path) -> None:
    _with("modules.json", "[]")(folder)
    _config(architectures=["BertModel"])(folder)


def _two_states(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "epoch1.safetensors")
    shutil.copy(folder / "epoch1.safetensors", folder / "epoch2.safetensors")


FAULTS: dict[str, tuple[Change, str]] = {
    "no config": (_without("config.json"), "has no config.json, so that nothing says which model"),
    "no weights": (_without("model.safetensors"), "has no weights."),
    "no tokenizer": (_without("tokenizer.json", "tokenizer_config.json"), "has no tokenizer beside it"),
    "several checkpoints": (_only_checkpoints, "2 checkpoints of a training in it: checkpoint-500 and"),
    "several states": (_two_states, "several files that may be its weights: epoch1.safetensors and epoch2.safetensors"),
    "only TensorFlow": (_with("tf_model.h5", instead_of="model.safetensors"), "weights of another library alone"),
    "a part is lacking": (
        _with("model.safetensors.index.json", '{"weight_map": {"a": "model-1.safetensors"}}',
              instead_of="model.safetensors"),
        "lacks 'model-1.safetensors', one of 1 files",
    ),
    "no head": (_weights(_take_head),
                "its weights lack classifier.weight of a BertForSequenceClassification"),
    "more than the model": (_weights(_add_a_layer),
                            "its weights hold fc.weight, which a BertForSequenceClassification does not have"),
    "another number of labels": (_config(id2label={"0": "dog", "1": "cat", "2": "bird"}),
                                 "its weights do not fit its config.json: classifier."),
    "not numbers": (_weights(_spoil_head),
                    "infinite or no numbers in classifier.bias"),
    "a pickle that runs code": (_pickled({"classifier.bias": _Code()}), "more than tensors, which would run code"),
    "a pickle of something else": (_pickled([1, 2]), "holds no state_dict"),
    "broken weights": (_with("model.safetensors", "nothing"), "is no file of safetensors, or a damaged one"),
    "a pointer of Git": (_with("model.safetensors", "version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "code of its own": (_config(auto_map={"AutoModel": "modeling_own.Own"}),
                        "needs code of its own to be loaded (`auto_map` in its config.json: modeling_own.Own)"),
    "quantised": (_config(quantization_config={"load_in_8bit": True}), "has quantised weights"),
    "an adapter": (_with("adapter_config.json", '{"base_model_name_or_path": "acme/base"}'),
                   "says no peft_type, so that it is no adapter of peft"),
    "SetFit": (_with("model_head.pkl"), "is a SetFit model"),
    "a GGUF file": (_with("model.gguf", instead_of="model.safetensors"), "is a GGUF file"),
    "a bi-encoder": (_make_bi_encoder, "is a sentence-transformers model that makes vectors"),
    "unnamed labels": (_config(id2label={"0": "LABEL_0", "1": "LABEL_1"}), "its 2 labels have no names"),
    "labels of other records": (_config(id2label={"0": "fish", "1": "bird"}),
                                "the trained model: lacks the label 'dog' and 1 more of the records"),
    "one name twice": (_config(id2label={"0": "dog", "1": "dog"}), "calls two labels 'dog'"),
    "ids from 1": (_config(id2label={"1": "dog", "2": "cat"}), "does not number its labels from 0"),
    "another task": (_config(problem_type="multi_label_classification"), "Say task: multi-label."),
    "regression": (_config(problem_type="regression"), "answers with numbers, not with labels"),
    "a token model": (_config(architectures=["BertForTokenClassification"]), "Say task: token."),
    "a bare encoder": (_config(architectures=["BertModel"]), "is a BertModel, which has no head"),
    "a broken tokenizer": (_with("tokenizer.json"), "its tokenizer.json is none of a tokenizer: it lacks `model`"),
    "one class as text": (_config(architectures="BertModel"), "is a BertModel, which has no head"),
    "a list of labels": (_config(id2label=["dog", "cat"]), "does not number its labels from 0"),
    "a whole model": (_pickled(torch.nn.Linear(2, 2)), "more than tensors, which would run code"),
    "no JSON": (_with("config.json", "{"), "its config.json cannot be read as JSON"),
    "unknown kind": (_config(model_type="unheard_of"), "transformers does not know a model of its kind"),
}  # fmt: skip

SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "training beside it": ({"training": {"num_train_epochs": 1}}, "trained names one that is trained already"),
    "a base with a path": ({"base_model": {"path": "base"}}, "give its id alone"),
    "no such folder": ({"trained": {"path": "nowhere"}}, "trained.path 'nowhere': there is no such folder."),
    "both places": ({"trained": {"id": "acme/pets"}}, "needs either an id (a model on the Hub) or a path"),
    "too long": ({"tokenizer": {"max_length": 512}}, "512 tokens are more than the base model's 128 positions"),
    "other labels": ({"data": {"labels": ["dog", "catt"]}}, "has no label 'catt'. Did you mean 'cat'?"),
    "fewer labels": ({"data": {"labels": ["dog", "bird"]}}, "the trained model has no label 'bird'"),
    "another order": ({"data": {"labels": ["cat", "dog"]}}, "lists the labels in another order"),
}


@pytest.fixture(scope="module")
def whole(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in which nothing is wrong."""
    folder = tmp_path_factory.mktemp("whole")
    for part in classifier(tiny_base):
        part.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("fault", FAULTS)
def test_a_checkpoint_that_cannot_be_taken_is_refused(fault: str, whole: Path, tmp_path: Path) -> None:
    """Each ends in one line that says what is wrong with which model, and leaves no weights."""
    change, says = FAULTS[fault]
    shutil.copytree(whole, tmp_path / "checkpoint")
    change(tmp_path / "checkpoint")
    _refused(model_of(tmp_path / "models", tmp_path / "checkpoint"), tmp_path / "build", says)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_recipe_that_does_not_fit_is_refused(setting: str, whole: Path, tmp_path: Path) -> None:
    """So does a recipe that says other things than the model."""
    changes, says = SETTINGS[setting]
    _refused(model_of(tmp_path / "models", whole, **changes), tmp_path / "build", says)


def _refused(models: Path, build: Path, says: str) -> None:
    with pytest.raises(HubpressError) as refused:
        run_stages(Job.of(load_recipe("pets", models_dir=models), build_dir=build, quiet=True), until="train")
    message = str(refused.value)
    assert says in message, message
    assert "\n" not in message
    assert not (build / "pets" / "train" / "model").exists()
