"""A discussion or a pull request as its page shows it: what discussion.html.j2 reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hubpress.files import JsonObject
from hubpress.rehearsal.discussions import Discussion, changed
from hubpress.rehearsal.git_objects import StoredFile
from hubpress.rehearsal.pages.markdown import Place, render
from hubpress.rehearsal.pulls import conflicts_of, sides
from hubpress.rehearsal.repository import Repository


@dataclass(frozen=True)
class DiscussionView:
    """A discussion with its events, the comments among them as HTML, and what a pull request changes."""

    one: Discussion
    events: Sequence[tuple[JsonObject, Markup]]
    changed: Sequence[tuple[str, StoredFile | None, StoredFile | None]]
    conflicts: Sequence[str]


def discussion_view(repository: Repository, num: int) -> DiscussionView:
    """Return a repository's discussion of this number. Raises ``Refused`` where it has none."""
    one = repository.discussion(num)
    place = Place(repository.page, one.head or repository.commit("main").id, frozenset())
    events = [(event, _words(event, place)) for event in one.events]
    if not one.is_pull_request:
        return DiscussionView(one, events, (), ())
    base, _, branch = sides(repository, one)
    return DiscussionView(one, events, changed(base.files, branch.files), conflicts_of(repository, one))


def _words(event: JsonObject, place: Place) -> Markup:
    return render(event["data"]["latest"]["raw"], place) if event["type"] == "comment" else Markup("")
