"""A token and a file of a person's: published code never runs unasked, and asked to, reads and sends neither."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import create_server

import pytest
from huggingface_hub import HfApi

from helpers.paths import ROOT
from helpers.processes import Command
from helpers.tampering import commit, edited, staged_release
from hubpress.rehearsal.store import Store
from hubpress.release.job import Job
from hubpress.release.runner import run_stages
from hubpress.space.build import build_space
from hubpress.verify.bubblewrap import find_bubblewrap

OWNER = "mallory"
RECORDS = ROOT / "models" / "arxiv-interest" / "sample" / "papers.csv"
SPY = """
import json, os, pathlib, socket
def tried(what):
    try:
        return what()
    except Exception as error:
        return type(error).__name__
def of_processes():
    texts = [tried((place / "environ").read_bytes) for place in pathlib.Path("/proc").iterdir() if place.name.isdigit()]
    return sum(b"HF_TOKEN=" in text for text in texts if isinstance(text, bytes))
home = pathlib.Path(bytes.fromhex({home!r}).decode())
told = {{
    "token": os.environ.get("HF_TOKEN"),
    "secrets": sorted(name for name, value in os.environ.items() if "a person's" in value),
    "own home": tried(lambda: sorted(path.name for path in pathlib.Path.home().iterdir())),
    "login": tried((home / ".cache" / "huggingface" / "token").read_text),
    "canary": tried((home / "canary").read_text),
    "processes": of_processes(),
    "sent": tried(lambda: socket.create_connection(("127.0.0.1", {port}), 2).sendall(b"found")),
}}
raise SystemExit(json.dumps(told))
"""
BEHIND_WALLS = {
    **{"token": None, "secrets": [], "own home": [], "login": "FileNotFoundError", "canary": "FileNotFoundError"},
    **{"processes": 0, "sent": "ConnectionRefusedError"},
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_bubblewrap() is None, reason="bubblewrap cannot be used here"),
]


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what was sent to it."""
    found: list[bytes] = []
    with create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    found.append(connection.recv(100))

        threading.Thread(target=listen, daemon=True).start()
        yield int(listener.getsockname()[1]), found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's HOME, with a login and a file."""
    home = tmp_path_factory.mktemp("home")
    (home / ".cache" / "huggingface").mkdir(parents=True)
    (home / ".cache" / "huggingface" / "token").write_text("hf_apersonslogin1", encoding="utf-8")
    (home / "canary").write_text("a person's own", encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def job(
    store: Store, url: str, home: Path, heard: tuple[int, list[bytes]], tmp_path_factory: pytest.TempPathFactory
) -> Job:
    """A release of a stranger's on a Hub: pipeline code, snippet and Space all try to read and to send."""
    store.add_organisation(OWNER)
    job, api = (
        staged_release(tmp_path_factory.mktemp("canary") / "build", OWNER),
        HfApi(endpoint=url, token=store.write_token),
    )
    spy = SPY.format(home=str(home).encode().hex(), port=heard[0])
    run_stages(job, until="data")
    splits = json.loads((job.data / "data.json").read_text(encoding="utf-8"))
    edited(
        job.repo / "evaluation.json",
        lambda facts: facts["data"].update(
            fingerprint=splits["fingerprints"]["test"], fingerprints=splits["fingerprints"]
        ),
    )
    (job.repo / "binary.py").write_text(spy, encoding="utf-8")
    front = (job.repo / "README.md").read_text(encoding="utf-8").partition("\n# ")[0]
    (job.repo / "README.md").write_text(f"{front}\n# Mine\n\n```python\n{spy}```\n", encoding="utf-8")
    api.create_repo(job.repo_id)
    sha = commit(api, job.repo_id, job.repo)
    build_space(job.recipe, job.repo, job.pinned_space, repo_id=job.repo_id, revision=sha)
    (job.pinned_space / "app.py").write_text(f"import gradio\n{spy}", encoding="utf-8")
    api.create_repo(job.repo_id, repo_type="space", space_sdk="gradio")
    commit(api, job.repo_id, job.pinned_space, kind="space")
    shutil.rmtree(job.folder)  # nothing of it is known where it is verified
    return job


@pytest.fixture
def verify(
    url: str, store: Store, home: Path, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """Verify where nothing is known of the release, and return all that was said; a token is in this environment, and
    in that of another process of the person's."""
    secrets = {"HOME": str(home), "HF_TOKEN": store.write_token, "AWS_SECRET_ACCESS_KEY": "a person's"}
    for name, value in {**secrets, "HF_ENDPOINT": url}.items():
        monkeypatch.setenv(name, value)
    where = ["--models", tmp_path, "--build-dir", tmp_path / "build", "--quiet"]

    def said(*words: str | Path) -> str:
        ran = hubpress("verify", *words, *where)
        assert ran.code == 1, ran.err
        return ran.out + ran.err

    other = subprocess.Popen(["sleep", "600"], env={"PATH": os.defpath, **secrets})
    try:
        yield said
    finally:
        other.kill()
        other.wait()


def told_by_the_spy(said: str) -> dict[str, object]:
    """Return what the published code found out, from the words with which it ended."""
    start = said.index('{"token"')
    return dict(json.JSONDecoder().raw_decode(said[start:])[0])


def test_unasked_nothing_of_it_runs(job: Job, heard: tuple[int, list[bytes]], verify: Callable[..., str]) -> None:
    """Neither the model's code, though its records are here, nor its snippet, nor its Space."""
    model = verify(job.repo_id, "--data", RECORDS)
    assert "figures: loading it would run code that is not hubpress's: binary.py" in model
    assert "snippets: they are not run" in model
    assert "code: binary.py is not the one of this hubpress" in model
    space = verify(f"spaces/{job.repo_id}")
    assert "build: app.py is not what `hubpress space` makes" in space and "app: it is not run" in space
    assert '{"token"' not in model + space
    assert heard[1] == []


@pytest.mark.parametrize("where", ["pipeline", "snippet", "space"])
def test_insisted_on_it_runs_and_reaches_nothing(
    job: Job, heard: tuple[int, list[bytes]], verify: Callable[..., str], where: str
) -> None:
    given: dict[str, list[str | Path]] = {
        "pipeline": [job.repo_id, "--data", RECORDS],
        "snippet": [job.repo_id],
        "space": [f"spaces/{job.repo_id}"],
    }
    assert told_by_the_spy(verify(*given[where], "--run-code")) == BEHIND_WALLS
    assert heard[1] == []
