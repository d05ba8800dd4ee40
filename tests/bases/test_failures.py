"""A base that cannot be had ends in one sentence that says what it is and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file

from helpers.bases import save_base
from helpers.processes import SECONDS, environment
from hubpress.bases.find import Base, find_base, load_config, load_tokenizer
from hubpress.content import content_dir
from hubpress.errors import HubpressError
from hubpress.recipe.blocks import BaseModelSpec
from hubpress.recipe.load import load_recipe
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.splits import SplitFacts, SplitMethod
from hubpress.tasks.registry import task_of
from hubpress.train.base_model import LoadedBase, load_base

SPLITS = SplitFacts(
    labels=("A", "B"),
    counts={},
    label_counts={},
    fingerprints={},
    dropped={},
    split=SplitMethod(method="given", test_size=0, validation_size=0, seed=0, column=None),
)
GATED = "it is gated, and this token has no access to it. Ask for access at {url}, and set HF_TOKEN"
NOWHERE = "there is no such model, or it is private and this token may not see it. Check the name at {url}, or set"
ON_THE_HUB = {
    "gated": (403, "GatedRepo", GATED),
    "gated-without-token": (401, "GatedRepo", GATED),
    "missing": (404, "RepoNotFound", NOWHERE),
    "private": (401, "RepoNotFound", NOWHERE),
    "without-revision": (
        404,
        "RevisionNotFound",
        "it has no revision 'main'. Name a branch, a tag or a commit of {url}",
    ),
    "without-config": (404, "EntryNotFound", "it has no config.json that names its kind"),
    "broken": (418, "", "cannot be loaded: "),
}
_ASK = """
import sys
from hubpress.bases.find import Base, load_config
from hubpress.errors import HubpressError
for name in sys.argv[1:]:
    try:
        load_config(Base(f"acme/{name}", None))
    except HubpressError as error:
        print(error)
"""


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = next(name for name in sorted(ON_THE_HUB, key=len, reverse=True) if f"acme/{name}" in self.path)
        status, code, _ = ON_THE_HUB[name]
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of a Hub that has nothing for anybody."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_a_hub_refuses_is_said_in_a_sentence(hub: str) -> None:
    """Gated, missing, private and torn models are told apart, each on one line with its address."""
    ran = subprocess.run(
        [sys.executable, "-c", _ASK, *ON_THE_HUB],
        env={**environment(), "HF_ENDPOINT": hub, "HF_TOKEN": "hf_0123456789"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    lines = ran.stdout.splitlines()
    assert len(lines) == len(ON_THE_HUB), ran.stdout + ran.stderr
    for line, (name, (_, _, says)) in zip(lines, ON_THE_HUB.items(), strict=True):
        assert line.startswith(f"base model 'acme/{name}': {says.format(url=f'{hub}/acme/{name}')}")
        assert "hf_0123456789" not in line


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("adapter_config.json",), "holds an adapter (PEFT), not a model. Merge it"),
        (("modules.json", "0_Transformer/config.json"), "whose transformer is in '0_Transformer'. Name that folder."),
        (("config_setfit.json",), "holds a SetFit model without its transformer."),
        (("model_index.json", "unet/config.json"), "holds a diffusers model"),
        (("model.Q4_K_M.gguf",), "holds a GGUF file, which cannot be trained."),
        ((), "holds no model (there is no config.json)."),
    ],
)
def test_a_folder_of_another_kind_is_named(files: tuple[str, ...], says: str, tmp_path: Path) -> None:
    """What lies there instead of a model says what to do."""
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(HubpressError) as refused:
        find_base(BaseModelSpec(path=Path()), recipe_folder=tmp_path)
    assert says in str(refused.value)


def _recipe(folder: Path, model: str = "conference-titles") -> Recipe:
    words = [f"base_model={{path: {folder}}}", "onnx.export=false"]
    return load_recipe(model, models_dir=content_dir("models"), sample=True, overrides=words)


def _load(folder: Path, model: str = "conference-titles") -> LoadedBase:
    recipe = _recipe(folder, model)
    return load_base(recipe, task_of(recipe, SPLITS), SPLITS.labels)


def _refusal(folder: Path, model: str = "conference-titles") -> str:
    with pytest.raises(HubpressError) as refused:
        _load(folder, model)
    said = str(refused.value)
    assert said.startswith(f"base model {str(folder)!r}: ")
    assert len(said.splitlines()) == 1
    return said


def test_weights_in_a_pickle_are_read(tmp_path: Path) -> None:
    """Many older models have pytorch_model.bin alone, which transformers reads as plain tensors."""
    folder = save_base("BERT", tmp_path / "base")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert _load(folder).adjustments == ()


def test_a_model_without_weights_is_refused(tmp_path: Path) -> None:
    """A folder with a configuration and a tokenizer alone."""
    folder = save_base("BERT", tmp_path / "base")
    (folder / "model.safetensors").unlink()
    assert "it has no weights that transformers reads" in _refusal(folder)


@pytest.mark.parametrize("name", ["BERT", "RoBERTa", "T5"])
def test_a_model_without_a_tokenizer_is_refused(name: str, tmp_path: Path) -> None:
    """transformers would make one that knows special tokens alone, so that every text would be the same."""
    folder = save_base(name, tmp_path / "base")
    for path in folder.glob("*token*"):
        path.unlink()
    with pytest.raises(HubpressError, match="it has no tokenizer"):
        load_tokenizer(_recipe(folder))


def test_code_of_a_base_is_not_run(tmp_path: Path) -> None:
    """Nobody is asked whether it may run; the folder's code would leave a file."""
    folder = save_base("BERT", tmp_path / "base")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "own-bert", "auto_map": {"AutoConfig": "own.OwnConfig"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "own.py").write_text("open('ran', 'w').close()\n", encoding="utf-8")
    with pytest.raises(HubpressError, match=r"it runs code of its own .* which hubpress does not"):
        load_config(Base(str(folder), None))
    assert not Path("ran").exists()


def test_a_model_of_pictures_is_refused(tmp_path: Path) -> None:
    """transformers has no head for labels of texts on it."""
    config = transformers.ViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, image_size=16, patch_size=8
    )
    transformers.ViTModel(config).save_pretrained(tmp_path / "base")
    assert "has no head for this task on a model of its kind (vit)" in _refusal(tmp_path / "base")


def test_a_model_without_a_head_for_entities_is_refused(tmp_path: Path) -> None:
    """BART has one for labels of texts alone."""
    folder = save_base("BART", tmp_path / "base")
    assert "has no head for this task on a model of its kind (bart)" in _refusal(folder, "scierc-entities")


def test_a_kind_that_transformers_does_not_know_is_refused(tmp_path: Path) -> None:
    """A model of a later transformers, or of another library."""
    folder = save_base("BERT", tmp_path / "base")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "bert-of-tomorrow"}), encoding="utf-8")
    assert "transformers does not know a model of its kind (bert-of-tomorrow)" in _refusal(folder)
