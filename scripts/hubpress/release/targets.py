"""The Hub that a release goes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A Hub to publish on: where it is, with which token, and what to call it in receipts."""

    endpoint: str
    token: str | None
    name: str
    private: bool | None = None
    tag: str | None = None
