"""What was released together: a collection that holds what is proved and keeps what people put there, and a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd
from huggingface_hub.hf_api import Collection

import hubpress
from helpers.gate import Gate, restage, staged_job
from helpers.hub import Fault, status, wired
from hubpress.errors import HubError, MovedOn, UsageError
from hubpress.hub import retries
from hubpress.rehearsal.store import Store
from hubpress.release.job import Job
from hubpress.release.released import keep_released, read_released

pytestmark = pytest.mark.usefixtures("prover")

TITLE = "Titles & <b>topics</b>"


@pytest.fixture
def gate(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(retries, "WAITS", (0.01, 0.02))
    with wired(url) as wire:
        yield Gate(wire, store, url)


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    owner = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    store.add_organisation(owner)
    return staged_job(tmp_path / "build", owner)


def released(gate: Gate, job: Job, *, private: bool | None = None) -> hubpress.ReleaseResult:
    pushed = gate.release(job, private=private)
    keep_released(job, gate.target(), pushed)
    return hubpress.ReleaseResult(pushed.stages, pushed.model, pushed.space)


def commit(gate: Gate, job: Job, kind: str) -> None:
    """Change a repository as a person does."""
    mine = CommitOperationAdd("mine.txt", b"Mine\n")
    gate.api.create_commit(job.repo_id, [mine], commit_message="Mine", repo_type=kind)


def collections(gate: Gate, job: Job) -> list[Collection]:
    return [gate.api.get_collection(one.slug) for one in gate.api.list_collections(owner=job.owner)]


def test_a_collection_keeps_what_people_put_there(gate: Gate, job: Job) -> None:
    """Model and Space are added once; items, notes, order and title of people's own stay, and so does its address."""
    gate.api.create_repo(f"{job.owner}/by-hand")
    mine = gate.api.create_collection(TITLE, namespace=job.owner, description="Mine")
    gate.api.add_collection_item(mine.slug, f"{job.owner}/by-hand", "model", note="Look at this first")
    one = released(gate, job)
    found = hubpress.collect_releases(gate.target(), TITLE, [one])
    assert found.collection.added == (job.repo_id, f"spaces/{job.repo_id}")
    gate.api.update_collection_item(
        mine.slug, collections(gate, job)[0].items[1].item_object_id, note="Ours", position=0
    )
    before = collections(gate, job)
    gate.wire.requests.clear()
    again = hubpress.collect_releases(gate.target(), mine.slug, [one])
    assert (again.collection.added, gate.wire.writes()) == ((), [])
    assert collections(gate, job) == before
    items = [(item.item_type, item.item_id, item.note) for item in before[0].items]
    assert items == [
        ("model", job.repo_id, "Ours"),
        ("model", f"{job.owner}/by-hand", "Look at this first"),
        ("space", job.repo_id, None),
    ]
    assert before[0].description == "Mine"


def test_a_collection_is_completed_whatever_request_breaks(gate: Gate, job: Job) -> None:
    """Once and the command goes on, for good and the same command completes it; there is one collection in the end."""
    one = released(gate, job)
    gate.wire.faults += [
        Fault("^POST /api/collections HTTP"),
        Fault("^POST /api/collections/.*items"),
    ]  # acted, unheard
    gate.wire.faults.append(Fault("^POST /api/collections/.*items", answer=status(403)))
    with pytest.raises(HubError, match="This token may not do that"):
        hubpress.collect_releases(gate.target(), TITLE, [one])
    found = hubpress.collect_releases(gate.target(), TITLE, [one])
    (there,) = collections(gate, job)
    assert {(item.item_type, item.item_id) for item in there.items} == {("model", job.repo_id), ("space", job.repo_id)}
    assert (found.collection.slug, there.private) == (there.slug, False)


def test_what_is_not_proved_is_not_collected(gate: Gate, job: Job) -> None:
    """A Space that somebody changed since is left out and named; where nothing is left no collection is made."""
    one = released(gate, job, private=True)
    commit(gate, job, "space")
    found = hubpress.collect_releases(gate.target(), TITLE, [one])
    assert found.collection.added == (job.repo_id,)
    assert [f"spaces/{job.repo_id}" in str(moved) for moved in found.moved] == [True]
    assert collections(gate, job)[0].private
    commit(gate, job, "model")
    with pytest.raises(MovedOn, match="somebody else committed"):
        hubpress.collect_releases(gate.target(), "Another", [one])
    assert [found.title for found in collections(gate, job)] == [TITLE]


def test_a_title_that_cannot_be_is_refused(gate: Gate) -> None:
    one = hubpress.ReleaseResult((), hubpress.PushResult("acme/one", "0" * 40, False, (), (), 0, ""), None)
    for title in ("", "  ", "x" * 61, "somebody-else/words-0123456789abcdef01234567"):
        with pytest.raises(UsageError, match="--collection"):
            hubpress.collect_releases(gate.target(), title, [one])
    assert gate.wire.requests == []


def test_the_page_tells_what_was_proved(gate: Gate, job: Job) -> None:
    """Figures as they were measured, links to commit and proof; whatever recipes say stands there as text."""
    target = gate.target()
    assert hubpress.write_family_page(job.folder.parent, target, job.owner) is None
    one = released(gate, job)
    page = hubpress.write_family_page(job.folder.parent, target, job.owner, title=TITLE)
    assert page is not None
    text = page.read_text(encoding="utf-8")
    evaluation = hubpress.Evaluation.load(job.repo / "evaluation.json")
    value, interval = evaluation.metrics[evaluation.main_metric], evaluation.intervals[evaluation.main_metric]
    assert f"{value:.3f} ({interval.low:.3f} to {interval.high:.3f})" in text
    assert "<b>" not in text and "&lt;b&gt;topics" in text
    assert one.space
    for way, sha in ((job.repo_id, one.model.sha), (f"spaces/{job.repo_id}", one.space.sha)):
        assert f'href="{target.hub.endpoint}/{way}/tree/{sha}"' in text
    proofs = [page.parent / link for link in re.findall(r'href="([^"]+\.txt)"', text)]
    assert [proof.read_text(encoding="utf-8") for proof in proofs] == [
        f"Proof of {one.model.sha}\n",
        f"Proof of {one.space.sha}\n",
    ]
    fetched = re.findall(r'(?:src|href)="([^"]*)"', text.replace("data:,", ""))
    assert all(link in ("", f"{target.hub.endpoint}/") or link.count("/") for link in fetched)
    assert "<script" not in text and "@import" not in text


def test_a_release_keeps_its_date_until_it_changes(gate: Gate, job: Job) -> None:
    target = gate.target()
    released(gate, job)
    note = read_released(job, target.name)
    assert note
    path = next(job.folder.rglob("released.json"))
    replaced = note.model_copy(update={"date": "2025-01-31T00:00:00+00:00"})
    replaced.save(path)
    released(gate, job)
    assert read_released(job, target.name) == replaced
    restage(job, "One more sentence.")
    one = released(gate, job)
    after = read_released(job, target.name)
    assert after and after.date > replaced.date and after.model.sha == one.model.sha
    assert read_released(replace(job, owner="nobody"), target.name) is None
