"""The test split that a release has published as a data set: found, read again, and held against its evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hubpress.card.records import front_of_records
from hubpress.data.published import read_records, records_tag
from hubpress.errors import DataError, HubError
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import published_manifest
from hubpress.hub.readme import read_card
from hubpress.layout import CARD, CONFIG, EVALUATION, MANIFEST, SPLITS_FACTS, TEST_RECORDS
from hubpress.manifest import FileEntry
from hubpress.schemas.model_config import ModelConfig
from hubpress.schemas.splits import SplitFacts
from hubpress.text import counted
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.proof import Claim
from hubpress.verify.published import PublishedCommit

_FILES = (CARD, MANIFEST, TEST_RECORDS)
_METADATA = ("license", "license_name", "license_link", "configs")


@dataclass(frozen=True)
class PublishedSplit:
    """A published test split on disk, as prepared records in *folder*; None, and why there are none."""

    repo: RepoId
    sha: str | None
    folder: Path | None = None
    differences: tuple[str, ...] = ()
    why: str = ""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.repo.path} at {self.sha[:7]}" if self.sha else self.repo.path

    def claim(self, count: int) -> Claim:
        """Return the row of the proof that says whether it is the one that *count* records were measured on."""
        records = counted(count, "record")
        how = f"{self.place}: {records} with the fingerprint in {EVALUATION}; their columns, labels and licence"
        return Claim("test data", how, self.differences, None if self.sha else self.why)


def published_split(release: DownloadedRelease, folder: Path, *, at: PublishedCommit | None) -> PublishedSplit | None:
    """Download the test split of a release below *folder*; None where its recipe publishes none.

    It is looked for *at* a commit. Where there is none, at main of the owner's repository, and where that holds other
    records by now, at the tag of these.
    """
    commit = release.commit
    if (data_id := release.recipe.test_data_id(commit.repo.owner)) is None:
        return None
    if at is not None:
        return _read(release, at, folder / "records")
    repo = RepoId(data_id, "dataset")
    try:
        return _found(release, PublishedCommit(commit.hub, repo, ""), folder)
    except (DataError, HubError) as error:
        return PublishedSplit(repo, None, why=f"{repo.path} cannot be had: {error.what.rstrip('.')}")


def _found(release: DownloadedRelease, wanted: PublishedCommit, folder: Path) -> PublishedSplit:
    """Return the records of main where they are those of the release, else those that are tagged so."""
    hub, repo = wanted.hub, wanted.repo
    seen = hub.look(repo)
    if seen is None or seen.head is None:
        return PublishedSplit(repo, None, why=f"{repo.path} is not there, or not for everybody")
    newest = _read(release, replace(wanted, sha=seen.head), folder / "newest")
    if not newest.differences:
        return newest
    labels = ModelConfig.load(release.files / CONFIG).labels
    tag = records_tag(release.recipe, labels, release.evaluation.data.fingerprint)
    if not hub.has_tag(repo, tag) or (sha := hub.head(repo, tag)) == seen.head:
        return newest
    tagged = _read(release, replace(wanted, sha=sha), folder / "tagged")
    if tagged.differences or _is_whole(folder / "newest" / "files"):  # else: what a later release published
        return newest if tagged.differences else tagged
    what = f"main holds another {TEST_RECORDS} than the {MANIFEST} beside it lists"
    return replace(tagged, differences=(what,))


def _is_whole(files: Path) -> bool:
    """Return whether the records are those that a release of hubpress put there."""
    listed = published_manifest(files, "dataset")
    there = (files / TEST_RECORDS).is_file()
    return bool(listed and there and FileEntry.of(files, TEST_RECORDS) == listed.by_path()[TEST_RECORDS])


def _read(release: DownloadedRelease, commit: PublishedCommit, folder: Path) -> PublishedSplit:
    """Download a commit of a data set, and hold it against the release whose test split it is to be."""
    there = commit.hub.list_files(commit.repo, commit.sha)
    files = commit.download(folder / "files", only=[name for name in _FILES if name in there])
    found = PublishedSplit(commit.repo, commit.sha)
    if TEST_RECORDS not in there:
        return replace(found, differences=(f"{found.place} has no {TEST_RECORDS}",))
    config, data, recipe = ModelConfig.load(release.files / CONFIG), release.evaluation.data, release.recipe
    try:
        split, fingerprint = read_records(recipe, config.labels, files / TEST_RECORDS, cache_dir=folder / "cache")
    except DataError as error:
        return replace(found, differences=(f"{TEST_RECORDS} {error.what.rstrip('.')}",))
    if (fingerprint, len(split)) != (data.fingerprint, data.count):
        what = f"{TEST_RECORDS} holds {counted(len(split), 'record')} with the fingerprint {fingerprint[:16]}"
        return replace(found, differences=(f"{what}, and {data.count} with {data.fingerprint[:16]} were measured on",))
    split.save_to_disk(str(folder / "splits" / "test"))
    levels = tuple(recipe.data.label_table.parents) if recipe.data.label_table else ()
    SplitFacts(
        labels=config.labels,
        counts={"test": data.count},
        label_counts={"test": data.label_counts.get("test", {})},
        fingerprints={"test": fingerprint},
        dropped={},
        split=data.method,
        parents=config.parents_by_level(*levels[:1]),
    ).save(folder / "splits" / SPLITS_FACTS)
    return replace(found, folder=folder / "splits", differences=tuple(_compare_card(release, files)))


def _compare_card(release: DownloadedRelease, files: Path) -> Iterator[str]:
    """Yield what the data set's metadata says otherwise than the recipe: whoever loads it goes by that."""
    text = (files / CARD).read_text(encoding="utf-8", errors="replace") if (files / CARD).is_file() else ""
    said, expected = read_card(text).data, front_of_records(release.recipe, release.evaluation)
    for key in _METADATA:
        if said.get(key) != expected.get(key):
            yield f"its {CARD} says {key} {said.get(key)!r}, and the recipe {expected.get(key)!r}"
