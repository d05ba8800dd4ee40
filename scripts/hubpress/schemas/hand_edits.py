"""hand-edits/…json: what people have written into the texts of a repository, read before a release is made."""

from __future__ import annotations

from hubpress.schemas.document import Document, Part


class EditedText(Part):
    """A text that people have edited."""

    base: str
    """As the last release made it."""
    theirs: str
    """As main has it."""


class HandEdits(Document):
    """The edits of one repository, which the next release of it keeps."""

    ours_first: bool
    """Whether the release's lines count where it changes what was edited."""
    texts: dict[str, EditedText]
    """By the names of their files."""
