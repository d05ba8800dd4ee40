"""A Hub that wants something: a plan, another name, another place, patience. Each is told in one line."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from huggingface_hub.utils import http_backoff

from helpers.hub import Fault, Press, staged, status
from hubpress.errors import HubError
from hubpress.hub import retries as transport
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest

USUAL_TRIES = len(transport.WAITS)  # before a test shortens them


def refusal(press: Press, *, repo: RepoId | None = None, folder: Path | None = None) -> str:
    manifest = staged(press.folder)
    with pytest.raises(HubError) as caught:
        press.push(manifest, repo=repo)
    text = str(caught.value)
    assert "\n" not in text and press.store.write_token not in text
    return text


def test_a_space_that_costs_is_said_with_the_way_around(press: Press) -> None:
    press.wire.faults.append(Fault("POST .*/repos/create", answer=status(402)))
    (press.folder).mkdir()
    (press.folder / "README.md").write_text("---\ntitle: T\nsdk: gradio\napp_file: app.py\n---\n")
    with pytest.raises(
        HubError, match=r"paid plan for spaces/rehearsal/.*\(402\).*told to fail.*space\.publish: false"
    ):
        press.push(Manifest.of_folder(press.folder), repo=RepoId(press.repo, "space"))


def test_a_name_that_is_taken_by_what_is_not_seen(press: Press) -> None:
    press.wire.faults.append(Fault("POST .*/repos/create", answer=status(409)))
    assert "can neither be created nor seen: the name is taken" in refusal(press)


def test_a_repository_that_was_renamed_is_told_by_its_new_name(press: Press) -> None:
    new = f"{press.repo[:40]}new"
    press.push(staged(press.folder), repo=RepoId(new))
    moved = f"HTTP/1.1 307 Moved\r\nLocation: /api/models/{new}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    press.wire.faults.append(Fault(f"GET /api/models/{press.repo} ", answer=moved.encode(), times=99))
    assert f"{press.repo} is now called {new}" in refusal(press)
    assert press.wire.writes() == []
    with pytest.raises(HubError, match="is now called"):
        Hub(press.wire.url, press.store.write_token).head(RepoId(press.repo))


def test_what_is_tried_again_is_said_in_one_style(
    press: Press, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """By us, and by huggingface_hub for us: which request, why, when again; no address that is signed."""
    press.wire.faults += [Fault("GET .*/whoami", answer=status(503)), Fault("POST .*/commit/")]
    press.push(staged(press.folder))
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hubpress:")]
    assert said[0] == "hubpress: The Hub answered 503 to GET /api/whoami-v2; trying again in 0.01 s (1 of 2)."
    press.wire.faults.append(Fault("GET /slow", answer=status(503)))
    with caplog.at_level(logging.WARNING):
        http_backoff("GET", f"{press.wire.url}/slow?signature=secret", base_wait_time=0.01)
    line = capsys.readouterr().err
    assert "hubpress: The Hub answered 503 to GET /slow; trying again in 0.01 s (1 of 5)." in line
    assert USUAL_TRIES == 5  # so that one wait counts to the same number, whoever tries again
    assert "secret" not in line
    assert not [record for record in caplog.records if "thrown while" in record.message]


def test_a_hub_that_fails_for_good_is_not_waited_for_as_long_as_it_asks(
    press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = press.push(staged(press.folder)).sha
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(transport, "WAITS", (0.5, 1.0, 2.0, 4.0))
    hub, repo = Hub(press.wire.url, press.store.write_token), RepoId(press.repo)
    press.wire.faults.append(Fault("GET .*/api/models/", answer=status(503, "Retry-After: 3600"), times=999))
    with pytest.raises(HubError, match=r"error of its own \(503\)"):
        hub.head(repo)
    assert sum(waited) < 120
    waited.clear()
    press.wire.faults[:] = [Fault(".*/resolve/", answer=status(503, "Retry-After: 3600"), times=999)]
    with pytest.raises(HubError, match="503"):
        hub.download(repo, sha, tmp_path / "there", only=["config.json"])
    # No clock moves here, so that each try of ours is made: with one, the second begins 45 s after the first at most.
    assert max(waited) <= 11
