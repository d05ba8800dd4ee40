"""Each request of a release through the gate is broken in turn; it is complete, or the same command completes it.

``FAULTS=all .venv/bin/pytest -n 0 -s tests/faults/test_injections.py`` injects every fault, with the waits that people
meet, and takes up to half an hour; without it some are injected, with short waits.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest
from huggingface_hub.utils import http_backoff

from helpers.injections import Broken, Injection, Outcome, every_injection, injected_by_many, quick_ones
from hubpress.hub import retries

ALL = os.environ.get("FAULTS") == "all"
PROCESSES = 8
LONGEST_SILENCE = 10.0


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broken]:
    with Broken.started(tmp_path_factory.mktemp("broken")) as made:
        yield made


@pytest.fixture(scope="module")
def injections(broken: Broken) -> tuple[list[Injection], list[Injection]]:
    """Those into a first release, and those into one that changes it."""
    first, later = (every_injection(broken.requests(later=later), later=later) for later in (False, True))
    return first, later


@pytest.mark.slow
@pytest.mark.skipif(ALL, reason="all are injected")
def test_some_requests_broken(
    broken: Broken, injections: tuple[list[Injection], list[Injection]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "WAITS", (0.01, 0.02))
    # The waits that huggingface_hub makes by itself, as often as ever.
    monkeypatch.setitem(http_backoff.__kwdefaults__, "base_wait_time", 0.01)
    first, later = injections
    chosen = [*quick_ones(first, 56), *quick_ones(later, 5)]
    assert _told(map(broken.inject, chosen), len(chosen)) >= 60


@pytest.mark.skipif(not ALL, reason="FAULTS=all injects all, and takes up to half an hour")
def test_every_request_broken(injections: tuple[list[Injection], list[Injection]]) -> None:
    every = [one for pair in injections for one in pair]
    assert _told(injected_by_many(every, PROCESSES), len(every)) >= 500


def _told(outcomes: Iterable[Outcome], planned: int) -> int:
    """Print how each injection ended, where it is wrong, and the sum; return how many met a request."""
    met: list[Outcome] = []
    for number, outcome in enumerate(outcomes, 1):
        if outcome.met:
            met.append(outcome)
        if outcome.wrong:
            print(f"WRONG {outcome.injection}: {outcome.wrong}", flush=True)
        if number % 50 == 0:
            print(f"{number} of {planned}", flush=True)
    stopped = [one for one in met if one.said]
    longest = max(met, key=lambda one: one.silence)
    print(
        f"{len(met)} faults injected of {planned}: {len(met) - len(stopped)} releases completed, {len(stopped)} ended "
        f"with one line, and the same command completed them; longest silence {longest.silence:.1f} s "
        f"({longest.injection}), longest release {max(one.seconds for one in met):.1f} s."
    )
    assert [f"{one.injection}: {one.wrong}" for one in met if one.wrong] == []
    assert longest.silence <= LONGEST_SILENCE, str(longest.injection)
    return len(met)
