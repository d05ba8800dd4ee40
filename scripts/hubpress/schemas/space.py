"""space.json: what a Space's app reads when it starts."""

from __future__ import annotations

UNPUBLISHED = "0" * 40
"""The revision of a Space whose model is not published yet."""
