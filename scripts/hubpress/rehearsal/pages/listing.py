"""What the store holds, as lists of pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hubpress.layout import CARD
from hubpress.rehearsal.pages.card_view import read_facts
from hubpress.rehearsal.repository import Commit, Repository
from hubpress.rehearsal.store import Store


@dataclass(frozen=True)
class Listed:
    """A public repository: its name and page, what it is in a word, its newest commit, the models that it uses."""

    id: str
    page: str
    title: str
    commit: Commit
    models: tuple[str, ...]


def listed(store: Store, kind: str) -> Iterator[Listed]:
    """Yield the public repositories of a kind by name."""
    for repository in _all(store, kind):
        if not repository.settings.private:
            commit = repository.commit("main")
            lines = dict(read_facts(repository.text(commit, CARD), kind).lines)
            title = lines.get("Title" if kind == "spaces" else "Task", ("",))[0]
            yield Listed(repository.id, repository.page, title, commit, lines.get("Models", ()))


def _all(store: Store, kind: str) -> Iterator[Repository]:
    for folder in sorted((store.folder / "repositories" / kind).glob("*/*/repository.json")):
        repo_id = "/".join(folder.parts[-3:-1])
        if not folder.parent.name.startswith("."):  # one that is just being made
            yield store.repository(kind, repo_id)
