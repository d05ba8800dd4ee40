"""Who reads main meanwhile sees only what was proved; who releases at the same time leaves model and Space consistent.

``FAULTS=all .venv/bin/pytest -n 0 -s tests/faults/test_races.py`` makes twenty releases and twenty rounds;
without it there are a few.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from helpers.gate import COMPLETE, TAMPERED, Gate, Prover, released_elsewhere, restage, staged_job
from helpers.reader import polled
from hubpress.errors import VerifyFailed
from hubpress.release.job import Job

pytestmark = pytest.mark.usefixtures("prover")

ALL = os.environ.get("FAULTS") == "all"
RELEASES = 20 if ALL else 4
ROUNDS = 20 if ALL else 2
PROCESSES = 4
LATE = ("Run the same command again.", "then run the same command again.", "it opens another.")


@pytest.mark.slow
def test_an_anonymous_reader_sees_only_what_was_proved(gate: Gate, prover: Prover, tmp_path: Path) -> None:
    """Of every fifth release's new repository too; each fourth is tampered with, the model and the Space in turn."""
    asked, shown, stopped = 0, 0, 0
    job = card = None
    for number in range(RELEASES):
        if job is None or number % 5 == 0:
            owner = f"reader-{number}"
            gate.store.add_organisation(owner)
            prover.held.clear()
            job = staged_job(tmp_path / owner, owner)
        card = (job.repo / "README.md").read_text(encoding="utf-8")
        tampered = number % 4 == 1
        kind = "model" if number % 8 == 1 else "space"
        prover.refuses = {"space"} if tampered and kind == "space" else set()
        restage(job, TAMPERED if tampered and kind == "model" else f"Release {number}.")
        with polled(gate.hub, job.repo_id) as seen:
            if tampered:
                with pytest.raises(VerifyFailed):
                    gate.release(job)
            else:
                gate.release(job)
        assert gate.shows_only_proved(job, seen, prover)
        asked, shown, stopped = asked + seen.asked, shown + len(seen.first), stopped + tampered
        if tampered:
            (job.repo / "README.md").write_text(card, encoding="utf-8")
        else:
            assert {**gate.state(job), "commits": None} == COMPLETE | {"commits": None}
    print(f"{RELEASES} releases, {stopped} of them tampered with: asked {asked} times, saw {shown} commits of main.")
    assert asked > 20 * RELEASES
    assert stopped == RELEASES // 4


@pytest.mark.slow
def test_four_at_once_leave_both_consistent(gate: Gate, prover: Prover, tmp_path: Path) -> None:
    """Each from a build folder of its own, each with another card: whoever is late ends with one line."""
    gate.store.add_organisation("four")
    jobs = [staged_job(tmp_path / str(number), "four") for number in range(PROCESSES)]
    ended = consistent = asked = 0
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for round_ in range(ROUNDS):
            for number, one in enumerate(jobs):
                restage(one, f"Round {round_} of {number}.")
            with polled(gate.hub, jobs[0].repo_id) as seen:
                told = [future.result() for future in [pool.submit(released_elsewhere, gate, one) for one in jobs]]
            for error, proved in told:
                assert "\n" not in error
                assert not error or error.endswith(LATE), error
                prover.held |= {commit: at for commit, at in proved.held.items() if commit not in prover.held}
            assert gate.shows_only_proved(jobs[0], seen, prover)
            asked += seen.asked
            ended += sum(not error for error, _ in told)
            consistent += bool(gate.state(jobs[0])["Space is pinned to main"])
            assert {**gate.state(_winner(gate, jobs)), "commits": None} == COMPLETE | {"commits": None}
    print(
        f"{ROUNDS} rounds of {PROCESSES} processes: {ended} releases completed, the others ended with one line; "
        f"the Space was pinned to main at once in {consistent}, in all after the same command; asked {asked} times."
    )


def _winner(gate: Gate, jobs: list[Job]) -> Job:
    """Release once more whatever main has: who was late may have left a pull request, or a Space to be pushed."""
    card = gate.text(jobs[0], "model", "README.md")
    winner = next((one for one in jobs if (one.repo / "README.md").read_text(encoding="utf-8") == card), jobs[0])
    gate.release(winner)
    return winner
