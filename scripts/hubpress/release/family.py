"""What was released together: the collection that holds it on the Hub, and the page of the family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import MovedOn, UsageError
from hubpress.files import write_text
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.collections import Collected
from hubpress.hub.ids import RepoId, RepoType, refuse_bad_collection
from hubpress.layout import FAMILY_PAGE
from hubpress.release.push import moved_on
from hubpress.release.release import ReleaseResult
from hubpress.release.released import all_released
from hubpress.release.targets import Target
from hubpress.report.family import Member, render_family


@dataclass(frozen=True)
class FamilyResult:
    """A collection after a release, and the repositories that were not added: they changed since their proof."""

    collection: Collected
    moved: tuple[MovedOn, ...]


def collect_releases(target: Target, collection: str, releases: Sequence[ReleaseResult]) -> FamilyResult:
    """Add what was released under one owner, models, Spaces and data sets, to a collection of theirs.

    *collection* is its title, or its slug; one that is missing is made, private where all that it holds is. Only what
    main holds as it was proved is added, and nothing that people put there or wrote is changed. Raises UsageError for
    what cannot be a title, and HubError.
    """
    pushed = [(RepoId(one.repo_id, kind), one.sha) for released in releases for kind, one in _all(released)]
    if not pushed:
        raise UsageError("nothing was released.", where=collection)
    owner = pushed[0][0].owner
    refuse_bad_collection(collection, owner)
    heads = {repo: target.hub.head(repo) for repo, _ in pushed}
    moved = tuple(moved_on(repo, heads[repo][:7]) for repo, sha in pushed if heads[repo] != sha)
    proved = [repo for repo, sha in pushed if heads[repo] == sha]
    if not proved:
        raise moved[0]
    private = all(_is_private(target.hub, repo) for repo in proved)
    return FamilyResult(target.hub.collect(owner, collection, proved, private=private), moved)


def write_family_page(build_dir: Path | str, target: Target, owner: str, *, title: str | None = None) -> Path | None:
    """Write ``index.html`` of what *owner* has on a Hub from a build folder; return it, None where that is nothing."""
    build = Path(build_dir)
    members = [
        Member(note, proofs=path.parent.relative_to(build).as_posix())
        for folder in sorted(path for path in build.iterdir() if path.is_dir())
        for path, note in all_released(folder).items()
        if note.hub == target.name and note.owner == owner
    ]
    if not members:
        return None
    page = build / FAMILY_PAGE
    write_text(page, render_family(title or f"Models of {owner}", target.hub.endpoint, members))
    return page


def _all(released: ReleaseResult) -> Iterator[tuple[RepoType, PushResult]]:
    yield "model", released.model
    if released.space:
        yield "space", released.space
    if released.data:
        yield "dataset", released.data


def _is_private(hub: Hub, repo: RepoId) -> bool:
    seen = hub.look(repo)
    return seen is not None and seen.private
