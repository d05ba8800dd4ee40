"""A wire to a Hub, and a press that pushes over it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.hub import Press, Wire, wired
from hubpress.hub import retries as transport
from hubpress.rehearsal.store import Store


@pytest.fixture(autouse=True)
def no_login(own_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No login of the machine; short waits."""
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(transport, "WAITS", (0.01, 0.02))


@pytest.fixture
def wire(url: str) -> Iterator[Wire]:
    with wired(url) as made:
        yield made


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A repository of its own for each test."""
    return "rehearsal/" + re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:90].strip("-")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "repo"


@pytest.fixture
def press(wire: Wire, store: Store, folder: Path, repo: str) -> Press:
    return Press(wire, store, folder, repo)
