"""The store of a rehearsal Hub: tokens kept to their owner; a commit whole or absent, whenever the Hub is killed."""

from __future__ import annotations

import hashlib
import random
import signal
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.processes import SECONDS, until
from helpers.rehearsal import commit, git_blob, start
from hubpress.rehearsal.store import Store


def test_tokens_are_kept_for_their_owner_only(store: Store) -> None:
    path = store.folder / "tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert Store(store.folder).write_token == store.write_token
    assert store.write_token.startswith("hf_")
    visitor = store.add_user("visitor")
    assert visitor.startswith("hf_")
    assert len({store.write_token, store.read_token, visitor, store.add_user("another")}) == 4
    other_files = [file for file in store.folder.glob("*.json") if file != path]
    assert not any(token in file.read_text() for file in other_files for token in (visitor, store.write_token))


def _landed_or_ended(landed: list[str], wanted: int, writer: threading.Thread) -> bool:
    return len(landed) >= wanted or not writer.is_alive()


def test_killed_at_any_moment_a_commit_is_whole_or_absent(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    chance = random.Random(7)
    landed: list[str] = []
    for _ in range(3):
        process, url = start(store.folder)
        api = HfApi(endpoint=url, token=store.write_token)
        api.create_repo("rehearsal/m", exist_ok=True)
        stop = threading.Event()

        def keep_committing(api: HfApi = api, stop: threading.Event = stop) -> None:
            while not stop.is_set():
                try:
                    files = {f"w{n}.bin": chance.randbytes(200_000) for n in range(3)} | {
                        "a.txt": chance.randbytes(50).hex().encode()
                    }
                    landed.append(commit(api, "rehearsal/m", files))
                except (OSError, RuntimeError, httpx.HTTPError):
                    return

        writer = threading.Thread(target=keep_committing)
        # The client must not wait and retry: the server will not come back at this address.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda seconds: None))
            writer.start()
            wanted = len(landed) + 2
            until(partial(_landed_or_ended, landed, wanted, writer))
            time.sleep(chance.random() * 0.2)
            process.send_signal(signal.SIGKILL)
            process.wait()
            stop.set()
            writer.join()
    process, url = start(store.folder)
    try:
        api = HfApi(endpoint=url, token=store.write_token)
        history = [entry.commit_id for entry in api.list_repo_commits("rehearsal/m")]
        assert len(landed) > 4
        assert set(landed) <= set(history), "what was answered is there"
        assert len(set(history) - set(landed)) <= 1 + 3, "and at most one commit a kill whose answer got lost"
        for sha in [*landed[-3:], history[0]]:
            for entry in api.list_repo_tree("rehearsal/m", revision=sha):
                content = httpx.get(f"{url}/rehearsal/m/resolve/{sha}/{entry.path}", timeout=SECONDS).content
                if entry.lfs:
                    assert hashlib.sha256(content).hexdigest() == entry.lfs.sha256
                else:
                    assert git_blob(content) == entry.blob_id
        assert list(store.folder.glob("repositories/*/*/*/incoming/*")) == []
    finally:
        process.terminate()
        process.wait()
