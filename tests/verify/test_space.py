"""Verification of a Space: an honest one is proved, and everything in a published one that is not so is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from helpers.processes import SECONDS, Command, Ran, until
from helpers.release import Release
from helpers.space import opened
from hubpress.hub.withdrawn import say_withdrawn
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from hubpress.space.process import free_port

REPO = "rehearsal/conference-titles"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(released_all: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, HfApi]]:
    """A copy of a released build with its Hub running, and an API that may write there."""
    build = tmp_path_factory.mktemp("published") / "build"
    shutil.copytree(released_all.build, build)
    store = Store(build / "hub")
    with running(store.folder, port=0) as url:
        yield build, HfApi(endpoint=url, token=store.write_token)


@pytest.fixture
def verify(published: tuple[Path, HfApi], hubpress: Command) -> Callable[..., Ran]:
    """Change files of the honest Space behind hubpress's back, and verify the commit."""
    build, api = published

    def changed(files: dict[str, str], *words: str) -> Ran:
        pushed = build / "conference-titles" / "space-pinned"
        honest = {path.name: path.read_text(encoding="utf-8") for path in pushed.iterdir()}
        there = set(api.list_repo_files(REPO, repo_type="space")) - {".gitattributes"}
        operations: list[Any] = [CommitOperationDelete(name) for name in there - honest.keys() - files.keys()]
        operations += [CommitOperationAdd(name, text.encode()) for name, text in (honest | files).items()]
        commit = api.create_commit(REPO, operations, commit_message="By hand", repo_type="space").oid
        return hubpress("verify", f"spaces/{REPO}", "--revision", commit, "--build-dir", build, *words)

    return changed


def space_file(build: Path, name: str) -> str:
    """Return a file of the Space as it was pushed."""
    return (build / "conference-titles" / "space-pinned" / name).read_text(encoding="utf-8")


def test_isolated(released_all: Release, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a fresh environment with nothing but its requirements, every endpoint answers as the card says."""
    shutil.copytree(released_all.build, tmp_path / "build")
    monkeypatch.chdir(tmp_path)  # as most people call it: the build folder is where they are
    ran = hubpress("verify", "spaces/rehearsal/scierc-entities", "--isolated", "--json")
    assert ran.code == 0, ran.err
    proof = json.loads(ran.out)["space"]
    assert all(row["holds"] for row in proof["proof"])
    assert "fresh environment" in proof["proof"][-1]["how"]
    assert not list((tmp_path / "build").glob("verify-space*"))


def test_what_was_pushed_by_hand_is_not_run(published: tuple[Path, HfApi], verify: Callable[..., Ran]) -> None:
    """Files that break the rules are named, and the app is not started."""
    build, _ = published
    app = f"import torch\n{space_file(build, 'app.py')}"
    settings = json.loads(space_file(build, "space.json"))
    ran = verify({"app.py": app, "space.json": json.dumps(settings | {"revision": "main"}), ".env": "KEY=1\n"})
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    for words in ("app.py", ".env", "space.json"):
        assert f"rules: {words}" in ran.err
    assert "/classify" not in ran.err


def test_one_added_line_is_found_and_not_run(
    published: tuple[Path, HfApi], verify: Callable[..., Ran], tmp_path: Path
) -> None:
    """Code that others added to a Space is named, and does not run unless a person insists."""
    build, _ = published
    mark = tmp_path / "it-ran"
    hidden = str(mark).encode().hex()  # as whoever adds it would hide it
    app = space_file(build, "app.py") + f"\nopen(bytes.fromhex({hidden!r}), 'w').close()\n"
    ran = verify({"app.py": app})
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "build: app.py is not what `hubpress space` makes" in ran.err
    assert "unproved  files" in ran.err
    assert "app: it is not run; --run-code runs what was not pushed from here" in ran.err
    assert not mark.exists()


def test_the_very_space_that_is_built_is_run_whoever_pushed_it(
    published: tuple[Path, HfApi], verify: Callable[..., Ran], tmp_path: Path
) -> None:
    """Where nothing tells what was pushed, it is enough that its files are those of `hubpress space`.

    A line that tells of a withdrawn version is no change, nor is a file beside them.
    """
    build, api = published
    back = shutil.copytree(build / "conference-titles" / "space-pinned", tmp_path / "back")
    say_withdrawn(back, "v1.1.0", "v1.0.0")
    gone_back = {name: (back / name).read_text(encoding="utf-8") for name in ("README.md", "manifest.json")}
    for kind in ("model", "space"):
        api.update_repo_settings(REPO, repo_type=kind, private=True)
    ran = verify({"about.txt": "by its owner\n", **gone_back}, "--json")
    for kind in ("model", "space"):
        api.update_repo_settings(REPO, repo_type=kind, private=False)
    assert ran.code == 0, ran.err
    rows = {row["claim"]: row for row in json.loads(ran.out)["space"]["proof"]}
    assert rows["build"]["holds"] and rows["files"]["holds"] is None
    assert "about.txt" in rows["build"]["how"] and "v1.1.0 has been withdrawn" in rows["build"]["how"]
    assert rows["/classify"]["holds"]


def test_other_answers_are_found(published: tuple[Path, HfApi], verify: Callable[..., Ran]) -> None:
    """A decision that was changed on the Hub no longer gives the card's answers, alone or in a batch."""
    build, _ = published
    decision = space_file(build, "decision.py")
    assert "powers / powers.sum(axis=-1, keepdims=True)" in decision
    ran = verify(
        {"decision.py": decision.replace("powers / powers.sum(", "powers / (2 * powers).sum(")}, "--json", "--run-code"
    )
    assert ran.code == 1
    [*rows] = json.loads(ran.out)["space"]["proof"]
    assert [row["claim"] for row in rows if row["holds"] is False] == ["build", "/classify", "card"]
    assert "/classify: evaluation.onnx.widget[0].output[0].score: published" in ran.err


def test_an_app_that_does_not_start(verify: Callable[..., Ran]) -> None:
    """Its last words are told, and nothing else."""
    ran = verify({"app.py": "raise SystemExit('the disk is full')\n"}, "--run-code")
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "the app does not run: the disk is full" in ran.err


def test_a_commit_that_is_not_there(published: tuple[Path, HfApi], verify: Callable[..., Ran]) -> None:
    """A Space pinned to a commit that its model does not have."""
    build, _ = published
    settings, readme = json.loads(space_file(build, "space.json")), space_file(build, "README.md")
    other = "1" * 40
    readme = readme.replace(settings["revision"], other)
    ran = verify({"space.json": json.dumps(settings | {"revision": other}), "README.md": readme})
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "rehearsal/conference-titles" in ran.err


def test_a_private_model_is_read_with_the_token(published: tuple[Path, HfApi], hubpress: Command) -> None:
    """What only its owner sees is downloaded with the token, which the app is not given."""
    build, api = published
    for kind in ("model", "space"):
        api.update_repo_settings("rehearsal/scierc-entities", repo_type=kind, private=True)
    ran = hubpress("verify", "spaces/rehearsal/scierc-entities", "--build-dir", build)
    assert ran.code == 0, ran.err


def test_a_model_with_its_space(published: tuple[Path, HfApi], hubpress: Command, tiny: list[str]) -> None:
    """`hubpress verify OWNER/REPO` proves both."""
    build, _ = published
    ran = hubpress("verify", "rehearsal/arxiv-interest", "--build-dir", build, "--json", *tiny)
    assert ran.code == 0, ran.err
    told: dict[str, Any] = json.loads(ran.out)
    assert len(told["proof"]) == 13
    assert [row["claim"] for row in told["space"]["proof"]][5:8] == ["/classify", "card", "/batch"]


def test_serve(released_all: Release, tiny: list[str], tmp_path: Path) -> None:
    """`hubpress space NAME --serve` runs the staged model's Space until it is stopped."""
    build = shutil.copytree(released_all.build, tmp_path / "build")
    port = free_port()
    words: list[str | Path] = [
        "space",
        "conference-titles",
        "--build-dir",
        build,
        "--serve",
        "--port",
        str(port),
        "--quiet",
        *tiny,
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "hubpress", *words, "--models", released_all.models], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert any(f"runs at http://127.0.0.1:{port}" in line for line in process.stdout)
        page = until(lambda: opened(f"http://127.0.0.1:{port}/config", process))
        assert "classify" in page
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
