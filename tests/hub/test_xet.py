"""Xet storage that cannot be reached: given up soon, with one line, and the files go by LFS."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from helpers.hub import Fault, Press, staged
from hubpress.hub import xet


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


def offer(press: Press, storage: str) -> None:
    """Let the Hub offer Xet at an address."""
    until = int(time.time()) + 3600
    body = json.dumps({"casUrl": storage, "accessToken": "t", "exp": until})
    lines = [
        "HTTP/1.1 200 OK",
        f"X-Xet-Cas-Url: {storage}",
        "X-Xet-Access-Token: t",
        f"X-Xet-Token-Expiration: {until}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    answer = "\r\n".join([*lines, "", body]).encode()
    press.wire.faults.append(Fault("xet-write-token", answer=answer, times=99))


@pytest.mark.parametrize("storage", ["nobody", "silent"])
def test_storage_that_does_not_answer_is_given_up(
    press: Press,
    silent: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    storage: str,
) -> None:
    """Where nobody listens, and where somebody does who says nothing: one line, one commit."""
    for name, seconds in {"FIRST_LOOK": 0.5, "LOOK_EVERY": 0.2, "ANSWER_WITHIN": 0.2}.items():
        monkeypatch.setattr(xet, name, seconds)
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    offer(press, nobody if storage == "nobody" else silent)
    started = time.monotonic()
    result = press.push(staged(press.folder))
    assert time.monotonic() - started < 20
    assert (press.commits(), press.head()) == (["release", "initial commit"], result.sha)
    said = [line for line in capsys.readouterr().err.splitlines() if "Xet" in line]
    assert len(said) == 1 and said[0].startswith("hubpress: The Hub's Xet storage is given up, for it ")


def test_the_shipped_limits_end_within_a_minute() -> None:
    assert xet.FIRST_LOOK + (xet.LOOKS - 1) * xet.LOOK_EVERY + xet.LOOKS * xet.ANSWER_WITHIN <= 60
