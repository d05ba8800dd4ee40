"""Commits: on main, on the branch of a pull request, or as a new pull request."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.card_rules import validate
from hubpress.rehearsal.git_objects import StoredFile, is_large
from hubpress.rehearsal.protocol import Refused
from hubpress.rehearsal.pulls import opened, with_commit
from hubpress.rehearsal.store import Commit, Repository, pull_ref
from hubpress.rehearsal.writes import large_file

Files = dict[str, StoredFile]
"""The files of a commit that is being made, by path."""


async def commit(call: Call) -> Response:
    """Answer POST …/commit/REVISION: all operations in one commit, or none. With create_pr=1, as a pull request."""
    author, repository, revision = call.writer(), call.repository(), call.param("revision")
    if revision != "main" and (call.asks("create_pr") or not revision.startswith(pull_ref(0)[:-1])):
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    if revision == "main" and not call.asks("create_pr"):
        call.check_writer(call.param("namespace"))
    header, operations = _read_commit(await call.request.body())
    # From here to the end nothing is awaited, so that no other commit comes in between.
    wanted = header.get("parentCommit")
    if call.asks("create_pr"):
        parent = repository.commit(wanted or "main")
    else:
        parent = repository.commit(revision)
        if wanted is not None and not (len(wanted) >= 7 and parent.id.startswith(wanted)):
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = _applied(repository, parent, operations)
    title, words = str(header["summary"]), str(header.get("description", ""))
    if revision != "main":
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
    elif revision != "main":
        repository.keep_discussion(with_commit(pull, made))
    else:
        repository.change(branches={"main": made.id})
    return JSONResponse(answer)


def _applied(repository: Repository, parent: Commit, operations: list[tuple[str, JsonObject]]) -> Files:
    """Return the files of *parent* after the operations. Raises ``Refused``."""
    files = dict(parent.files)
    for key, value in operations:
        if key not in _OPERATIONS:
            raise Refused(400, f"The rehearsal Hub does not know {key!r} in a commit")
        _OPERATIONS[key](repository, files, _path(value["path"]), value)
    for path in files:
        if clash := [other for other in files if other.startswith(f"{path}/")]:
            raise Refused(400, f"{path} cannot be a file and the folder of {clash[0]}")
    return files


def _read_commit(body: bytes) -> tuple[JsonObject, list[tuple[str, JsonObject]]]:
    """Return the header of a commit and its operations, in their order. Raises ``Refused``."""
    lines = [json.loads(line) for line in body.splitlines()]
    (first, header), *operations = [(line["key"], line["value"]) for line in lines]
    if first != "header" or not header["summary"]:
        raise Refused(400, "A commit must begin with a header that holds a summary")
    return header, operations


def _add_small(repository: Repository, files: Files, path: str, value: JsonObject) -> None:
    if value.get("encoding") != "base64":
        raise Refused(501, f"The rehearsal Hub reads base64 only, not {value.get('encoding')!r}")
    content = base64.b64decode(value["content"], validate=True)
    if is_large(path, len(content), content[:512]):
        raise Refused(400, f"{path} is binary or large: it must be uploaded as LFS")
    errors = validate(content.decode("utf-8", "replace"), repository.kind)["errors"] if path == CARD else []
    if errors:
        raise Refused(400, f"Invalid metadata in {CARD}: {'; '.join(errors)}")
    files[path] = repository.add_small(content)


def _add_large(repository: Repository, files: Files, path: str, value: JsonObject) -> None:
    files[path] = large_file(value)
    if not repository.has(files[path]):
        raise Refused(400, f"{path}: its LFS pointer points to a file that was not uploaded")


def _delete_file(repository: Repository, files: Files, path: str, value: JsonObject) -> None:
    _delete([path] if path in files else [], files, path)


def _delete_folder(repository: Repository, files: Files, path: str, value: JsonObject) -> None:
    _delete([name for name in files if name.startswith(f"{path}/")], files, path)


def _delete(names: list[str], files: Files, path: str) -> None:
    if not names:
        raise Refused(404, f"A file or folder with this name doesn't exist: {path}", "EntryNotFound")
    for name in names:
        del files[name]


# What a line of a commit does to the files, by its key.
_OPERATIONS: dict[str, Callable[[Repository, Files, str, JsonObject], None]] = {
    "file": _add_small,
    "lfsFile": _add_large,
    "deletedFile": _delete_file,
    "deletedFolder": _delete_folder,
}


def _path(path: str) -> str:
    """Return a path as it may stand in a repository, without a slash at its end. Raises ``Refused``."""
    clean = path.removesuffix("/")
    if {"", ".", "..", ".git"} & set(clean.split("/")) or "\\" in clean or not clean.isprintable():
        raise Refused(400, f"Not a path inside a repository: {path!r}")
    if clean == ATTRIBUTES:
        raise Refused(501, f"The rehearsal Hub goes by the {ATTRIBUTES} of the first commit, and keeps it")
    return clean
