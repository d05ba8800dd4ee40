"""A rehearsal Hub that is told to fail, as a process of its own: what clients see, and what it did all the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import httpx

from helpers.processes import SECONDS
from helpers.rehearsal import WEIGHTS, commit, file_line, post_commit, start
from hubpress.rehearsal.faults import break_requests, broken_requests
from hubpress.rehearsal.store import Store
from hubpress.schemas.document import DocumentError
from hubpress.schemas.hub_faults import FREE_ACCOUNT, Fault, load_faults

REPO = "rehearsal/fragile"


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    """In another process: what a test tells reaches it through the store's folder only."""
    process, url = start(store.folder)
    HfApi(endpoint=url, token=store.write_token).create_repo(REPO)
    yield url
    process.terminate()
    process.wait()


@pytest.fixture(autouse=True)
def nothing_told(store: Store, url: str) -> Iterator[None]:
    yield
    break_requests(store.folder, [])


def tell(store: Store, **fault: Any) -> None:
    break_requests(store.folder, [Fault(**fault)])


def files(api: HfApi) -> set[str]:
    return set(api.list_repo_files(REPO))


def test_a_status_in_place_of_an_answer_so_many_times(store: Store, api: HfApi, plain: Any) -> None:
    tell(store, action="status", method="GET", path=f"/api/models/{REPO}$", times=2, status=502, error="Bad gateway")
    for _ in range(2):
        answer = plain.get(f"/api/models/{REPO}")
        assert (answer.status_code, answer.json()) == (502, {"error": "Bad gateway"})
    assert plain.get(f"/api/models/{REPO}").status_code == 200
    tell(store, action="status", method="POST", status=429, headers={"Retry-After": "7"}, skip=1)
    said = [plain.post("/api/validate-yaml", json={"content": ""}) for _ in range(3)]
    assert [answer.status_code for answer in said] == [200, 429, 200]
    assert said[1].headers["retry-after"] == "7"
    tell(store, action="status", status=200, answer={"name": "somebody else"}, times=-1)
    assert [plain.get("/api/whoami-v2").json()["name"] for _ in range(2)] == ["somebody else"] * 2
    break_requests(store.folder, [])
    assert len(broken_requests(store.folder)) == 5
    assert broken_requests(store.folder)[2] == "status POST /api/validate-yaml"


@pytest.mark.parametrize("kind", ["drop", "garbage", "status"])
def test_before_and_after_the_hub_acted(store: Store, api: HfApi, plain: Any, kind: str) -> None:
    for action in (kind, f"{kind}-after"):
        tell(store, action=action, path="/commit/main")
        name = f"{action}.txt"
        try:
            answer = post_commit(plain, REPO, file_line(name, b"x"))
            assert answer.status_code == (503 if kind == "status" else 200)
            assert "commitOid" not in answer.text
        except httpx.TransportError:
            assert kind == "drop"
        assert (name in files(api)) == action.endswith("-after")
        assert post_commit(plain, REPO, file_line(f"then-{name}", b"x")).status_code == 200


def test_a_delay_holds_up_nobody_else(store: Store, plain: Any) -> None:
    tell(store, action="delay", path="/refs", seconds=1.0)
    began = time.monotonic()
    with pytest.raises(httpx.TimeoutException):
        plain.get(f"/api/models/{REPO}/refs", timeout=0.3)
    assert plain.get("/api/whoami-v2").status_code == 200
    assert time.monotonic() - began < 0.9
    tell(store, action="delay-after", path="/refs", seconds=0.5)
    began = time.monotonic()
    assert plain.get(f"/api/models/{REPO}/refs").status_code == 200
    assert time.monotonic() - began > 0.4


def test_a_download_that_ends_early(store: Store, api: HfApi, plain: Any) -> None:
    commit(api, REPO, {"w.safetensors": WEIGHTS})
    tell(store, action="cut", method="GET", path="w.safetensors")
    with pytest.raises(httpx.TransportError):
        plain.get(f"/{REPO}/resolve/main/w.safetensors")
    assert plain.get(f"/{REPO}/resolve/main/w.safetensors").content == WEIGHTS


def test_a_free_account_creates_no_gradio_space(store: Store, api: HfApi) -> None:
    break_requests(store.folder, [FREE_ACCOUNT])
    for _ in range(2):
        with pytest.raises(HfHubHTTPError, match="requires a PRO") as caught:
            api.create_repo("rehearsal/app", repo_type="space", space_sdk="gradio", exist_ok=True)
        assert caught.value.response.status_code == 402
    api.create_repo("rehearsal/page", repo_type="space", space_sdk="static")
    api.create_repo("rehearsal/still-a-model")


def test_which_hub_this_is_is_always_told(store: Store, url: str) -> None:
    tell(store, action="drop", times=0)
    assert httpx.get(f"{url}/", timeout=SECONDS).json()["store"] == store.identity
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/api/whoami-v2", timeout=SECONDS)


@pytest.mark.parametrize(
    "text", ["[", '{"action": "drop"}', '[{"action": "explode"}]', '[{"action": "drop", "path": "("}]']
)
def test_faults_that_are_not_understood_are_told(store: Store, plain: Any, tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(DocumentError, match=r"faults\.json"):
        load_faults(path)
    (store.folder / "faults.json").write_text(text)
    answer = plain.get("/api/whoami-v2")
    assert (answer.status_code, "faults.json" in answer.json()["error"]) == (500, True)
