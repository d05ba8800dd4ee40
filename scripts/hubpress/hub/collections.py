"""Collections: what is added to one, so that whatever else is in it, and every note, stays as people left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubpress.errors import HubError
from hubpress.hub.ids import RepoId, is_slug
from hubpress.hub.retries import patiently


@dataclass(frozen=True)
class Collected:
    """A collection that holds what it was asked to hold: its address, what was added, what was in it before."""

    title: str
    slug: str
    url: str
    added: tuple[str, ...]
    had: tuple[str, ...]


def collect(api: Any, owner: str, wanted: str, repos: Sequence[RepoId], *, private: bool) -> Collected:
    """Add repositories to *owner*'s collection of a title, or with a slug.

    Where there is none it is made, *private* or not. Raises HubError where several have that title, and what
    huggingface_hub raises.
    """
    found = patiently(lambda: _found_or_made(api, owner, wanted.strip(), private=private))
    there = {(item.item_type, item.item_id) for item in found.items}
    missing = [repo for repo in repos if (repo.type, repo.id) not in there]
    for repo in missing:
        _add(api, found.slug, repo)
    added = tuple(repo.path for repo in missing)
    return Collected(found.title, found.slug, found.url, added, tuple(r.path for r in repos if r not in missing))


def _found_or_made(api: Any, owner: str, wanted: str, *, private: bool) -> Any:
    """Return a collection with all its items: lists tell but the first few of each.

    Asked again, it finds what a request has made whose answer got lost.
    """
    if is_slug(wanted):
        return api.get_collection(wanted)
    slugs = [one.slug for one in api.list_collections(owner=owner) if one.title.strip() == wanted]
    if len(slugs) > 1:
        hint = f"Name one of them by --collection: {', '.join(slugs)}."
        raise HubError(f"{owner} has {len(slugs)} collections with the title {wanted!r}.", hint=hint)
    if slugs:
        return api.get_collection(slugs[0])
    return api.create_collection(wanted, namespace=owner, private=private, exists_ok=True)


def _add(api: Any, slug: str, repo: RepoId) -> None:
    patiently(lambda: api.add_collection_item(slug, repo.id, repo.type, exists_ok=True))
