"""From one owner to another: what was proved at the first is published at the second, the same bytes."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path

from hubpress.errors import HubpressError, UsageError
from hubpress.hub.ids import RepoId
from hubpress.layout import CARD, CHANGELOG, GENERATED, GENERATED_TEXTS, MANIFEST, NOTEBOOK, RECIPE, REPORT, SIGNATURE
from hubpress.manifest import FileEntry, Manifest
from hubpress.recipe.published import published_text
from hubpress.recipe.recipe import Recipe
from hubpress.release.ahead import ask_ahead
from hubpress.release.api import BUILD
from hubpress.release.changes import staged_with_changes
from hubpress.release.gate import release_gated
from hubpress.release.job import Job
from hubpress.release.meter import Meter, StageResult
from hubpress.release.push import refuse_moved
from hubpress.release.receipts import read_receipt
from hubpress.release.release import ReleaseResult
from hubpress.release.released import keep_released, read_released
from hubpress.release.runner import locked, print_result
from hubpress.release.targets import Target
from hubpress.schemas.released import Released

RENDERED = (CARD, NOTEBOOK, REPORT)
"""Files that name their repository, and differ in nothing else."""
_SUMS = (MANIFEST, SIGNATURE)
"""Files that say the hashes of others."""
_OF_ITS_OWN = (*RENDERED, *GENERATED_TEXTS, *_SUMS, CHANGELOG)


def promote_model(
    recipe: Recipe,
    target: Target,
    *,
    source: str,
    owner: str,
    build_dir: Path | str = BUILD,
    isolated: bool = False,
    accept_worse: bool = False,
    threads: int | None = None,
    quiet: bool = False,
) -> ReleaseResult:
    """Publish what *source* has on main, proved, at *owner* too, through the gate; nothing is trained or measured anew.

    Card, notebook and Space are rendered anew, for they name their repository, and the changelog goes on with *owner*'s
    own history; every other file is the same, byte for byte. The proof is one of its own. Raises HubpressError where
    *source* has not that release, where main there has moved on, or where the build folder would give other bytes.
    """
    if source == owner:
        raise UsageError(f"{owner} is where it comes from.", where="--to", hint="Name another user or organisation.")
    staged = Job.of(recipe, build_dir=build_dir, owner=source, quiet=quiet, threads=threads)
    job = Job.of(recipe, build_dir=build_dir, owner=owner, quiet=quiet, threads=threads)
    if recipe.is_sample:
        target.refuse_samples()
    target = replace(target, hub=target.hub.signed_in())
    origin = _Origin(staged, target)
    origin.refuse_changes()
    ask_ahead(job, target)
    stages, job = staged_with_changes(job, target, accept_worse=accept_worse, since="card")
    stages.append(origin.compare(job))
    with locked(job.folder):
        pushed = release_gated(job, target, isolated=isolated, only_propose=False)
        keep_released(job, target, pushed)
    return ReleaseResult((*stages, *pushed.stages), pushed.model, pushed.space, pushed.data)


class _Origin:
    """A release at its first owner's, held against what would be published at the second's."""

    def __init__(self, staged: Job, target: Target) -> None:
        self.staged, self.hub = staged, target.hub
        self.note = _released(staged, target)
        self.manifest = Manifest.load(staged.pushed / f"{self.note.model.sha}.json")

    def refuse_changes(self) -> None:
        """Raise HubpressError unless main is as it was proved, and the build folder has the same files.

        This comes before anything is rendered: the stages after it would take away what they do not know.
        """
        staged, note = self.staged, self.note
        refuse_moved(self.hub, RepoId(note.repo_id), note.model.sha)
        if note.space:
            refuse_moved(self.hub, RepoId(note.repo_id, "space"), note.space.sha)
        others = [entry.path for entry in self._same() if entry != _entry(staged.repo, entry.path)]
        if read_receipt(staged, "assemble") is None:
            others.append("the receipt of `assemble`")
        listed = self.manifest.by_path().get(RECIPE)
        text = published_text(staged.recipe).encode()
        if listed is None or listed.sha256 != hashlib.sha256(text).hexdigest():
            others.append(RECIPE)
        if bool(note.space) != staged.recipe.has_space:
            others.append("the Space")
        self._refuse(others)

    def compare(self, job: Job) -> StageResult:
        """Say which files are the same; raise HubpressError where another than those that name the owner is not."""
        meter = Meter()
        same, now = self._same(), Manifest.load(job.manifest).by_path()
        others = [entry.path for entry in same if now.get(entry.path) != entry]
        others += sorted((now.keys() ^ self.manifest.by_path().keys()) - {CHANGELOG, *GENERATED_TEXTS})
        repo = RepoId(self.note.repo_id)
        names = [repo.id, job.repo_id, *(one.data_id for one in (self.staged, job) if one.data_id)]
        with tempfile.TemporaryDirectory(prefix="hubpress-") as fresh:
            names_there = {*RENDERED, *GENERATED_TEXTS} & self.manifest.by_path().keys()
            there = self.hub.download(repo, self.note.model.sha, Path(fresh) / "there", only=sorted(names_there))
            for name in RENDERED:
                # What people have written at either owner's stays there.
                before, after = (_as_made(folder, name).read_bytes() for folder in (there, job.repo))
                if _unnamed(before, *names) != _unnamed(after, *names):
                    others.append(name)
        self._refuse(others)
        size = sum(entry.size for entry in same)
        said = f"{len(same)} files, {size:,} bytes, have the sha256 that they have in {self._commit}; "
        said += f"but for the repository's name, so have {' and '.join(RENDERED)}"
        return print_result(job, meter.result("compare", said))

    def _same(self) -> list[FileEntry]:
        return [entry for entry in self.manifest.files if entry.path not in _OF_ITS_OWN]

    @property
    def _commit(self) -> str:
        return f"{self.note.repo_id}@{self.note.model.sha[:7]}"

    def _refuse(self, others: list[str]) -> None:
        if others:
            what = f"what is here is not what {self._commit} holds: {', '.join(others)}."
            hint = f"Give the options of that release, or release this to {self.note.owner} first."
            raise HubpressError(what, where=str(self.staged.folder), hint=hint)


def _released(staged: Job, target: Target) -> Released:
    note = read_released(staged, target.name)
    if note is None:
        what = f"{staged.repo_id} was not released there from this build folder."
        hint = f"Release it first: `hubpress release {staged.recipe.name} --publish --owner {staged.owner}`."
        raise HubpressError(what, where=target.hub.endpoint, hint=hint)
    return note


def _as_made(folder: Path, name: str) -> Path:
    """Return a text of a release as it was made, before people's edits came into it."""
    made = folder / GENERATED / name
    return made if made.is_file() else folder / name


def _entry(folder: Path, name: str) -> FileEntry | None:
    try:
        return FileEntry.of(folder, name)
    except OSError:
        return None


def _unnamed(text: bytes, *names: str) -> bytes:
    """Return a text in which repositories have no names; people may have written either of them."""
    for name in sorted(names, key=len, reverse=True):  # one may end like the other
        text = text.replace(name.encode(), b"OWNER/REPO")
    return text
