"""Commits: on main, on the branch of a pull request, or as a new pull request."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.card_rules import validate
from hubpress.rehearsal.git_objects import LARGE_FILE_BYTES, StoredFile, is_large
from hubpress.rehearsal.protocol import Refused
from hubpress.rehearsal.pulls import opened, with_commit
from hubpress.rehearsal.repository import Commit, Repository, pull_ref
from hubpress.rehearsal.writes import large_file

_MOST_OPERATIONS = 10_000
_LONGEST_PATH = 1024
_LARGEST_ATTRIBUTES = 100_000

Files = dict[str, StoredFile]
"""The files of a commit that is being made, by path."""


async def commit(call: Call) -> Response:
    """Answer POST …/commit/REVISION: all operations in one commit, or none. With create_pr=1, as a pull request."""
    author, repository, revision = call.writer(), call.repository(), call.param("revision")
    on_pull = revision.startswith(pull_ref(0)[:-1])
    known = ["main"] if call.asks("create_pr") else repository.settings.branches
    if revision not in known and (call.asks("create_pr") or not on_pull):
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    if not on_pull and not call.asks("create_pr"):
        call.check_writer(call.param("namespace"))
    body, attributes = await call.request.body(), repository.text(repository.commit(revision), ATTRIBUTES)
    # Aside, because it takes long where there is much; nobody sees contents that no commit holds.
    header, operations = await asyncio.to_thread(_read_commit, repository, body, attributes)
    # From here to the end nothing is awaited, so that no other commit comes in between.
    wanted = header.get("parentCommit")
    if call.asks("create_pr"):
        parent = repository.commit(wanted or "main")
    else:
        parent = repository.commit(revision)
        if wanted is not None and not (len(wanted) >= 7 and parent.id.startswith(wanted)):
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = _applied(parent, operations)
    title, words = str(header["summary"]), str(header.get("description", ""))
    if on_pull:
        pull = call.changeable(repository.discussion(int(revision.rpartition("/")[2])))
        if pull.status not in ("draft", "open"):
            raise Refused(403, f"Pull request {pull.num} is {pull.status}, and takes no more commits")
    made = repository.write_commit(parent.id, files, title, words, author=author)
    url = call.url(repository)
    answer = {"success": True, "commitOid": made.id, "commitUrl": f"{url}/commit/{made.id}", "hookOutput": ""}
    if call.asks("create_pr"):
        pull = opened(repository, title, words, author, head=parent.id, status="open")
        repository.keep_discussion(with_commit(pull, made))
        answer["pullRequestUrl"] = f"{url}/discussions/{pull.num}"
    elif on_pull:
        repository.keep_discussion(with_commit(pull, made))
    else:
        repository.change(branches=repository.settings.branches | {revision: made.id})
    return JSONResponse(answer)


def _applied(parent: Commit, operations: Sequence[tuple[str, str, StoredFile | None]]) -> Files:
    """Return the files of *parent* after the operations. Raises ``Refused``."""
    files = dict(parent.files)
    for key, path, file in operations:
        if file is not None:
            files[path] = file
            continue
        names = [path] if key == "deletedFile" else [name for name in files if name.startswith(f"{path}/")]
        if not names or names[0] not in files:
            raise Refused(404, f"A file or folder with this name doesn't exist: {path}", "EntryNotFound")
        for name in names:
            del files[name]
    for path in files:
        for folder in map(str, PurePosixPath(path).parents):
            if folder in files:
                raise Refused(400, f"{folder} cannot be a file and the folder of {path}")
    return files


def _read_commit(
    repository: Repository, body: bytes, attributes: str
) -> tuple[JsonObject, list[tuple[str, str, StoredFile | None]]]:
    """Return the header of a commit and its operations: key, path and, for what is added, the file, which is kept.

    *attributes* is the text of .gitattributes, which says what is to be large. Raises ``Refused``.
    """
    lines = [json.loads(line) for line in body.splitlines()]
    (first, header), *rest = [(line["key"], line["value"]) for line in lines]
    if first != "header" or not header["summary"]:
        raise Refused(400, "A commit must begin with a header that holds a summary")
    if len(rest) > _MOST_OPERATIONS:
        raise Refused(400, f"A commit holds {_MOST_OPERATIONS} operations at most")
    operations: list[tuple[str, str, StoredFile | None]] = []
    for key, value in rest:
        if key not in _OPERATIONS:
            raise Refused(400, f"The rehearsal Hub does not know {key!r} in a commit")
        path = _path(value["path"])
        operations.append((key, path, _OPERATIONS[key](repository, path, value, attributes)))
    return header, operations


def _small(repository: Repository, path: str, value: JsonObject, attributes: str) -> StoredFile:
    if value.get("encoding") != "base64":
        raise Refused(501, f"The rehearsal Hub reads base64 only, not {value.get('encoding')!r}")
    content = base64.b64decode(value["content"], validate=True)
    if is_large(path, len(content), content[:512], attributes):
        raise Refused(400, f"{path} is binary or large: it must be uploaded as LFS")
    if path == ATTRIBUTES and len(content) > _LARGEST_ATTRIBUTES:
        raise Refused(400, f"{ATTRIBUTES} has {_LARGEST_ATTRIBUTES} bytes at most")
    errors = validate(content.decode("utf-8", "replace"), repository.kind)["errors"] if path == CARD else []
    if errors:
        raise Refused(400, f"Invalid metadata in {CARD}: {'; '.join(errors)}")
    return repository.add_small(content)


def _large(repository: Repository, path: str, value: JsonObject, attributes: str) -> StoredFile:
    file = large_file(value)
    if path in (CARD, ATTRIBUTES):
        raise Refused(400, f"{path} must be a text of less than {LARGE_FILE_BYTES} bytes, not a large file")
    if not repository.has(file):
        raise Refused(400, f"{path}: its LFS pointer points to a file that was not uploaded")
    return file


def _deleted(repository: Repository, path: str, value: JsonObject, attributes: str) -> None:
    return None


# What a line of a commit puts at its path, by its key.
_OPERATIONS: dict[str, Callable[[Repository, str, JsonObject, str], StoredFile | None]] = {
    "file": _small,
    "lfsFile": _large,
    "deletedFile": _deleted,
    "deletedFolder": _deleted,
}


def _path(path: str) -> str:
    """Return a path as it may stand in a repository, without a slash at its end. Raises ``Refused``."""
    clean = path.removesuffix("/")
    if len(clean) > _LONGEST_PATH:
        raise Refused(400, f"A path has {_LONGEST_PATH} characters at most")
    if {"", ".", "..", ".git"} & set(clean.split("/")) or "\\" in clean or not clean.isprintable():
        raise Refused(400, f"Not a path inside a repository: {path!r}")
    return clean
