"""A repository that somebody else made, read as little as will do: small files whole, of large ones the beginning."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from hubpress.hub import retries
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.loose_values import is_text, one_or_more
from hubpress.hub.ownership import RemoteFile

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_HEAD = 100_000  # bytes; the headers of most safetensors files are shorter
_LONGEST_HEADER = 100_000_000  # what the safetensors library allows


@dataclass(frozen=True)
class Fetched:
    """What was fetched into a folder: the commit, which files are whole, and of which the beginning is there."""

    sha: str
    whole: frozenset[str]
    in_part: Mapping[str, RemoteFile] = field(default_factory=dict)


def fetch(hub: Hub, repo: RepoId, revision: str | None, folder: Path, *, wanted: Callable[[str, int], bool]) -> Fetched:
    """Fetch a commit into *folder*, which is not there yet: whole the files that are *wanted* (by name and size).

    Of each other file the beginning is fetched; a safetensors file is then as long as it is on the Hub, with zeros in
    place of its tensors, so that its header can be read. Raises ``HubError``.
    """
    sha = hub.head(repo, revision)
    listed = {name: file for name, file in hub.list_files(repo, sha).items() if _stays_inside(name)}
    whole = frozenset(name for name, file in listed.items() if not file.size or wanted(name, file.size))
    hub.download(repo, sha, folder, only=[escape(name) for name in sorted(whole)])
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    in_part = {name: file for name, file in listed.items() if name not in whole}
    with hub.api(repo.id) as api:
        for name, file in in_part.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_beginning(api, repo, sha, name, file.size))
            path.chmod(0o644)
            if name.endswith(".safetensors"):
                with path.open("r+b") as stream:
                    stream.truncate(file.size)  # nothing is written: the file system keeps no zeros
    return Fetched(sha, whole, in_part)


def licences_of(hub: Hub, model: str) -> tuple[str, ...]:
    """Return the licences that the card of a model on the Hub names; none where it names none. Raises ``HubError``."""
    with hub.api(model) as api:
        info = retries.patiently(lambda: api.model_info(model))
    named = [value for value in one_or_more(getattr(info.card_data, "license", None)) if is_text(value)]
    # Of a card that it could not read, the Hub still lists what it read before.
    return tuple(named or [tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")])


def _beginning(api: HfApi, repo: RepoId, sha: str, name: str, size: int) -> bytes:
    beginning = _range(api, repo, sha, name, min(_HEAD, size))
    if name.endswith(".safetensors") and len(beginning) >= 8:
        header = struct.unpack("<Q", beginning[:8])[0]
        if _HEAD < header + 8 <= min(size, _LONGEST_HEADER):
            return _range(api, repo, sha, name, header + 8)
    return beginning


def _range(api: HfApi, repo: RepoId, sha: str, name: str, length: int) -> bytes:
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
    )

    url = hf_hub_url(repo.id, name, revision=sha, endpoint=api.endpoint)
    headers = {**build_hf_headers(token=api.token), "range": f"bytes=0-{length - 1}"}

    def ask() -> bytes:
        with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as answer:
            hf_raise_for_status(answer)
            read = bytearray()
            for part in answer.iter_bytes():  # a server that knows no ranges sends all of it
                read += part
                if len(read) >= length:
                    break
            return bytes(read[:length])

    return retries.patiently(ask)


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
