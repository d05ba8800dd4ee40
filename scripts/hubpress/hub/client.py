"""The one door to the network: push a staged folder in one commit, find a revision, list it, download it.

It speaks to whatever ``huggingface_hub`` speaks to. Every problem ends as one :class:`HubError` line without a token.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubError
from hubpress.files import sha256_file
from hubpress.hub import retries as transport
from hubpress.hub.messages import one_line
from hubpress.hub.repository import RemoteFile, Repository, same_bytes
from hubpress.layout import ATTRIBUTES
from hubpress.manifest import Manifest

__all__ = ["PushResult", "RemoteFile", "download", "exists", "head", "is_private", "list_files", "push"]


@dataclass(frozen=True)
class PushResult:
    """What a push did: the commit that now holds the release, and what had to be sent to get there."""

    repo_id: str
    sha: str
    changed: bool
    uploaded: tuple[str, ...]
    removed: tuple[str, ...]
    uploaded_bytes: int
    url: str


def push(
    folder: Path,
    manifest: Manifest,
    *,
    repo_id: str,
    message: str,
    endpoint: str | None = None,
    token: str | None = None,
    private: bool | None = None,
    tag: str | None = None,
    repo_type: str = "model",
) -> PushResult:
    """Make the repository's files equal the manifest's, in one commit, or in none when they already are.

    Nothing but the manifest's files is sent; files of earlier releases are removed, except ``.gitattributes``, which
    the Hub keeps itself. The repository is created when it is missing. *endpoint* defaults to HF_ENDPOINT, *token* to
    HF_TOKEN or the stored login; *private* None leaves the visibility as it is. Raises ``HubError``.
    """
    with _repository(repo_id, endpoint, token, repo_type) as repo:
        repo.check_token()
        _check_folder(folder, manifest)
        repo.ensure(private, folder)
        before = repo.head()
        there = repo.files(before) if before else {}
        changed = [entry for entry in manifest.files if not same_bytes(folder, entry, there.get(entry.path))]
        stale = sorted(set(there) - {entry.path for entry in manifest.files} - {ATTRIBUTES})
        tagged = repo.tags().get(tag) if tag else None
        if tagged and (changed or stale or tagged != before):
            raise HubError(f"The tag {tag} of {repo_id} is on another commit, {tagged[:7]}.", hint="Choose a new tag.")
        sha, sent = before, 0
        if changed or stale or sha is None:
            sha, sent = repo.release(folder, manifest, changed, stale, message=message, parent=before)
        if tag and not tagged:
            repo.add_tag(tag, sha)
        uploaded = tuple(entry.path for entry in changed)
        return PushResult(repo_id, sha, sha != before, uploaded, tuple(stale), sent, repo.url)


def head(
    repo_id: str,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    revision: str | None = None,
    repo_type: str = "model",
) -> str:
    """Return the commit id (40 hex) of a branch, a tag or a commit. Raises ``HubError`` when there is none."""
    with _repository(repo_id, endpoint, token, repo_type) as repo:
        sha = repo.head(revision)
        if sha is None:
            raise HubError(f"{repo_id} has no commit yet.", where=repo.endpoint)
        return sha


def exists(repo_id: str, *, endpoint: str | None = None, token: str | None = None, repo_type: str = "model") -> bool:
    """Return whether a repository is there for this token. Raises ``HubError`` when the Hub cannot be asked."""
    with _repository(repo_id, endpoint, token, repo_type) as repo:
        return repo.exists()


def is_private(repo_id: str, *, endpoint: str | None = None, token: str | None = None) -> bool:
    """Return whether a model is shown to its owners only. Raises ``HubError`` when it is not there."""
    with _repository(repo_id, endpoint, token, "model") as repo:
        return repo.is_private()


def list_files(
    repo_id: str, sha: str, *, endpoint: str | None = None, token: str | None = None, repo_type: str = "model"
) -> dict[str, RemoteFile]:
    """Return the files of a commit by path. Raises ``HubError``."""
    with _repository(repo_id, endpoint, token, repo_type) as repo:
        return repo.files(sha)


def download(
    repo_id: str,
    sha: str,
    dest: Path,
    *,
    endpoint: str | None = None,
    token: str | None = None,
    repo_type: str = "model",
    only: list[str] | None = None,
) -> Path:
    """Download all files of a commit, or *only* some, into *dest*, a folder that is not there yet; return it.

    Raises ``HubError``.

    No cache is read: a cached file would hide that this token may not see the repository.
    """
    from huggingface_hub import snapshot_download

    if dest.exists():
        raise HubError(f"{dest} exists already.", hint="Download into a folder that does not.")
    dest.parent.mkdir(parents=True, exist_ok=True)
    with (
        _repository(repo_id, endpoint, token, repo_type) as repo,
        tempfile.TemporaryDirectory(dir=dest.parent) as fresh,
    ):
        inside = Path(fresh) / "files"

        def snapshot() -> None:
            snapshot_download(
                repo_id,
                repo_type=repo_type,
                revision=sha,
                local_dir=inside,
                allow_patterns=only,
                cache_dir=Path(fresh) / "cache",
                endpoint=repo.endpoint,
                token=repo.token or False,
            )

        inside.mkdir()
        transport.patiently(snapshot)
        # Where huggingface_hub notes what it downloaded; no part of the repository.
        shutil.rmtree(inside / ".cache" / "huggingface", ignore_errors=True)
        with suppress(OSError):
            (inside / ".cache").rmdir()
        inside.chmod(0o755)
        inside.rename(dest)
    return dest


@contextmanager
def _repository(repo_id: str, endpoint: str | None, token: str | None, repo_type: str) -> Iterator[Repository]:
    """Yield the repository to talk to; whatever goes wrong inside comes out as one ``HubError`` line."""
    from huggingface_hub import HfApi, constants, get_token

    endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
    token = token or get_token()
    with one_line(endpoint, token, repo_id):
        transport.bound_requests()
        yield Repository(HfApi(endpoint=endpoint, token=token or False), endpoint, token, repo_id, repo_type)


def _check_folder(folder: Path, manifest: Manifest) -> None:
    """Raise ``HubError`` unless every file of the manifest lies in the folder, byte for byte."""
    changed = []
    for entry in manifest.files:
        path = folder / entry.path
        if not path.is_file() or path.stat().st_size != entry.size or sha256_file(path) != entry.sha256:
            changed.append(entry.path)
    if changed:
        what = f"No longer as it was checked: {', '.join(changed)}."
        raise HubError(what, where=str(folder), hint="Build and check it again.")
    if ATTRIBUTES in manifest.by_path():
        raise HubError(f"{ATTRIBUTES} belongs to the Hub.", where=str(folder), hint="Leave it out of the release.")
