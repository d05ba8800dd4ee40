"""The folder of the answers: a parquet file for each part with its receipt, and the rows that have no answer.

A part counts when its receipt is there, which is written last; everything else is written under another name first.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from hubpress.errors import HubpressError, UsageError
from hubpress.files import PARTIAL, sha256_file, write_text
from hubpress.schemas.document import DocumentError
from hubpress.schemas.scoring import ScoredFile, ScoredPart, ScoringRun
from hubpress.score.rows import WHOLE, BadRow, Share

if TYPE_CHECKING:
    import pyarrow as pa

RUN = "score.json"
BAD_ROWS = "bad-rows.jsonl"
RECEIPTS = "receipts"
BAD = ".bad.jsonl"
"""The ending of what a part has no answers for, beside its receipt."""
_CACHE = ".model"
_LOCK = ".lock"
TASKS = "tasks"
"""The folder of what tasks elsewhere are told, of their locks, and of what they say."""
_TURN_SECONDS = 3600.0
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a Path has lost one of the two; one letter is a drive
_ROW_GROUP = 16_384


class Parts:
    """The parts of a run in their folder; those of an earlier run that still hold are kept."""

    def __init__(self, folder: Path, run: ScoringRun, share: Share = WHOLE) -> None:
        self.folder, self.run, self.share = folder, run, share
        self.cache = folder / _CACHE
        self.kept: dict[tuple[str, int], ScoredPart] = {}
        """By the path of their file, and their number in it."""
        self.stale = 0
        """Parts of an earlier run that were taken away: another model, decision or input made them."""
        self._taken: set[str] = set()

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, run: ScoringRun) -> Iterator[Parts]:
        """Yield the folder, which belongs to this run until the block ends.

        Raises UsageError for a folder with other files or of another model, and HubpressError where another run writes.
        """
        refuse_other_folder(folder, run.model.name)
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(_locked(folder / _LOCK, folder))
            for lock in sorted((folder / TASKS).glob("*.lock")):  # with the folder's, no task begins
                with _locked(lock, folder):
                    pass
            yield cls(folder, run)

    @classmethod
    @contextmanager
    def opened_by_task(cls, folder: Path, load: Callable[[], ScoringRun], share: Share) -> Iterator[Parts]:
        """Yield the folder for one task of several (*share*), which writes beside the others until the block ends.

        *load* says which run it is, once nobody else settles that. Raises HubpressError where that task is running.
        """
        (folder / TASKS).mkdir(exist_ok=True)
        with ExitStack() as stack:
            with _locked(folder / _LOCK, folder, seconds=_TURN_SECONDS):
                stack.enter_context(_locked(folder / TASKS / f"{share[0]:05d}.lock", folder))
                parts = cls(folder, load(), share)
            yield parts

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other task begin or end until the block ends."""
        with _locked(self.folder / _LOCK, self.folder, seconds=_TURN_SECONDS):
            yield

    def take_stock(self, files: Sequence[ScoredFile]) -> None:
        """Keep the parts that still hold for *files*, and take away the others.

        Raises UsageError for parts of files that are not among them, before anything is taken away.
        """
        versions = {file.path: file.version for file in files}
        receipts = list(self._receipts())
        refuse_strange([one for _, one in receipts if one], versions, where=str(self.folder))
        self.run.save(self.folder / RUN)  # first of all: by it the folder is known for one of answers
        (self.folder / RECEIPTS).mkdir(exist_ok=True)
        self._keep_what_holds(receipts, versions)
        for path in [*self.folder.glob(f"*{PARTIAL}"), *self.folder.glob("part-*.parquet"), *self._beside()]:
            if path.name.partition(".")[0] not in self._taken:
                path.unlink()

    def take_stock_of_task(self, files: Sequence[ScoredFile]) -> None:
        """Keep the parts of *files* that are there, whoever made them, and take away what this task left unfinished."""
        receipts = list(self._receipts())
        self._keep_what_holds(receipts, {file.path: file.version for file in files})
        self._taken |= {path.stem for path, _ in receipts}
        for path in [
            *self.folder.glob(f"part-*{PARTIAL}"),
            *self.folder.glob("part-*.parquet"),
            *self._beside("part-*"),
        ]:
            stem = path.name.partition(".")[0]
            if stem not in self._taken and self._is_own(stem):
                path.unlink()

    def _keep_what_holds(self, receipts: Iterable[tuple[Path, ScoredPart | None]], versions: Mapping[str, str]) -> None:
        self.kept.clear()
        for _, receipt in receipts:
            if receipt is None or (receipt.file.path, receipt.number) in self.kept:
                continue  # never twice, whatever wrote there
            if self.holds(receipt, versions) and self._is_there(receipt):
                self.kept[receipt.file.path, receipt.number] = receipt
                continue
            self.stale += 1
        self._taken = {Path(part.part).stem for part in self.kept.values()}

    def holds(self, part: ScoredPart, versions: Mapping[str, str]) -> bool:
        """Return whether a part is of this run, and of a file that is as *versions* has it by its path."""
        return part.key == self.run.key and part.file.version == versions.get(part.file.path)

    def _is_there(self, part: ScoredPart) -> bool:
        file = self.folder / part.part
        return file.is_file() and file.stat().st_size == part.bytes

    def _is_own(self, stem: str) -> bool:
        number = stem.removeprefix("part-")
        return number.isdigit() and int(number) % self.share[1] == self.share[0]

    def known(self) -> dict[str, ScoredFile]:
        """Return the files of earlier receipts by their paths, as they were when they were read."""
        return {receipt.file.path: receipt.file for _, receipt in self._receipts() if receipt}

    def rows_of(self, file: ScoredFile) -> dict[int, int]:
        """Return how many rows the parts of a file have that are there, by their numbers."""
        return {number: part.answered + part.bad for (path, number), part in self.kept.items() if path == file.path}

    def done(self, file: ScoredFile) -> tuple[frozenset[int], bool]:
        """Return which parts of a file are there, and whether these are all."""
        parts = {number: part for (path, number), part in self.kept.items() if path == file.path}
        last = [number for number, part in parts.items() if part.is_last]
        return frozenset(parts), bool(last) and len(parts) == last[0] + 1

    def begin(self, schema: pa.Schema) -> PartWriter:
        """Return what writes the next part."""
        return PartWriter(self, self._next_name(), schema)

    def _next_name(self) -> str:
        number, step = self.share
        while (name := f"part-{number:05d}") in self._taken:
            number += step
        self._taken.add(name)
        return name

    def take_over(self, part: ScoredPart, file: Path, bad: Path | None) -> None:
        """Take a part that was made elsewhere, and what stands in the file *bad* of its rows without an answer.

        Both files are moved; the part gets the next name that is free. Raises HubpressError for other bytes than the
        receipt says.
        """
        if sha256_file(file) != part.sha256:
            raise HubpressError("does not hold what its receipt says.", where=part.part, hint="Run the same again.")
        name = self._next_name()
        file.replace(self.folder / f"{name}.parquet")
        if bad:
            bad.replace(self.folder / RECEIPTS / f"{name}{BAD}")
        renamed = part.model_copy(update={"part": f"{name}.parquet"})
        renamed.save(self.folder / RECEIPTS / f"{name}.json")
        self.kept[part.file.path, part.number] = renamed

    def keep(self, part: ScoredPart, bad: Iterable[tuple[str, BadRow]]) -> None:
        """Write what a part has no answers for, and then its receipt: from now on it counts."""
        stem = Path(part.part).stem
        beside = self.folder / RECEIPTS
        text = "".join(
            json.dumps({"file": file, "row": row.number, "reason": row.reason}, ensure_ascii=False) + "\n"
            for file, row in bad
        )
        if text:
            write_text(beside / f"{stem}{BAD}", text)
        part.save(beside / f"{stem}.json")
        self.kept[part.file.path, part.number] = part

    def gather_bad_rows(self) -> None:
        """Put the bad rows of all parts into one file, in the order of the parts, if there are any."""
        gathered(sorted((self.folder / RECEIPTS).glob(f"*{BAD}")), self.folder / BAD_ROWS)

    def forget_model(self) -> None:
        """Take away the model's files, which are not needed once everything is answered."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def _receipts(self) -> Iterator[tuple[Path, ScoredPart | None]]:
        """Yield the receipts of the folder; None for one that cannot be read."""
        for path in sorted((self.folder / RECEIPTS).glob("part-*.json")):
            try:
                yield path, ScoredPart.load(path)
            except DocumentError:
                yield path, None

    def _beside(self, *patterns: str) -> Iterator[Path]:
        for pattern in patterns or ("part-*", f".*{PARTIAL}"):
            yield from (self.folder / RECEIPTS).glob(pattern)


class PartWriter:
    """One part that is being written, row group by row group."""

    def __init__(self, parts: Parts, name: str, schema: pa.Schema) -> None:
        from pyarrow import parquet

        self._parts, self._name = parts, name
        self._partial = parts.folder / f"{name}.parquet{PARTIAL}"
        self._writer: Any = parquet.ParquetWriter(self._partial, schema, compression="zstd")
        self._waiting: list[pa.Table] = []
        self._answered = 0
        self._bad: list[tuple[str, BadRow]] = []

    def add(self, table: pa.Table, file: str, bad: Iterable[BadRow]) -> None:
        """Write answers, and take the rows that have none."""
        self._waiting.append(table)
        self._answered += table.num_rows
        if sum(one.num_rows for one in self._waiting) >= _ROW_GROUP:
            self._write()
        self._bad += [(file, row) for row in bad]

    def close(self, file: ScoredFile, number: int, *, is_last: bool) -> ScoredPart:
        """End the part, which is that *number* of *file*; return its receipt."""
        self._write()
        self._writer.close()
        path = self._parts.folder / f"{self._name}.parquet"
        part = ScoredPart(
            part=path.name, bytes=self._partial.stat().st_size, sha256=sha256_file(self._partial),
            key=self._parts.run.key, model=self._parts.run.model, file=file, number=number,
            answered=self._answered, bad=len(self._bad), is_last=is_last,
        )  # fmt: skip
        self._partial.replace(path)
        self._parts.keep(part, sorted(self._bad, key=lambda one: one[1].number))
        return part

    def _write(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting = []


def gathered(pieces: Sequence[Path], target: Path) -> bool:
    """Put the bad rows of some files into one, and return whether there are any; else it is taken away."""
    if not pieces:
        target.unlink(missing_ok=True)
        return False
    partial = target.with_name(f"{target.name}{PARTIAL}")
    with partial.open("wb") as stream:
        for piece in pieces:
            with piece.open("rb") as read:
                shutil.copyfileobj(read, stream)
    partial.replace(target)
    return True


@contextmanager
def _locked(path: Path, folder: Path, *, seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock until the block ends. Raises HubpressError where it is not free after so many seconds."""
    try:
        with FileLock(path, timeout=seconds):
            yield
    except Timeout:
        hint = "Wait for it, or give another --output."
        if (folder / TASKS).is_dir():
            hint = "Tasks of Slurm write there: give the same command when squeue lists them no more."
        raise HubpressError("another hubpress score writes there.", where=str(folder), hint=hint) from None


def refuse_strange(parts: Iterable[ScoredPart], versions: Mapping[str, str], *, where: str) -> None:
    """Raise UsageError where one of *parts* is of a file that is not among those of *versions*."""
    strange = next((one.file.path for one in parts if one.file.path not in versions), None)
    if strange:
        hint = "Give another --output, or an --input that finds that file, too."
        raise UsageError(f"holds answers of {strange}, which --input does not find.", where=where, hint=hint)


def refuse_elsewhere(folder: Path | str) -> None:
    """Raise UsageError for an address, such as ``s3://``, in a folder's place: no run could lock it."""
    if _ADDRESS.match(str(folder)):
        hint = "Give a folder, and copy it there when the run has ended."
        raise UsageError(f"{str(folder)!r} is no folder of this machine.", where="--output", hint=hint)


def refuse_other_folder(folder: Path, model: str) -> None:
    """Raise UsageError where a folder is none, holds other things than answers, or those of another model."""
    hint = "Give another --output."
    if folder.exists() and not folder.is_dir():
        raise UsageError("is no folder.", where=str(folder), hint=hint)
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        before = ScoringRun.load(folder / RUN)
    except DocumentError as error:
        if {path.name for path in folder.iterdir()} == {_LOCK}:
            return
        raise UsageError("holds other files than answers of hubpress score.", where=str(folder), hint=hint) from error
    if before.model.name != model:
        raise UsageError(f"holds answers of {before.model.name}, not of {model}.", where=str(folder), hint=hint)
