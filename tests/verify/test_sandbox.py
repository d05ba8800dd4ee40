"""Where published code runs: it sees one commit, no token, no file of a person's, and with walls no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

from helpers.processes import until
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.verify.bubblewrap import find_bubblewrap
from hubpress.verify.commit_server import serving
from hubpress.verify.published import PublishedCommit
from hubpress.verify.sandbox import Sandbox, sandbox_for

COMMIT = PublishedCommit(Hub("http://127.0.0.1:9", "hf_secretsecretsecret"), RepoId("acme/pets"), "c" * 40)
CARD = "---\npipeline_tag: text-classification\nlibrary_name: transformers\n---\n# Pets\n"
SPY = """
import json, os, pathlib, socket, sys
told = {"environment": dict(os.environ), "home": os.listdir(os.path.expanduser("~"))}
def tried(what):
    try:
        return what()
    except OSError as error:
        return type(error).__name__
told["canary"] = tried(lambda: pathlib.Path(sys.argv[1]).read_text())
told["listener"] = tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2).close())
told["system"] = tried(lambda: pathlib.Path("/usr/by-published-code").write_text("x"))
told["processes"] = tried(lambda: len([name for name in os.listdir("/proc") if name.isdigit()]))
from huggingface_hub import hf_hub_download, model_info
told["tag"] = model_info("acme/pets").pipeline_tag
told["file"] = pathlib.Path(hf_hub_download("acme/pets", "labels/names.txt", revision="v1.0.0")).read_text()
print(json.dumps(told))
"""
needs_walls = pytest.mark.skipif(find_bubblewrap() is None, reason="bubblewrap cannot be used here")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A downloaded commit."""
    folder = tmp_path / "files"
    (folder / "labels").mkdir(parents=True)
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    (folder / "labels" / "names.txt").write_text("cat\n", encoding="utf-8")
    return folder


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in HOME, and secrets in the environment."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "canary").write_text("a person's own", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HF_TOKEN", "hf_anothersecret1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    return home / "canary"


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this machine on which somebody listens."""
    from hubpress.verify.inside import listening

    with listening(("127.0.0.1", 0)) as one:
        yield int(one.getsockname()[1])


def spied(sandbox: Sandbox, canary: Path, port: int) -> dict[str, object]:
    done = sandbox.run(["-c", SPY, str(canary), str(port)])
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("is_ours", [True, False])
def test_nothing_of_a_person_is_handed_to_published_code(
    files: Path, canary: Path, listener: int, tmp_path: Path, *, is_ours: bool
) -> None:
    """The environment goes by a list, HOME is empty, and the Hub is the one commit, whatever revision is asked for."""
    with sandbox_for(COMMIT, files, tmp_path / "sandbox", is_ours=is_ours) as sandbox:
        told = spied(sandbox, canary, listener)
    text = json.dumps(told["environment"])
    assert "secret" not in text and "AWS" not in text and "HF_TOKEN" not in text
    assert str(canary.parent) not in text
    assert told["home"] == []
    assert (told["tag"], told["file"]) == ("text-classification", "cat\n")


@needs_walls
def test_walls_let_no_file_and_no_network_through(files: Path, canary: Path, listener: int, tmp_path: Path) -> None:
    with sandbox_for(COMMIT, files, tmp_path / "sandbox", is_ours=False) as sandbox:
        assert sandbox.bubblewrap
        told = spied(sandbox, canary, listener)
    assert told["canary"] == "FileNotFoundError"
    assert told["listener"] == "ConnectionRefusedError"
    assert told["system"] in ("OSError", "PermissionError")
    assert isinstance(told["processes"], int) and told["processes"] < 10


@needs_walls
def test_what_runs_behind_walls_answers_at_its_port(files: Path, tmp_path: Path) -> None:
    """An app is asked from outside by the port that it listens on inside."""
    from urllib.request import urlopen

    from hubpress.space.process import free_port

    port = free_port()
    serve = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with (
        sandbox_for(COMMIT, files, tmp_path / "sandbox", is_ours=False) as sandbox,
        sandbox.around_app(serve, port, cwd=files, readable=[files]) as command,
    ):
        process = subprocess.Popen(
            command, env=sandbox.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

        def answer() -> bytes | None:
            try:
                return bytes(urlopen(f"http://127.0.0.1:{port}/labels/names.txt", timeout=5).read())
            except OSError:
                return None

        try:
            assert until(answer) == b"cat\n"
        finally:
            process.kill()
            process.wait()


def test_without_bubblewrap_there_are_limits_all_the_same(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory and files have bounds; what takes too long is ended, with all that it has started."""
    monkeypatch.setenv("PATH", os.defpath.replace("/bin", "/nowhere"))
    find_bubblewrap.cache_clear()
    try:
        with sandbox_for(COMMIT, files, tmp_path / "sandbox", is_ours=False) as sandbox:
            assert sandbox.bubblewrap is None
            done = sandbox.run(["-c", "import resource; print(resource.getrlimit(resource.RLIMIT_DATA)[0])"])
            late = sandbox.run(["-c", "import time; time.sleep(60)"], timeout=0.5)
    finally:
        find_bubblewrap.cache_clear()
    assert 0 < int(done.stdout) <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert (late.returncode, late.stderr) == (1, "did not end within 0.5 seconds")


def test_one_commit_is_all_that_its_hub_has(files: Path, tmp_path: Path) -> None:
    """Other files and repositories are not there, and a path that leads out of the commit is none of its files."""
    (tmp_path / "secret.txt").write_text("no", encoding="utf-8")
    with serving(COMMIT, files) as url:
        api = HfApi(endpoint=url, token=False)
        assert api.model_info("acme/pets").sha == COMMIT.sha
        assert api.model_info("acme/pets", revision="v2.0.0").sha == COMMIT.sha
        with pytest.raises(RepositoryNotFoundError):
            api.model_info("acme/others")
        with pytest.raises(EntryNotFoundError):
            hf_hub_download("acme/pets", "nothing.txt", endpoint=url, cache_dir=tmp_path / "cache", token=False)
        for name in ("../secret.txt", "..%2Fsecret.txt", "/etc/passwd"):
            assert httpx.get(f"{url}/acme/pets/resolve/main/{name}").status_code == 404
