"""Xet, the storage that the Hub takes large files by: whether it is there, and an end to waiting for it."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from huggingface_hub import constants, get_session

from hubpress.hub.retries import httpx, patiently, root_of

FIRST_LOOK = 30.0
"""After how many seconds of an upload its storage is asked whether it is still there."""

LOOK_EVERY = 8.0
ANSWER_WITHIN = 8.0
LOOKS = 2
"""How many questions in a row may stay without any answer."""

SLOWEST = 100_000
"""The bytes a second below which an upload counts as standing still, after the first minute."""


def xet_storage(endpoint: str, token: str | None, kind: str, repo_id: str) -> str | None:
    """Return the address of the Xet storage that the Hub offers for a repository.

    None where it offers none or this client speaks none: hf_xet takes a plain 404 for a network error.
    """
    if constants.HF_HUB_DISABLE_XET or importlib.util.find_spec("hf_xet") is None:
        return None
    address = f"{endpoint}/api/{kind}s/{repo_id}/xet-write-token/main"
    headers = {"authorization": f"Bearer {token}"}
    answer = patiently(lambda: get_session().get(address, headers=headers))
    return answer.headers.get(constants.HUGGINGFACE_HEADER_X_XET_ENDPOINT) if answer.status_code == 200 else None


@dataclass
class Watched:
    """An upload by Xet that is watched: *why* it was given up, once it was."""

    why: str | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def is_given_up(self, error: BaseException) -> bool:
        """Return whether an error says that the storage failed, rather than the Hub."""
        if self.why is None and isinstance(error, Exception) and not isinstance(root_of(error), httpx.HTTPError):
            self.why = "it cannot be used"
        return self.why is not None


@contextmanager
def watched(storage: str, size: int) -> Iterator[Watched]:
    """Yield the watch over an upload of so many bytes, which is broken off when its storage no longer answers.

    hf_xet itself waits without end for some answers. What it raises when it is broken off passes through.
    """
    from huggingface_hub.utils._xet import abort_xet_session

    watch = Watched()

    def look() -> None:
        started, unanswered = time.monotonic(), 0
        while not watch._ended.wait(FIRST_LOOK if time.monotonic() - started < FIRST_LOOK else LOOK_EVERY):
            unanswered = 0 if _answers(storage) else unanswered + 1
            stands_still = time.monotonic() - started > 2 * FIRST_LOOK - LOOK_EVERY + size / SLOWEST
            if (unanswered >= LOOKS or stands_still) and not watch._ended.is_set():
                watch.why = "it stands still" if stands_still else "it does not answer"
                abort_xet_session()  # type: ignore[no-untyped-call]
                return

    watcher = threading.Thread(target=look, name="watch over an upload by Xet", daemon=True)
    watcher.start()
    try:
        yield watch
    finally:
        watch._ended.set()
        watcher.join()


def _answers(storage: str) -> bool:
    """Return whether anything answers at an address, whatever it says."""
    try:
        get_session().get(storage, timeout=ANSWER_WITHIN)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError):
        return False
    return True
