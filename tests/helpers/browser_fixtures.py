"""A browser, its windows and two Spaces to look at, for the tests of pages; a conftest imports them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from helpers.browser import Watched, chromium, watched
from helpers.browser_spaces import serve_subjects, serve_terms
from helpers.space import Served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def window(browser: Browser) -> Iterator[Watched]:
    """A new window of it, which is watched until the test ends."""
    with watched(browser) as found:
        yield found


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Space of records of three fields with many labels, a threshold for each, and their parents."""
    with serve_subjects(tmp_path_factory.mktemp("subjects")) as at:
        yield at


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Space that finds entities of six types."""
    with serve_terms(tmp_path_factory.mktemp("terms")) as at:
        yield at
