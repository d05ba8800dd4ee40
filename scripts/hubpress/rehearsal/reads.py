"""The questions of the protocol: who am I, what is there, which files at which commit, and their bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.responses import FileResponse, JSONResponse, Response

from hubpress.rehearsal.calls import Call, page
from hubpress.rehearsal.cards import front_matter, validate
from hubpress.rehearsal.gitrules import lfs_pointer, tree_oids
from hubpress.rehearsal.refusal import Refused
from hubpress.rehearsal.store import Commit, Repository, StoredFile


def whoami(call: Call) -> Response:
    """Answer /api/whoami-v2."""
    account = call.known()
    organisations = [
        {"type": "org", "id": _id(name), "name": name, "fullname": name, "roleInOrg": "admin", "isEnterprise": False}
        for name in account.orgs
    ]
    token = {"displayName": f"rehearsal-{account.role}", "role": account.role}
    return JSONResponse(
        {
            "type": "user",
            "id": _id(account.user),
            "name": account.user,
            "fullname": account.user,
            "isPro": False,
            "orgs": organisations,
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def validate_yaml(call: Call) -> Response:
    """Answer /api/validate-yaml: 200 when the card would be accepted, else 400, with errors and warnings."""
    document = call.json()
    kind, content = document.get("repoType", "model"), document.get("content")
    if kind not in ("model", "space") or not isinstance(content, str):
        raise Refused(400, "validate-yaml needs content, and a repoType of model or space")
    errors, warnings = validate(content, kind)
    answer = {
        name: [{"message": text} for text in found] for name, found in (("errors", errors), ("warnings", warnings))
    }
    return JSONResponse(answer, status_code=400 if errors else 200)


def list_repositories(call: Call) -> Response:
    """Answer /api/models and /api/spaces, newest first, with what the caller may see."""
    author, search = call.query.get("author"), call.query.get("search", "").lower()
    expand = _expand(call)
    found = []
    for repository in call.store.repositories(call.kind()):
        if author not in (None, repository.id.partition("/")[0]) or search not in repository.id.lower():
            continue
        if call.may_see(repository):
            found.append(_facts(repository, repository.commit("main"), blobs=False))
    found.sort(key=lambda facts: str(facts["lastModified"]), reverse=True)
    full = {"full", "cardData"} & set(call.query)
    for facts in found:
        hidden = {"siblings", "cardData"} - (set(expand) if expand else set())
        for name in () if full else hidden:
            facts.pop(name)
    return page(call, [_only(facts, expand) for facts in found], 1000)


def info(call: Call) -> Response:
    """Answer /api/models/…, /api/spaces/… and the same at a revision."""
    repository = call.repository()
    facts = _facts(repository, call.commit(repository), blobs=bool(call.query.get("blobs")))
    return JSONResponse(_only(facts, _expand(call)))


def tree(call: Call) -> Response:
    """Answer …/tree/REVISION/FOLDER: files and folders, all levels or one."""
    repository = call.repository()
    commit = call.commit(repository)
    folder = call.params.get("path", "").strip("/")
    expand, recursive = (call.query.get(name, "").lower() in ("true", "1") for name in ("expand", "recursive"))
    entries = _entries(repository, commit, expand=expand)
    if folder and entries.get(folder, {}).get("type") != "directory":
        raise _no_entry(commit, folder)
    prefix = f"{folder}/" if folder else ""
    below = [entry for path, entry in sorted(entries.items()) if path.startswith(prefix) and path != folder]
    wanted = [entry for entry in below if recursive or "/" not in entry["path"].removeprefix(prefix)]
    return page(call, wanted, 50 if expand else 1000)


def paths_info(call: Call) -> Response:
    """Answer …/paths-info/REVISION: the entries of the paths asked for; those that are not there are left out."""
    repository = call.repository()
    form = call.form()
    paths = form.get("paths", [])
    paths = [paths] if isinstance(paths, str) else paths
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths) or len(paths) > 1000:
        raise Refused(400, "paths must be at most 1000 strings")
    expand = str(form.get("expand", "false")).strip("[]'").lower() in ("true", "1")
    entries = _entries(repository, call.commit(repository), expand=expand)
    return JSONResponse([entries[path.strip("/")] for path in paths if path.strip("/") in entries])


def refs(call: Call) -> Response:
    """Answer …/refs."""
    settings = call.repository().settings
    answer: dict[str, list[dict[str, str]]] = {
        kind: [{"name": name, "ref": f"refs/{place}/{name}", "targetCommit": sha} for name, sha in known.items()]
        for kind, place, known in (("branches", "heads", settings.branches), ("tags", "tags", settings.tags))
    }
    answer["converts"] = []
    if call.query.get("include_prs"):
        answer["pullRequests"] = []
    return JSONResponse(answer)


def commits(call: Call) -> Response:
    """Answer …/commits/REVISION, newest first."""
    history = call.repository().history(call.params["revision"])
    listed = [
        {
            "id": commit.id,
            "title": commit.title,
            "message": commit.message,
            "authors": [{"user": commit.author}],
            "date": commit.date,
        }
        for commit in history
    ]
    return page(call, listed, 50)


def resolve(call: Call) -> Response:
    """Answer …/resolve/REVISION/PATH, for HEAD and GET, whole or in ranges."""
    repository = call.repository()
    commit = call.commit(repository)
    file = commit.files.get(call.params["path"])
    if file is None:
        raise _no_entry(commit, call.params["path"])
    # Whatever a repository holds, a browser that opens it here shows text and runs nothing.
    headers = {
        "X-Repo-Commit": commit.id,
        "ETag": f'"{file.sha256 or file.oid}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if file.sha256:
        headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    media_type = "application/octet-stream" if file.sha256 else "text/plain; charset=utf-8"
    return FileResponse(repository.content_path(file), headers=headers, media_type=media_type)


def index(call: Call) -> Response:
    """Answer / with what this server is and what it holds."""
    held = {
        plural: [repository.id for repository in call.store.repositories(kind) if call.may_see(repository)]
        for kind, plural in (("model", "models"), ("space", "spaces"))
    }
    return JSONResponse({"server": "hubpress rehearsal Hub", "store": call.store.identity, **held})


def _facts(repository: Repository, commit: Commit, *, blobs: bool) -> dict[str, Any]:
    """Everything that this Hub knows of a repository at a commit, in the Hub's names."""
    settings = repository.settings
    card = _card(repository, commit)
    tags = [str(tag) for tag in card.get("tags") or []]
    for name in ("library_name", "pipeline_tag"):
        if isinstance(card.get(name), str) and card[name] not in tags:
            tags.append(card[name])
    for name, prefix in (
        ("datasets", "dataset:"),
        ("base_model", "base_model:"),
        ("license", "license:"),
        ("language", ""),
    ):
        values = card.get(name) or []
        tags += [f"{prefix}{value}" for value in (values if isinstance(values, list) else [values])]
    facts: dict[str, Any] = {
        "_id": _id(repository.kind, repository.id),
        "id": repository.id,
        "author": repository.id.partition("/")[0],
        "sha": commit.id,
        "createdAt": settings.created_at,
        "lastModified": commit.date,
        "private": settings.private,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": tags,
        "cardData": {name: value for name, value in card.items() if name != "model-index"},
        "siblings": [_sibling(path, file, blobs=blobs) for path, file in sorted(commit.files.items())],
        "usedStorage": sum(file.size for file in commit.files.values()),
    }
    if repository.kind == "model":
        facts["modelId"] = repository.id
        facts["config"] = _config(repository, commit)
        facts["spaces"] = []
        facts |= {name: card[name] for name in ("library_name", "pipeline_tag", "model-index") if name in card}
    else:
        facts["sdk"] = card.get("sdk")
        facts["runtime"] = {"stage": "NO_APP_FILE", "hardware": {"current": None, "requested": None}, "storage": None}
    return facts


def _only(facts: dict[str, Any], expand: list[str] | None) -> dict[str, Any]:
    if expand is None:
        return facts
    return {name: value for name, value in facts.items() if name in ("_id", "id", *expand)}


def _expand(call: Call) -> list[str] | None:
    """The properties asked for by ``expand``; None when it was not given. Raises ``Refused`` on one not kept here."""
    names = call.query.getlist("expand") + call.query.getlist("expand[]")
    kept = f"{_FACTS} {_MORE[call.kind()]}".split()
    for name in names:
        if name not in kept:
            raise Refused(501, f"The rehearsal Hub does not keep {name}: {call.url.path}")
    return names or None


_FACTS = "author cardData createdAt disabled downloads gated lastModified likes private sha siblings tags usedStorage"
_MORE = {"model": "config library_name model-index pipeline_tag spaces", "space": "runtime sdk"}


def _card(repository: Repository, commit: Commit) -> dict[str, Any]:
    readme = commit.files.get("README.md")
    return front_matter(repository.read(readme).decode("utf-8", "replace")) if readme else {}


def _config(repository: Repository, commit: Commit) -> dict[str, Any]:
    file = commit.files.get("config.json")
    try:
        config = json.loads(repository.read(file)) if file else {}
    except ValueError:
        return {}
    if not isinstance(config, dict):
        return {}
    return {name: config[name] for name in ("architectures", "model_type") if name in config}


def _sibling(path: str, file: StoredFile, *, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": path}
    lfs = {"lfs": _lfs(file) | {"sha256": file.sha256}} if file.sha256 else {}
    return {"rfilename": path, "size": file.size, "blobId": file.oid, **lfs}


def _lfs(file: StoredFile) -> dict[str, Any]:
    pointer = lfs_pointer(file.sha256 or "", file.size)
    return {"oid": file.sha256, "size": file.size, "pointerSize": len(pointer)}


def _entries(repository: Repository, commit: Commit, *, expand: bool) -> dict[str, dict[str, Any]]:
    """All files and folders of a commit by path, as the tree shows them."""
    folders = tree_oids({path: file.oid for path, file in commit.files.items()})
    entries: dict[str, dict[str, Any]] = {
        path: {"type": "directory", "oid": oid, "size": 0, "path": path} for path, oid in folders.items() if path
    }
    for path, file in commit.files.items():
        entries[path] = {"type": "file", "oid": file.oid, "size": file.size, "path": path}
        if file.sha256:
            entries[path]["lfs"] = _lfs(file)
    if expand:
        for path, last in _last_changes(repository, commit).items():
            entries[path]["lastCommit"] = {"id": last.id, "title": last.title, "date": last.date}
    return entries


def _last_changes(repository: Repository, commit: Commit) -> dict[str, Commit]:
    """The newest commit that touched each file and folder."""
    found: dict[str, Commit] = {}
    history = list(repository.history(commit.id))
    for newer, older in zip(history, [*history[1:], None], strict=True):
        before = older.files if older else {}
        changed = [path for path in {*newer.files, *before} if newer.files.get(path) != before.get(path)]
        for path in changed:
            while path:
                found.setdefault(path, newer)
                path = path.rpartition("/")[0]
    kept = {*commit.files, *(tree_oids({path: file.oid for path, file in commit.files.items()}))}
    return {path: last for path, last in found.items() if path in kept}


def _no_entry(commit: Commit, path: str) -> Refused:
    return Refused(404, f"Entry not found: {path}", "EntryNotFound", commit=commit.id)


def _id(*words: str) -> str:
    """The 24 hex characters that the Hub gives to everything."""
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:24]
