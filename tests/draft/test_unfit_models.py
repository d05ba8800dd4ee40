"""Models whose files do not fit together are refused by `new`, and by a release before its first stage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models

from draft.conftest import Save, tea_rows, write_csv
from helpers.checkpoints import classifier, model_of
from hubpress.draft.draft import draft_model
from hubpress.errors import HubpressError
from hubpress.recipe.load import load_recipe
from hubpress.release.job import Job
from hubpress.release.runner import run_stages

Spoil = Callable[[Path], None]
WEIGHTS = "model.safetensors"


def _weights(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Spoil:
    def spoil(folder: Path) -> None:
        save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, metadata={"format": "pt"})

    return spoil


def _config(**changes: object) -> Spoil:
    def spoil(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")

    return spoil


def _cut(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[: len(content) // 2])


def _emptied(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"")


def _pickle_cut(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "own.pt")
    content = (folder / "own.pt").read_bytes()
    (folder / "own.pt").write_bytes(content[: len(content) // 2])
    (folder / WEIGHTS).unlink()


def _in_shards(folder: Path) -> None:
    """Leave the weights as a shard, with an index that says of one tensor more."""
    state = load_file(folder / WEIGHTS)
    save_file(state, folder / "model-00001-of-00001.safetensors", metadata={"format": "pt"})
    places = dict.fromkeys([*state, "classifier.more"], "model-00001-of-00001.safetensors")
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps({"weight_map": places}), encoding="utf-8")
    (folder / WEIGHTS).unlink()


def _tokens(count: int) -> Spoil:
    def spoil(folder: Path) -> None:
        words = {word: number for number, word in enumerate(["[UNK]", "[PAD]", *map(str, range(count))])}
        Tokenizer(models.WordLevel(words, unk_token="[UNK]")).save(str(folder / "tokenizer.json"))

    return spoil


def _no_tokenizer_inside(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")


FAULTS: dict[str, tuple[Spoil, str]] = {
    "a tokenizer of another model": (
        _config(pad_token_id=20),
        "its tokenizer is that of another model: token 20, the `pad_token_id` of its config.json, is ",
    ),
    "a tokenizer that lacks a token": (_config(sep_token_id=999_999), "is lacking in it, where '[SEP]' is "),
    "cut off": (_cut, f"its {WEIGHTS} is cut off or damaged: it is not as long as its header says"),
    "empty": (_emptied, f"its {WEIGHTS} is empty"),
    "a pickle cut off": (_pickle_cut, "its own.pt is no whole file of torch.save()"),
    "without its head": (
        _weights(lambda state: {name: one for name, one in state.items() if "classifier" not in name}),
        "its weights lack classifier.bias, classifier.weight of a BertForSequenceClassification",
    ),
    "a head of another size": (
        _weights(lambda state: state | {"classifier.bias": torch.zeros(7)}),
        "classifier.bias is (7,) in them",
    ),
    "no numbers": (
        _weights(lambda state: state | {"classifier.bias": torch.full_like(state["classifier.bias"], torch.nan)}),
        "infinite or no numbers in classifier.bias",
    ),
    "a shard that lacks some": (_in_shards, "its files of weights lack classifier.more"),
    "an unknown kind": (_config(model_type="berttt"), "does not know a model of its kind (berttt)"),
    "too many tokens": (_tokens(2_000), "its tokenizer has 2,0"),
    "few of its tokens": (_tokens(12), "its tokenizer has 1"),
    "no tokenizer inside": (_no_tokenizer_inside, "its tokenizer.json is none of a tokenizer: it lacks `model`"),
    "labels numbered twice": (
        _config(label2id={"green": 1, "black": 0, "herbal": 2}),
        "calls 0 'green' in `id2label`, but gives it the number 1 in `label2id`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_new_refuses_files_that_do_not_fit(fault: str, save: Save, tmp_path: Path) -> None:
    """One sentence names the file and what is wrong with it; nothing is written."""
    spoil, says = FAULTS[fault]
    folder = tmp_path / "checkpoint"
    shutil.copytree(save(), folder)
    spoil(folder)
    records = write_csv(tmp_path / "tea.csv", tea_rows())
    with pytest.raises(HubpressError) as refused:
        draft_model("tea", checkpoint=folder, models_dir=tmp_path / "models", data=records)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "models").exists()


def test_a_release_refuses_them_before_its_first_stage(tiny_base: Path, tmp_path: Path) -> None:
    """The same sentence comes before any record is read; a model taken already is not looked at again."""
    folder = tmp_path / "checkpoint"
    for part in classifier(tiny_base):
        part.save_pretrained(folder)
    whole = (folder / WEIGHTS).read_bytes()
    recipe = load_recipe("pets", models_dir=model_of(tmp_path / "models", folder))
    _cut(folder)
    with pytest.raises(HubpressError, match="is cut off or damaged"):
        run_stages(Job.of(recipe, build_dir=tmp_path / "build", quiet=True), until="data")
    assert not (tmp_path / "build" / "pets" / "data").exists()
    (folder / WEIGHTS).write_bytes(whole)
    run_stages(Job.of(recipe, build_dir=tmp_path / "build", quiet=True), until="data")


def test_a_name_in_label2id_alone_is_no_contradiction(save: Save, tmp_path: Path) -> None:
    """The names of the model before often stay there; `id2label` is what answers."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(save(), folder)
    _config(label2id={"NEGATIVE": 0, "POSITIVE": 1})(folder)
    drafted = draft_model("tea", checkpoint=folder, models_dir=tmp_path / "models")
    assert drafted.found["trained"] == "3 labels: green, black, herbal (config.json)"
