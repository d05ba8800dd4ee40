"""The versions of a model on a Hub: what the one at hand changes, and how a published one is withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hubpress.errors import HubpressError, UsageError
from hubpress.hub.client import PushResult
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.recipe.load import refuse_unwritten
from hubpress.recipe.recipe import Recipe
from hubpress.release.api import BUILD
from hubpress.release.differences import compare_with, published_version
from hubpress.release.hand_edits import take_in
from hubpress.release.job import REHEARSAL_OWNER, Job
from hubpress.release.released import note_withdrawn
from hubpress.release.runner import run_stages
from hubpress.release.verification import hub_with
from hubpress.schemas.version_diff import VersionDiff
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

    The stages and checks before a push are run first. *against* is a commit, tag or branch; None is the version
    that main holds, or main itself where it holds none. The Hub is that of HF_ENDPOINT; where that is not set, the
    rehearsal Hub below *build_dir* if it has the repository. Raises HubpressError where nothing is published.
    """
    refuse_unwritten(recipe)
    job = Job.of(recipe, build_dir=build_dir, owner=owner, quiet=quiet, threads=threads)
    repo = RepoId(job.repo_id)
    with hub_with(repo, Path(build_dir), quiet=quiet) as hub:
        if not hub.exists(repo):
            what = f"{repo.id} is not published there yet, so that everything would be new."
            raise HubpressError(what, where=hub.endpoint, hint="Name the user or organisation by --owner.")
        sha, tag = published_version(hub, repo, against)
        kept = take_in(job, hub, hub.head(repo))
        run_stages(job, until="check")
        return compare_with(hub, job, sha, tag).model_copy(update={"hand_edits": kept})


def yank_version(
    repo_id: str,
    version: str,
    *,
    build_dir: Path | str = BUILD,
    foreign: Foreign = Foreign.STOP,
    confirm: Callable[[Withdrawal], bool] | None = None,
    quiet: bool = False,
) -> PushResult | None:
    """Withdraw the version that main of a model (or Space) holds: main goes back to the release before, in one commit.

    *version* is its tag, which stays, as the history does; the card says in a line what was withdrawn. What people put
    beside the releases stays; *foreign* says what is done with their edits of a release's own files. *confirm* is asked
    before anything is sent. Returns the push, None where *confirm* said no or the version is withdrawn already. Raises
    HubpressError where main does not hold that version, or none came before, or an edit would be lost.
    """
    return _withdraw(RepoId.parse(repo_id), version, Path(build_dir), foreign, confirm, quiet=quiet)


def roll_back_space(
    repo_id: str,
    *,
    build_dir: Path | str = BUILD,
    foreign: Foreign = Foreign.STOP,
    confirm: Callable[[Withdrawal], bool] | None = None,
    quiet: bool = False,
) -> PushResult | None:
    """Let main of a Space (``spaces/OWNER/REPO``) go back to its release before, as :func:`yank_version` does."""
    repo = RepoId.parse(repo_id)
    if repo.type != "space":
        raise UsageError(
            f"{repo_id} is no Space.", hint="Withdraw a model's version by `hubpress yank OWNER/REPO TAG`."
        )
    return _withdraw(repo, None, Path(build_dir), foreign, confirm, quiet=quiet)


def _withdraw(
    repo: RepoId,
    version: str | None,
    build_dir: Path,
    foreign: Foreign,
    confirm: Callable[[Withdrawal], bool] | None,
    *,
    quiet: bool,
) -> PushResult | None:
    with hub_with(repo, build_dir, quiet=quiet) as hub:
        plan = plan_withdrawal(hub, repo, version)
        if (confirm and not confirm(plan)) or plan.is_done:
            return None
        done, manifest = withdraw(hub, plan, build_dir, foreign=foreign)
        commits = {commit.sha for commit in hub.history(repo)} if repo.type == "model" else set()
    note_withdrawn(build_dir, repo.id, plan.version, plan.back_to, commits=commits)
    # For `verify`: it is the newest that was pushed from here.
    for pushed in build_dir.glob(f"*/pushed/{repo.path}"):
        manifest.save(pushed / f"{done.pushed.sha}.json")
    return done.pushed
