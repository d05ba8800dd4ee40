"""gate/…/<repository>.json: a repository that a release has asked for and not shown yet."""

from __future__ import annotations

from hubpress.schemas.document import Document


class NewRepository(Document):
    """What is known here of a repository that is private only until its first release is proved."""

    created: bool
    """Whether the Hub has said that it was not there before: then nobody else puts anything on its main."""
