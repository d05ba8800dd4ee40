"""receipts/<stage>.json: what a stage read and wrote."""

from __future__ import annotations

from hubpress.schemas.document import Document, Part


class Stamp(Part):
    """A file as a stage saw it; paths below the build folder are relative to it, so that it can be moved or copied."""

    path: str
    size: int
    """In bytes."""
    mtime_ns: int
    sha256: str


class Receipt(Document):
    """The last thing that a stage writes."""

    stage: str
    key: str
    """A digest of the settings and of hubpress's version."""
    inputs: tuple[Stamp, ...]
    outputs: tuple[Stamp, ...]
    summary: str
    seconds: float
    warnings: tuple[str, ...] = ()
    """What a person has to know before the release is used, a sentence each."""
