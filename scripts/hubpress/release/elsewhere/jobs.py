"""A job of the Hub: parcel and result lie in a private data set of the account, and one request starts it."""

from __future__ import annotations

import base64
import logging
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubError, HubpressError, UsageError
from hubpress.hub.address import PUBLIC
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Foreign
from hubpress.hub.retries import patiently, status_of
from hubpress.layout import MANIFEST
from hubpress.manifest import Manifest
from hubpress.release.elsewhere.order import FOLDER, forget_launched, key_of, launched_before, note_launched
from hubpress.release.elsewhere.parcel import RESULT, SCRIPT, pack, refuse_what_stays, unpack
from hubpress.release.job import Job
from hubpress.release.progress import progress_of

if TYPE_CHECKING:
    from pydantic import JsonValue

_WHERE = "--on jobs"
_SETTINGS = ("flavor", "timeout", "namespace", "image", "attempts", "name")
_PAID = 402
_SECONDS = 2.0
_LOG = logging.getLogger(__name__)
# huggingface_hub's own way for a script puts it into a bucket first; this one is a single request, which names all.
_START = 'printf %s "$HUBPRESS_SCRIPT" | base64 -d > /tmp/train.py && exec uv run /tmp/train.py "$@"'


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
        if unknown := next((name for name in self.settings if name not in _SETTINGS), None):
            what = f"a job of the Hub has no setting {unknown!r}."
            raise UsageError(what, where="--launch", hint=f"It has {', '.join(_SETTINGS)}.")
        refuse_what_stays(job.recipe, where=_WHERE, upload_records=self.upload_records)
        if _hub().token is None:
            hint = "Set HF_TOKEN to a token that may write repositories and start jobs, or run `hf auth login`."
            raise HubError("No token.", where=_WHERE, hint=hint)

    def train(self, job: Job) -> str | None:
        """Start the job, or find the one that trains the same already, wait for its end, and take what it left."""
        hub = _hub()
        before = launched_before(job, self.name)
        owner = before.account if before and before.account else self._owner(hub)
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
        page = _page(hub, repo, number)
        stage, said = _wait(hub, owner, number, quiet=job.quiet)
        if not _take(job, hub, repo, f"{run}/{RESULT}"):
            forget_launched(job)
            why = f": {said}" if said else ""
            hint = f"Its log is at {page}; a longer time (--launch timeout=8h) or another flavor may help."
            raise HubpressError(f"job {number} left no result ({stage}{why}).", where=_WHERE, hint=hint)
        return None if stage == "COMPLETED" else page

    def _owner(self, hub: Hub) -> str:
        if given := self.settings.get("namespace"):
            return str(given)
        with hub.api("the account of HF_TOKEN") as api:
            return str(patiently(api.whoami)["name"])

    def _start(self, job: Job, hub: Hub, repo: RepoId, run: str) -> str:
        with tempfile.TemporaryDirectory(dir=job.folder / FOLDER) as temporary:
            folder = Path(temporary)
            pack(job, folder / run)
            Manifest.of_folder(folder).save(folder / MANIFEST)  # by which the next push knows these files
            message = f"Train {job.recipe.repo_name}"
            hub.push(folder, Manifest.of_folder(folder), repo, message=message, private=True, foreign=Foreign.ADOPT)
            script = (folder / run / SCRIPT).read_bytes()
        tell(f"the parcel is in {hub.url_of(repo)}, which only {repo.id.partition('/')[0]} sees.")
        number = self._started(hub, repo, run, script, name=f"train-{job.recipe.repo_name}")
        tell(f"job {number} trains: {_page(hub, repo, number)}")
        return number

    def _started(self, hub: Hub, repo: RepoId, run: str, script: bytes, *, name: str) -> str:
        from huggingface_hub._jobs_api import DEFAULT_UV_IMAGE

        environment = {"HUBPRESS_SCRIPT": base64.b64encode(script).decode()}
        if hub.endpoint != PUBLIC:
            environment["HF_ENDPOINT"] = hub.endpoint
        settings: dict[str, Any] = {"name": name, "image": DEFAULT_UV_IMAGE, **self.settings}
        settings["namespace"] = repo.id.partition("/")[0]
        command = ["bash", "-c", _START, "train", "--repo", repo.id, "--run", run]
        try:
            with hub.api("the training job") as api:
                # Not tried again: one whose answer got lost would train, and cost, twice.
                secrets = {"HF_TOKEN": str(hub.token)}
                return str(api.run_job(command=command, env=environment, secrets=secrets, **settings).id)
        except HubError as error:
            if error.__cause__ and status_of(error.__cause__) == _PAID:
                said = error.what.partition("It says: ")[2] or "none is left."
                hint = "Add credit to the account, or choose another flavor."
                raise HubError(f"the Hub wants credit for this job (402): {said}", where=_WHERE, hint=hint) from error
            raise


def _hub() -> Hub:
    return Hub.of_environment().signed_in()


def _page(hub: Hub, repo: RepoId, number: str) -> str:
    return f"{hub.endpoint}/jobs/{repo.id.partition('/')[0]}/{number}"


def _wait(hub: Hub, owner: str, number: str, *, quiet: bool) -> tuple[str, str]:
    """Return the stage in which a job ended, and what the Hub says of it."""
    from huggingface_hub._jobs_api import TERMINAL_JOB_STAGES

    ended = {stage.value for stage in TERMINAL_JOB_STAGES}
    with hub.api(f"job {number}") as api, progress_of("launch", quiet=quiet):
        while True:
            status = patiently(lambda: api.inspect_job(job_id=number, namespace=owner)).status
            stage = str(getattr(status.stage, "value", status.stage))
            if stage in ended:
                return stage, status.message or ""
            _LOG.info("job %s: %s", number, stage.lower())
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
