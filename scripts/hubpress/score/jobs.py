"""What is missing, as jobs of the Hub: shared among them and started; what they leave in a data set is taken there."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from hubpress.errors import UsageError
from hubpress.files import digest_of
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.jobs import (
    COMPLETED,
    account_of,
    has_ended,
    hub_with_token,
    jobs_with,
    page_of,
    refuse_unknown,
    seconds_of,
    stage_of,
    start_job,
)
from hubpress.hub.notices import tell
from hubpress.hub.parcel import BUILD, PARCEL, add_code, script_of
from hubpress.schemas.scoring import ScoredFile, ScoredPart, ScoringRun, ScoringTasks, SharedFile
from hubpress.score.parts import BAD, BAD_ROWS, RECEIPTS, RUN, TASKS, Parts, gathered, refuse_strange
from hubpress.score.published import SCHEME, Listing, PublishedAnswers
from hubpress.score.slurm import TOLD, missing, shares
from hubpress.score.sources import ON_HUB, Source
from hubpress.score.work import Work

if TYPE_CHECKING:
    from huggingface_hub import JobInfo
    from pydantic import JsonValue

WHERE = "--engine jobs"
_MODULE, _FOLDER = "hubpress.score.job", "answers"
_LABEL = "hubpress-run"
_AT_A_TIME = 32
"""Parts that are on their way here together: so much is fetched again where that is interrupted."""


@dataclass
class Jobs:
    """How what is missing is submitted, and where its parts are left."""

    answers: PublishedAnswers
    is_named: bool
    """Whether the data set was named by the user, and the answers stay there."""
    tasks: int
    settings: Mapping[str, JsonValue]
    """Of ``huggingface_hub.run_job``, by its names."""
    owner: str
    workers: int | None
    _listing: Listing | None = field(init=False, default=None)
    _jobs: list[JobInfo] = field(init=False, default_factory=list)
    _left: dict[tuple[str, int], ScoredPart] = field(init=False, default_factory=dict)
    """The parts that are in the data set alone, by the path of their file and their number in it."""
    _stale: list[str] = field(init=False, default_factory=list)

    def look(self, parts: Parts, files: Sequence[ScoredFile]) -> None:
        """Let *parts* know of what is in the data set and still holds. Raises UsageError for other things there."""
        listing = self.answers.look()
        if listing is None:
            return
        self._jobs = self._found(listing)
        if all(has_ended(job) for job in self._jobs):
            listing = self.answers.look() or listing  # again: the last one may have committed since
        self._listing = listing
        self.answers.refuse_other(listing, parts.run.model.name)
        versions = {file.path: file.version for file in files}
        there = self.answers.parts(listing, listing.receipts())
        refuse_strange(there, versions, where=str(self.answers))
        holding: dict[tuple[str, int], ScoredPart] = {}
        for part in there:
            if parts.holds(part, versions):
                holding.setdefault((part.file.path, part.number), part)
        stems = {Path(part.part).stem for part in holding.values()}
        self._stale = [
            name
            for name in listing.files
            if Path(name).name.startswith("part-") and Path(name).name.partition(".")[0] not in stems
        ]
        parts.stale += sum(name.endswith(".parquet") for name in self._stale)
        self._left = {key: part for key, part in holding.items() if key not in parts.kept}
        parts.kept |= self._left

    def submit(self, work: Work, parts: Parts, files: Sequence[ScoredFile]) -> str:
        """Start jobs for what is missing of *files*, unless those of an earlier call run; return their ids.

        Raises HubError where the Hub starts none.
        """
        self._tell_failed()
        if running := [job.id for job in self._jobs if not has_ended(job)]:
            return ", ".join(running)
        shared = shares([file.size for file in files], self.tasks)
        given = [
            SharedFile(file=file, tasks=tasks, done=tuple(sorted(parts.rows_of(file))))
            for file, tasks in zip(files, shared, strict=True)
        ]
        numbers = sorted({number for one in given for number in missing(one, parts)})
        told = ScoringTasks(
            run=parts.run, model_folder="", ids=work.ids, workers=self.workers, tasks=self.tasks, files=given,
            dataset=self.answers.repo.id, folder=self.answers.folder or None,
            seconds=seconds_of(self.settings),
        )  # fmt: skip
        run = f"{TASKS}/{token_hex(6)}"
        self._leave_parcel(told, run)
        name = f"score-{work.model.facts.name.rpartition('/')[2]}"
        script = script_of(_MODULE, _FOLDER, title=f"Answer by {work.model.facts.name}", script="job.py",
                           packages=["hubpress"])  # fmt: skip
        started: list[str] = []
        for number in numbers:
            started.append(
                start_job(
                    self.answers.hub, self.owner, self.answers.repo, self.answers.path(run), script, str(number),
                    where=WHERE, settings={"name": name, **self.settings}, labels={_LABEL: _label(run)},
                )
            )  # fmt: skip
            tell(f"job {started[-1]} answers: {page_of(self.answers.hub, self.owner, started[-1])}")
        return ", ".join(started)

    def _leave_parcel(self, told: ScoringTasks, run: str) -> None:
        self.answers.create(is_named=self.is_named)
        old = [name for name in self._listing.files if name.startswith(f"{TASKS}/")] if self._listing else []
        with tempfile.TemporaryDirectory() as scratch:
            parcel, order, settings = (Path(scratch) / name for name in (PARCEL, TOLD, RUN))
            told.save(order)
            told.run.save(settings)
            with tarfile.open(parcel, "w") as tar:
                add_code(tar)
                tar.add(order, f"{BUILD}/{_FOLDER}/{TASKS}/{TOLD}")
            files = {f"{run}/{PARCEL}": parcel, RUN: settings}
            removed = [*old, *self._stale, *([BAD_ROWS] if self._listing and BAD_ROWS in self._listing.files else [])]
            self.answers.add(files, f"Answer by {told.run.model.name}", removed=removed)

    def _found(self, listing: Listing) -> list[JobInfo]:
        """Return the jobs of the last call that started some."""
        runs = {name.rpartition("/")[0] for name in listing.files if name.startswith(f"{TASKS}/")}
        return [job for run in sorted(runs) for job in jobs_with(self.answers.hub, self.owner, {_LABEL: _label(run)})]

    def _tell_failed(self) -> None:
        for job in self._jobs:
            if has_ended(job) and (stage := stage_of(job)) != COMPLETED:
                why = f": {job.status.message}" if job.status.message else ""
                page = page_of(self.answers.hub, self.owner, job.id)
                tell(f"job {job.id} ended without all of its answers ({stage}{why}); its log is at {page}.")

    def fetch(self, parts: Parts) -> None:
        """Take what the jobs have left: into the folder, or where it stays into one file of bad rows.

        Raises HubError.
        """
        listing = self._listing
        if listing is None:
            return
        if self.is_named:
            self._settle(listing, parts)
            return
        order = sorted(self._left.values(), key=lambda part: (part.file.path, part.number))
        parts.cache.mkdir(exist_ok=True)  # which goes when all is there
        for start in range(0, len(order), _AT_A_TIME):
            some = order[start : start + _AT_A_TIME]
            names = [name for part in some for name in _names(part, listing)]
            with self.answers.fetched(listing, names, beside=parts.cache) as files:
                for part in some:
                    bad = files / RECEIPTS / f"{Path(part.part).stem}{BAD}"
                    parts.take_over(part, files / part.part, bad if bad.is_file() else None)

    def _settle(self, listing: Listing, parts: Parts) -> None:
        """Leave the bad rows of all parts in one file of the data set, and none of what the tasks were told."""
        pieces = sorted(name for name in listing.files if name.startswith(f"{RECEIPTS}/") and name.endswith(BAD))
        told = [name for name in listing.files if name.startswith(f"{TASKS}/")] + self._stale
        with self.answers.fetched(listing, pieces) as files:
            target = parts.folder / BAD_ROWS
            if gathered([files / piece for piece in pieces], target):
                self.answers.add({BAD_ROWS: target}, "Gather the rows without an answer", removed=told)
            elif told:
                self.answers.add({}, "Take away what the tasks were told", removed=told)


@dataclass(frozen=True)
class Account:
    """Whose jobs they are, and on which Hub."""

    hub: Hub
    name: str


def jobs_for(
    tasks: int | None, settings: Mapping[str, JsonValue], sources: Sequence[Source], hub: Hub | None = None
) -> Account:
    """Return whose jobs they are. Raises HubpressError for what no job can do, before anything is spent."""
    if tasks is None:
        raise UsageError("needs the number of tasks.", where=WHERE, hint="Give it: --tasks 4.")
    refuse_unknown(settings)
    if here := next((source.name for source in sources if not source.name.startswith(ON_HUB)), None):
        hint = "Put it into a data set, private if need be, and name that: hf://datasets/OWNER/NAME/*.parquet."
        raise UsageError(f"{here} is not on the Hub, and a job reads nothing else.", where="--input", hint=hint)
    hub = hub_with_token(WHERE, hub)
    return Account(hub, account_of(hub, settings))


def answers_for(output: str, account: Account, run: ScoringRun, patterns: Iterable[str]) -> PublishedAnswers:
    """Return where jobs leave their parts: in the data set that *output* names, or in one of the account.

    In that, each model, decision and input has a folder of its own.
    """
    if output.startswith(SCHEME):
        return PublishedAnswers.at(output, account.hub)
    repo = RepoId(f"{account.name}/{run.model.name.rpartition('/')[2]}-answers", "dataset")
    return PublishedAnswers(account.hub, repo, digest_of([run.key, sorted(patterns)])[:12])


def _names(part: ScoredPart, listing: Listing) -> Iterator[str]:
    yield part.part
    if (bad := f"{RECEIPTS}/{Path(part.part).stem}{BAD}") in listing.files:
        yield bad


def _label(run: str) -> str:
    return run.rpartition("/")[2]
