"""A published version withdrawn: main goes back to the release before, in one commit on top; nothing is rewritten."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubpressError, MovedOn, UsageError
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.hand_edits import TEXTS, write_edits
from hubpress.hub.history import PastCommit, version_of
from hubpress.hub.ids import RepoId
from hubpress.hub.merging import EditConflict
from hubpress.hub.ownership import Foreign, published_manifest
from hubpress.hub.withdrawn import say_withdrawn
from hubpress.layout import ATTRIBUTES, CHANGELOG, GENERATED, MANIFEST
from hubpress.manifest import Manifest

_TITLE = re.compile(r"Withdraw (v\S+): back to (v\S+)")


@dataclass(frozen=True)
class Withdrawal:
    """What is to be done to a repository: main goes from one version back to the one before."""

    repo: RepoId
    version: str
    """The tag of what is withdrawn, such as ``v1.1.0``; it stays."""
    back_to: str
    """The tag of the release before."""
    source: str
    """That release's commit."""
    head: str
    """The newest commit of main."""
    is_done: bool = False
    """Whether main has gone back already."""

    @property
    def title(self) -> str:
        """The title of the commit."""
        return f"Withdraw {self.version}: back to {self.back_to}"

    def __str__(self) -> str:
        if self.is_done:
            return f"{self.repo.path}: {self.version} is withdrawn already, main holds {self.back_to}."
        return (
            f"{self.repo.path}: main goes back from {self.version} to {self.back_to} ({self.source[:7]}) in a commit. "
            f"Its history and the tag {self.version} stay."
        )


@dataclass(frozen=True)
class Withdrawn:
    """What was done."""

    plan: Withdrawal
    pushed: PushResult


def plan_withdrawal(hub: Hub, repo: RepoId, version: str | None = None) -> Withdrawal:
    """Return how to withdraw the version that main holds; a *version* that it does not hold is refused.

    Raises HubpressError where main holds none, or none came before, UsageError for a *version* that is none.
    """
    if version is not None and version_of(version) is None:
        raise UsageError(f"{version!r} is no version's tag.", hint="Give one such as v1.2.0.")
    history = hub.history(repo)
    withdrawn = {found[1]: found[2] for commit in history if (found := _TITLE.fullmatch(commit.title))}
    held = held_version(history)
    if held is None:
        what = "none of the commits of main is tagged with a version."
        raise HubpressError(what, where=repo.path, hint="Give the recipe a `version:`, and release it.")
    if version is not None and version in withdrawn and version not in held.versions:
        return Withdrawal(repo, version, withdrawn[version], held.sha, history[0].sha, is_done=True)
    if version is not None and version not in held.versions:
        tags = {tag for commit in history for tag in commit.versions}
        what = f"main holds {held.versions[0]}, so that {version} is not what people get from it."
        if version not in tags:
            what = f"there is no {version} on main, which holds {held.versions[0]}."
        raise HubpressError(what, where=repo.path, hint=f"Withdraw {held.versions[0]}, or nothing.")
    older = history[history.index(held) + 1 :]
    before = next((one for one in older if one.versions and not withdrawn.keys() & set(one.versions)), None)
    if before is None:
        what = f"no version came before {held.versions[0]}, so that there is nothing to go back to."
        raise HubpressError(what, where=repo.path, hint="Release one that is better, or make the repository private.")
    return Withdrawal(repo, version or held.versions[0], before.versions[0], before.sha, history[0].sha)


def withdraw(
    hub: Hub, plan: Withdrawal, scratch: Path, *, foreign: Foreign = Foreign.STOP
) -> tuple[Withdrawn, Manifest]:
    """Make main hold the files of the release before, its card with one line more; also return the list of files.

    What people have put beside the releases stays as main has it, what they have written into its texts is kept as a
    release keeps it, and so does the changelog stay, which tells of both.
    *scratch* is a folder for the download. Raises ``ForeignFiles`` or ``EditConflict`` for an edit that would be lost,
    unless *foreign* wants that, ``MovedOn`` where somebody commits meanwhile, HubpressError.
    """

    def nothing_has_moved() -> None:
        if (head := hub.head(plan.repo)) != plan.head:
            what = f"somebody else committed meanwhile ({head[:7]})."
            raise MovedOn(what, where=plan.repo.path, hint="Look at it, then run the same command again.")

    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="withdraw-") as fresh:
        folder = _released(hub, plan, Path(fresh))
        if CHANGELOG in hub.list_files(plan.repo, plan.head):
            newest = hub.download(plan.repo, plan.head, Path(fresh) / "newest", only=[CHANGELOG])
            (newest / CHANGELOG).replace(folder / CHANGELOG)
        _bring_back(folder, hub, plan, foreign)
        manifest = Manifest.of_folder(folder, leave_out={ATTRIBUTES})
        pushed = hub.push(
            folder, manifest, plan.repo, message=plan.title, foreign=foreign, before_commit=nothing_has_moved
        )
    return Withdrawn(plan, pushed), manifest


def held_version(history: Sequence[PastCommit]) -> PastCommit | None:
    """Return the commit of the version whose files main holds: that of the newest tag, or what was gone back to."""
    for commit in history:
        if commit.versions:
            return commit
        if found := _TITLE.fullmatch(commit.title):
            return next((one for one in history if found[2] in one.versions), None)
    return None


def _bring_back(folder: Path, hub: Hub, plan: Withdrawal, foreign: Foreign) -> None:
    """Say on the card of the release before that the other is withdrawn, and keep in it what people have written since.

    Raises EditConflict for an edit that cannot be kept.
    """
    for name in TEXTS:
        if (made := folder / GENERATED / name).is_file():
            made.replace(folder / name)
    shutil.rmtree(folder / GENERATED, ignore_errors=True)
    say_withdrawn(folder, plan.version, plan.back_to)
    if foreign is not Foreign.TAKE_OVER:
        edits = hub.hand_edits(plan.repo, plan.head)
        try:
            write_edits(folder, edits, ours_first=foreign is Foreign.ADOPT)
        except EditConflict as error:
            error.where = plan.repo.path
            raise
    if published_manifest(folder, plan.repo.type):
        Manifest.of_folder(folder, leave_out={ATTRIBUTES, MANIFEST}).save(folder / MANIFEST)


def _released(hub: Hub, plan: Withdrawal, fresh: Path) -> Path:
    """Download what the release before put into its commit, and nothing that people had there; return the folder.

    A commit without a list of hubpress is taken whole. A signature stays behind: it is over another list than the one
    that is to be published.
    """
    there = hub.list_files(plan.repo, plan.source)
    if MANIFEST in there:
        lists = hub.download(plan.repo, plan.source, fresh / "lists", only=[MANIFEST])
        if listed := published_manifest(lists, plan.repo.type):
            ours = {*listed.by_path(), MANIFEST} & there.keys()
            return hub.download(plan.repo, plan.source, fresh / "files", only=sorted(ours))
    return hub.download(plan.repo, plan.source, fresh / "files")
