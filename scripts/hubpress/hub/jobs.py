"""Jobs of the Hub: one request starts one by a script, and the Hub says how far it is."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubError, UsageError
from hubpress.hub.address import PUBLIC
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.retries import patiently, status_of

if TYPE_CHECKING:
    from huggingface_hub import JobInfo
    from pydantic import JsonValue

SETTINGS = ("flavor", "timeout", "namespace", "image", "attempts", "name")
COMPLETED = "COMPLETED"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_PAID = 402
_BAD = (400, 422)
# huggingface_hub's own way for a script puts it into a bucket first; this one is a single request, which names all.
_START = 'printf %s "$HUBPRESS_SCRIPT" | base64 -d > /tmp/hubpress_job.py && exec uv run /tmp/hubpress_job.py "$@"'


def hub_with_token(where: str, hub: Hub | None = None) -> Hub:
    """Return a Hub (None: that of the environment) with its token. Raises HubError where there is none."""
    hub = (hub or Hub.of_environment()).signed_in()
    if hub.token is None:
        hint = "Set HF_TOKEN to a token that may write repositories and start jobs, or run `hf auth login`."
        raise HubError("No token.", where=where, hint=hint)
    return hub


def refuse_unknown(settings: Mapping[str, JsonValue]) -> None:
    """Raise UsageError for a setting that no job has, or a time that is none."""
    if unknown := next((name for name in settings if name not in SETTINGS), None):
        what = f"a job of the Hub has no setting {unknown!r}."
        raise UsageError(what, where="--launch", hint=f"It has {', '.join(SETTINGS)}.")
    seconds_of(settings)


def seconds_of(settings: Mapping[str, JsonValue]) -> float | None:
    """Return how long a job may take, None where *settings* do not say it. Raises UsageError for what is no time."""
    text = str(settings.get("timeout") or "")
    if not text:
        return None
    number, unit = (text[:-1], _UNITS[text[-1]]) if text[-1] in _UNITS else (text, 1)
    try:
        return float(number) * unit
    except ValueError:
        raise UsageError(f"timeout={text} is no time.", where="--launch", hint="Write it as timeout=4h.") from None


def account_of(hub: Hub, settings: Mapping[str, JsonValue]) -> str:
    """Return whose the jobs are: the *settings* say it, or the token. Raises HubError."""
    if given := settings.get("namespace"):
        return str(given)
    with hub.api("the account of HF_TOKEN") as api:
        return str(patiently(api.whoami)["name"])


def start_job(
    hub: Hub, owner: str, repo: RepoId, run: str, script: str, *words: str,
    where: str, settings: Mapping[str, JsonValue], labels: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """Start a job of *owner* that runs a script on the parcel in the folder *run* of a data set; return its id.

    *settings* are those of ``huggingface_hub.run_job``, by its names. Raises HubError in the place of *where*.
    """
    from huggingface_hub._jobs_api import DEFAULT_UV_IMAGE

    environment = {"HUBPRESS_SCRIPT": base64.b64encode(script.encode()).decode()}
    if hub.endpoint != PUBLIC:
        environment["HF_ENDPOINT"] = hub.endpoint
    chosen: dict[str, Any] = {"image": DEFAULT_UV_IMAGE, "labels": labels, **settings, "namespace": owner}
    command = ["bash", "-c", _START, "job", "--repo", repo.id, "--run", run, *words]
    try:
        with hub.api("the job") as api:
            # Not tried again: one whose answer got lost would run, and cost, twice.
            secrets = {"HF_TOKEN": str(hub.token)}
            return str(api.run_job(command=command, env=environment, secrets=secrets, **chosen).id)
    except HubError as error:
        status = status_of(error.__cause__) if error.__cause__ else None
        said = error.what.partition("It says: ")[2]
        if status == _PAID:
            hint = "Add credit to the account, or choose another flavor."
            what = f"the Hub wants credit for this job (402): {said or 'none is left.'}"
            raise HubError(what, where=where, hint=hint) from error
        if status in _BAD:
            hint = "Look at --launch; `hf jobs hardware` lists the flavors that there are."
            raise HubError(f"the Hub refuses this job ({status}): {said or 'it does not say why.'}", where=where,
                           hint=hint) from error  # fmt: skip
        raise


def page_of(hub: Hub, owner: str, number: str) -> str:
    """Return the address of a job's page, with its log."""
    return f"{hub.endpoint}/jobs/{owner}/{number}"


def stage_of(job: JobInfo) -> str:
    """Return how far a job is, as the Hub calls it."""
    return str(getattr(job.status.stage, "value", job.status.stage))


def has_ended(job: JobInfo) -> bool:
    """Return whether a job runs no further."""
    from huggingface_hub._jobs_api import TERMINAL_JOB_STAGES

    return stage_of(job) in {stage.value for stage in TERMINAL_JOB_STAGES}


def jobs_with(hub: Hub, owner: str, labels: Mapping[str, str]) -> Sequence[JobInfo]:
    """Return the jobs of *owner* that have some labels. Raises HubError."""
    with hub.api(f"the jobs of {owner}") as api:
        return patiently(lambda: list(api.list_jobs(labels=dict(labels), namespace=owner)))
