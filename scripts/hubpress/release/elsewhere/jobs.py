"""A job of the Hub: parcel and result lie in a private data set of the account, and one request starts it."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.jobs import (
    COMPLETED,
    account_of,
    has_ended,
    hub_with_token,
    page_of,
    refuse_unknown,
    stage_of,
    start_job,
)
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Foreign
from hubpress.hub.parcel import RESULT
from hubpress.hub.retries import patiently
from hubpress.layout import MANIFEST
from hubpress.manifest import Manifest
from hubpress.release.elsewhere.order import FOLDER, forget_launched, key_of, launched_before, note_launched
from hubpress.release.elsewhere.parcel import SCRIPT, pack, refuse_what_stays, unpack
from hubpress.release.job import Job
from hubpress.release.progress import progress_of

if TYPE_CHECKING:
    from pydantic import JsonValue

_WHERE = "--on jobs"
_SECONDS = 2.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Jobs:
    """Trains in a job of the Hub; *settings* are those of ``huggingface_hub.run_job``, by its names."""

    settings: Mapping[str, JsonValue]
    processes: int | None = None
    upload_records: bool = False
    name: str = "jobs"
    shows_result: bool = False

    def refuse(self, job: Job) -> None:
        """Raise HubpressError for settings that no job has, for what may not be sent, and without a token."""
        refuse_unknown(self.settings)
        refuse_what_stays(job.recipe, where=_WHERE, upload_records=self.upload_records)
        hub_with_token(_WHERE)

    def train(self, job: Job) -> str | None:
        """Start the job, or find the one that trains the same already, wait for its end, and take what it left."""
        hub = hub_with_token(_WHERE)
        before = launched_before(job, self.name)
        owner = before.account if before and before.account else account_of(hub, self.settings)
        repo = RepoId(f"{owner}/{job.recipe.repo_name}-training", "dataset")
        if before and before.folder:
            tell(f"job {before.job} trains this already; waiting for it.")
            number, run = before.job, before.folder
        else:
            run = (
                f"{key_of(job, self.name)[:12]}-{token_hex(3)}"  # what an earlier job left is not taken for this one's
            )
            number = self._start(job, hub, repo, run)
            note_launched(job, self.name, number, account=owner, folder=run)
        page = page_of(hub, owner, number)
        stage, said = _wait(hub, owner, number, quiet=job.quiet)
        if not _take(job, hub, repo, f"{run}/{RESULT}"):
            forget_launched(job)
            why = f": {said}" if said else ""
            hint = f"Its log is at {page}; a longer time (--launch timeout=8h) or another flavor may help."
            raise HubpressError(f"job {number} left no result ({stage}{why}).", where=_WHERE, hint=hint)
        return None if stage == COMPLETED else page

    def _start(self, job: Job, hub: Hub, repo: RepoId, run: str) -> str:
        with tempfile.TemporaryDirectory(dir=job.folder / FOLDER) as temporary:
            folder = Path(temporary)
            pack(job, folder / run)
            Manifest.of_folder(folder).save(folder / MANIFEST)  # by which the next push knows these files
            message = f"Train {job.recipe.repo_name}"
            hub.push(folder, Manifest.of_folder(folder), repo, message=message, private=True, foreign=Foreign.ADOPT)
            script = (folder / run / SCRIPT).read_text(encoding="utf-8")
        tell(f"the parcel is in {hub.url_of(repo)}, which only {repo.owner} sees.")
        settings = {"name": f"train-{job.recipe.repo_name}", **self.settings}
        number = start_job(hub, repo.owner, repo, run, script, where=_WHERE, settings=settings)
        tell(f"job {number} trains: {page_of(hub, repo.owner, number)}")
        return number


def _wait(hub: Hub, owner: str, number: str, *, quiet: bool) -> tuple[str, str]:
    """Return the stage in which a job ended, and what the Hub says of it."""
    with hub.api(f"job {number}") as api, progress_of("launch", quiet=quiet):
        while True:
            found = patiently(lambda: api.inspect_job(job_id=number, namespace=owner))
            if has_ended(found):
                return stage_of(found), found.status.message or ""
            _LOG.info("job %s: %s", number, stage_of(found).lower())
            time.sleep(_SECONDS)


def _take(job: Job, hub: Hub, repo: RepoId, name: str) -> bool:
    """Take what a job left in the data set into the build folder; return whether there is anything."""
    with tempfile.TemporaryDirectory(dir=job.folder / FOLDER) as temporary:
        with hub.api(repo.path) as api:
            sha = str(patiently(lambda: api.dataset_info(repo.id)).sha)
        if name not in hub.list_files(repo, sha):
            return False
        unpack(job, hub.download(repo, sha, Path(temporary) / "result", only=[name]) / name)
    return True
