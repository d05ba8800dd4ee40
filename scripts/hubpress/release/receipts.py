"""Receipts: what a stage read and wrote, so that "nothing changed" is a fact and a torn run is visible."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hubpress import __version__
from hubpress.files import digest_of, is_inside, make_room, sha256_file
from hubpress.release.job import Job, Stage, StageOutput
from hubpress.schemas.document import DocumentError
from hubpress.schemas.receipt import Receipt, Stamp
from hubpress.tokens import without_tokens


def read_receipt(job: Job, stage: str) -> Receipt | None:
    """Return a stage's receipt, or None when it has none that can be read."""
    try:
        receipt = Receipt.load(job.receipt(stage))
    except DocumentError:
        return None
    # What a stage wrote is below the build folder; a receipt that says otherwise is none of ours.
    inside = all(is_inside(stamp.path) for stamp in receipt.outputs)
    return receipt if inside and receipt.stage == stage else None


def current_receipt(job: Job, stage: Stage) -> Receipt | None:
    """Return a stage's receipt if the stage would do the same again; None when it has to run.

    That takes the same settings and version of hubpress, the same input files, and all outputs in place.
    """
    receipt = read_receipt(job, stage.name)
    if receipt is None or receipt.key != _key(job, stage):
        return None
    if {stamp.path for stamp in receipt.inputs} != {_path_in_receipts(job, path) for path in stage.inputs(job)}:
        return None
    return receipt if all(_holds(job, stamp) for stamp in (*receipt.inputs, *receipt.outputs)) else None


def leave_receipt(job: Job, stage: Stage, inputs: Sequence[Stamp], output: StageOutput, seconds: float) -> None:
    """Stamp what a stage wrote and write its receipt; *inputs* are stamps from before it ran."""
    path = job.receipt(stage.name)
    make_room(path)
    Receipt(
        stage=stage.name,
        key=_key(job, stage),
        inputs=tuple(inputs),
        outputs=tuple(stamp_of(job, path) for path in output.outputs),
        summary=without_tokens(output.summary),
        seconds=round(seconds, 2),
        warnings=tuple(without_tokens(one) for one in output.warnings),
    ).save(path)


def stamp_of(job: Job, path: Path) -> Stamp:
    """Return a file's size, time of change and sha256 as they are now. Raises OSError when it is missing."""
    status = path.stat()
    return Stamp(
        path=_path_in_receipts(job, path), size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=sha256_file(path)
    )


def _holds(job: Job, stamp: Stamp) -> bool:
    """Return whether a file is still the same; its bytes are read only when its time of change says otherwise."""
    path = job.folder / stamp.path
    try:
        status = path.stat()
        if status.st_size != stamp.size:
            return False
        return status.st_mtime_ns == stamp.mtime_ns or sha256_file(path) == stamp.sha256
    except (OSError, ValueError):  # a name that no file can have is a ValueError
        return False


def _path_in_receipts(job: Job, path: Path) -> str:
    """Return a file's name below the build folder, or the whole path of one that lies elsewhere.

    Receipts are read from the build folder on: a path from where the command was typed would lead nowhere.
    """
    folder, file = job.folder.resolve(), path.parent.resolve() / path.name
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(path.resolve())


def _key(job: Job, stage: Stage) -> str:
    return digest_of({"version": __version__, "settings": stage.settings(job)})
