"""What all tests share: a home of their own, no Hub but loopback, a tiny random base model, the command."""

from __future__ import annotations

import csv
import gc
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from helpers.faults import GOOD, assert_one_message, files_in
from helpers.paths import ROOT, TITLES
from helpers.processes import Command, Ran
from helpers.release import Release, common, shared_release
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

if TYPE_CHECKING:
    from helpers.gate import Gate, Prover

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command sets it, before anything imports torch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what waits for the shared release as slow, and begin the slow files first.

    They are few, but long: so no worker is left alone with one of them in the end. One of two workers makes the release
    first of all, while the other does what needs none: neither waits for it. Within a file, tests stay as they stand.
    """
    sharing = {item.path for item in items if "released_all" in getattr(item, "fixturenames", ())}
    for item in items:
        if "released_all" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
    every = Counter(item.path for item in items)
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    first = min((path for path in sharing if path.parent.name == "end_to_end"), default=None)

    def rank(path: Path) -> tuple[bool, bool, bool, bool, bool]:
        partly = slow[path] < every[path]
        return path != first, path not in slow, partly, path in sharing, path.parent.name != "end_to_end"

    items.sort(key=lambda item: rank(item.path))


def pytest_collection_finish() -> None:
    """Let no collection of garbage look again at what was imported and collected: Trainer alone asks for one a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an empty Hub cache, no token and no endpoint: nothing of this machine's logins is used."""
    for name in ("HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf-home")))


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 100,000 random weights with a WordPiece vocabulary of the sample titles: trains in seconds.

    The workers share one: a release made with it by one of them would look changed to another.
    """
    folder = common(tmp_path_factory.getbasetemp()) / "tiny-base"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _save_tiny_base(folder.with_suffix(".partial"))
            folder.with_suffix(".partial").rename(folder)
    return folder


def _save_tiny_base(folder: Path) -> None:
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    shutil.rmtree(folder, ignore_errors=True)  # what a worker that was killed left
    folder.mkdir()
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


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store of a rehearsal Hub of a module's own."""
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    """The address of that Hub, which runs."""
    with running(store.folder, port=0) as found:
        yield found


@pytest.fixture
def gate(store: Store, url: str) -> Iterator[Gate]:
    """Releases through the gate, on the Hub of this session behind a wire of the test's own."""
    from helpers.gate import Gate
    from helpers.hub import wired

    with wired(url) as wire:
        yield Gate(wire, store, url)


@pytest.fixture
def prover(monkeypatch: pytest.MonkeyPatch) -> Prover:
    """A proof that asks the Hub for the commit, and takes no time; the real one is in tests/end_to_end."""
    from helpers.gate import proving

    return proving(monkeypatch)


@pytest.fixture
def hubpress(capfd: pytest.CaptureFixture[str]) -> Command:
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
        "--set", "training.method=fine_tune",
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


@pytest.fixture(scope="session")
def released_all(tiny: list[str], tmp_path_factory: pytest.TempPathFactory) -> Release:
    """One verified release of each reference model on the tiny base; copy its build folder before you change it."""
    return shared_release(tmp_path_factory.getbasetemp(), tiny)


@pytest.fixture(scope="session")
def released(released_all: Release) -> Path:
    """The build folder of a verified release of the tiny conference-titles; copy it before you change it."""
    if "error" in released_all.result["conference-titles"]:
        pytest.fail(f"The release of conference-titles failed:\n{released_all.err}", pytrace=False)
    return released_all.build


@pytest.fixture
def own_models(tmp_path: Path) -> Path:
    """A models folder of the user's own with a copy of conference-titles, to be broken at will."""
    folder = tmp_path / "models"
    shutil.copytree(ROOT / "models" / "conference-titles", folder / "conference-titles")
    return folder


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The folder of the good model "pets", in a models folder of its own, to be broken at will."""
    shutil.copytree(GOOD, tmp_path / "models" / "pets")
    return tmp_path / "models" / "pets"


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder in which the data stage of the good model has run."""
    from hubpress.cli.main import main

    folder = tmp_path_factory.mktemp("earlier")
    shutil.copytree(GOOD, folder / "models" / "pets")
    words = ["data", "pets", "--models", folder / "models", "--build-dir", folder / "build", "--quiet"]
    assert main([str(word) for word in words]) == 0
    return folder / "build"


@pytest.fixture
def refused(hubpress: Command, pets: Path, earlier: Path, tmp_path: Path) -> Callable[..., None]:
    """Run ``hubpress data pets`` and assert that it ends as a fault must, in a new build folder and in a used one."""

    def run(code: int, says: list[str], words: list[str] | None = None, *, file: str = "") -> None:
        shutil.copytree(earlier, tmp_path / "used")
        for build in (tmp_path / "new", tmp_path / "used"):
            options = ["--models", pets.parent, "--build-dir", build, "--quiet"]
            assert_one_message(hubpress("data", "pets", *options, *(words or [])), code, says, file=file)
        assert files_in(tmp_path / "new") == {}
        left, before = files_in(tmp_path / "used"), files_in(earlier)
        assert left in (before, {name: text for name, text in before.items() if name != "pets/receipts/data.json"})

    return run
