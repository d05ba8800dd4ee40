"""The pull requests of a repository: a commit waits on one, for whoever looks, until it is merged into main.

Whatever answer gets lost, a request that is sent again opens no second one, and merges nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubpress.errors import MovedOn
from hubpress.hub import retries
from hubpress.hub.retries import patiently, status_of
from hubpress.hub.trusted_publishing import is_for_one_repository

if TYPE_CHECKING:
    from hubpress.hub.repository import Repository

_OPEN = ("draft", "open")


@dataclass(frozen=True)
class PullRequest:
    """A pull request: its number, its title, and whether it is draft, open, closed or merged."""

    num: int
    title: str
    status: str

    @property
    def branch(self) -> str:
        """The branch that its commits are on."""
        return f"refs/pr/{self.num}"

    def __str__(self) -> str:
        return f"pull request {self.num}"


@dataclass(frozen=True)
class PullRequests:
    """The pull requests of a repository. Methods raise what huggingface_hub raises, but where they say otherwise."""

    remote: Repository

    def own(self, titles: str) -> list[PullRequest]:
        """Return those drafts and open ones, newest first, that this token's user opened under *titles*, a pattern."""
        return [one for one in self._open() if re.fullmatch(titles, one.title)]

    def open(self, title: str, description: str) -> PullRequest:
        """Return a new draft, whose branch begins at the newest commit of main, or this user's one of that title."""
        waits = iter(enumerate(retries.WAITS, 1))
        while True:
            try:
                made = self._api.create_pull_request(self._id, title, description=description, repo_type=self._type)
                return PullRequest(made.num, made.title, made.status)
            except (OSError, ValueError, retries.httpx.HTTPError) as error:
                if not retries.is_passing(error):
                    raise
                number, wait = next(waits, (0, 0.0))
                if not number:
                    raise
                seconds = max(wait, retries.asked_to_wait(error))
                retries.wait_for(error, seconds, f"{number} of {len(retries.WAITS)}")
                # It may be there: only its answer got lost.
                if found := self.own(re.escape(title)):
                    return found[0]

    def head(self, pull: PullRequest) -> str | None:
        """Return the newest commit of its branch."""
        return self.remote.head(pull.branch)

    def is_open(self, pull: PullRequest) -> bool:
        """Return whether it still takes commits: it is a draft or open."""
        return self._details(pull).status in _OPEN

    def holds(self, pull: PullRequest, sha: str) -> bool:
        """Return whether a commit is on its branch: the newest of main is, until main moves on."""
        commits = patiently(lambda: self._api.list_repo_commits(self._id, repo_type=self._type, revision=pull.branch))
        return any(commit.commit_id == sha for commit in commits)

    def describe(self, pull: PullRequest, text: str) -> None:
        """Replace its description, where it is another."""
        description = next(event for event in self._details(pull).events if event.type == "comment")
        if description.content != text:
            patiently(
                lambda: self._api.edit_discussion_comment(
                    self._id, pull.num, description.id, text, repo_type=self._type
                )
            )

    def publish(self, pull: PullRequest) -> None:
        """Make a draft one that can be merged; an open one stays as it is."""
        self._change(pull, "open")

    def close(self, pull: PullRequest, comment: str) -> None:
        """Close it with a comment; one that is closed or merged stays as it is."""
        self._change(pull, "closed", comment)

    def merge(self, pull: PullRequest) -> None:
        """Merge it into main; one that is merged stays as it is.

        Raises ``MovedOn`` where main has commits that do not go together with it, or where it is closed.
        """
        try:
            patiently(lambda: self._api.merge_pull_request(self._id, pull.num, repo_type=self._type))
        except OSError as error:
            now = self._details(pull)
            if now.status == "merged":
                return
            if now.status != "closed" and not (status_of(error) == 409 or now.conflicting_files):
                raise
            what = f"Somebody else committed to {self._id} meanwhile, or closed its {pull}."
            raise MovedOn(what, where=self.remote.endpoint, hint="Run the same command again.") from error

    def _change(self, pull: PullRequest, status: Any, comment: str | None = None) -> None:
        done = (status, "merged")

        def change() -> None:
            if self._details(pull).status in done:
                return
            try:
                self._api.change_discussion_status(self._id, pull.num, status, comment=comment, repo_type=self._type)
            except OSError:
                # Between question and change another release may have done the same.
                if self._details(pull).status not in done:
                    raise

        patiently(change)

    def _open(self) -> Iterator[PullRequest]:
        try:
            who: Any = patiently(self._api.whoami)
        except OSError as error:
            # A token of one repository is nobody's: which of those there are its job opened, it cannot ask.
            if is_for_one_repository(self.remote.token) and status_of(error) in (401, 403, 404):
                return iter(())
            raise
        found = patiently(
            lambda: list(
                self._api.get_repo_discussions(
                    self._id, author=who["name"], discussion_type="pull_request", repo_type=self._type
                )
            )
        )  # fmt: skip
        return (PullRequest(one.num, one.title, one.status) for one in found if one.status in _OPEN)

    def _details(self, pull: PullRequest) -> Any:
        return patiently(lambda: self._api.get_discussion_details(self._id, pull.num, repo_type=self._type))

    @property
    def _api(self) -> Any:
        return self.remote.api

    @property
    def _id(self) -> str:
        return self.remote.id

    @property
    def _type(self) -> str:
        return self.remote.type
