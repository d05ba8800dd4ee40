"""Collections: lists of repositories under a title, and the requests about them."""

from __future__ import annotations

import html
import re
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from starlette.responses import JSONResponse, Response

from hubpress.files import JsonObject, read_json, write_json
from hubpress.rehearsal.call import Call
from hubpress.rehearsal.protocol import Refused
from hubpress.rehearsal.repository import Repository, now
from hubpress.rehearsal.store import Store

_LONGEST_DESCRIPTION = 150
_LONGEST_NOTE = 500
_SHOWN_IN_LISTS = 4
_TYPES = {"model": "models", "dataset": "datasets", "space": "spaces"}


@dataclass(frozen=True)
class Item:
    """A repository in a collection; *object_id* is the entry's own."""

    object_id: str
    id: str
    type: str
    note: str | None


@dataclass(frozen=True)
class Collection:
    """A collection; its place in the file is its position among those of its owner."""

    object_id: str
    namespace: str
    title: str
    description: str
    private: bool
    theme: str
    updated: str
    items: tuple[Item, ...]

    @property
    def slug(self) -> str:
        """How it is called in addresses: the title may change, the end stays."""
        words = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
        return f"{self.namespace}/{words}-{self.object_id}"


def load_collections(store: Store) -> list[Collection]:
    """Return all collections of a store, in the order of their positions."""
    path = _path(store)
    entries = read_json(path) if path.exists() else []
    return [Collection(**entry | {"items": tuple(Item(**item) for item in entry["items"])}) for entry in entries]


async def listing(call: Call) -> Response:
    """Answer GET /api/collections."""
    query = call.request.query_params
    found = [one for one in load_collections(call.store) if _sees(call, one)]
    if owner := query.get("owner"):
        found = [one for one in found if one.namespace == owner]
    if wanted := query.get("item"):
        found = [one for one in found if wanted in {f"{item.type}s/{item.id}" for item in one.items}]
    limit = int(query.get("limit", "100"))
    told = [_told(call, one) for one in found[:limit]]
    return JSONResponse([one | {"items": one["items"][:_SHOWN_IN_LISTS]} for one in told])


async def create(call: Call) -> Response:
    """Answer POST /api/collections."""
    wanted = await call.json("title", "namespace", "description", "private")
    call.check_writer(wanted["namespace"])
    title = _text(wanted["title"], "title")
    collections = load_collections(call.store)
    for one in collections:
        if (one.namespace, one.title) == (wanted["namespace"], title):
            return JSONResponse({"error": "This collection is there already", "slug": one.slug}, status_code=409)
    words = _text(wanted.get("description", ""), "description", most=_LONGEST_DESCRIPTION)
    private = bool(wanted.get("private", False))
    made = Collection(secrets.token_hex(12), wanted["namespace"], title, words, private, "blue", now(), ())
    _save(call.store, [*collections, made])
    return JSONResponse(_answer(call, made))


async def get(call: Call) -> Response:
    """Answer GET /api/collections/SLUG."""
    return JSONResponse(_answer(call, collection_of(call)))


async def update(call: Call) -> Response:
    """Answer PATCH /api/collections/SLUG."""
    wanted = await call.json("title", "description", "position", "private", "theme")
    found = collection_of(call, write=True)
    texts = {"title": None, "theme": None, "description": _LONGEST_DESCRIPTION}
    values: JsonObject = {name: _text(wanted[name], name, most=texts[name]) for name in texts if name in wanted}
    if "private" in wanted:
        values["private"] = bool(wanted["private"])
    changed = replace(found, **values)
    _keep(call.store, changed, position=wanted.get("position"))
    return JSONResponse({"success": True, "data": _answer(call, changed)})


async def delete(call: Call) -> Response:
    """Answer DELETE /api/collections/SLUG."""
    found = collection_of(call, write=True)
    _save(call.store, [one for one in load_collections(call.store) if one.object_id != found.object_id])
    return JSONResponse({"success": True})


async def add_item(call: Call) -> Response:
    """Answer POST /api/collections/SLUG/items."""
    wanted = await call.json("item", "note")
    kind, repo_id = wanted["item"]["type"], wanted["item"]["id"]
    found = collection_of(call, write=True)
    if kind not in _TYPES:
        raise Refused(501, f"The rehearsal Hub's collections hold models, data sets and Spaces, no {kind}")
    if not call.sees(call.store.repository(_TYPES[kind], repo_id)):
        raise Refused(404, f"There is no {kind} {repo_id}")
    if (kind, repo_id) in {(item.type, item.id) for item in found.items}:
        raise Refused(409, f"{repo_id} is in the collection already")
    note = _text(wanted["note"], "note", most=_LONGEST_NOTE) if "note" in wanted else None
    changed = replace(found, items=(*found.items, Item(secrets.token_hex(12), repo_id, kind, note)))
    _keep(call.store, changed)
    return JSONResponse(_answer(call, changed))


async def update_item(call: Call) -> Response:
    """Answer PATCH /api/collections/SLUG/items/ID: another note, another position."""
    wanted = await call.json("note", "position")
    found = collection_of(call, write=True)
    item = _item(call, found)
    if "note" in wanted:
        item = replace(item, note=_text(wanted["note"], "note", most=_LONGEST_NOTE))
    places = [one.object_id for one in found.items]
    others = [one for one in found.items if one.object_id != item.object_id]
    others.insert(int(wanted.get("position", places.index(item.object_id))), item)
    _keep(call.store, replace(found, items=tuple(others)))
    return JSONResponse({"success": True})


async def delete_item(call: Call) -> Response:
    """Answer DELETE /api/collections/SLUG/items/ID."""
    found = collection_of(call, write=True)
    gone = _item(call, found)
    _keep(call.store, replace(found, items=tuple(one for one in found.items if one != gone)))
    return JSONResponse({"success": True})


def items_of(call: Call, collection: Collection) -> list[tuple[Item, Repository]]:
    """Return the items of a collection that the caller may see, with their repositories."""
    found = [(item, call.store.repository(_TYPES[item.type], item.id)) for item in collection.items]
    return [(item, repository) for item, repository in found if call.sees(repository)]


def collection_of(call: Call, *, write: bool = False) -> Collection:
    """Return the collection of the path, if the caller may see it, or *write* to it. Raises ``Refused``."""
    object_id = call.param("name").rpartition("-")[2]
    for one in load_collections(call.store):
        if (one.namespace, one.object_id) == (call.param("namespace"), object_id) and _sees(call, one):
            if write:
                call.check_writer(one.namespace)
            return one
    status = 404 if call.account else 401
    raise Refused(status, f"Collection not found: {call.param('namespace')}/{call.param('name')}")


def _item(call: Call, collection: Collection) -> Item:
    for item in collection.items:
        if item.object_id == call.param("item"):
            return item
    raise Refused(404, f"There is no item {call.param('item')} in this collection")


def _sees(call: Call, collection: Collection) -> bool:
    return not collection.private or call.is_member(collection.namespace)


def _told(call: Call, collection: Collection) -> JsonObject:
    """Return what lists tell of a collection; of its items those that the caller may see."""
    seen = [item for item, _ in items_of(call, collection)]
    return {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "owner": {"name": collection.namespace, "fullname": collection.namespace},
        "private": collection.private,
        "theme": collection.theme,
        "upvotes": 0,
        "lastUpdated": collection.updated,
        "items": [_told_item(item, position) for position, item in enumerate(seen)],
    }


def _told_item(item: Item, position: int) -> JsonObject:
    told: JsonObject = {"_id": item.object_id, "id": item.id, "type": item.type, "position": position}
    return told | ({"note": {"text": item.note, "html": html.escape(item.note)}} if item.note else {})


def _answer(call: Call, collection: Collection) -> JsonObject:
    own = [one.object_id for one in load_collections(call.store) if one.namespace == collection.namespace]
    return _told(call, collection) | {"position": own.index(collection.object_id)}


def _keep(store: Store, changed: Collection, *, position: int | None = None) -> None:
    """Write a collection in place of what it was, or at another position among its owner's."""
    changed = replace(changed, updated=now())
    collections = load_collections(store)
    place = [one.object_id for one in collections].index(changed.object_id)
    others = [one for one in collections if one.object_id != changed.object_id]
    if position is not None:
        own = [number for number, one in enumerate(others) if one.namespace == changed.namespace]
        place = own[position] if 0 <= position < len(own) else len(others)
    others.insert(place, changed)
    _save(store, others)


def _save(store: Store, collections: list[Collection]) -> None:
    write_json(_path(store), [asdict(one) for one in collections])


def _path(store: Store) -> Path:
    return store.folder / "collections.json"


def _text(value: object, name: str, *, most: int | None = None) -> str:
    if not isinstance(value, str) or (name != "description" and not value.strip()):
        raise Refused(400, f'"{name}" must be a text')
    if most is not None and len(value) > most:
        raise Refused(400, f'"{name}" must be at most {most} characters long')
    return value
