"""A repository at a commit as its page shows it: what repository.html.j2 reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hubpress.layout import CARD, EVALUATION
from hubpress.rehearsal.discussions import Discussion
from hubpress.rehearsal.git_objects import StoredFile
from hubpress.rehearsal.pages.card_view import Example, Facts, read_facts, with_measured_answers
from hubpress.rehearsal.pages.listing import Listed, listed
from hubpress.rehearsal.pages.markdown import Place, render
from hubpress.rehearsal.repository import Commit, Repository
from hubpress.rehearsal.store import Store

_COMMITS = 50
_WORDS = {"models": "model", "datasets": "data set", "spaces": "Space"}


@dataclass(frozen=True)
class RepositoryView:
    """A repository at a commit, beside its app."""

    repository: Repository
    page: str
    """The address of its page as it is now."""
    word: str
    is_space: bool
    is_head: bool
    """The commit is the newest one."""
    commit: Commit
    commits: Sequence[Commit]
    """The history of the commit, newest first, as long as one page shows it; there are so many *older* ones."""
    older: int
    tags: Mapping[str, Sequence[str]]
    """Names of tags by the id of the commit."""
    facts: Facts
    examples: Sequence[Example]
    card: Markup
    place: Place
    files: Sequence[tuple[str, StoredFile]]
    total: int
    """The files' bytes."""
    known: Mapping[str, str]
    """The pages of this Hub's models by their ids."""
    talks: Sequence[Discussion]
    """The discussions and pull requests, newest first."""
    users: Sequence[Listed]
    """The Spaces of this Hub that use the model."""


def view_of(store: Store, repository: Repository, revision: str) -> RepositoryView:
    """Return a repository at a revision. Raises ``Refused`` where it has none of this name."""
    commit, page, is_space = repository.commit(revision), repository.page, repository.kind == "spaces"
    history = list(repository.history(commit.id))
    facts = read_facts(repository.text(commit, CARD), repository.kind)
    place = Place(page, commit.id, frozenset(commit.files))
    return RepositoryView(
        repository=repository,
        page=page,
        word=_WORDS[repository.kind],
        is_space=is_space,
        is_head=commit.id == repository.commit("main").id,
        commit=commit,
        commits=history[:_COMMITS],
        older=len(history[_COMMITS:]),
        tags=_tags_by_commit(repository),
        facts=facts,
        examples=_examples(repository, commit, facts),
        card=render(facts.body, place),
        place=place,
        files=sorted(commit.files.items()),
        total=sum(file.size for file in commit.files.values()),
        known={one.id: one.page for one in listed(store, "models")},
        talks=repository.settings.discussions[::-1],
        users=[one for one in listed(store, "spaces") if repository.kind == "models" and repository.id in one.models],
    )


def _examples(repository: Repository, commit: Commit, facts: Facts) -> Sequence[Example]:
    if any(example.answers is None for example in facts.examples):
        return with_measured_answers(facts.examples, repository.text(commit, EVALUATION))
    return facts.examples


def _tags_by_commit(repository: Repository) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for name, sha in repository.settings.tags.items():
        tags.setdefault(sha, []).append(name)
    return tags
