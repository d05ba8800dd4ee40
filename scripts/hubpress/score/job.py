"""One task that is a job of the Hub: ``python -m hubpress.score.job FOLDER NUMBER`` answers its share of tasks.json.

Complete parts go into a data set, each in one commit with its receipt, so that what a job has not finished when it is
ended is nowhere.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hubpress.errors import HubError, HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.retries import status_of
from hubpress.layout import QUANTIZED
from hubpress.schemas.scoring import ScoredFile, ScoredPart, ScoringRun, ScoringTasks
from hubpress.score.model import ChosenModel, chosen_model
from hubpress.score.parts import BAD, RECEIPTS, TASKS, Parts
from hubpress.score.published import PublishedAnswers
from hubpress.score.rows import BadRow, Share
from hubpress.score.slurm import TOLD
from hubpress.score.task import answer, run_task

_COMMITS_PER_HOUR = 50
"""Of all tasks together, and as many at once in the beginning: the Hub takes so many of an account and no more."""
_BUSY = 429
_USUAL_SECONDS = 1800.0
"""How long a job may take where nobody said it."""
_LAST_SECONDS = 5400.0
_PAUSE_SECONDS = 60.0


@dataclass
class Pace:
    """So many commits an hour; what was not used of them may come at once. Near the end of the job there are more."""

    per_hour: float
    seconds: float
    """After which the job is ended."""
    _left: float = field(init=False)
    _began: float = field(init=False, default_factory=time.monotonic)
    _asked: float = field(init=False, default_factory=time.monotonic)
    _last: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._left = max(self.per_hour, 1.0)

    def allows(self) -> bool:
        """Return whether another commit may be made now, which then counts."""
        now = time.monotonic()
        self._left = min(self._left + (now - self._asked) * self.per_hour / 3600, max(self.per_hour, 1.0))
        self._asked = now
        ends = now - self._began > 0.8 * self.seconds and now - self._last > 0.05 * self.seconds
        if self._left < 1 and not ends:
            return False
        self._left = max(self._left - 1, 0.0)
        self._last = now
        return True


class SentParts(Parts):
    """The parts of one task, which go into a data set and are taken away here."""

    def __init__(
        self, folder: Path, run: ScoringRun, share: Share, answers: PublishedAnswers, seconds: float | None
    ) -> None:
        super().__init__(folder, run, share)
        self.answers = answers
        self.done_elsewhere: Mapping[str, frozenset[int]] = {}
        """By the paths of the files: which parts were there when the tasks were submitted."""
        self._pace = Pace(_COMMITS_PER_HOUR / share[1], seconds or _USUAL_SECONDS)
        self._waiting: list[str] = []

    def take_stock_of_task(self, files: Sequence[ScoredFile]) -> None:
        """Keep the parts of *files* that this task has left in the data set before it was started anew."""
        (self.folder / RECEIPTS).mkdir(parents=True, exist_ok=True)
        listing = self.answers.look()
        if listing is None:
            raise HubError("is not there.", where=str(self.answers))
        versions = {file.path: file.version for file in files}
        own = [name for name in listing.receipts() if self._is_own(Path(name).stem)]
        for part in self.answers.parts(listing, own):
            if self.holds(part, versions):
                self.kept.setdefault((part.file.path, part.number), part)
        self._taken = {Path(name).stem for name in listing.files if name.startswith("part-")}

    def done(self, file: ScoredFile) -> tuple[frozenset[int], bool]:
        """Return which parts of a file are there, as far as this task has to know."""
        there, is_whole = super().done(file)
        return there | self.done_elsewhere.get(file.path, frozenset()), is_whole

    def keep(self, part: ScoredPart, bad: Iterable[tuple[str, BadRow]]) -> None:
        """Write a part's receipt, and commit it with all that waits, as often as the Hub takes commits."""
        super().keep(part, bad)
        self._waiting.append(Path(part.part).stem)
        if self._pace.allows():
            self._send()

    def send_rest(self) -> None:
        """Commit what waits. Raises HubError where the Hub takes no commit for more than an hour."""
        ends = time.monotonic() + _LAST_SECONDS
        while self._waiting and not self._send(must=time.monotonic() > ends):
            time.sleep(_PAUSE_SECONDS)

    def _send(self, *, must: bool = False) -> bool:
        """Commit what waits; return whether the Hub took it, which it does not where there were too many commits."""
        files: dict[str, Path] = {}
        for stem in self._waiting:
            names = (f"{stem}.parquet", f"{RECEIPTS}/{stem}{BAD}", f"{RECEIPTS}/{stem}.json")
            files |= {name: self.folder / name for name in names if (self.folder / name).is_file()}
        try:
            self.answers.add(files, f"Answer {', '.join(self._waiting[:3])}", new=list(files))
        except HubError as error:
            if must or error.__cause__ is None or status_of(error.__cause__) != _BUSY:
                raise
            return False
        for path in files.values():
            path.unlink()
        self._waiting = []
        return True


def answer_as_job(folder: Path, number: int) -> None:
    """Answer the share of a task, and leave it in the data set.

    Raises HubpressError where files or model are no longer those that were submitted, and where the data set takes
    nothing.
    """
    told = ScoringTasks.load(folder / TASKS / TOLD)
    hub = Hub.of_environment().signed_in()
    answers = PublishedAnswers(hub, RepoId(str(told.dataset), "dataset"), told.folder or "")
    parts = SentParts(folder, told.run, (number, told.tasks), answers, told.seconds)
    parts.done_elsewhere = {one.file.path: frozenset(one.done) for one in told.files}
    try:
        answer(told, number, parts, _model(told, hub), workers=told.workers or _cores())
    finally:
        parts.send_rest()  # also where a file could not be read to its end


def _model(told: ScoringTasks, hub: Hub) -> ChosenModel:
    facts = told.run.model
    chosen = chosen_model(facts.name, revision=facts.commit, int8=facts.weights == QUANTIZED, hub=hub)
    if chosen.facts != facts:
        raise HubpressError("is read otherwise here than where the job was submitted.", where=facts.name)
    return chosen


def _cores() -> int:
    """Return how many cores the container may use, which are often fewer than the machine has."""
    from joblib import cpu_count

    return int(cpu_count())


if __name__ == "__main__":
    sys.exit(run_task(lambda: answer_as_job(Path(sys.argv[1]), int(sys.argv[2]))))
