"""Owners by stage: what one has, proved, is published at another's, the same bytes, without training again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

import hubpress
from conftest import Release
from helpers.processes import Command, Ran
from hubpress.files import read_json
from hubpress.manifest import Manifest
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

pytestmark = pytest.mark.slow
NAME = "conference-titles"
NAMES_ITSELF = {"README.md", "REPORT.md", "notebook.ipynb", "manifest.json"}
Promote = Callable[..., Ran]


@pytest.fixture
def build(released_all: Release, tmp_path: Path) -> Path:
    """A copy of a build folder in which ``rehearsal`` has released."""
    return Path(shutil.copytree(released_all.build, tmp_path / "build"))


@pytest.fixture
def promote(hubpress: Command, build: Path, released_all: Release, tiny: list[str]) -> Promote:
    def run(*words: str) -> Ran:
        options = ["--models", str(released_all.models), "--build-dir", str(build), "--quiet", *tiny, *words]
        return hubpress("promote", NAME, "--from", "rehearsal", "--to", "acme", *options)

    return run


def notes(build: Path) -> dict[str, dict[str, Any]]:
    """Return what was released, by the repository."""
    return {note["repo_id"]: note for note in map(read_json, (build / NAME / "released").rglob("released.json"))}


def test_the_same_bytes_at_another_owner(
    hubpress: Command, build: Path, promote: Promote, released_all: Release
) -> None:
    """Weights, ONNX files and evaluation have the sha256 of before; the proof is one of its own; both are told of."""
    before = notes(build)[f"rehearsal/{NAME}"]
    ran = promote("--collection", "Ours", "--json")
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)[NAME]
    stages = {stage["stage"]: stage for stage in result["stages"]}
    assert list(stages) == [
        "card",
        "space",
        "check",
        "compare",
        "push",
        "verify",
        "push space",
        "verify space",
        "promote",
    ]
    assert "have the sha256 that they have in rehearsal/" in stages["compare"]["result"]
    assert [one["title"] for one in result["collections"]] == ["Ours"]

    after = notes(build)
    assert after[f"rehearsal/{NAME}"] == before
    pushed = build / NAME / "pushed"
    was, now = (
        Manifest.load(pushed / repo / f"{after[repo]['model']['sha']}.json").by_path()
        for repo in (before["repo_id"], f"acme/{NAME}")
    )
    assert {path for path in was if was[path] != now.get(path)} == NAMES_ITSELF & now.keys()
    assert was.keys() == now.keys() and any(path.startswith("onnx/") for path in was)
    assert f"rehearsal/{NAME}" not in (build / NAME / "repo" / "README.md").read_text(encoding="utf-8")
    table = next((build / NAME / "released").glob(f"*/acme/{NAME}/verify.txt")).read_text(encoding="utf-8")
    assert table.startswith(f"Proof of acme/{NAME} at {after[f'acme/{NAME}']['model']['sha']}")

    listed = hubpress("models", "--models", released_all.models, "--build-dir", build, "--json")
    (row,) = [one for one in json.loads(listed.out) if one["model"] == NAME]
    assert [one["owner"] for one in row["releases"]] == ["acme", "rehearsal"]
    assert row["releases"][0]["figure"] == row["figure"] == before["figure"]
    assert row["releases"][0]["model"]["proof"].startswith("13 proofs hold")
    assert " acme " in hubpress("models", "--models", released_all.models, "--build-dir", build).out
    torn = build.parent / "torn" / NAME
    torn.mkdir(parents=True)
    (torn / "recipe.yaml").write_text("title: [\n", encoding="utf-8")
    (row,) = json.loads(hubpress("models", "--models", torn.parent, "--build-dir", build, "--json").out)
    assert row["problems"] and [one["owner"] for one in row["releases"]] == ["acme", "rehearsal"]

    again = promote("--json")
    assert [one["stage"] for one in json.loads(again.out)[NAME]["stages"] if one["ran"]] == ["compare"]


def test_other_bytes_are_not_promoted(build: Path, promote: Promote) -> None:
    """Of the weights, of the recipe, of an owner that has nothing; main there is never made."""
    weights = build / NAME / "repo" / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    card = (build / NAME / "repo" / "README.md").read_bytes()
    ran = promote()
    assert (ran.code, "model.safetensors" in ran.err) == (1, True)
    weights.write_bytes(whole)
    ran = promote("--set", "title=Another")
    assert (ran.code, "recipe.yaml" in ran.err) == (1, True)
    assert (build / NAME / "repo" / "README.md").read_bytes() == card
    with hubpress.Target.rehearsal(build) as target:
        assert not target.hub.exists(hubpress.RepoId(f"acme/{NAME}"))
    shutil.rmtree(build / NAME / "released")
    ran = promote()
    assert (ran.code, "was not released there from this build folder" in ran.err) == (1, True)
    assert "Traceback" not in ran.err


def test_what_somebody_changed_since_is_not_promoted(build: Path, promote: Promote) -> None:
    with hubpress.Target.rehearsal(build) as target:
        api = HfApi(endpoint=target.hub.endpoint, token=target.hub.token)
        mine = CommitOperationAdd("mine.txt", b"Mine\n")
        api.create_commit(f"rehearsal/{NAME}", [mine], commit_message="Mine", repo_type="space")
    ran = promote()
    assert (ran.code, "somebody else committed meanwhile" in ran.err) == (1, True)


def test_owners_are_two(promote: Promote) -> None:
    ran = promote("--to", "rehearsal")
    assert (ran.code, "is where it comes from" in ran.err) == (2, True)


@pytest.mark.usefixtures("prover")
def test_the_changelog_goes_on_where_it_is_published(
    hubpress: Command,
    build: Path,
    promote: Promote,
    released_all: Release,
    tiny: list[str],
) -> None:
    """With the versions of the second owner; what the first has published stays there."""
    older = b"# Changelog\n\n## v1.0.0 - 2026-01-01\n\nThe first of ours.\n"
    options = ["--set", "version=1.1.0", "--set", "space.publish=false"]
    words = ["--models", released_all.models, "--build-dir", build, "--quiet", *tiny, *options]
    assert hubpress("release", NAME, *words).code == 0
    store = Store(build / "hub")
    store.add_organisation("acme")
    with running(store.folder, port=0) as url:
        api = HfApi(endpoint=url, token=store.write_token)
        api.create_repo(f"acme/{NAME}")
        api.create_commit(f"acme/{NAME}", [CommitOperationAdd("CHANGELOG.md", older)], commit_message="Ours")
    for ran in (promote(*options), promote(*options)):
        assert ran.code == 0, ran.err
        staged, ours = (changelog(store, owner) for owner in ("rehearsal", "acme"))
        assert ours.endswith(older.partition(b"\n\n")[2]) and b"## v1.1.0" in ours.removesuffix(older[13:])
        assert b"of ours" not in staged and staged.count(b"\n## v1.1.0") == ours.count(b"\n## v1.1.0") == 1
    assert hubpress("release", NAME, *words).code == 0
    assert (changelog(store, "rehearsal"), changelog(store, "acme")) == (staged, ours)


def changelog(store: Store, owner: str) -> bytes:
    """Return the changelog of an owner's model on main."""
    repository = store.repository("models", f"{owner}/{NAME}")
    return repository.content_path(repository.commit("main").files["CHANGELOG.md"]).read_bytes()
