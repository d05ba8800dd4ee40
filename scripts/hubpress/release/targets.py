"""The Hub that a release goes to: the rehearsal Hub below a build folder, or the one of HF_ENDPOINT."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubpress.errors import HubpressError
from hubpress.hub.client import Hub
from hubpress.hub.ids import refuse_bad_tag
from hubpress.hub.ownership import Foreign
from hubpress.release.job import REHEARSAL_OWNER
from hubpress.this_machine import is_local


@dataclass(frozen=True)
class Target:
    """A Hub to publish on, and how: *private* None leaves the visibility as it is, *tag* names the commit.

    A public repository is made private only with *hide_public*; *foreign* says what is done with people's files.

    Raises UsageError for a *tag* that no commit can have.
    """

    hub: Hub
    name: str
    """What receipts call the Hub: a rehearsal Hub has another address each time, and is told by its store."""
    private: bool | None = None
    tag: str | None = None
    takes_samples: bool = True
    hide_public: bool = False
    foreign: Foreign = Foreign.STOP

    def __post_init__(self) -> None:
        if self.tag is not None:
            refuse_bad_tag(self.tag)

    @classmethod
    @contextmanager
    def rehearsal(
        cls, build_dir: Path, *, owner: str = REHEARSAL_OWNER, private: bool | None = None, tag: str | None = None
    ) -> Iterator[Target]:
        """Yield the rehearsal Hub below *build_dir*, which runs until the block ends; *owner* may publish there."""
        from hubpress.rehearsal.server import running
        from hubpress.rehearsal.store import Store

        if tag is not None:
            refuse_bad_tag(tag)
        store = Store(rehearsal_folder(build_dir))
        if owner != REHEARSAL_OWNER:
            store.add_organisation(owner)
        with running(store.folder) as url:
            yield cls(Hub(url, store.write_token), f"rehearsal {store.identity}", private, tag)

    @classmethod
    def published(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        private: bool | None = None,
        tag: str | None = None,
        force: bool = False,
    ) -> Target:
        """Return the Hub of HF_ENDPOINT with the token of HF_TOKEN; with *force* a real one takes samples too."""
        hub = Hub.of_environment(environ)
        return cls(hub, hub.endpoint, private, tag, takes_samples=force or is_local(hub.endpoint))

    def refuse_samples(self) -> None:
        """Raise HubpressError where a sample release has no place."""
        if not self.takes_samples:
            hint = "Release without --sample, or insist with --force."
            raise HubpressError(f"a sample release is not meant for {self.hub.endpoint}.", hint=hint)


def rehearsal_folder(build_dir: Path) -> Path:
    """Return the folder of the rehearsal Hub below a build folder."""
    return build_dir / "hub"
