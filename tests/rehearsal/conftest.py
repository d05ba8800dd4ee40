"""Clients of a rehearsal Hub: huggingface_hub's, plain HTTP, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.browser_fixtures import browser, subjects, terms, window
from helpers.pages import Ask
from helpers.pages import browser as browse
from helpers.processes import SECONDS
from helpers.rehearsal import WEIGHTS, commit
from hubpress.rehearsal.store import Store

__all__ = ["browser", "subjects", "terms", "window"]  # fixtures, beside those below


@pytest.fixture(autouse=True)
def plain_lfs(own_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No login and no cache of the machine, and plain LFS."""
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


@pytest.fixture
def api(url: str, store: Store) -> HfApi:
    return HfApi(endpoint=url, token=store.write_token)


@pytest.fixture
def plain(url: str, store: Store) -> Iterator[Any]:
    """An HTTP client with the write token and no manners."""
    with httpx.Client(
        base_url=url, headers={"authorization": f"Bearer {store.write_token}"}, timeout=SECONDS
    ) as client:
        yield client


_numbers = iter(range(1000))


@pytest.fixture
def repo(api: HfApi) -> str:
    """A fresh repository with a card and weights."""
    name = f"rehearsal/model-{next(_numbers)}"
    api.create_repo(name)
    commit(api, name, {"README.md": b"---\nlicense: mit\ntags: [a]\n---\n# M\n", "model.safetensors": WEIGHTS})
    return name


@pytest.fixture
def get(url: str) -> Ask:
    return browse(url)
