"""A release put where only its owner looks: on a pull request, or on main of a repository that nobody else sees yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hubpress.errors import HubError, HubpressError, MovedOn, VerifyFailed
from hubpress.files import digest_of
from hubpress.hub.client import PushResult
from hubpress.hub.ids import RepoId
from hubpress.hub.pull_requests import PullRequest, PullRequests
from hubpress.hub.retries import status_of
from hubpress.layout import ATTRIBUTES
from hubpress.manifest import Manifest
from hubpress.release.job import Job
from hubpress.release.targets import Target
from hubpress.schemas.document import DocumentError
from hubpress.schemas.new_repository import NewRepository
from hubpress.space.build import Sdk, sdk_of

_DRAFT = "A release is proved here before main changes. Until it is, this is a draft: please leave it to `hubpress`."
_OTHER = "Another release takes its place."


@dataclass(frozen=True)
class Staged:
    """A folder on its way to a repository; *content* names what is released, whichever commit it is pinned to."""

    folder: Path
    manifest: Manifest
    repo: RepoId
    message: str
    content: str
    description: str = ""

    @classmethod
    def model(cls, job: Job) -> Staged:
        """Return the staged model."""
        manifest = Manifest.load(job.manifest)
        return cls(job.repo, manifest, RepoId(job.repo_id), job.title, _digest(manifest), job.message)

    @classmethod
    def pinned_space(cls, job: Job, revision: str, sdk: Sdk) -> Staged:
        """Return the Space, which has been built for a commit of its model."""
        staged = Manifest.load(job.manifest), Manifest.of_folder(job.space)
        # What is staged may be a Gradio Space still where the Hub takes a static one only.
        content = _digest(*staged) if sdk == sdk_of(job.recipe) else digest_of([_digest(*staged), sdk])[:8]
        message = f"Run {job.repo_id} at {revision[:7]}"
        return cls(
            job.pinned_space,
            Manifest.of_folder(job.pinned_space),
            RepoId(job.repo_id, "space"),
            message,
            content,
            job.message,
        )

    @classmethod
    def test_data(cls, job: Job) -> Staged:
        """Return the data set of the test split. Only to be called where that is published."""
        manifest = Manifest.of_folder(job.test_data)
        message = f"Publish the test split of {job.repo_id}"
        return cls(job.test_data, manifest, RepoId(str(job.data_id), "dataset"), message, _digest(manifest))


@dataclass(frozen=True)
class Candidate:
    """A commit that is to be proved, what was sent for it, and where it waits: on *pull*, or on main (None).

    *base* is the newest commit of main that it was made for.
    """

    repo: RepoId
    pushed: PushResult
    pull: PullRequest | None
    base: str
    was_there: bool = False
    """Whether main held these files before."""

    @property
    def sha(self) -> str:
        """The commit."""
        return self.pushed.sha

    @property
    def url(self) -> str:
        """The page of the pull request, or of the repository."""
        return self.pushed.page

    @property
    def place(self) -> str:
        """Where it waits, in words."""
        if self.pull:
            return f"on {self.pull}"
        return "on main" if self.was_there else "on main, which nobody else sees"


def put(
    job: Job,
    target: Target,
    staged: Staged,
    *,
    on_pull: bool = False,
    before_commit: Callable[[], None] | None = None,
) -> Candidate:
    """Put a release where only its owner looks, in one commit, or in none where it is there.

    A repository that is not there is created private. Where main holds the release, nothing is sent. *on_pull* asks for
    a pull request in a new repository too. Of the pull requests of other releases that this token's user left, none
    stays open. Raises HubError; ``MovedOn`` where somebody else committed to the pull request.
    """
    hub, repo = target.hub, staged.repo
    # Versions are the model's: an unchanged data set is that of many.
    tag = None if repo.type == "dataset" else job.tag(target.tag)
    if (seen := hub.look(repo)) is None:
        create(job, target, staged.repo, staged.folder, staged.manifest)
        seen = hub.look(repo)
    plan = hub.push(
        staged.folder, staged.manifest, repo, message=staged.message, tag=tag, foreign=target.foreign, dry_run=True
    )
    with hub.pull_requests(repo) as pulls:
        pull = _tidied(pulls, job, staged, plan)
        is_alone = seen is not None and seen.private and _is_created(job, target, repo)
        if plan.changed and not pull and (on_pull or not is_alone):
            pull = pulls.open(_title(job, staged.content), _DRAFT)
    if not plan.changed:
        return Candidate(repo, plan, None, plan.sha, was_there=True)
    try:
        pushed = hub.push(
            staged.folder,
            staged.manifest,
            repo,
            message=staged.message,
            description=staged.description,
            revision=pull.branch if pull else None,
            foreign=target.foreign,
            before_commit=before_commit,
        )
    except HubError as error:
        # A release at the same time closes what it finds: the Hub's answer to a commit there speaks of rights alone.
        if pull and not _is_open(target, repo, pull):
            raise _closed(repo, pull) from error
        raise
    if pull:
        _refuse_strangers(target, staged, pull, pushed.sha, plan.sha)
    # What is told is what changes on main, whatever an earlier try had sent.
    told = replace(plan, sha=pushed.sha, uploaded_bytes=pushed.uploaded_bytes, revision=pushed.revision)
    return Candidate(repo, told, pull, plan.sha)


def waits_unproved(error: HubpressError, candidate: Candidate) -> HubpressError:
    """Return the error of a proof that failed, or that nobody answered, with what became of main, and how to go on."""
    if candidate.was_there:
        note = f"These files were on main of {candidate.repo.path} before. Nothing was changed."
    elif candidate.pull:
        note = f"main of {candidate.repo.path} was not changed: what failed is a draft, {candidate.url}."
    else:
        note = f"{candidate.repo.path} is private, and stays so until it is proved."
    if error.passes:
        note += " Nothing was found to be wrong, for it could not be asked: run the same command again later."
    else:
        note += " Mend it, and run the same command again."
    if isinstance(error, VerifyFailed):
        return VerifyFailed(f"{error}\n{note}")
    error.hint = f"{error.hint} {note}" if error.hint else note
    return error


def create(job: Job, target: Target, repo: RepoId, folder: Path, manifest: Manifest) -> None:
    """Create a private repository for a folder, and note before and after that it was done from here."""
    note = job.new_repository(target.name, repo)
    NewRepository(created=False).save(note)
    try:
        created = target.hub.create(repo, folder, manifest, private=True)
    except HubError as error:
        if 400 <= (status_of(error) or 0) < 500:  # surely not created
            note.unlink(missing_ok=True)
        raise
    NewRepository(created=created).save(note)


def _is_created(job: Job, target: Target, repo: RepoId) -> bool:
    try:
        return NewRepository.load(job.new_repository(target.name, repo)).created
    except DocumentError:
        return False


def _is_open(target: Target, repo: RepoId, pull: PullRequest) -> bool:
    with target.hub.pull_requests(repo) as pulls:
        return pulls.is_open(pull)


def _closed(repo: RepoId, pull: PullRequest) -> MovedOn:
    what = f"Somebody closed {pull} meanwhile, as another release of this model does."
    return MovedOn(what, where=repo.path, hint="Run the same command again: it opens another.")


def _refuse_strangers(target: Target, staged: Staged, pull: PullRequest, sha: str, base: str) -> None:
    """Close a pull request on which somebody else has put something that main does not have, and raise ``MovedOn``."""
    hub, repo = target.hub, staged.repo
    waiting, main = hub.list_files(repo, sha), hub.list_files(repo, base)
    beside = waiting.keys() - staged.manifest.by_path().keys() - {ATTRIBUTES}
    if others := sorted(path for path in beside if waiting[path] != main.get(path)):
        with hub.pull_requests(repo) as pulls:
            pulls.close(pull, _OTHER)
        what = f"Somebody else put {', '.join(others)} on {pull}, which is closed now."
        raise MovedOn(what, where=repo.path, hint="Run the same command again: it opens another.")


def _tidied(pulls: PullRequests, job: Job, staged: Staged, plan: PushResult) -> PullRequest | None:
    """Return the pull request of these very files on top of main as it is, if there is one; close all others."""
    title, kept = _title(job, staged.content), None
    for pull in pulls.own(_title(job, None)):
        if plan.changed and kept is None and pull.title == title and pulls.holds(pull, plan.sha):
            kept = pull
        else:
            pulls.close(pull, _OTHER)
    return kept


def _title(job: Job, content: str | None) -> str:
    """Return the title of a release's pull request, which nothing else has; without *content* the pattern of all."""
    if content:
        return f"{job.title} ({content})"
    return rf"Release {re.escape(job.recipe.repo_name)}( v\S+)?(: .+)? \([0-9a-f]{{8}}\)"


def _digest(*manifests: Manifest) -> str:
    return digest_of([[(file.path, file.sha256) for file in manifest.files] for manifest in manifests])[:8]
