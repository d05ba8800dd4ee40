"""Releases through the gate with one request broken: how each ends, and whether the same command completes it."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from huggingface_hub import constants

from helpers.gate import COMPLETE, Gate, Prover, restage, staged_job
from helpers.hub import Wire
from hubpress.errors import HubpressError
from hubpress.rehearsal.faults import break_requests, broken_requests
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from hubpress.release import gate as gate_module
from hubpress.release.job import Job
from hubpress.schemas.hub_faults import Fault

_NOWHERE = "http://127.0.0.1:1"
"""An address where nobody listens."""

_BUSY = (500, 502, 503, 504)
KINDS: dict[str, Fault] = {
    "connection reset": Fault(action="drop"),
    "answer lost": Fault(action="drop-after"),
    "answer cut": Fault(action="cut"),
    "garbage": Fault(action="garbage"),
    "garbage after": Fault(action="garbage-after"),
    "slow": Fault(action="delay", seconds=0.3),
    "slow answer": Fault(action="delay-after", seconds=0.3),
    "429": Fault(action="status", status=429, headers={"Retry-After": "1"}),
    "403": Fault(action="status", status=403),
    **{str(status): Fault(action="status", status=status) for status in _BUSY},
    **{f"{status} after": Fault(action="status-after", status=status) for status in _BUSY},
}
"""How any request can be broken."""

SPECIAL: dict[str, dict[str, Fault]] = {
    "/api/repos/create": {
        "409": Fault(action="status", status=409),
        "409 after": Fault(action="status-after", status=409),
    },
    "/xet\\-write\\-token/": {
        "storage gone": Fault(
            action="status",
            status=200,
            headers={
                "X-Xet-Cas-Url": _NOWHERE,
                "X-Xet-Access-Token": "t",
                "X-Xet-Token-Expiration": str(int(time.time()) + 86_400),
            },
            answer={"casUrl": _NOWHERE, "accessToken": "t", "exp": int(time.time()) + 86_400},
        )
    },
    "/commit/": {
        "412": Fault(action="status", status=412),
        "412 after": Fault(action="status-after", status=412),
    },
}
"""How those can be broken whose path holds these words."""

_LARGE = re.compile("lfs|/storage/|/preupload/")
"""Of large files huggingface_hub waits for seconds between tries."""


@dataclass(frozen=True)
class Request:
    """A request of a release, as a pattern: whose owner it is and which commits it names comes out anew each time."""

    method: str
    path: str
    skip: int
    """How many like it came before."""

    @property
    def is_write(self) -> bool:
        """Whether it is more than a question."""
        return self.method not in ("GET", "HEAD")


@dataclass(frozen=True)
class Injection:
    """One request broken in one release: a first one, or a *later* one that changes what is there."""

    request: Request
    kind: str
    for_good: bool
    later: bool
    xet: bool

    def __str__(self) -> str:
        """Say what is broken, and how."""
        request = self.request
        words = ["later" if self.later else "first", "Xet" if self.xet else "LFS", self.kind]
        words += ["for good" if self.for_good else "once", request.method, request.path, f"after {request.skip}"]
        return " ".join(words)

    def fault(self, owner: str) -> Fault:
        """Return what the Hub is told, for the repositories of an owner."""
        special = {name: fault for faults in SPECIAL.values() for name, fault in faults.items()}
        fault = {**KINDS, **special}[self.kind]
        path = "^" + self.request.path.replace("OWNER", owner) + "$"
        told = {
            "method": self.request.method,
            "path": path,
            "skip": self.request.skip,
            "times": 0 if self.for_good else 1,
        }
        return fault.model_copy(update=told)


@dataclass
class Outcome:
    """How a broken release ended: *said*, its error if it had one, and what is *wrong*, if anything is."""

    injection: Injection
    met: int = 0
    said: str = ""
    wrong: str = ""
    silence: float = 0.0
    seconds: float = 0.0


class _Heard(io.StringIO):
    """Takes what is printed, and knows the longest time between two words."""

    def __init__(self) -> None:
        super().__init__()
        self.silence, self._last = 0.0, time.monotonic()

    def write(self, text: str) -> int:
        self.rest()
        return super().write(text)

    def rest(self) -> None:
        now = time.monotonic()
        self.silence, self._last = max(self.silence, now - self._last), now


@dataclass
class Broken:
    """A rehearsal Hub of its own, and releases on it that are broken one at a time."""

    gate: Gate
    folder: Path
    prover: Prover
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Broken]:
        """Yield one with a Hub below a folder."""
        prover, store = Prover(), Store(folder / "store")
        kept = gate_module.model_proof, gate_module.space_proof
        gate_module.model_proof, gate_module.space_proof = prover.model, prover.space  # type: ignore[assignment]
        try:
            with running(store.folder, port=0) as url:
                yield cls(Gate(Wire(url), store, url), folder, prover)
        finally:
            gate_module.model_proof, gate_module.space_proof = kept

    def requests(self, *, later: bool) -> list[Request]:
        """Return the requests of a release that nothing breaks, in their order."""
        with self._job(later=later) as job, _with_xet(True):
            store, before = self.gate.store.folder, len(broken_requests(self.gate.store.folder))
            break_requests(store, [Fault(action="delay", seconds=0, times=0)])
            self.gate.release(job)
            break_requests(store, [])
            lines = [line.split(" ", 2)[1:] for line in broken_requests(store)[before:]]
        met: Counter[tuple[str, str]] = Counter()
        found = []
        for method, path in lines:
            pattern = re.escape(path).replace(re.escape(job.owner), "OWNER")
            pattern = re.sub(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])", "[0-9a-f]{40}", pattern)
            found.append(Request(method, pattern, met[method, pattern]))
            met[method, pattern] += 1
        return found

    def inject(self, injection: Injection) -> Outcome:
        """Release with one request broken; where that ends with an error, release again; say what is wrong then."""
        outcome = Outcome(injection)
        with self._job(later=injection.later) as job, _with_xet(injection.xet):
            store, heard, started = self.gate.store.folder, _Heard(), time.monotonic()
            before = len(broken_requests(store))
            break_requests(store, [injection.fault(job.owner)])
            try:
                with redirect_stderr(heard):
                    outcome.said = self._said(job)
                    heard.rest()
                outcome.silence, outcome.seconds = heard.silence, time.monotonic() - started
                outcome.met = len(broken_requests(store)) - before
                break_requests(store, [])
                with redirect_stderr(heard):
                    again = self._said(job) if outcome.said else ""
                outcome.wrong = self._wrong(job, outcome.said, again, heard.getvalue(), later=injection.later)
            except Exception:  # noqa: BLE001 - whatever comes out of a release is what is looked for
                break_requests(store, [])
                outcome.wrong = traceback.format_exc()
        return outcome

    def _said(self, job: Job) -> str:
        try:
            self.gate.release(job)
        except HubpressError as error:
            return str(error) or "an error without a word"
        return ""

    def _wrong(self, job: Job, said: str, again: str, heard: str, *, later: bool) -> str:
        if "\n" in said:
            return f"more than a line: {said}"
        if again:
            return f"not completed: {said} - then: {again}"
        if "Traceback" in heard:
            return heard
        state = self.gate.state(job)
        wanted = COMPLETE | {"commits": (3, 3) if later else (2, 2)}
        if state != wanted:
            return f"left {state} after: {said}"
        for kind in ("model", "space"):
            refs = self.gate.api.list_repo_refs(job.repo_id, repo_type=kind)
            tags = {tag.name: tag.target_commit for tag in refs.tags}
            if tags.get(str(job.tag(None))) != refs.branches[0].target_commit:
                return f"the {kind} has the tags {tags} after: {said}"
        return ""

    @contextmanager
    def _job(self, *, later: bool) -> Iterator[Job]:
        """Yield a staged release of an owner of its own; *later*, of one that has published a version before."""
        owner = f"owner-{next(self._numbers)}"
        self.gate.store.add_organisation(owner)
        build = self.folder / owner
        try:
            with redirect_stderr(io.StringIO()):
                job = replace(staged_job(build, owner, version="1.2.0"), quiet=False)
                if later:
                    self.gate.release(job)
                    job = replace(staged_job(build, owner, version="1.3.0"), quiet=False)
                    restage(job, "One more sentence.")
            yield job
        finally:
            shutil.rmtree(build, ignore_errors=True)


@contextmanager
def _with_xet(xet: bool) -> Iterator[None]:
    kept, constants.HF_HUB_DISABLE_XET = constants.HF_HUB_DISABLE_XET, not xet
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_XET = kept


def every_injection(requests: Sequence[Request], *, later: bool) -> list[Injection]:
    """Return what breaks each request of a release: writes in every way once, those of a later one in half of them, and
    in some for good; questions in one way. With Xet and without.

    Which ways those are goes around, so that each kind of request meets all of them.
    """
    turn, found = count(), list[Injection]()
    for request in requests:
        special = [name for words, faults in SPECIAL.items() if words in request.path for name in faults]
        kinds = [*KINDS, *special]

        def some(number: int, kinds: list[str] = kinds) -> list[str]:
            return [kinds[next(turn) * 5 % len(kinds)] for _ in range(number)]

        if request.is_write:
            ways = [(kind, False) for kind in ([*special, *some(7)] if later else kinds)]
            ways += [(kind, True) for kind in [*special, *some(2)]]
        else:
            ways = [(kind, next(turn) % 2 == 0) for kind in [*special, *some(1)]]
        for kind, for_good in ways:
            xet = "xet" in request.path or next(turn) % 2 == 0
            found.append(Injection(request, kind, for_good, later, xet))
    return list(dict.fromkeys(found))


def quick_ones(injections: Sequence[Injection], number: int) -> list[Injection]:
    """Return so many of them, evenly taken, without those for which huggingface_hub waits for seconds."""
    quick = [one for one in injections if not (_LARGE.search(one.request.path) or one.kind == "429")]
    return [quick[index * len(quick) // number] for index in range(number)]


def injected(injections: Sequence[Injection]) -> list[Outcome]:
    """Return the outcomes of some injections on a Hub of their own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, Broken.started(Path(folder)) as broken:
        return [broken.inject(one) for one in injections]


def injected_by_many(injections: Sequence[Injection], processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of all, which several processes share: most of the time is spent waiting."""
    size = 10
    parts = [injections[start : start + size] for start in range(0, len(injections), size)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for outcomes in pool.map(injected, parts):
            yield from outcomes
