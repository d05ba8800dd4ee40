"""What people have written on the Hub, brought into a release before it is checked, sent and proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hubpress.hub.client import Hub
from hubpress.hub.hand_edits import words_on_edits, write_edits
from hubpress.hub.ids import RepoId
from hubpress.hub.merging import EditConflict, Edited
from hubpress.hub.notices import tell
from hubpress.hub.ownership import Foreign
from hubpress.layout import MANIFEST
from hubpress.manifest import Manifest
from hubpress.release.foreseen import foresee
from hubpress.release.job import Job
from hubpress.schemas.hand_edits import EditedText, HandEdits


def take_in(job: Job, hub: Hub, head: str | None, *, foreign: Foreign = Foreign.STOP) -> tuple[str, ...]:
    """Note what people have written into the texts of the model at *head*, and of its data set, for the card stage.

    Returns that in words. Where *foreign* takes everything over, nothing is kept. Raises EditConflict for what the
    recipe as it is now leaves no room for, be it in the card of the Space, unless *foreign* lets the release's lines
    count.
    """
    said, found = list[str](), dict[RepoId, dict[str, Edited]]()
    for repo, sha in _texts_of(job, hub, head):
        edits = found[repo] = {} if not sha or foreign is Foreign.TAKE_OVER else hub.hand_edits(repo, sha)
        if repo.type == "space":
            continue  # whose edits are read again when it is built for a commit of its model
        _note(job.hand_edits(repo.type), edits, ours_first=foreign is Foreign.ADOPT)
        said += [sentence for name, edited in edits.items() for sentence in words_on_edits(name, edited)]
    if head and foreign is Foreign.STOP:
        for sentence in foresee(job, hub, head, found):
            if not job.quiet:
                tell(f"{sentence}.")
    return tuple(said)


def _texts_of(job: Job, hub: Hub, head: str | None) -> Iterator[tuple[RepoId, str | None]]:
    """Yield each repository of a release whose texts people may have edited, with the newest commit of main."""
    yield RepoId(job.repo_id), head
    further = [RepoId(job.data_id, "dataset")] if job.data_id else []
    for repo in [*further, *([RepoId(job.repo_id, "space")] if job.recipe.has_space else [])]:
        seen = hub.look(repo)
        yield repo, seen.head if seen else None


def _note(path: Path, edits: dict[str, Edited], *, ours_first: bool) -> None:
    if not edits:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = {name: EditedText(base=edited.base, theirs=edited.theirs) for name, edited in edits.items()}
    HandEdits(ours_first=ours_first, texts=texts).save(path)


def tell_edits(said: tuple[str, ...], foreign: Foreign) -> None:
    """Say on stderr which edits the release keeps."""
    far = " as far as it leaves room" if foreign is Foreign.ADOPT else ""
    for sentence in said:
        tell(f"{sentence}, which this release keeps{far}.")


def write_noted(folder: Path, noted: Path) -> None:
    """Write the edits that were noted for a repository into the folder of its next release, if there are any."""
    edits, ours_first = read_noted(noted)
    _write(folder, edits, ours_first=ours_first)


def read_noted(noted: Path) -> tuple[dict[str, Edited], bool]:
    """Return the edits that were noted for a repository, and whether the release's lines count before them."""
    if not noted.is_file():
        return {}, False
    document = HandEdits.load(noted)
    return {name: Edited(text.base, text.theirs) for name, text in document.texts.items()}, document.ours_first


def keep_space_edits(hub: Hub, repo: RepoId, folder: Path, foreign: Foreign) -> None:
    """Write into a Space that was built what people have written into the card of the one on main.

    Raises EditConflict for what cannot be kept.
    """
    seen = hub.look(repo)
    if seen is None or seen.head is None or foreign is Foreign.TAKE_OVER:
        return
    try:
        _write(folder, hub.hand_edits(repo, seen.head), ours_first=foreign is Foreign.ADOPT)
    except EditConflict as error:
        error.where = repo.path
        raise


def _write(folder: Path, edits: dict[str, Edited], *, ours_first: bool) -> None:
    if edits and (folder / MANIFEST).is_file():
        write_edits(folder, edits, ours_first=ours_first)
        Manifest.of_folder(folder, leave_out={MANIFEST}).save(folder / MANIFEST)
