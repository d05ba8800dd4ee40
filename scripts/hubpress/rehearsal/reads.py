"""The questions of the protocol: who am I, what is there, which files at which commit, and their bytes."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import PurePosixPath

from starlette.responses import FileResponse, JSONResponse, Response

from hubpress.files import JsonObject
from hubpress.hub.loose_values import one_or_more
from hubpress.layout import CARD
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.card_rules import front_matter, validate
from hubpress.rehearsal.protocol import USER, Refused
from hubpress.rehearsal.repository import Commit

# The fields of a card whose values the Hub lists among the tags, and what it puts before them.
_TAGGED = {"tags": "", "library_name": "", "pipeline_tag": "", "language": ""}
_TAGGED |= {"datasets": "dataset:", "base_model": "base_model:", "license": "license:"}


async def index(call: Call) -> Response:
    """Answer / with what this server is: the Hub of which store."""
    return JSONResponse({"server": "hubpress rehearsal Hub", "store": call.store.identity})


async def whoami(call: Call) -> Response:
    """Answer /api/whoami-v2."""
    if call.account is None:
        raise Refused(401, "Invalid username or password.")
    name, role = call.account.user, call.account.role
    own = call.store.organisations if name == USER else []
    orgs = [{"type": "org", "name": org, "fullname": org} for org in own]
    auth = {"type": "access_token", "accessToken": {"displayName": f"{name}-{role}", "role": role}}
    return JSONResponse({"type": "user", "name": name, "fullname": name, "isPro": False, "orgs": orgs, "auth": auth})


async def validate_yaml(call: Call) -> Response:
    """Answer /api/validate-yaml: 200 when the card would be accepted, else 400, with errors and warnings."""
    body = await call.json()
    kind = call.kind(body.get("repoType", "model"))
    # Aside, as each reading of a card: a long one takes seconds, in which others are answered.
    found = await asyncio.to_thread(validate, body["content"], kind)
    answer = {name: [{"message": text} for text in texts] for name, texts in found.items()}
    return JSONResponse(answer, status_code=400 if found["errors"] else 200)


async def info(call: Call) -> Response:
    """Answer /api/models/… and its like, also at a revision: what this Hub knows, in the Hub's names."""
    repository = call.repository()
    commit = repository.commit(call.param("revision", "main"))
    settings = repository.settings
    card = await asyncio.to_thread(front_matter, repository.text(commit, CARD))
    tags = [f"{prefix}{value}" for name, prefix in _TAGGED.items() for value in one_or_more(card.get(name)) if value]
    facts = {
        "id": repository.id,
        "author": repository.id.partition("/")[0],
        "sha": commit.id,
        "createdAt": settings.created_at,
        "lastModified": commit.date,
        "private": settings.private,
        "gated": settings.gated,
        "disabled": False,
        "tags": list(dict.fromkeys(tags)),
        "cardData": {name: value for name, value in card.items() if name != "model-index"},
        "siblings": [{"rfilename": path} for path in sorted(commit.files)],
    }
    names = {"models": ("library_name", "pipeline_tag", "model-index"), "datasets": (), "spaces": ("sdk",)}
    facts |= {name: card[name] for name in names[repository.kind] if name in card}
    # No Space runs here.
    more: dict[str, JsonObject] = {"models": {"modelId": repository.id}, "spaces": {"runtime": {"stage": "STOPPED"}}}
    facts |= more.get(repository.kind, {})
    return JSONResponse(facts)


async def auth_check(call: Call) -> Response:
    """Answer …/auth-check: whether the caller may read the files."""
    call.check_access(call.repository())
    return JSONResponse({})


async def tree(call: Call) -> Response:
    """Answer …/tree/REVISION/FOLDER: files and folders, all levels or one."""
    if call.asks("expand"):
        raise Refused(501, f"The rehearsal Hub does not look for last commits: {call.request.url.path}")
    commit = call.repository().commit(call.param("revision"))
    folder = call.param("path").strip("/")
    prefix = f"{folder}/" if folder else ""
    entries: dict[str, JsonObject] = {}
    for path, file in commit.files.items():
        for parent in map(str, PurePosixPath(path).parents[:-1]):
            # Not git's own id of a folder, which nothing here asks for.
            oid = hashlib.sha1(f"{commit.id} {parent}".encode(), usedforsecurity=False).hexdigest()
            entries[parent] = {"type": "directory", "oid": oid, "size": 0}
        entries[path] = {"type": "file", "oid": file.oid, "size": file.size}
        if file.sha256:
            entries[path]["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
    below = sorted(path for path in entries if path.startswith(prefix))
    if not below:
        raise _no_entry(commit, folder)
    wanted = [path for path in below if call.asks("recursive") or "/" not in path.removeprefix(prefix)]
    return JSONResponse([{"path": path, **entries[path]} for path in wanted])


async def refs(call: Call) -> Response:
    """Answer …/refs."""
    settings = call.repository().settings
    known = [("branches", "heads", settings.branches), ("tags", "tags", settings.tags), ("converts", "convert", {})]
    if call.asks("include_prs"):
        pulls = {str(one.num): one.head for one in settings.discussions if one.head is not None}
        known.append(("pullRequests", "pr", pulls))
    answer = {
        kind: [{"name": name, "ref": f"refs/{place}/{name}", "targetCommit": sha} for name, sha in shas.items()]
        for kind, place, shas in known
    }
    return JSONResponse(answer)


async def commits(call: Call) -> Response:
    """Answer …/commits/REVISION, newest first."""
    history = call.repository().history(call.param("revision"))
    names = ("id", "title", "message", "date")
    return JSONResponse(
        [{name: getattr(one, name) for name in names} | {"authors": [{"user": one.author}]} for one in history]
    )


async def resolve(call: Call) -> Response:
    """Answer …/resolve/REVISION/PATH, for HEAD and GET, whole or in ranges."""
    repository = call.repository()
    call.check_access(repository)
    commit = repository.commit(call.param("revision"))
    file = commit.files.get(call.param("path"))
    if file is None:
        raise _no_entry(commit, call.param("path"))
    headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.sha256 or file.oid}"'}
    if file.sha256:
        headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    # Whatever a repository holds, a browser that opens it here shows text and runs nothing.
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
    media_type = "application/octet-stream" if file.sha256 else "text/plain; charset=utf-8"
    return FileResponse(repository.content_path(file), headers=headers, media_type=media_type)


async def no_xet(call: Call) -> Response:
    """Refuse a Xet token: this Hub has no Xet storage, and a client may fall back to LFS."""
    raise Refused(404, f"This Hub has no Xet storage: {call.request.url.path}")


def _no_entry(commit: Commit, path: str) -> Refused:
    return Refused(404, f"Entry not found: {path}", "EntryNotFound", commit=commit.id)
