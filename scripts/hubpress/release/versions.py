"""The versions of a model on a Hub: what the one at hand changes, and how a published one is withdrawn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hubpress.errors import HubpressError, UsageError
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.ids import RepoId
from hubpress.layout import EVALUATION, TRAINING
from hubpress.manifest import Manifest
from hubpress.recipe.recipe import Recipe
from hubpress.release.api import BUILD
from hubpress.release.job import REHEARSAL_OWNER, Job
from hubpress.release.runner import run_stages
from hubpress.release.verification import hub_with
from hubpress.schemas.version_diff import VersionDiff
from hubpress.versions.compare import (
    Facts,
    changed_figures,
    changed_files,
    changed_labels,
    changed_settings,
    counts_of,
    same_records,
)
from hubpress.versions.withdraw import Withdrawal, plan_withdrawal, withdraw


def diff_model(
    recipe: Recipe,
    *,
    build_dir: Path | str = BUILD,
    owner: str = REHEARSAL_OWNER,
    against: str | None = None,
    threads: int | None = None,
    quiet: bool = False,
) -> VersionDiff:
    """Return what the model at hand changes against what *owner* has published of it; nothing is sent.

    The stages and checks before a push are run first. *against* is a commit, tag or branch; None is the version that is
    tagged last on main, or main itself where none is. The Hub is that of HF_ENDPOINT; where that is not set, the
    rehearsal Hub below *build_dir* if it has the repository. Raises HubpressError where nothing is published.
    """
    job = Job.of(recipe, build_dir=build_dir, owner=owner, quiet=quiet, threads=threads)
    repo = RepoId(job.repo_id)
    with hub_with(repo, Path(build_dir), quiet=quiet) as hub:
        if not hub.exists(repo):
            what = f"{repo.id} is not published there yet, so that everything would be new."
            raise HubpressError(what, where=hub.endpoint, hint="Name the user or organisation by --owner.")
        sha, tag = _published(hub, repo, against)
        run_stages(job, until="check")
        return compare_with(hub, job, sha, tag)


def compare_with(hub: Hub, job: Job, sha: str, tag: str | None) -> VersionDiff:
    """Return what the staged model changes against a commit of its repository."""
    repo, after = RepoId(job.repo_id), Facts.read(job.repo)
    there = hub.list_files(repo, sha)
    with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
        facts = [name for name in (EVALUATION, TRAINING) if name in there]
        before = Facts.read(hub.download(repo, sha, Path(fresh) / "facts", only=facts)) if len(facts) > 1 else None
    both = (before, after) if before and after else None
    added, removed = changed_labels(*both) if both else ((), ())
    return VersionDiff(
        repository=repo.id,
        endpoint=hub.endpoint,
        against=sha,
        tag=tag,
        version=job.recipe.version,
        figures=changed_figures(*both) if both else (),
        labels_added=added,
        labels_removed=removed,
        counts=counts_of(*both) if both else (),
        same_test_records=same_records(*both) if both else None,
        settings=changed_settings(*both) if both else (),
        files=changed_files(job.repo, Manifest.load(job.manifest), there),
    )


def yank_version(
    repo_id: str,
    version: str,
    *,
    build_dir: Path | str = BUILD,
    confirm: Callable[[Withdrawal], bool] | None = None,
    quiet: bool = False,
) -> PushResult | None:
    """Withdraw the version that main of a model (or Space) holds: main goes back to the release before, in one commit.

    *version* is its tag, which stays, as the history does; the card says in a line what was withdrawn. *confirm* is
    asked before anything is sent. Returns the push, None where *confirm* said no or the version is withdrawn already.
    Raises HubpressError where main does not hold that version, or none came before.
    """
    return _withdraw(RepoId.parse(repo_id), version, Path(build_dir), confirm, quiet=quiet)


def roll_back_space(
    repo_id: str,
    *,
    build_dir: Path | str = BUILD,
    confirm: Callable[[Withdrawal], bool] | None = None,
    quiet: bool = False,
) -> PushResult | None:
    """Let main of a Space (``spaces/OWNER/REPO``) go back to its release before, as :func:`yank_version` does."""
    repo = RepoId.parse(repo_id)
    if repo.type != "space":
        raise UsageError(
            f"{repo_id} is no Space.", hint="Withdraw a model's version by `hubpress yank OWNER/REPO TAG`."
        )
    return _withdraw(repo, None, Path(build_dir), confirm, quiet=quiet)


def _withdraw(
    repo: RepoId, version: str | None, build_dir: Path, confirm: Callable[[Withdrawal], bool] | None, *, quiet: bool
) -> PushResult | None:
    with hub_with(repo, build_dir, quiet=quiet) as hub:
        plan = plan_withdrawal(hub, repo, version)
        if (confirm and not confirm(plan)) or plan.is_done:
            return None
        done, manifest = withdraw(hub, plan, build_dir)
    # For `verify`: it is the newest that was pushed from here.
    for pushed in build_dir.glob(f"*/pushed/{repo.path}"):
        manifest.save(pushed / f"{done.pushed.sha}.json")
    return done.pushed


def _published(hub: Hub, repo: RepoId, against: str | None) -> tuple[str, str | None]:
    """Return the commit to compare with, and the tag of its version."""
    history = hub.history(repo)
    if against is not None:
        sha = hub.head(repo, against)
        tags = next((commit.versions for commit in history if commit.sha == sha), ())
    else:
        commit = next((commit for commit in history if commit.versions), None)
        sha, tags = (commit.sha, commit.versions) if commit else (hub.head(repo), ())
    return sha, tags[0] if tags else None
