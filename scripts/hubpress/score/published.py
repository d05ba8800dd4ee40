"""Answers in a data set of a Hub, where jobs leave their parts: a folder as the one of a run, commit by commit."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubError, UsageError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import RemoteFile
from hubpress.hub.retries import patiently
from hubpress.layout import ATTRIBUTES, CARD
from hubpress.manifest import Manifest
from hubpress.schemas.document import DocumentError
from hubpress.schemas.scoring import ScoredPart, ScoringRun
from hubpress.score.parts import RECEIPTS, RUN

SCHEME = "hf://datasets/"
_THREADS = 8


@dataclass(frozen=True)
class Listing:
    """What stands in the folder at a commit."""

    sha: str
    files: Mapping[str, RemoteFile]
    """By their names below the folder."""

    def receipts(self) -> list[str]:
        """Return the names of the receipts."""
        return sorted(
            name for name in self.files if name.startswith(f"{RECEIPTS}/part-") and Path(name).suffix == ".json"
        )


@dataclass(frozen=True)
class PublishedAnswers:
    """The folder of a run in a data set."""

    hub: Hub
    repo: RepoId
    folder: str
    """Empty for the data set itself."""

    @classmethod
    def at(cls, address: str, hub: Hub) -> PublishedAnswers:
        """Return the folder of ``hf://datasets/OWNER/NAME[/FOLDER]``. Raises UsageError for what is none."""
        owner, _, rest = address.removeprefix(SCHEME).strip("/").partition("/")
        name, _, folder = rest.partition("/")
        if not name or any(mark in address for mark in "@*?[") or ".." in folder.split("/"):
            hint = f"Write {SCHEME}OWNER/NAME, or a folder below it."
            raise UsageError(f"{address!r} is no data set of the Hub.", where="--output", hint=hint)
        return cls(hub, RepoId(f"{owner}/{name}", "dataset"), folder)

    def __str__(self) -> str:
        return f"{SCHEME}{self.repo.id}{f'/{self.folder}' if self.folder else ''}"

    def path(self, name: str) -> str:
        """Return the name of a file below the data set."""
        return f"{self.folder}/{name}" if self.folder else name

    def look(self) -> Listing | None:
        """Return what is there, None where the data set is not. Raises HubError."""
        seen = self.hub.look(self.repo)
        if seen is None or seen.head is None:
            return None
        start = self.path("")
        every = self.hub.list_files(self.repo, seen.head)
        return Listing(seen.head, {name.removeprefix(start): f for name, f in every.items() if name.startswith(start)})

    def refuse_other(self, listing: Listing, model: str) -> None:
        """Raise UsageError where the folder holds other things than answers, or those of another model."""
        hint = "Give another --output."
        if RUN not in listing.files:
            if set(listing.files) - {ATTRIBUTES, CARD}:
                raise UsageError("holds other files than answers of hubpress score.", where=str(self), hint=hint)
            return
        with self.fetched(listing, [RUN]) as files:
            before = ScoringRun.load(files / RUN)
        if before.model.name != model:
            raise UsageError(f"holds answers of {before.model.name}, not of {model}.", where=str(self), hint=hint)

    def parts(self, listing: Listing, names: Iterable[str]) -> list[ScoredPart]:
        """Return what receipts say that can be read, and whose part is there. Raises HubError."""
        found = []
        with self.fetched(listing, names) as files:
            for path in sorted(files.rglob("*.json")):
                try:
                    part = ScoredPart.load(path)
                except DocumentError:
                    continue
                file = listing.files.get(part.part)
                if file is not None and file.size == part.bytes:
                    found.append(part)
        return found

    @contextmanager
    def fetched(self, listing: Listing, names: Iterable[str], beside: Path | None = None) -> Iterator[Path]:
        """Yield a folder with files of the listing, which is gone when the block ends. Raises HubError."""
        with tempfile.TemporaryDirectory(dir=beside, prefix=".fetched-") as scratch:
            with self.hub.api(self.repo.path) as api, ThreadPoolExecutor(_THREADS) as pool:

                def fetch(name: str) -> None:
                    patiently(
                        lambda: api.hf_hub_download(
                            self.repo.id, self.path(name), repo_type="dataset", revision=listing.sha, local_dir=scratch
                        )
                    )

                list(pool.map(fetch, names))
            shutil.rmtree(Path(scratch) / ".cache", ignore_errors=True)
            yield Path(scratch) / self.folder

    def create(self, *, is_named: bool) -> None:
        """Create the data set, private, where it is missing. Raises HubError for a public one, unless it *is_named*."""
        seen = self.hub.look(self.repo)
        if seen is None:
            with tempfile.TemporaryDirectory() as empty:
                self.hub.create(self.repo, Path(empty), Manifest(()), private=True)
        elif not seen.private and not is_named:
            what = f"{self.repo.path} is public, and the answers would be, too."
            raise HubError(what, where="--engine jobs", hint=f"Make it private, or name it: --output {self}.")

    def add(
        self, files: Mapping[str, Path], message: str, *, new: Collection[str] = (), removed: Collection[str] = ()
    ) -> None:
        """Put files there by their names, and take away those *removed*, in one commit beside what others commit.

        The files are copied first. Raises HubError, also where a name of *new* is taken.
        """
        with tempfile.TemporaryDirectory() as scratch:
            for name, file in files.items():
                target = Path(scratch) / self.path(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
            paths = [[self.path(name) for name in names] for names in (new, removed)]
            self.hub.add(self.repo, Path(scratch), message, new=paths[0], removed=paths[1])
