"""A model of static embeddings that a release is measured beside."""

from __future__ import annotations

from hubpress.schemas.document import Part


class StaticFacts(Part):
    """A model of static embeddings under a linear head."""

    id: str | None
    """Its name on the Hub; None of a folder."""
    revision: str | None
    """The commit that was measured."""
    sha256: str
    """Of its vectors and its tokenizer."""
    bytes: int
    """What both take on disk."""
    dimensions: int
    """How many numbers a vector has."""
