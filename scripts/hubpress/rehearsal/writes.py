"""The requests that change something: repositories, settings, references, large files and commits."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from importlib.metadata import version
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from hubpress.rehearsal.calls import Call
from hubpress.rehearsal.cards import SPACE_SDKS, validate
from hubpress.rehearsal.gitrules import ATTRIBUTES, DEFAULT_ATTRIBUTES, LARGE_FILE_BYTES, is_lfs, track
from hubpress.rehearsal.refusal import Refused
from hubpress.rehearsal.store import KINDS, Repository, Store, StoredFile

_UPLOAD_SECONDS = 3600
_SPACE_CARD = """---
title: {title}
emoji: 🚀
colorFrom: blue
colorTo: gray
sdk: {sdk}
{version}app_file: app.py
pinned: false
---
"""


def create(call: Call) -> Response:
    """Answer POST /api/repos/create."""
    wanted = call.json()
    known = {"name", "organization", "type", "visibility", "private", "sdk"}
    if unknown := sorted(set(wanted) - known):
        raise Refused(501, f"The rehearsal Hub does not do {', '.join(unknown)} in /api/repos/create")
    kind, name = wanted.get("type") or "model", wanted.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise Refused(400, "name and type must be strings")
    if kind not in KINDS:
        raise Refused(501, f"The rehearsal Hub keeps models and Spaces, no {kind}")
    namespace = wanted.get("organization") or call.known().user
    refusal = f'You don\'t have the rights to create a {kind} under the namespace "{namespace}"'
    account = call.writer(str(namespace), refusal)
    files = {ATTRIBUTES: DEFAULT_ATTRIBUTES.encode()}
    if kind == "space":
        if wanted.get("sdk") not in SPACE_SDKS:
            raise Refused(400, f"sdk must be one of {SPACE_SDKS}")
        line = f"sdk_version: {version('gradio')}\n" if wanted["sdk"] == "gradio" else ""
        files["README.md"] = _SPACE_CARD.format(title=name, sdk=wanted["sdk"], version=line).encode()
    repo_id = f"{namespace}/{name}"
    answer = {"url": f"{call.base}/{'spaces/' if kind == 'space' else ''}{repo_id}", "name": repo_id}
    try:
        call.store.create(kind, repo_id, private=_private(wanted) or False, author=account.user, files=files)
    except Refused as error:
        if error.status != 409:
            raise
        return JSONResponse(answer | {"error": str(error)}, status_code=409)
    return JSONResponse(answer)


def settings(call: Call) -> Response:
    """Answer PUT …/settings: private or public."""
    repository, wanted = call.writable(), call.json()
    private = _private(wanted)
    if private is None or set(wanted) - {"private", "visibility"}:
        raise Refused(501, f"The rehearsal Hub only changes private and visibility: {call.url.path}")
    repository.change(private=private)
    return JSONResponse({"private": private})


def add_tag(call: Call) -> Response:
    """Answer POST …/tag/REVISION."""
    repository, tag = call.writable(), call.json().get("tag")
    if not isinstance(tag, str):
        raise Refused(400, "tag must be a string")
    repository.add_ref("tags", tag, repository.resolve(call.params["revision"]))
    return JSONResponse({})


def remove_tag(call: Call) -> Response:
    """Answer DELETE …/tag/TAG."""
    call.writable().remove_ref("tags", call.params["revision"])
    return JSONResponse({})


def add_branch(call: Call) -> Response:
    """Answer POST …/branch/BRANCH."""
    repository = call.writable()
    start = call.json().get("startingPoint", "main")
    repository.add_ref("branches", call.params["revision"], repository.resolve(str(start)))
    return JSONResponse({})


def remove_branch(call: Call) -> Response:
    """Answer DELETE …/branch/BRANCH."""
    call.writable().remove_ref("branches", call.params["revision"])
    return JSONResponse({})


def preupload(call: Call) -> Response:
    """Answer POST …/preupload/REVISION: which files go to large file storage, and what is there now."""
    repository, wanted = call.writable(), call.json()
    if wanted.get("gitIgnore"):
        raise Refused(501, f"The rehearsal Hub does not read .gitignore: {call.url.path}")
    head = repository.commit(call.params["revision"])
    attributes = repository.attributes(head)
    answers = []
    for file in _list_of_dicts(wanted.get("files"), "files"):
        try:
            path, size = _path(file["path"]), int(file["size"])
            sample = base64.b64decode(file["sample"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(400, "Each file needs a path, a size and a sample in base64") from error
        there = head.files.get(path)
        mode = "lfs" if is_lfs(path, size, sample, attributes) else "regular"
        oid = (there.sha256 or there.oid) if there else None
        answers.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return JSONResponse({"files": answers, "commitOid": head.id})


def lfs_batch(call: Call) -> Response:
    """Answer POST ….git/info/lfs/objects/batch: where to upload the large files that are not here yet."""
    wanted = call.json()
    if wanted.get("operation") != "upload":
        raise Refused(501, f"The rehearsal Hub only takes uploads: {call.url.path}")
    repository = call.writable()
    if "basic" not in wanted.get("transfers", ["basic"]) or wanted.get("hash_algo", "sha256") != "sha256":
        raise Refused(501, "The rehearsal Hub only knows the transfer basic and the hash sha256")
    objects = []
    for entry in _list_of_dicts(wanted.get("objects"), "objects"):
        oid, size = _oid(entry), _size(entry)
        here = repository.large_file(oid)
        if here is not None and here.size != size:
            error = {"code": 422, "message": f"{oid} is here with {here.size} bytes, not {size}"}
            objects.append({"oid": oid, "size": size, "error": error})
            continue
        objects.append({"oid": oid, "size": size})
        if here is None:
            # The client sends no token to this address, as it would not to the Hub's storage: the signature allows it.
            until = int(time.time()) + _UPLOAD_SECONDS
            place = f"{repository.kind}/{repository.id}/{oid}/{size}/{until}"
            upload = {"href": f"{call.base}/storage/{place}/{call.store.accounts.sign(place)}"}
            verify = {"href": f"{call.base}/api/{KINDS[repository.kind]}/{repository.id}/lfs-verify"}
            objects[-1]["actions"] = {"upload": upload, "verify": verify}
    answer = {"transfer": "basic", "hash_algo": "sha256", "objects": objects}
    return JSONResponse(answer, media_type="application/vnd.git-lfs+json")


def lfs_verify(call: Call) -> Response:
    """Answer the check after an upload."""
    repository, wanted = call.writable(), call.json()
    here = repository.large_file(_oid(wanted))
    if here is None or here.size != wanted.get("size"):
        raise Refused(404, "This large file is not here, or has another size")
    return JSONResponse({})


async def lfs_upload(store: Store, params: dict[str, str], request: Request) -> Response:
    """Answer PUT /storage/…: take a large file as a stream, and keep it only if size and sha256 are as announced."""
    place, signature = params["place"], params["signature"]
    if not hmac.compare_digest(store.accounts.sign(place).encode(), signature.encode()):
        raise Refused(403, "This upload address is not signed by this Hub")
    kind, namespace, name, oid, size, until = place.split("/")
    repository = store.repository(kind, f"{namespace}/{name}")
    if repository is None or int(until) < time.time():
        raise Refused(403, "This upload address has expired")
    temporary, digest, received = repository.incoming(), hashlib.sha256(), 0
    try:
        with temporary.open("wb") as stream:
            async for chunk in request.stream():
                digest.update(chunk)
                received += len(chunk)
                if received > int(size):
                    raise Refused(400, f"More than the {size} bytes that were announced")
                await run_in_threadpool(stream.write, chunk)
        if received != int(size) or digest.hexdigest() != oid:
            raise Refused(
                400, f"Received {received} bytes with sha256 {digest.hexdigest()}, announced {size} with {oid}"
            )
        repository.keep_large(temporary, oid)
    except ClientDisconnect as error:
        raise Refused(400, "The upload was cut off") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Response(headers={"ETag": f'"{oid}"'})


def commit(call: Call) -> Response:
    """Answer POST …/commit/BRANCH: all operations in one commit, or none."""
    repository = call.writable()
    header, operations = _operations(call.body)
    branch = call.params["revision"]
    head_id = repository.settings.branches.get(branch)
    if head_id is None:
        raise Refused(404, f"Invalid rev id: {branch}", "RevisionNotFound")
    parent = header.get("parentCommit")
    if parent is not None and (not isinstance(parent, str) or len(parent) < 7 or not head_id.startswith(parent)):
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    head = repository.commit(head_id)
    files, attributes, large = dict(head.files), repository.attributes(head), []
    for key, value in operations:
        path = _path(value.get("path"))
        if key == "file":
            content = _content(value)
            if is_lfs(path, len(content), content[:512], attributes):
                raise Refused(
                    400, f"{path} is binary or larger than {LARGE_FILE_BYTES} bytes: it must be uploaded as LFS"
                )
            if path == "README.md":
                _refuse_bad_card(content, repository.kind)
            files[path] = repository.add_blob(content)
            attributes = content.decode("utf-8", "replace") if path == ATTRIBUTES else attributes
        elif key == "lfsFile":
            files[path] = _uploaded(repository, path, value)
            large.append(path)
        else:
            _delete(files, path, folder=key == "deletedFolder")
    tracked = track((path for path in large if path in files), attributes)
    if tracked != attributes:
        files[ATTRIBUTES] = repository.add_blob(tracked.encode())
    _refuse_file_as_folder(files)
    account = call.known()
    made = repository.add_commit(
        branch, head_id, files, title=header["summary"], message=header.get("description") or "", author=account.user
    )
    prefix = "" if repository.kind == "model" else "spaces/"
    url = f"{call.base}/{prefix}{repository.id}/commit/{made.id}"
    return JSONResponse({"success": True, "commitOid": made.id, "commitUrl": url, "hookOutput": ""})


def _operations(body: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """Read the lines of a commit: one header first, then what to do. Raises ``Refused``."""
    lines = []
    for number, line in enumerate(body.splitlines(), start=1):
        try:
            entry = json.loads(line)
            key, value = entry["key"], entry["value"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(400, f"Line {number} of the commit is not a JSON object with key and value") from error
        if key not in ("header", "file", "lfsFile", "deletedFile", "deletedFolder") or not isinstance(value, dict):
            raise Refused(400, f"Line {number} of the commit: unknown key {key!r}")
        lines.append((key, value))
    if [key for key, _ in lines].count("header") != 1 or lines[0][0] != "header":
        raise Refused(400, "A commit must begin with its one header")
    header = lines[0][1]
    if not isinstance(header.get("summary"), str) or not header["summary"]:
        raise Refused(400, "The header of a commit needs a summary")
    return header, lines[1:]


def _content(value: dict[str, Any]) -> bytes:
    content, encoding = value.get("content"), value.get("encoding", "utf-8")
    if not isinstance(content, str) or encoding not in ("base64", "utf-8"):
        raise Refused(400, f"{value.get('path')}: content must be a string, in base64 or utf-8")
    try:
        return base64.b64decode(content, validate=True) if encoding == "base64" else content.encode()
    except binascii.Error as error:
        raise Refused(400, f"{value.get('path')}: the content is not base64") from error


def _uploaded(repository: Repository, path: str, value: dict[str, Any]) -> StoredFile:
    if value.get("algo", "sha256") != "sha256":
        raise Refused(400, f"{path}: the only hash for LFS is sha256")
    file = repository.large_file(_oid(value))
    if file is None or value.get("size", file.size) != file.size:
        raise Refused(400, f"{path}: its LFS pointer points to a file that was not uploaded, or to another size")
    return file


def _delete(files: dict[str, StoredFile], path: str, *, folder: bool) -> None:
    gone = [name for name in files if name.startswith(f"{path}/")] if folder else [path] if path in files else []
    if not gone:
        raise Refused(404, f"A {'folder' if folder else 'file'} with this name doesn't exist: {path}", "EntryNotFound")
    for name in gone:
        del files[name]


def _refuse_bad_card(content: bytes, kind: str) -> None:
    errors, _ = validate(content.decode("utf-8", "replace"), kind)
    if errors:
        raise Refused(400, f"Invalid metadata in README.md: {'; '.join(errors)}")


def _refuse_file_as_folder(files: dict[str, StoredFile]) -> None:
    for path in files:
        parents = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        if clash := [parent for parent in parents if parent in files]:
            raise Refused(400, f"{clash[0]} cannot be a file and a folder")


def _path(path: Any) -> str:
    """Return a path as it may stand in a repository, without a slash at its end. Raises ``Refused``."""
    if isinstance(path, str):
        clean: str = path.removesuffix("/")
        odd = {"", ".", "..", ".git"} & set(clean.split("/"))
        if clean.isprintable() and len(clean) < 1024 and not odd and "\\" not in clean:
            return clean
    raise Refused(400, f"Not a path inside a repository: {path!r}")


def _oid(value: dict[str, Any]) -> str:
    oid = value.get("oid")
    if not isinstance(oid, str) or len(oid) != 64 or set(oid) - set("0123456789abcdef"):
        raise Refused(422, "oid must be a sha256 in lower-case hex")
    return oid


def _size(value: dict[str, Any]) -> int:
    size = value.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise Refused(422, "size must be a number of bytes")
    return size


def _list_of_dicts(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused(400, f"{name} must be a list of objects")
    return value


def _private(wanted: dict[str, Any]) -> bool | None:
    """Read the visibility of a request, in its new or its old form; None when it says nothing. Raises ``Refused``."""
    private = wanted.get("private")
    if "visibility" in wanted:
        private = {"private": True, "public": False}.get(str(wanted["visibility"]), wanted["visibility"])
    if private is not None and not isinstance(private, bool):
        raise Refused(501, f"The rehearsal Hub knows private and public, not {private!r}")
    return private
