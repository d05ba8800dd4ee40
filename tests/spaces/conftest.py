"""What the tests of Spaces share: a browser, and Spaces that run."""

from __future__ import annotations

from helpers.browser_fixtures import browser, subjects, terms, window

__all__ = ["browser", "subjects", "terms", "window"]
