"""What people have in the repositories of a release that goes through the gate."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.gate import Gate, restage, staged_job
from hubpress.errors import HubError
from hubpress.hub.clashes import ForeignFiles
from hubpress.hub.ownership import Foreign
from hubpress.rehearsal.store import Store
from hubpress.release.ahead import ask_ahead
from hubpress.release.gate import release_gated
from hubpress.release.job import Job

pytestmark = pytest.mark.usefixtures("prover")


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    owner = request.node.name.replace("_", "-")[:60].strip("-")
    store.add_organisation(owner)
    return staged_job(tmp_path / "build", owner)


def by_hand(gate: Gate, job: Job, kind: str, files: dict[str, bytes]) -> str:
    operations = [CommitOperationAdd(name, io.BytesIO(content)) for name, content in files.items()]
    return str(gate.api.create_commit(job.repo_id, operations, commit_message="by hand", repo_type=kind).oid)


def content(gate: Gate, job: Job, kind: str, name: str) -> bytes:
    path = gate.api.hf_hub_download(job.repo_id, name, repo_type=kind, force_download=True)
    return Path(path).read_bytes()


def test_peoples_files_survive_releases_through_the_gate(gate: Gate, job: Job) -> None:
    """Beside model and Space, on pull requests and merges; both results name them."""
    gate.release(job)
    by_hand(gate, job, "model", {"CITATION.cff": b"cff\n", "figures/own.png": b"\x89PNG\0\1"})
    by_hand(gate, job, "space", {"notes/plan.md": b"# Plan\r\n"})
    restage(job, "One more sentence.")
    released = gate.release(job)
    assert released.model.kept == ("CITATION.cff", "figures/own.png")
    assert released.pushes[1].kept == ("notes/plan.md",)
    assert any("CITATION.cff, figures/own.png" in stage.result for stage in released.stages)
    assert content(gate, job, "model", "figures/own.png") == b"\x89PNG\0\1"
    assert content(gate, job, "space", "notes/plan.md") == b"# Plan\r\n"
    assert gate.state(job)["card is the staged one"]
    assert not any(stage.ran for stage in gate.release(job).stages)


def test_an_edit_on_the_hub_stops_a_release_ahead_and_at_the_gate(gate: Gate, job: Job) -> None:
    """Of the facts beside the model, then of the Space's app: nothing is sent; what adopts it goes through."""
    gate.release(job)
    edits = {"model": "training.json", "space": "app.py"}
    for kind, name in edits.items():
        text = content(gate, job, kind, name) + b"\n# By hand.\n"
        head = by_hand(gate, job, kind, {name: text})
        restage(job, f"For {kind}.")
        gate.wire.requests.clear()
        for stopped in (lambda: ask_ahead(job, gate.target()), lambda: gate.release(job)):
            with pytest.raises(ForeignFiles, match=name.replace(".", r"\.")) as caught:
                stopped()
            assert "-# By hand." in caught.value.differences
            if kind == "model":
                assert gate.wire.writes() == []
        assert (content(gate, job, kind, name), gate.api.repo_info(job.repo_id, repo_type=kind).sha) == (text, head)
        adopting = replace(gate.target(), foreign=Foreign.ADOPT)
        ask_ahead(job, adopting)
        release_gated(job, adopting, isolated=False, only_propose=False)
        assert b"By hand" not in content(gate, job, kind, name)


def test_nothing_public_is_hidden_by_one_word(gate: Gate, job: Job) -> None:
    gate.release(job)
    with pytest.raises(HubError, match="--private --hide-public"):
        ask_ahead(job, gate.target(private=True))
    gate.release(job, private=True)
    assert gate.state(job)["private"] == (False, False)
    hiding = replace(gate.target(private=True), hide_public=True)
    ask_ahead(job, hiding)
    release_gated(job, hiding, isolated=False, only_propose=False)
    assert gate.state(job)["private"] == (True, True)


def test_an_owner_that_the_token_is_not_of_is_told_ahead(gate: Gate, job: Job) -> None:
    """And not when all is trained; a repository that is there already is asked by itself."""
    with pytest.raises(HubError, match=r"somebody-else/.* is not there for this token, which creates repositories of"):
        ask_ahead(replace(job, owner="somebody-else"), gate.target())
    ask_ahead(job, gate.target())


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        ("model", {"onnx": b"see the paper\n", "figures": b"one\n"}),
        ("model", {"README.md/part.txt": b"one of two\n", "recipe.yaml": b"flour: 1\n"}),
        ("space", {"app.py/main.py": b"print()\n", "page.py": b"mine = 1\n"}),
    ],
    ids=["files for folders", "a folder for a file", "a Space's modules"],
)
def test_names_that_cannot_stay_are_told_ahead(
    gate: Gate, store: Store, tmp_path: Path, kind: str, theirs: dict[str, bytes]
) -> None:
    """A person's file where the release has a folder, the other way round, and each name that it is sure to have."""
    owner = f"ahead-{next(iter(theirs)).replace('.', '-').replace('/', '-')}".lower()
    store.add_organisation(owner)
    job = staged_job(tmp_path / "build", owner)
    gate.api.create_repo(job.repo_id, repo_type=kind, space_sdk="gradio" if kind == "space" else None)
    head = by_hand(gate, job, kind, theirs | {"LICENSE": b"text\n"})
    with pytest.raises(ForeignFiles) as caught:
        ask_ahead(job, gate.target())
    assert set(theirs) <= set(caught.value.names)
    assert "LICENSE" not in caught.value.names
    assert gate.api.repo_info(job.repo_id, repo_type=kind).sha == head
