"""What rules of an audit are given, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from hubpress.check.model.remote_code import loaded_files
from hubpress.check.staged import Staged
from hubpress.hub.client import Hub
from hubpress.schemas.audit import Severity

MEGABYTE = 1_000_000
MOST = 50
"""Megabytes of a file that is read whole, where nothing else is asked."""


@dataclass(frozen=True)
class Audited:
    """A repository as the rules see it."""

    staged: Staged
    in_part: frozenset[str] = frozenset()
    """The files of which only the beginning is there."""
    max_size: int = MOST * MEGABYTE
    """How many bytes of a pickle are scanned."""
    hub: Hub | None = None
    """The Hub that is asked about base models; None: nobody is."""
    fetch_links: bool = False

    @cached_property
    def loaded(self) -> frozenset[str]:
        """Return the Python files that transformers runs when the model is loaded with `trust_remote_code`."""
        return frozenset(loaded_files(self.staged))


@dataclass(frozen=True)
class Found:
    """What a rule found: how bad it is, where (with the line, if known), and what to do."""

    severity: Severity
    where: str
    text: str


AuditRule = Callable[[Audited], Iterable[Found]]
"""One thing to ask of a repository; its docstring says what is promised where nothing is found."""
