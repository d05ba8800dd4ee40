"""A finished release, and a Hub elsewhere to push it to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, str]]:
    """A Hub elsewhere than the build's own, named by HF_ENDPOINT, with an organisation ``acme``."""
    store = Store(tmp_path / "elsewhere")
    store.add_organisation("acme")
    with running(store.folder, port=0) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield store, url


@pytest.fixture
def build(released: Path, tmp_path: Path) -> Path:
    """A copy of a build folder with a finished release."""
    return Path(shutil.copytree(released, tmp_path / "build"))
