"""What all tests share: a home of their own, no Hub but loopback, a tiny random base model, the command."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from processes import run_module

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command sets it, before anything imports torch

ROOT = Path(__file__).resolve().parents[1]
TITLES = ROOT / "models" / "conference-titles" / "sample" / "titles.csv"


# Few tests, but long ones: these files are begun first, so that no worker is left alone with one of them in the end.
# One of the two workers makes the release that many share, while the other does what needs none.
_BEGUN_FIRST = (
    *("test_killed.py", "test_models.py", "test_memory.py", "test_train.py", "test_verify.py", "test_verify_space.py"),
    *("test_release.py", "test_wheel.py", "test_sixth_model.py", "test_commands.py", "test_browser.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; within a file, tests stay as they stand."""
    order = {name: number for number, name in enumerate(_BEGUN_FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give every test an empty Hub cache, no token and no endpoint: nothing of this machine's logins is used."""
    for name in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf-home")))
    return


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 100,000 random weights with a WordPiece vocabulary of the sample titles: trains in seconds."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-base")
    with TITLES.open(encoding="utf-8", newline="") as stream:
        texts = [row["Title"] for row in csv.DictReader(stream)]
    # Words by how often they stand there, then letters: a trained vocabulary comes out otherwise in every run.
    words = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower()))
    letters = sorted({letter for word in words for letter in word})
    pieces = [*sorted(words, key=lambda word: (-words[word], word))[:600], *letters, *(f"##{one}" for one in letters)]
    vocabulary = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces])
    numbered = {piece: number for number, piece in enumerate(vocabulary)}
    BertWordPieceTokenizer(numbered, lowercase=True).save(str(folder / "tokenizer.json"))
    tokenizer = BertTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), model_max_length=128)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.2,  # wide enough that texts differ and a few steps change the answers
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store of a rehearsal Hub of a module's own."""
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    """The address of that Hub, which runs."""
    with running(store.folder, port=0) as found:
        yield found


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def hubpress(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run a hubpress command in this process, as the console script does."""
    from hubpress.cli.main import main

    def run(*words: str | Path) -> Ran:
        capfd.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse ends wrong usage so
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture(scope="session")
def tiny(tiny_base: Path) -> list[str]:
    """The options of a quick run: the sample records, the tiny base, short texts, few epochs."""
    return [
        "--sample",
        "--set", f"base_model={{path: {tiny_base}}}",
        "--set", "tokenizer.max_length=64",
        "--set", "training.num_train_epochs=2",
        "--set", "training.learning_rate=0.01",
        "--set", "training.freeze=[]",
        "--set", "training.ema_decay=0.5",
        "--set", "evaluation.bootstrap_samples=100",
    ]  # fmt: skip


@pytest.fixture(scope="session")
def quick(tiny: list[str]) -> list[str]:
    """The same without ONNX files and Space, for tests of what comes before them."""
    return [*tiny, "--set", "onnx.export=false"]


@dataclass(frozen=True)
class Release:
    """What ``release --all`` of the five reference models and a broken sixth left."""

    build: Path
    models: Path
    code: int
    err: str
    result: dict[str, Any]


@pytest.fixture(scope="session")
def released_all(tiny: list[str], tmp_path_factory: pytest.TempPathFactory) -> Release:
    """One verified release of each reference model on the tiny base; copy its build folder before you change it."""
    basetemp = tmp_path_factory.getbasetemp()
    shared = (basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp) / "released-all"
    with FileLock(f"{shared}.lock"):  # the workers share one
        if not shared.is_dir():
            _release_all(shared, tiny)
    ran = json.loads((shared / "ran.json").read_text(encoding="utf-8"))
    return Release(shared / "build", shared / "models", ran["code"], ran["err"], json.loads(ran["out"]))


def _release_all(folder: Path, tiny: list[str]) -> None:
    shutil.copytree(ROOT / "models", folder / "models")
    (folder / "models" / "broken").mkdir()
    (folder / "models" / "broken" / "recipe.yaml").write_text("repo_name: broken\n", encoding="utf-8")
    words = ["release", "--all", "--models", folder / "models", "--build-dir", folder / "build", "--json", *tiny]
    ran = run_module(words)
    assert ran.stdout, ran.stderr
    told = {"code": ran.returncode, "out": ran.stdout, "err": ran.stderr}
    (folder / "ran.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture(scope="session")
def released(released_all: Release) -> Path:
    """The build folder of a verified release of the tiny conference-titles; copy it before you change it."""
    assert "error" not in released_all.result["conference-titles"], released_all.err
    return released_all.build


@pytest.fixture
def own_models(tmp_path: Path) -> Path:
    """A models folder of the user's own with a copy of conference-titles, to be broken at will."""
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models" / "conference-titles", folder / "conference-titles")
    return folder
