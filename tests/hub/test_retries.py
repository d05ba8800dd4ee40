"""Hubs that are busy, lose answers, refuse, are silent or none at all."""

from __future__ import annotations

import socket

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.hub import CARD, Fault, Press, staged, status
from hubpress.errors import HubError
from hubpress.hub import retries as transport
from hubpress.manifest import Manifest


@pytest.mark.parametrize("request_line", ["POST .*/commit/", "POST .*/tag/", "POST .*/repos/create", "PUT /storage"])
def test_lost_answer_is_not_a_second_commit(press: Press, request_line: str) -> None:
    press.wire.faults.append(Fault(request_line))
    result = press.push(staged(press.folder), tag="v1")
    assert press.wire.faults[0].times == 0
    assert press.commits() == ["release", "initial commit"]
    assert press.api.list_repo_refs(press.repo).tags[0].target_commit == result.sha


def test_somebody_elses_commit_is_not_overwritten(press: Press) -> None:
    press.push(staged(press.folder))
    (press.folder / "README.md").write_text(CARD + "Ours.\n")

    def commit_theirs() -> None:
        press.api.create_commit(press.repo, [CommitOperationAdd("theirs.txt", b"theirs")], commit_message="theirs")

    press.wire.faults.append(Fault("POST .*/commit/", before=commit_theirs))
    with pytest.raises(HubError, match="Somebody else committed"):
        press.push(Manifest.of_folder(press.folder))
    assert press.commits() == ["theirs", "release", "initial commit"]
    assert press.push(Manifest.of_folder(press.folder)).kept == ("theirs.txt",)


@pytest.mark.parametrize(
    "request_line", ["GET .*/whoami", "GET .*/api/models/", "POST .*/repos/create", "POST .*/commit/", "POST .*/tag/"]
)
@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_hub_is_asked_again(press: Press, request_line: str, code: int) -> None:
    press.wire.faults.append(Fault(request_line, answer=status(code, "Retry-After: 0")))
    assert press.push(staged(press.folder), tag="v1").changed
    assert press.wire.faults[0].times == 0
    assert press.commits() == ["release", "initial commit"]


def test_a_plain_404_for_a_missing_repository_is_understood(press: Press) -> None:
    """Not every Hub says by X-Error-Code that it is the repository that it cannot find."""
    press.wire.faults.append(Fault("GET .*/api/models/", answer=status(404)))
    assert press.push(staged(press.folder)).changed
    assert press.commits() == ["release", "initial commit"]


@pytest.mark.parametrize(
    ("request_line", "code", "words"),
    [
        ("GET .*/whoami", 500, r"error of its own \(500\)"),
        ("GET .*/api/models/", 403, "may not do that"),
        ("POST .*/commit/", 502, r"error of its own \(502\)"),
        ("POST .*/commit/", 413, r"larger than the Hub takes \(413\)"),
        ("POST .*/commit/", 429, "fewer requests"),
        ("POST .*/commit/", 412, "committed at the same time"),
        ("PUT /storage/", 403, "may not do that"),
    ],
)
def test_a_hub_that_keeps_refusing_is_one_line(press: Press, request_line: str, code: int, words: str) -> None:
    press.wire.faults.append(Fault(request_line, answer=status(code), times=99))
    with pytest.raises(HubError, match=words) as caught:
        press.push(staged(press.folder))
    assert "\n" not in str(caught.value)
    assert press.store.write_token not in str(caught.value)


def test_nobody_there_is_one_line(press: Press) -> None:
    manifest = staged(press.folder)
    with pytest.raises(HubError) as caught:
        press.push(manifest, endpoint="http://127.0.0.1:1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("<html>Sign in to the hotel</html>", "text/html", r"\(200, text/html, '<html>Sign in"),
        ('{"name": "ac', "application/json", r"\(200, application/json, '{\"name\": \"ac'\).*cut short"),
        ("", "application/json", r"\(200, application/json\) is no answer"),
        ("[1, 2]", "application/json", r"\(200, application/json\).*could be read \(TypeError: "),
    ],
    ids=["page", "cut", "nothing", "another document"],
)
def test_what_is_no_hub_is_told_by_what_it_answers(
    press: Press, capsys: pytest.CaptureFixture[str], answer: str, kind: str, words: str
) -> None:
    """In the end, and while it is tried again: in one line, with the request."""
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(answer)}", "Connection: close"]
    press.wire.faults.append(Fault("GET", answer="\r\n".join([*lines, "", answer]).encode(), times=99))
    with pytest.raises(HubError, match=f"What came back to GET .*{words}") as caught:
        press.push(staged(press.folder))
    assert "\n" not in str(caught.value)
    told = capsys.readouterr().err
    assert "No Hub heard" not in told
    assert answer == "[1, 2]" or "is no answer of a Hub; trying again" in told


def test_a_hub_that_never_answers_is_given_up(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SECONDS", dict.fromkeys(transport.SECONDS, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(HubError, match="did not answer in time"):
        press.push(staged(press.folder), endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
