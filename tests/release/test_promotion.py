"""The test split goes the way of its model: proved with it, seen with it, and never another person's loss."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from huggingface_hub.errors import RepositoryNotFoundError

from helpers.gate import TAMPERED, Gate, Prover, restage
from helpers.published import stage_records, staged_with_records
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.hub.clashes import ForeignFiles
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.release.ahead import ask_ahead
from hubpress.release.job import Job
from hubpress.release.push import tag_of_records

pytestmark = pytest.mark.usefixtures("prover")


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A staged release of an owner of its own."""
    owner = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:50].strip("-")
    store.add_organisation(owner)
    return staged_with_records(tmp_path / "build", owner)


def commits(gate: Gate, job: Job) -> list[str]:
    """Return the commits of the data set, newest first."""
    return [one.commit_id for one in gate.api.list_repo_commits(str(job.data_id), repo_type="dataset")]


def tags(gate: Gate, job: Job) -> dict[str, str]:
    found = gate.api.list_repo_refs(str(job.data_id), repo_type="dataset").tags
    return {one.name: one.target_commit for one in found}


def is_private(gate: Gate, job: Job) -> tuple[bool | None, bool | None]:
    """Return whether the model is private, and whether its test split is."""
    return gate.api.model_info(job.repo_id).private, gate.api.dataset_info(str(job.data_id)).private


def test_it_is_private_until_its_model_is_proved(gate: Gate, job: Job, prover: Prover) -> None:
    """An unchanged one is not sent again, and the model's change does not prove it anew."""
    stranger = Hub(gate.hub)
    restage(job, TAMPERED)
    with pytest.raises(VerifyFailed, match="stays so until it is proved"):
        gate.release(job)
    assert is_private(gate, job) == (True, True)
    assert stranger.look(RepoId(str(job.data_id), "dataset")) is None
    card = job.repo / "README.md"
    card.write_text(card.read_text(encoding="utf-8").replace(f"{TAMPERED}\n", ""), encoding="utf-8")
    restage(job)
    released = gate.release(job)
    assert is_private(gate, job) == (False, False)
    assert released.data and commits(gate, job)[0] == released.data.sha
    assert tags(gate, job) == {tag_of_records(job): released.data.sha}
    assert ("dataset", released.data.sha) in prover.held
    assert not any(stage.ran for stage in gate.release(job).stages)

    restage(job, "One more sentence.")
    again = gate.release(job)
    assert again.data and (again.data.changed, again.data.sha) == (False, released.data.sha)


def test_another_split_waits_on_a_pull_request(gate: Gate, job: Job, prover: Prover) -> None:
    """Merged with its model, it has a tag of its own; that of the split before stays where it was."""
    first = gate.release(job).data
    before = tags(gate, job)
    stage_records(job, ("Joins", "Shading"))
    prover.refuses.add("dataset")
    with pytest.raises(VerifyFailed):
        gate.release(job)
    assert first and commits(gate, job)[0] == first.sha
    prover.refuses.clear()
    gate.release(job, pr=True)
    (pull,) = gate.api.get_repo_discussions(str(job.data_id), repo_type="dataset", discussion_status="open")
    described = gate.api.get_discussion_details(str(job.data_id), pull.num, repo_type="dataset").events[0]
    assert "Proof of" in getattr(described, "content", "")
    asked = len(prover.asked)
    merged = gate.release(job).data
    assert merged and tags(gate, job) == {**before, tag_of_records(job): merged.sha}
    assert commits(gate, job)[0] == merged.sha != first.sha
    assert not any(stage.ran for stage in gate.release(job).stages)
    assert len(prover.asked) == asked


def test_it_is_as_private_as_its_model(gate: Gate, job: Job) -> None:
    gate.release(job, private=True)
    assert is_private(gate, job) == (True, True)
    gate.release(job)
    assert is_private(gate, job) == (True, True)
    gate.release(job, private=False)
    assert is_private(gate, job) == (False, False)


def test_one_that_was_private_stays_so_beside_a_public_model(gate: Gate, job: Job) -> None:
    gate.release(job)
    gate.api.update_repo_settings(str(job.data_id), repo_type="dataset", private=True)
    gate.release(job)
    assert is_private(gate, job) == (False, True)


def test_a_data_set_of_somebody_else_stops_it_ahead_and_at_the_gate(gate: Gate, job: Job) -> None:
    """Nothing is changed; by `--adopt` only what stands under our names makes way."""
    api, data_id = gate.api, str(job.data_id)
    api.create_repo(data_id, repo_type="dataset")
    for name in ("README.md", "notes.md"):
        api.upload_file(
            path_or_fileobj=b"---\nlicense: mit\n---\n", path_in_repo=name, repo_id=data_id, repo_type="dataset"
        )
    head = commits(gate, job)[0]
    with pytest.raises(ForeignFiles, match=r"README\.md"):
        ask_ahead(job, gate.target())
    with pytest.raises(ForeignFiles, match=r"README\.md"):
        gate.release(job)
    assert commits(gate, job)[0] == head
    with pytest.raises(RepositoryNotFoundError):
        api.model_info(job.repo_id)
    api.delete_file("README.md", data_id, repo_type="dataset")
    gate.release(job)
    assert api.file_exists(data_id, "notes.md", repo_type="dataset")


def test_a_push_without_the_gate_brings_it_too(gate: Gate, job: Job) -> None:
    pushed = gate.push(job).data
    assert pushed and tags(gate, job) == {tag_of_records(job): pushed.sha}
    assert is_private(gate, job) == (False, False)
    kept = Manifest.load(job.pushed_data / f"{pushed.sha}.json")
    assert {entry.path for entry in kept.files} == {"README.md", "data/test.parquet", "manifest.json"}
    again = gate.push(job).data
    assert again and not again.changed


def test_none_is_published_where_none_is_asked_for(gate: Gate, store: Store, tmp_path: Path) -> None:
    store.add_organisation("asks-for-none")
    job = staged_with_records(tmp_path / "build", "asks-for-none")
    plain = Job(job.recipe.model_copy(update={"publish_data": None}), job.folder, job.owner, quiet=True)
    assert gate.release(plain).data is None
    with pytest.raises(HubpressError):
        Hub(gate.hub, store.write_token).head(RepoId(str(job.data_id), "dataset"))
