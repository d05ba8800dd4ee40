"""The published test split of a release, as somebody finds it who has nothing else: the right one, another, none."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from huggingface_hub import CommitOperationAdd

from helpers.gate import Gate
from helpers.hub import wired
from helpers.published import stage_records, staged_with_records
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.rehearsal.store import Store
from hubpress.release.job import Job
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.proof import Claim
from hubpress.verify.published import PublishedCommit
from hubpress.verify.published_split import published_split

OWNER = "published-splits"
PARQUET = "data/test.parquet"


@pytest.fixture
def gate(store: Store, url: str) -> Iterator[Gate]:
    store.add_organisation(OWNER)
    with wired(url) as wire:
        yield Gate(wire, store, url)


@pytest.fixture
def job(gate: Gate, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A release with its test split, both on main."""
    name = request.node.name.replace("_", "-")[:40].rstrip("-")
    job = staged_with_records(tmp_path / "build", OWNER, repo_name=name)
    gate.push(job)
    return job


@pytest.fixture
def row(gate: Gate, job: Job, tmp_path: Path) -> Callable[..., Claim]:
    """Return the row of the proof, as a stranger without a token gets it, of the files as they were pushed first."""
    files = Path(shutil.copytree(job.repo, tmp_path / "files"))

    def found(token: str | None = None) -> Claim:
        commit = PublishedCommit(Hub(gate.hub, token), RepoId(job.repo_id), "0" * 40)
        release = DownloadedRelease.of(commit, job.recipe, files, data=None)
        folder = tmp_path / "published"
        shutil.rmtree(folder, ignore_errors=True)
        split = published_split(release, folder, at=None)
        assert split
        return split.claim(release.evaluation.data.count)

    return found


def commit_by_hand(gate: Gate, job: Job, name: str, content: bytes) -> None:
    operations = [CommitOperationAdd(name, io.BytesIO(content))]
    gate.api.create_commit(str(job.data_id), operations, commit_message="By hand", repo_type="dataset")


def with_another_label(job: Job, folder: Path) -> bytes:
    """Return the records with the first label changed."""
    found: Any = Dataset.from_parquet(str(job.test_data / PARQUET), cache_dir=str(folder / "cache"))
    changed = found.map(lambda row, number: {"label": 4} if number == 0 else row, with_indices=True)
    changed.cast(found.features).to_parquet(str(folder / "changed.parquet"))
    return (folder / "changed.parquet").read_bytes()


def test_the_records_hold_for_a_stranger(row: Callable[..., Claim], job: Job) -> None:
    claim = row()
    assert claim.holds
    assert claim.how.startswith(f"datasets/{job.data_id} at ")


def test_records_with_another_label_are_told(gate: Gate, job: Job, row: Callable[..., Claim], tmp_path: Path) -> None:
    """Although the right ones are found by their tag; without that, the row says what the others are."""
    commit_by_hand(gate, job, PARQUET, with_another_label(job, tmp_path))
    assert row().differences == (f"main holds another {PARQUET} than the manifest.json beside it lists",)
    (tag,) = gate.api.list_repo_refs(str(job.data_id), repo_type="dataset").tags
    gate.api.delete_tag(str(job.data_id), tag=tag.name, repo_type="dataset")
    (said,) = row().differences
    assert said.startswith(f"{PARQUET} holds 4 records with the fingerprint ")


def test_what_a_later_release_published_leaves_the_earlier_records(
    gate: Gate, job: Job, row: Callable[..., Claim]
) -> None:
    first = row().how
    stage_records(job, ("Joins", "Shading"))
    gate.push(job)
    assert (row().holds, row().how) == (True, first)


def test_other_metadata_and_torn_records_are_told(gate: Gate, job: Job, row: Callable[..., Claim]) -> None:
    card = (job.test_data / "README.md").read_text(encoding="utf-8")
    gate.api.delete_tag(
        str(job.data_id),
        tag=gate.api.list_repo_refs(str(job.data_id), repo_type="dataset").tags[0].name,
        repo_type="dataset",
    )
    commit_by_hand(gate, job, "README.md", card.replace("cc-by-4.0", "mit").encode())
    assert row().differences == ("its README.md says license 'mit', and the recipe 'cc-by-4.0'",)
    commit_by_hand(gate, job, "README.md", (card + "\nA sentence of somebody's own.\n").encode())
    assert row().holds
    commit_by_hand(gate, job, PARQUET, b"PAR1")
    assert "cannot be read" in row().differences[0]
    gate.api.delete_file(PARQUET, str(job.data_id), repo_type="dataset")
    assert row().differences[0].endswith(f"has no {PARQUET}")


def test_records_that_are_not_to_be_seen_stay_unproved(
    gate: Gate, store: Store, job: Job, row: Callable[..., Claim]
) -> None:
    gate.api.update_repo_settings(str(job.data_id), repo_type="dataset", private=True)
    assert (row().state, row(token=store.write_token).state) == ("unproved", "holds")
    assert row().unproved == f"datasets/{job.data_id} is not there, or not for everybody"
