"""What was proved comes to main, and is shown: merged, compared, tagged, and seen by whom it was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from hubpress.errors import HubError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.release.candidate import Candidate
from hubpress.release.job import Job
from hubpress.release.push import moved_on, refuse_moved, tag_of_records
from hubpress.release.targets import Target


def settle(hub: Hub, candidate: Candidate) -> str:
    """Make a proved commit the newest of main; return that one's id, whose files have been compared with the proved.

    Raises ``MovedOn`` where somebody else was quicker; then main is as they left it. Raises HubError where main holds
    other files than were proved, because somebody committed in the very moment of the merge.
    """
    repo, pull = candidate.repo, candidate.pull
    refuse_moved(hub, repo, candidate.base if pull else candidate.sha)
    if pull is None:
        return candidate.sha
    with hub.pull_requests(repo) as pulls:
        if (newest := pulls.head(pull)) != candidate.sha:
            raise moved_on(repo, f"{str(newest)[:7]} on {pull}")
        pulls.publish(pull)
        pulls.merge(pull)
    head = hub.head(repo)
    proved, there = (hub.list_files(repo, sha) for sha in (candidate.sha, head))
    if others := sorted(path for path in proved | there if proved.get(path) != there.get(path)):
        what = f"main at {head[:7]} does not hold what was proved: {', '.join(others)}."
        raise HubError(what, where=repo.path, hint="Look at it, then run the same command again.")
    return head


@dataclass(frozen=True)
class Shown:
    """A commit on main as people find it: by which tag, if any, by whom, and whether that was so before."""

    repo: RepoId
    sha: str
    tag: str | None
    private: bool
    changed: bool

    def __str__(self) -> str:
        tagged = f" is {self.tag}," if self.tag else " is"
        return f"{self.repo.path}@{self.sha[:7]}{tagged} {'private' if self.private else 'public'}"


def show_records(job: Job, target: Target, repo: RepoId, sha: str, *, model_is_private: bool) -> Shown:
    """Tag a proved commit of the test split by what it holds, and show it to nobody who may not see its model.

    The tag stays on the first commit that holds those records. A repository that was private before this release stays
    so, unless it is asked for in public.
    """
    tag = tag_of_records(job)
    there = target.hub.has_tag(repo, tag)
    private = True if model_is_private else target.private
    return show(job, target, repo, sha, tag=None if there else tag, private=private)


def show(job: Job, target: Target, repo: RepoId, sha: str, *, tag: str | None, private: bool | None) -> Shown:
    """Tag a proved commit on main, if there is a *tag*, and give its repository its visibility: *private*, or not, None
    as it was.

    One that is there since this release becomes public where nothing is asked.
    """
    hub, note = target.hub, job.new_repository(target.name, repo)
    tagged = hub.tag(repo, tag, sha, message=job.title, description=job.message) if tag else False
    seen, new = hub.look(repo), note.is_file()
    now = seen is not None and seen.private
    wanted = False if new and private is None else private
    if wanted and not (now or new or target.hide_public):
        wanted = None  # nothing that is public is hidden by one word
    if wanted is not None and wanted != now:
        hub.set_private(repo, wanted)
        now = wanted
    if new and repo.type == "space" and not now:
        hub.restart(repo)  # its app could not read the model while that was private
    note.unlink(missing_ok=True)
    return Shown(repo, sha, tag, now, changed=tagged or new or (seen is not None and seen.private != now))
