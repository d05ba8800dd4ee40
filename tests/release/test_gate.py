"""The gate: nothing unproved is seen in public, whatever breaks on the way, and the same command completes it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.gate import COMPLETE, TAMPERED, Gate, Prover, restage, staged_job
from helpers.hub import Fault, status
from helpers.reader import polled
from hubpress.errors import HubError, HubpressError, MovedOn, VerifyFailed
from hubpress.hub import retries
from hubpress.rehearsal.store import Store
from hubpress.release.job import Job

pytestmark = pytest.mark.usefixtures("prover")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "WAITS", (0.01, 0.02))


@pytest.fixture
def job(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A staged release of an owner of its own."""
    owner = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    store.add_organisation(owner)
    return staged_job(tmp_path / "build", owner)


def test_a_first_release_is_private_until_it_is_proved(gate: Gate, job: Job, prover: Prover) -> None:
    with polled(gate.hub, job.repo_id) as seen:
        released = gate.release(job)
    assert gate.state(job) == COMPLETE | {"commits": (2, 2)}
    assert seen.first.keys() <= set(prover.asked) == {("model", released.model.sha), ("space", released.pushes[1].sha)}
    assert [stage.stage for stage in released.stages] == ["push", "verify", "push space", "verify space", "promote"]
    again = gate.release(job)
    assert not any(stage.ran for stage in again.stages)
    assert (again.model.sha, gate.wire.writes()) == (released.model.sha, [])
    assert len(prover.asked) == 2


def test_a_change_is_proved_on_pull_requests_and_merged(gate: Gate, job: Job, prover: Prover) -> None:
    """The merge makes a commit of its own: the Space is pinned to that, and its proof is that of the same files."""
    gate.release(job)
    restage(job, "One more sentence.")
    with polled(gate.hub, job.repo_id) as seen:
        released = gate.release(job)
    assert gate.state(job) == COMPLETE | {"commits": (3, 3)}
    assert released.model.sha not in {sha for _, sha in prover.asked}
    assert len(seen.commits("model")) <= 2
    assert released.model.uploaded == ("README.md", "manifest.json")
    assert released.pushes[1].uploaded == ("README.md", "manifest.json", "space.json")
    asked = len(prover.asked)
    assert not any(stage.ran for stage in gate.release(job).stages)
    assert len(prover.asked) == asked


def test_what_is_tampered_with_never_comes_to_main(gate: Gate, job: Job, prover: Prover) -> None:
    """Neither in a first release, nor in a later one; what mends it leaves one pull request less, not one more."""
    restage(job, TAMPERED)
    with (
        polled(gate.hub, job.repo_id) as seen,
        pytest.raises(VerifyFailed, match="stays so until it is proved") as failed,
    ):
        gate.release(job)
    assert "run the same command again" in str(failed.value)
    assert not seen.first
    card = job.repo / "README.md"
    card.write_text(card.read_text(encoding="utf-8").replace(TAMPERED, "mended"), encoding="utf-8")
    restage(job)
    good = gate.release(job).model.sha
    for number in (1, 2):
        restage(job, f"{TAMPERED} {number}")
        with polled(gate.hub, job.repo_id) as seen, pytest.raises(VerifyFailed, match=r"main of .* was not changed"):
            gate.release(job)
        assert seen.commits("model") == {good}
        assert gate.waiting(job) == [("model", number, "draft")]
    app = job.repo.parent / "space" / "app.py"
    assert TAMPERED not in app.read_text(encoding="utf-8")
    text = card.read_text(encoding="utf-8")
    card.write_text(re.sub(rf"{TAMPERED} \d\n", "", text) + "At last.\n", encoding="utf-8")
    restage(job)
    gate.release(job)
    assert {**gate.state(job), "commits": None} == COMPLETE | {"commits": None}


def test_a_proof_that_nobody_answers_is_not_one_that_fails(
    gate: Gate, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is to be mended where the Hub is busy while a Space is proved: the same command completes it later."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    gate.wire.faults.append(Fault(r"(GET|HEAD) /spaces/\S+/resolve/\S+/app\.py", answer=status(503), times=999))
    with pytest.raises(HubError, match="it could not be asked: run the same command again later") as failed:
        gate.release(job)
    assert "Mend it" not in str(failed.value) and "is private, and stays so until it is proved" in str(failed.value)
    gate.wire.faults.clear()
    gate.release(job)
    assert gate.state(job) == COMPLETE | {"commits": (2, 2)}


def test_pr_stops_at_open_pull_requests_with_the_proof(gate: Gate, job: Job) -> None:
    """Also of a new repository, which stays private; the same release without it merges them and shows all."""
    waiting = gate.release(job, pr=True).model
    assert gate.waiting(job) == [("model", 1, "open"), ("space", 1, "open")]
    assert gate.api.model_info(job.repo_id).private
    assert (waiting.revision, waiting.private) == ("refs/pr/1", True)
    assert gate.api.model_info(job.repo_id, revision="refs/pr/1").sha == waiting.sha
    described = gate.api.get_discussion_details(job.repo_id, 1).events[0]
    assert "Proof of" in getattr(described, "content", "")
    gate.release(job, pr=True)
    assert gate.waiting(job) == [("model", 1, "open"), ("space", 1, "open")]
    released = gate.release(job)
    assert gate.state(job) == COMPLETE | {"commits": (2, 2)}
    assert [(one.revision, one.private) for one in released.pushes] == [(None, False)] * 2


def test_private_stays_private_and_the_version_tags_both(gate: Gate, store: Store, tmp_path: Path) -> None:
    store.add_organisation("tagged")
    job = staged_job(tmp_path / "build", "tagged", version="1.2.0")
    released = gate.release(job, private=True)
    assert gate.state(job)["private"] == (True, True)
    assert all(pushed.private for pushed in released.pushes)
    hub = gate.target().hub
    for pushed, kind in zip(released.pushes, ("model", "space"), strict=True):
        assert gate.api.repo_info(job.repo_id, repo_type=kind, revision="v1.2.0").sha == pushed.sha
    assert hub.endpoint == gate.wire.url
    restage(job, "Changed under the same version.")
    before = gate.state(job)
    with pytest.raises(HubError, match=r"tag v1\.2\.0 .* another commit"):
        gate.release(job, private=True)
    assert gate.wire.writes() == []
    assert gate.state(job)["commits"] == before["commits"]


def _moved(gate: Gate, job: Job, kind: str) -> Callable[[], None]:
    def move() -> None:
        gate.api.create_commit(
            job.repo_id, [CommitOperationAdd("notes.txt", b"of somebody else\n")], commit_message="A note",
            repo_type=kind,
        )  # fmt: skip

    return move


def test_a_model_that_moves_on_leaves_its_space_alone(gate: Gate, job: Job) -> None:
    """Pushed straight: while this push asks for its Space, somebody publishes the model once more."""
    gate.push(job)
    before = gate.api.space_info(job.repo_id).sha
    restage(job, "Mine.")
    gate.wire.faults.append(Fault(r"GET /api/spaces/[^?]*/tree/", before=_moved(gate, job, "model")))
    with pytest.raises(MovedOn, match="somebody else committed meanwhile") as failed:
        gate.push(job)
    assert "\n" not in str(failed.value)
    assert gate.api.space_info(job.repo_id).sha == before


def test_a_space_that_moves_on_is_tried_again(gate: Gate, job: Job) -> None:
    """The model is still the one that was pushed: its Space goes on top of what somebody else committed there."""
    gate.push(job)
    restage(job, "Mine.")
    gate.wire.faults.append(Fault(r"POST /api/spaces/[^?]*/commit/main", before=_moved(gate, job, "space")))
    gate.push(job)
    assert gate.state(job)["Space is pinned to main"]


@pytest.mark.parametrize("kind", ["model", "space"])
def test_somebody_who_commits_before_the_merge_is_not_merged_over(gate: Gate, job: Job, kind: str) -> None:
    """A model's release ends with one line, and the same command goes on; a Space is put on top of it."""
    gate.release(job)
    restage(job, "Mine.")
    gate.wire.faults.append(Fault(rf"POST /api/{kind}s/[^?]*/discussions/1/status", before=_moved(gate, job, kind)))
    try:
        gate.release(job)
    except HubpressError as error:
        assert kind == "model" or "notes.txt" in str(error)
        assert "run the same command again" in str(error)
        gate.release(job)
    assert {**gate.state(job), "commits": None} == COMPLETE | {"commits": None}


KINDS: dict[str, Callable[[str], Fault]] = {
    "refused": lambda line: Fault(line, answer=status(403), times=-1),
    "answer lost": lambda line: Fault(line),
}
"""How a request is broken."""


@pytest.mark.parametrize(("kind", "later"), [("refused", False), ("answer lost", True)])
def test_broken_at_every_write_in_turn(gate: Gate, job: Job, prover: Prover, kind: str, later: bool) -> None:
    """Each time the same command goes on from there, and in the end everything is there once."""
    _broken_at_every(gate, job, prover, kind, later=later)


def _broken_at_every(gate: Gate, job: Job, prover: Prover, kind: str, *, later: bool) -> None:
    """Release until nothing is left to break: every request with its own path is broken when it comes first."""
    if later:
        gate.release(job)
        restage(job, "One more sentence.")
    fault = KINDS[kind]
    broken: set[str] = set()
    take = gate.wire.take

    def breaking(line: str) -> Fault | None:
        path = re.sub(r"[0-9a-f]{40}", "SHA", line)
        if path not in broken and re.match("(POST|PUT) ", line):
            broken.add(path)
            gate.wire.faults.append(fault(re.escape(line)))
        return take(line)

    gate.wire.take = breaking  # type: ignore[method-assign]
    before = -1
    with polled(gate.hub, job.repo_id) as seen:
        while len(broken) > before:
            before = len(broken)
            gate.wire.faults.clear()
            try:
                gate.release(job)
            except HubpressError as error:
                assert "\n" not in str(error)
    assert len(broken) > 8
    assert gate.state(job) == COMPLETE | {"commits": (3, 3) if later else (2, 2)}
    assert gate.shows_only_proved(job, seen, prover)
