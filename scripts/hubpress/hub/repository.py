"""A repository behind an endpoint, and what a push does to it: look, create, upload, commit once, tag.

What huggingface_hub raises passes through; ``client.py``, the only caller, turns it into one line.
"""

from __future__ import annotations

import glob
import shutil
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubError, MovedOn
from hubpress.files import JsonObject
from hubpress.hub import retries
from hubpress.hub.goal import Goal
from hubpress.hub.ids import RepoId
from hubpress.hub.messages import not_done
from hubpress.hub.notices import quieted, tell
from hubpress.hub.ownership import RemoteFile
from hubpress.hub.retries import patiently, status_of
from hubpress.hub.trusted_publishing import is_for_one_repository
from hubpress.hub.xet import watched, xet_storage
from hubpress.layout import CARD
from hubpress.manifest import FileEntry

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi


@dataclass(frozen=True)
class Seen:
    """A repository as a token sees it: whether only its owners do, and the newest commit of a branch, if any."""

    private: bool
    head: str | None
    sdk: str | None = None
    """Of a Space: ``gradio``, ``static`` or another, where its README says it."""


@dataclass(frozen=True)
class Repository:
    """A repository behind an endpoint, and the few things that a push does to it."""

    api: HfApi
    endpoint: str
    token: str | None
    repo: RepoId

    @property
    def id(self) -> str:
        """``OWNER/NAME``, as huggingface_hub takes it."""
        return self.repo.id

    @property
    def type(self) -> str:
        """``model``, ``space`` or ``dataset``, as huggingface_hub takes it."""
        return self.repo.type

    def check_token(self) -> frozenset[str] | None:
        """Return the names, in small letters, that the token may create repositories under; None where nobody tells.

        Raises ``HubError`` if there is no token, or one that says of itself that it may only read.
        """
        if self.token is None:
            raise HubError(
                "No token.", where=self.endpoint, hint="Set HF_TOKEN to a write token, or run `hf auth login`."
            )
        if is_for_one_repository(self.token):
            return None
        try:
            who: Any = patiently(self.api.whoami, unreachable_too=False)
        except OSError as error:
            # Some Hubs do not answer this question. Then the first refused request will tell.
            if status_of(error) in (404, 405, 501):
                return None
            raise
        auth = who.get("auth") if isinstance(who, dict) else None
        access = auth.get("accessToken") if isinstance(auth, dict) else None
        if isinstance(access, dict) and access.get("role") == "read":
            raise HubError("This token may only read.", where=self.endpoint, hint="Set HF_TOKEN to a write token.")
        if not isinstance(who, dict) or not isinstance(orgs := who.get("orgs", []), list):
            return None
        names = (one.get("name") for one in (who, *orgs) if isinstance(one, dict))
        return frozenset(name.lower() for name in names if isinstance(name, str)) or None

    def ensure(self, private: bool | None, folder: Path, *, hide_public: bool = False) -> None:
        """Create the repository if it is missing.

        Raises ``HubError`` for a public one that *private* would hide, unless *hide_public* says so again.
        """
        info = self.info()
        if info is None:
            self.create(private, folder)
        else:
            self.refuse_to_hide(info, private, hide_public=hide_public)

    def create(self, private: bool | None, folder: Path) -> bool:
        """Create the repository for the files of *folder*; return whether it surely was not there before.

        Raises ``HubError`` where the name is taken by what this token does not see.
        """
        kind: JsonObject = {"repo_type": self.type}
        if self.type == "space":
            from hubpress.hub.readme import read_card

            kind["space_sdk"] = read_card((folder / CARD).read_text(encoding="utf-8")).data.get("sdk")
        try:
            patiently(lambda: self.api.create_repo(self.id, private=private, **kind))
        except OSError as error:
            # There already: made by somebody else, or by a request of ours whose answer got lost.
            if status_of(error) != 409:
                raise
            if self.info() is None:
                what = f"{self.repo.path} can neither be created nor seen: the name is taken."
                hint = "Use a token that may see it, or another name."
                raise HubError(what, where=self.endpoint, hint=hint) from error
            return False
        return True

    def show(self, private: bool | None) -> None:
        """Give the repository the visibility asked for; None leaves it as it is."""
        if private is not None and self.is_private() != private:
            self.set_private(private)

    def set_private(self, private: bool) -> None:
        """Make the repository private or public. Raises ``HubError`` where the Hub agrees, but it is not so then."""
        patiently(lambda: self.api.update_repo_settings(self.id, repo_type=self.type, private=private))
        if self.is_private() != private:
            raise not_done(f"{self.repo.path} is not {'private' if private else 'public'}", self.endpoint)

    def look(self) -> Seen | None:
        """Return what is seen of the repository, None where it is not there for this token."""
        info = self.info()
        return None if info is None else Seen(bool(info.private), info.sha, getattr(info, "sdk", None))

    def restart(self) -> None:
        """Start a Space's app anew; a Hub that runs no apps is not asked twice."""
        try:
            patiently(lambda: self.api.restart_space(self.id))
        except OSError as error:
            if status_of(error) not in (404, 405, 501):
                raise

    def refuse_to_hide(self, info: Any, private: bool | None, *, hide_public: bool) -> None:
        """Raise ``HubError`` for a public repository that is to become private by one word alone."""
        if private and info.private is False and not hide_public:
            what = f"{self.repo.path} is public, and --private would hide it from everybody who uses it."
            raise HubError(what, where=self.endpoint, hint="Say --private --hide-public if that is meant.")

    def exists(self) -> bool:
        """Return whether the repository is there for this token."""
        return self.info() is not None

    def is_private(self) -> bool:
        """Return whether only its owners see the repository."""
        return bool(self._told(None).private)

    def info(self) -> Any:
        """Return what the Hub says of the repository, None where it is not there for this token.

        Raises ``HubError`` for one that has another name now, to which the Hub leads all questions.
        """
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return self._told(None)
        except OSError as error:
            # A Hub that does not say which kind of "not found" it means leaves huggingface_hub with a plain 404.
            if not isinstance(error, RepositoryNotFoundError) and status_of(error) != 404:
                raise
            return None

    def _told(self, revision: str | None) -> Any:
        info = patiently(lambda: self.api.repo_info(self.id, repo_type=self.type, revision=revision))
        now = getattr(info, "id", None)
        if now and now != self.id:
            what = f"{self.id} is now called {now}: the Hub leads from the old name to the new one."
            hint = f"Go on by the new name, with --owner {now.split('/')[0]} and `repo_name: {now.split('/')[-1]}`."
            raise HubError(what, where=self.endpoint, hint=hint)
        return info

    def head(self, revision: str | None = None) -> str | None:
        """Return the commit id of a revision, None while the repository has no commit."""
        return self.seen(revision).head

    def seen(self, revision: str | None) -> Seen:
        """Return what is seen of a revision of the repository, which is there."""
        info = self._told(revision)
        return Seen(bool(info.private), info.sha)

    def commits(self, sha: str) -> list[str]:
        """Return the ids of a commit and of those before it, newest first."""
        commits = patiently(lambda: self.api.list_repo_commits(self.id, repo_type=self.type, revision=sha))
        return [commit.commit_id for commit in commits]

    def files(self, sha: str) -> dict[str, RemoteFile]:
        """Return the files of a commit by path."""
        from huggingface_hub.hf_api import RepoFile

        # huggingface_hub retries this one itself.
        entries = self.api.list_repo_tree(self.id, repo_type=self.type, revision=sha, recursive=True)
        return {
            entry.path: RemoteFile(entry.size, entry.blob_id, entry.lfs.sha256 if entry.lfs else None)
            for entry in entries
            if isinstance(entry, RepoFile)
        }

    def download(self, sha: str, folder: Path, *, cache: Path, only: Sequence[str] | None) -> None:
        """Download the files of a commit, or *only* some, into a folder that is there; *cache* is to be thrown away."""
        from huggingface_hub import snapshot_download

        def snapshot() -> None:
            snapshot_download(
                self.id,
                repo_type=self.type,
                revision=sha,
                local_dir=folder,
                allow_patterns=None if only is None else [glob.escape(name) for name in only],
                cache_dir=cache,
                endpoint=self.endpoint,
                token=self.token or False,
            )

        patiently(snapshot, seconds=45.0)
        # Where huggingface_hub notes what it downloaded; no part of the repository.
        shutil.rmtree(folder / ".cache" / "huggingface", ignore_errors=True)
        with suppress(OSError):
            (folder / ".cache").rmdir()

    def tags(self) -> dict[str, str]:
        """Return the commit id of each tag."""
        return {ref.name: ref.target_commit for ref in self._refs().tags}

    def branches(self) -> set[str]:
        """Return the names of the branches."""
        return {ref.name for ref in self._refs().branches}

    def _refs(self) -> Any:
        return patiently(lambda: self.api.list_repo_refs(self.id, repo_type=self.type))

    def add_tag(self, tag: str, sha: str, message: str = "") -> None:
        """Tag a commit; that the tag is there on this commit already is fine, the first answer may have got lost.

        Raises ``HubError`` where the Hub agrees, but has no such tag then.
        """
        try:
            patiently(
                lambda: self.api.create_tag(
                    self.id, repo_type=self.type, tag=tag, revision=sha, tag_message=message or None
                )
            )
        except OSError as error:
            if status_of(error) != 409 or self.tags().get(tag) != sha:
                raise
        if self.tags().get(tag) != sha:
            raise not_done(f"{self.repo.path} has no tag {tag}", self.endpoint)

    def release(self, goal: Goal, changed: Sequence[FileEntry]) -> tuple[str, int]:
        """Send the changed files, remove what is to go, in one commit; return its id and the bytes of content sent."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        deletions = [CommitOperationDelete(path, is_folder=False) for path in goal.removed]
        folder = goal.folder
        with ExitStack() as opened, retries.counting_uploads() as count, quieted("huggingface_hub._commit_api"):
            additions = [CommitOperationAdd(entry.path, folder / entry.path) for entry in changed]
            by_xet = self._upload_by_xet(additions, sum(entry.size for entry in changed), goal.revision)
            if not by_xet:
                # huggingface_hub takes open files the plain LFS way, whether or not Xet is switched on.
                files = [opened.enter_context((folder / entry.path).open("rb")) for entry in changed]
                additions = [CommitOperationAdd(entry.path, file) for entry, file in zip(changed, files, strict=True)]
            sha = self._commit([*deletions, *additions], goal)
        after = self.files(sha)
        if wrong := goal.differences(after):
            raise HubError(
                f"{self.id} at {sha[:7]} does not hold the release: {', '.join(wrong)}.", where=self.endpoint
            )
        # Small files travel in the commit itself. Xet does not tell how much of a file it sent, so all of it counts.
        inline = sum(entry.size for entry in changed if by_xet or after[entry.path].sha256 is None)
        return sha, inline + count()

    def _commit(self, operations: list[Any], goal: Goal) -> str:
        """Make the one commit and return its id. Before any second try the head is read: the first may have landed."""
        waits = iter(enumerate(retries.WAITS, 1))
        while True:
            try:
                made = self.api.create_commit(
                    self.id,
                    operations,
                    commit_message=goal.message,
                    commit_description=goal.description or None,
                    repo_type=self.type,
                    revision=goal.revision,
                    parent_commit=goal.parent,
                )
                # Some Hubs have longer ids than git, but list their commits by this much of them.
                return made.oid[:40]
            except Exception as error:
                if not retries.may_have_landed(error):
                    raise
                now = self.head(goal.revision)
                if now is not None and now != goal.parent:
                    if not goal.differences(self.files(now)):
                        return now
                    what = f"Somebody else committed to {self.id} meanwhile ({now[:7]})."
                    hint = "Look at it, then run the same command again."
                    raise MovedOn(what, where=self.endpoint, hint=hint) from error
                number, wait = next(waits, (0, 0.0))
                if not number:
                    raise
                seconds = max(wait, retries.asked_to_wait(error))
                retries.wait_for(error, seconds, f"{number} of {len(retries.WAITS)}")

    def _upload_by_xet(self, additions: Sequence[CommitOperationAdd], size: int, revision: str | None) -> bool:
        """Upload the large ones among the files by Xet; return whether that is done, else they have to go by LFS."""
        storage = xet_storage(self.endpoint, self.token, self.type, self.id) if additions else None
        if storage is None:
            return False
        with watched(storage, size) as watch:
            try:
                self.api.preupload_lfs_files(
                    self.id, additions, repo_type=self.type, revision=revision, free_memory=False
                )
            except BaseException as error:
                # What hf_xet raises when it is broken off is no Exception in every version.
                if not watch.is_given_up(error):
                    raise
        if watch.why:
            tell(f"The Hub's Xet storage is given up, for {watch.why}; the files go by LFS instead.")
        return watch.why is None
