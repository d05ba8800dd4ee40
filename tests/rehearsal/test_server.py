"""The server of a rehearsal Hub: where it listens, how it is found, what transformers loads from it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from helpers.processes import SECONDS
from hubpress.errors import HubError, UsageError
from hubpress.files import read_json
from hubpress.rehearsal.server import find_running, running, serve
from hubpress.rehearsal.store import Store


def test_found_while_it_runs_and_only_then(tmp_path: Path) -> None:
    assert find_running(tmp_path / "store") is None
    with running(tmp_path / "store") as url:
        assert find_running(tmp_path / "store") == url
        assert read_json(tmp_path / "store" / "server.json")["pid"] == os.getpid()
        with running(tmp_path / "store") as same, running(tmp_path / "other") as other:
            assert (same == url, other == url) == (True, False)
        with pytest.raises(HubError, match=r"by a command that runs, until that ends.* run `hubpress hub` after it"):
            serve(tmp_path / "store", port=0)
        # A stale note that points to another store's server is not believed.
        stale = (tmp_path / "store" / "server.json").read_text()
        (tmp_path / "third").mkdir()
        stale = stale.replace(Store(tmp_path / "store").identity, "x")
        (tmp_path / "third" / "server.json").write_text(stale.replace(f"{tmp_path}/store", f"{tmp_path}/third"))
        assert find_running(tmp_path / "third") is None
        # Nor is that of a copy, made while the other's Hub runs: it would end in the middle of what goes on here.
        shutil.copytree(tmp_path / "store", tmp_path / "copy")
        assert find_running(tmp_path / "copy") is None
        with running(tmp_path / "copy") as own:
            assert own != url
    assert find_running(tmp_path / "store") is None


def test_one_that_others_use_ends_with_the_last_of_them(tmp_path: Path) -> None:
    """Two commands at once share the Hub that one of them has started, though that one is done first."""
    store, found, leave = tmp_path / "store", threading.Event(), threading.Event()

    def start() -> None:
        with running(store):
            started.set()
            assert found.wait(SECONDS)

    def use() -> None:
        with running(store):
            found.set()
            assert leave.wait(SECONDS)

    started, owner, other = threading.Event(), threading.Thread(target=start), threading.Thread(target=use)
    owner.start()
    assert started.wait(SECONDS)
    other.start()
    assert found.wait(SECONDS)
    owner.join(1)
    assert owner.is_alive() and find_running(store)
    leave.set()
    owner.join(SECONDS)
    assert not owner.is_alive() and find_running(store) is None


def test_many_at_once_share_one(tmp_path: Path) -> None:
    """None is told that another process serves the store: each finds the Hub, or starts it."""
    together = threading.Barrier(6)

    def use(_: int) -> str:
        together.wait(SECONDS)
        with running(tmp_path / "store", port=0) as url:
            together.wait(SECONDS)
            return url

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(use, range(6)))) == 1


def test_listens_on_loopback_only_and_says_when_a_port_is_taken(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.168.0.1", "example.org"):
        with pytest.raises(UsageError, match=r"127\.0\.0\.1 only"):
            serve(tmp_path, host=host)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(HubError, match="is taken"):
        serve(tmp_path, port=taken.getsockname()[1])


_LOAD = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from transformers import pipeline
for load in ({"task": "text-classification", "model": sys.argv[1]}, {"model": sys.argv[1]}):
    answer = pipeline(**load)("a title")
    print(answer[0]["label"])
"""


@pytest.mark.slow
def test_transformers_loads_a_model_by_its_name(api: HfApi, url: str, tmp_path: Path) -> None:
    """Plain Python with an empty HF_HOME and only HF_ENDPOINT, with a task and without."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "title"]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        id2label={0: "INFOCOM", 1: "INFOCOM"},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    (folder / "README.md").write_text("---\npipeline_tag: text-classification\nlibrary_name: transformers\n---\n")
    api.create_repo("rehearsal/tiny")
    api.upload_folder(repo_id="rehearsal/tiny", folder_path=folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "empty")}
    ran = subprocess.run(
        [sys.executable, "-c", _LOAD, "rehearsal/tiny"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=SECONDS,
    )
    assert ran.stdout.split() == ["INFOCOM", "INFOCOM"], ran.stderr
