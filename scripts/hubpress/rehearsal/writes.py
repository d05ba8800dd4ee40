"""The requests that change something beside commits: repositories, settings, tags and large files."""

from __future__ import annotations

import base64
import hashlib
import hmac

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.git_objects import DEFAULT_ATTRIBUTES, StoredFile, is_large
from hubpress.rehearsal.protocol import Refused

# The address of an upload: into which repository, and what it will be.
PLACE = "{kind}/{namespace}/{name}/{oid}/{size}"


async def create(call: Call) -> Response:
    """Answer POST /api/repos/create."""
    wanted = await call.json("name", "organization", "type", "sdk", "private", "visibility")
    namespace, name = wanted.get("organization") or call.writer(), wanted["name"]
    if not isinstance(name, str):
        raise Refused(400, f"A name is a text, not {name!r}")
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
    """Answer PUT …/settings: private or public, gated or not."""
    wanted = await call.json("private", "visibility", "gated")
    values: JsonObject = {}
    if "gated" in wanted:
        if wanted["gated"] not in ("auto", "manual", False):
            raise Refused(400, f"gated must be auto, manual or false, not {wanted['gated']!r}")
        values["gated"] = wanted["gated"]
    if not values or wanted.keys() - {"gated"}:
        values["private"] = _is_private(wanted)
    call.repository(write=True).change(**values)
    return JSONResponse(values)


async def move(call: Call) -> Response:
    """Answer POST /api/repos/move: another name, perhaps under another owner."""
    wanted = await call.json("fromRepo", "toRepo", "type")
    kind = call.kind(wanted.get("type") or "model")
    here, there = (call.store.repository(kind, wanted[name]) for name in ("fromRepo", "toRepo"))
    call.writer()
    if not call.sees(here):
        raise Refused(404, f"Repository not found: {here.id}", "RepoNotFound")
    for repository in (here, there):
        call.check_writer(repository.id.partition("/")[0])
    if there.folder.exists():
        raise Refused(409, f"{there.id} is there already")
    call.store.move(here, there)
    return JSONResponse({"url": call.url(there)})


async def grant(call: Call) -> Response:
    """Answer POST …/user-access-request/grant: a user may read the files of a gated repository."""
    user = (await call.json("user"))["user"]
    repository = call.repository(write=True)
    settings = repository.settings
    if not settings.gated:
        raise Refused(400, f"{repository.id} is not gated")
    repository.change(granted=tuple(sorted({*settings.granted, str(user)})))
    return JSONResponse({})


async def add_tag(call: Call) -> Response:
    """Answer POST …/tag/REVISION."""
    repository, wanted = call.repository(write=True), await call.json("tag", "message")
    repository.add_tag(wanted["tag"], repository.commit(call.param("revision")).id, str(wanted.get("message") or ""))
    return JSONResponse({})


async def delete_tag(call: Call) -> Response:
    """Answer DELETE …/tag/NAME."""
    call.repository(write=True).delete_tag(call.param("revision"))
    return JSONResponse({})


async def add_branch(call: Call) -> Response:
    """Answer POST …/branch/NAME."""
    repository, wanted = call.repository(write=True), await call.json("startingPoint")
    repository.add_branch(call.param("revision"), repository.commit(wanted.get("startingPoint") or "main").id)
    return JSONResponse({})


async def delete_branch(call: Call) -> Response:
    """Answer DELETE …/branch/NAME."""
    call.repository(write=True).delete_branch(call.param("revision"))
    return JSONResponse({})


async def preupload(call: Call) -> Response:
    """Answer POST …/preupload/REVISION: which files go to large file storage, and what is there now."""
    call.writer()
    repository = call.repository()
    head = repository.commit(call.param("revision"))
    answers, attributes = [], repository.text(head, ATTRIBUTES)
    for file in (await call.json("files"))["files"]:
        there = head.files.get(file["path"])
        large = is_large(file["path"], file["size"], base64.b64decode(file["sample"]), attributes)
        answer = {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
        answers.append(answer | {"oid": (there.sha256 or there.oid) if there else None})
    return JSONResponse({"files": answers, "commitOid": head.id})


async def lfs_batch(call: Call) -> Response:
    """Answer POST ….git/info/lfs/objects/batch: where to upload the large files that are not here yet."""
    call.writer()
    repository, wanted = call.repository(), await call.json()
    if wanted["operation"] != "upload" or wanted.get("hash_algo", "sha256") != "sha256":
        raise Refused(501, "The rehearsal Hub only takes uploads, by their sha256")
    objects: list[JsonObject] = []
    for file in map(large_file, wanted["objects"]):
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
    call.writer()
    if not call.repository().has(large_file(await call.json())):
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


def large_file(entry: JsonObject) -> StoredFile:
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
