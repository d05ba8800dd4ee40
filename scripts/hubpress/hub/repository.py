"""A repository behind an endpoint, and what a push does to it: look, create, upload, commit once, tag.

What huggingface_hub raises passes through; ``client.py``, the only caller, turns it into one line.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress.errors import HubError, MovedOn
from hubpress.files import JsonObject
from hubpress.hub import retries
from hubpress.hub.ids import RepoId
from hubpress.hub.retries import patiently, status_of
from hubpress.hub.trusted_publishing import is_for_one_repository
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.manifest import FileEntry, Manifest

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class RemoteFile:
    """A file as the Hub lists it: size, git blob oid, and the content's sha256 if it is a large file."""

    size: int
    oid: str
    sha256: str | None


@dataclass(frozen=True)
class Seen:
    """A repository as a token sees it: whether only its owners do, and the newest commit of main, if there is one."""

    private: bool
    head: str | None


@dataclass(frozen=True)
class Goal:
    """What a commit is to achieve: the files of a manifest, and only those, on top of *parent*."""

    folder: Path
    manifest: Manifest
    message: str
    parent: str | None
    revision: str | None = None
    """The branch that the commit is made on, such as ``refs/pr/1``; None for main."""

    def differences(self, there: dict[str, RemoteFile]) -> list[str]:
        """Return the paths in which the files on the Hub differ from the manifest."""
        wanted = self.manifest.by_path()
        wrong = [path for path, entry in wanted.items() if not same_bytes(self.folder, entry, there.get(path))]
        return sorted([*wrong, *(set(there) - set(wanted) - {ATTRIBUTES})])


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
        """``model`` or ``space``, as huggingface_hub takes it."""
        return self.repo.type

    def check_token(self) -> None:
        """Raise ``HubError`` if there is no token, or one that says of itself that it may only read."""
        if self.token is None:
            raise HubError(
                "No token.", where=self.endpoint, hint="Set HF_TOKEN to a write token, or run `hf auth login`."
            )
        if is_for_one_repository(self.token):
            return
        try:
            who: Any = patiently(self.api.whoami, unreachable_too=False)
        except OSError as error:
            # Some Hubs do not answer this question. Then the first refused request will tell.
            if status_of(error) in (404, 405, 501):
                return
            raise
        auth = who.get("auth") if isinstance(who, dict) else None
        access = auth.get("accessToken") if isinstance(auth, dict) else None
        if isinstance(access, dict) and access.get("role") == "read":
            raise HubError("This token may only read.", where=self.endpoint, hint="Set HF_TOKEN to a write token.")

    def ensure(self, private: bool | None, folder: Path) -> None:
        """Create the repository if it is missing, and give it the visibility asked for."""
        info = self._info()
        if info is None:
            self.create(private, folder)
        elif private is not None and info.private is not None and info.private != private:
            self.set_private(private)

    def create(self, private: bool | None, folder: Path) -> bool:
        """Create the repository for the files of *folder*; return whether it surely was not there before."""
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
            return False
        return True

    def set_private(self, private: bool) -> None:
        """Make the repository private or public."""
        patiently(lambda: self.api.update_repo_settings(self.id, repo_type=self.type, private=private))

    def look(self) -> Seen | None:
        """Return what is seen of the repository, None where it is not there for this token."""
        info = self._info()
        return None if info is None else Seen(bool(info.private), info.sha)

    def restart(self) -> None:
        """Start a Space's app anew; a Hub that runs no apps is not asked twice."""
        try:
            patiently(lambda: self.api.restart_space(self.id))
        except OSError as error:
            if status_of(error) not in (404, 405, 501):
                raise

    def exists(self) -> bool:
        """Return whether the repository is there for this token."""
        return self._info() is not None

    def is_private(self) -> bool:
        """Return whether only its owners see the repository."""
        return bool(patiently(lambda: self.api.repo_info(self.id, repo_type=self.type)).private)

    def _info(self) -> Any:
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            return patiently(lambda: self.api.repo_info(self.id, repo_type=self.type))
        except OSError as error:
            # A Hub that does not say which kind of "not found" it means leaves huggingface_hub with a plain 404.
            if not isinstance(error, RepositoryNotFoundError) and status_of(error) != 404:
                raise
            return None

    def head(self, revision: str | None = None) -> str | None:
        """Return the commit id of a revision, None while the repository has no commit."""
        return patiently(lambda: self.api.repo_info(self.id, repo_type=self.type, revision=revision)).sha

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
                allow_patterns=None if only is None else list(only),
                cache_dir=cache,
                endpoint=self.endpoint,
                token=self.token or False,
            )

        patiently(snapshot)
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

    def add_tag(self, tag: str, sha: str) -> None:
        """Tag a commit; that the tag is there on this commit already is fine, the first answer may have got lost."""
        try:
            patiently(lambda: self.api.create_tag(self.id, repo_type=self.type, tag=tag, revision=sha))
        except OSError as error:
            if status_of(error) != 409 or self.tags().get(tag) != sha:
                raise

    def release(self, goal: Goal, changed: list[FileEntry], stale: list[str]) -> tuple[str, int]:
        """Send the changed files, remove the stale ones, in one commit; return its id and the bytes of content sent."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        deletions = [CommitOperationDelete(path, is_folder=False) for path in stale]
        folder = goal.folder
        sha, by_xet = None, self._has_xet()
        with ExitStack() as opened, retries.counting_uploads() as count, _quiet("huggingface_hub._commit_api"):
            if by_xet:
                try:
                    sha = self._commit(
                        [*[CommitOperationAdd(e.path, folder / e.path) for e in changed], *deletions], goal
                    )
                except ConnectionError:
                    # hf_xet raises it before the commit is posted, when it cannot reach its storage from here.
                    by_xet = False
            if sha is None:
                # huggingface_hub takes open files the plain LFS way, whether or not Xet is switched on.
                files = [opened.enter_context((folder / entry.path).open("rb")) for entry in changed]
                additions = [CommitOperationAdd(entry.path, file) for entry, file in zip(changed, files, strict=True)]
                sha = self._commit([*additions, *deletions], goal)
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
        waits = iter(retries.WAITS)
        while True:
            try:
                made = self.api.create_commit(
                    self.id,
                    operations,
                    commit_message=goal.message,
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
                wait = next(waits, None)
                if wait is None:
                    raise
                time.sleep(max(wait, retries.asked_to_wait(error)))

    def _has_xet(self) -> bool:
        """Return whether this client speaks Xet and the Hub offers it: hf_xet takes a plain 404 for a network error."""
        from huggingface_hub import constants, get_session

        if constants.HF_HUB_DISABLE_XET or importlib.util.find_spec("hf_xet") is None:
            return False
        address = f"{self.endpoint}/api/{self.type}s/{self.id}/xet-write-token/main"
        headers = {"authorization": f"Bearer {self.token}"}
        answer = patiently(lambda: get_session().get(address, headers=headers))
        return answer.status_code == 200 and constants.HUGGINGFACE_HEADER_X_XET_ENDPOINT in answer.headers


def same_bytes(folder: Path, entry: FileEntry, there: RemoteFile | None) -> bool:
    """Return whether the Hub holds exactly these bytes under this path."""
    from huggingface_hub.utils.sha import git_hash

    if there is None or there.size != entry.size:
        return False
    if there.sha256:
        return there.sha256 == entry.sha256
    return there.oid == git_hash((folder / entry.path).read_bytes())


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Silence a logger's warnings: open files are a choice here, not something to tell the user about."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
