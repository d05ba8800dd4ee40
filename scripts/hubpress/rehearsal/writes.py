"""The requests that change something: repositories, settings, tags, large files and commits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.card_rules import validate
from hubpress.rehearsal.git_objects import DEFAULT_ATTRIBUTES, StoredFile, is_large
from hubpress.rehearsal.protocol import USER, Refused
from hubpress.rehearsal.store import Repository

Files = dict[str, StoredFile]
"""The files of a commit that is being made, by path."""

# The address of an upload: into which repository, and what it will be.
PLACE = "{kind}/{namespace}/{name}/{oid}/{size}"


async def create(call: Call) -> Response:
    """Answer POST /api/repos/create."""
    wanted = await call.json("name", "organization", "type", "sdk", "private", "visibility")
    namespace, name = wanted.get("organization") or USER, wanted["name"]
    call.check_writer(namespace)
    repository = call.store.repository(call.kind(wanted.get("type") or "model"), f"{namespace}/{name}")
    answer = {"name": repository.id, "url": call.url(repository)}
    if repository.folder.exists():
        # An error, but the client reads the address all the same.
        return JSONResponse(answer | {"error": "You already created this repository"}, status_code=409)
    files = {ATTRIBUTES: DEFAULT_ATTRIBUTES.encode()}
    if repository.kind == "spaces":
        files[CARD] = f"---\ntitle: {name}\nsdk: {wanted['sdk']}\n---\n".encode()
    repository.create(files, private=_is_private({"private": False} | wanted))
    return JSONResponse(answer)


async def settings(call: Call) -> Response:
    """Answer PUT …/settings: private or public."""
    private = _is_private(await call.json("private", "visibility"))
    call.repository(write=True).change(private=private)
    return JSONResponse({"private": private})


async def add_tag(call: Call) -> Response:
    """Answer POST …/tag/REVISION."""
    repository = call.repository(write=True)
    repository.add_tag((await call.json("tag"))["tag"], repository.commit(call.param("revision")).id)
    return JSONResponse({})


async def preupload(call: Call) -> Response:
    """Answer POST …/preupload/REVISION: which files go to large file storage, and what is there now."""
    repository = call.repository(write=True)
    head = repository.commit(call.param("revision"))
    answers = []
    for file in (await call.json("files"))["files"]:
        there = head.files.get(file["path"])
        large = is_large(file["path"], file["size"], base64.b64decode(file["sample"]))
        answer = {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
        answers.append(answer | {"oid": (there.sha256 or there.oid) if there else None})
    return JSONResponse({"files": answers, "commitOid": head.id})


async def lfs_batch(call: Call) -> Response:
    """Answer POST ….git/info/lfs/objects/batch: where to upload the large files that are not here yet."""
    repository, wanted = call.repository(write=True), await call.json()
    if wanted["operation"] != "upload" or wanted.get("hash_algo", "sha256") != "sha256":
        raise Refused(501, "The rehearsal Hub only takes uploads, by their sha256")
    objects: list[JsonObject] = []
    for file in map(_large, wanted["objects"]):
        objects.append({"oid": file.sha256, "size": file.size})
        if not repository.has(file):
            # The client sends no token to this address, as it would not to the Hub's storage: the signature allows it.
            place = f"{repository.kind}/{repository.id}/{file.sha256}/{file.size}"
            upload = {"href": f"{call.request.base_url}storage/{place}/{call.store.sign(place)}"}
            verify = {"href": f"{call.request.base_url}api/{repository.kind}/{repository.id}/lfs-verify"}
            objects[-1]["actions"] = {"upload": upload, "verify": verify}
    return JSONResponse({"transfer": "basic", "hash_algo": "sha256", "objects": objects})


async def lfs_verify(call: Call) -> Response:
    """Answer the check after an upload."""
    if not call.repository(write=True).has(_large(await call.json())):
        raise Refused(404, "This large file is not here, or has another size")
    return JSONResponse({})


async def lfs_upload(call: Call) -> Response:
    """Answer PUT /storage/…: take a large file as a stream, and keep it only if size and sha256 are as announced."""
    if not hmac.compare_digest(call.store.sign(PLACE.format(**call.request.path_params)), call.param("signature")):
        raise Refused(403, "This upload address is not signed by this Hub")
    file = StoredFile.large(call.param("oid"), int(call.param("size")))
    repository = call.store.repository(call.param("kind"), f"{call.param('namespace')}/{call.param('name')}")
    digest, received = hashlib.sha256(), 0
    with repository.incoming() as incoming:
        async for chunk in call.request.stream():
            digest.update(chunk)
            received += incoming.write(chunk)
            if received > file.size:
                break
        if (received, digest.hexdigest()) != (file.size, file.sha256):
            raise Refused(400, f"Size or sha256 of this upload are not {file.size} and {file.sha256}")
        repository.keep(incoming, file)
    return Response()


async def commit(call: Call) -> Response:
    """Answer POST …/commit/main: all operations in one commit, or none."""
    repository = call.repository(write=True)
    if call.param("revision") != "main":
        raise Refused(404, f"Invalid rev id: {call.param('revision')}", "RevisionNotFound")
    header, operations = _read_commit(await call.request.body())
    # From here to the end nothing is awaited, so that no other commit comes in between.
    head, parent = repository.commit("main"), header.get("parentCommit")
    if parent is not None and not (len(parent) >= 7 and head.id.startswith(parent)):
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = dict(head.files)
    for key, value in operations:
        if key not in _OPERATIONS:
            raise Refused(400, f"The rehearsal Hub does not know {key!r} in a commit")
        _OPERATIONS[key](repository, files, _path(value["path"]), value)
    for path in files:
        if clash := [other for other in files if other.startswith(f"{path}/")]:
            raise Refused(400, f"{path} cannot be a file and the folder of {clash[0]}")
    sha = repository.add_commit(head.id, files, str(header["summary"]), str(header.get("description", "")))
    url = f"{call.url(repository)}/commit/{sha}"
    return JSONResponse({"success": True, "commitOid": sha, "commitUrl": url, "hookOutput": ""})


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
    files[path] = _large(value)
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


def _large(entry: JsonObject) -> StoredFile:
    """Return the large file that a body speaks of. Raises ``Refused``."""
    oid = entry["oid"]
    if len(oid) != 64 or set(oid) - set("0123456789abcdef"):
        raise Refused(422, "oid must be a sha256 in lower-case hex")
    return StoredFile.large(oid, int(entry["size"]))


def _is_private(wanted: JsonObject) -> bool:
    """Read the visibility of a body, in its new or its old form. Raises ``Refused``."""
    said = wanted.get("visibility", wanted.get("private"))
    if said not in ("private", "public", True, False):
        raise Refused(501, f"The rehearsal Hub knows private and public, not {said!r}")
    return said in ("private", True)
