"""The way to a Hub: bounded waiting, bounded retries, a count of what was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from huggingface_hub import get_session

# The client that huggingface_hub uses, httpx or httpx2; it does not list the name as exported.
from huggingface_hub.utils import httpx as httpx  # type: ignore[attr-defined]

WAITS = (0.5, 1.0, 2.0, 4.0)
LONGEST_WAIT = 60.0
SECONDS = {"connect": 15.0, "pool": 15.0, "read": 120.0, "write": 120.0}
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
CONFLICT = 412
"""The status of a commit on top of a head that is no longer one."""
T = TypeVar("T")


def patiently(call: Callable[[], T], *, unreachable_too: bool = True) -> T:
    """Return what *call* returns, trying again a few times while the Hub is busy or the connection breaks.

    Raises what the last try raised. With *unreachable_too* false, a Hub that cannot be connected to is not waited for.
    """
    for wait in WAITS:
        try:
            return call()
        except (OSError, ValueError, httpx.HTTPError) as error:
            if not is_passing(error) or (isinstance(root_of(error), httpx.ConnectError) and not unreachable_too):
                raise
            time.sleep(max(wait, asked_to_wait(error)))
    return call()


def is_passing(error: BaseException) -> bool:
    """Return whether the same request may succeed a little later."""
    # What is no JSON is the page of a gateway: huggingface_hub reads some answers before it looks at the status.
    return status_of(error) in _BUSY or isinstance(root_of(error), (httpx.TransportError, json.JSONDecodeError))


def may_have_landed(error: BaseException) -> bool:
    """Return whether a commit may be there although this came back: its answer got lost, or it was sent twice.

    Errors of the requests before it do not count: huggingface_hub has tried those again itself, except the card's.
    """
    root = root_of(error)
    if isinstance(root, json.JSONDecodeError):
        return True
    response = getattr(root, "response", None)
    request = response.request if response is not None else getattr(root, "request", None)
    path = request.url.path if request is not None else ""
    return ("/commit/" in path or "/validate-yaml" in path) and (is_passing(error) or status_of(error) == CONFLICT)


def asked_to_wait(error: BaseException) -> float:
    """Return the seconds that the Hub asked for in Retry-After, at most a minute; 0 when it did not."""
    response = getattr(root_of(error), "response", None)
    value = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(value), LONGEST_WAIT) if value.isdigit() else 0.0


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind an error, None when there was no answer."""
    response = getattr(root_of(error), "response", None)
    return response.status_code if response is not None else None


def root_of(error: BaseException) -> BaseException:
    """Return the HTTP error that huggingface_hub wrapped into this one, or the error itself."""
    http_error: type[Exception] = httpx.HTTPError
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, http_error):
        cause = cause.__cause__
    return cause or error


def bound_requests() -> None:
    """Give every request of huggingface_hub a time limit: its own client waits for ever."""
    _add_hook(_bound)


@contextmanager
def counting_uploads() -> Iterator[Callable[[], int]]:
    """Yield a function that returns how many bytes the uploads (PUT) in this block have sent so far."""
    sent: list[int] = []

    def count(request: Any) -> None:
        if request.method == "PUT":
            sent.append(int(request.headers.get("content-length", 0)))

    _add_hook(count)
    try:
        yield lambda: sum(sent)
    finally:
        hooks = get_session().event_hooks
        kept = [hook for hook in hooks["request"] if hook is not count]
        get_session().event_hooks = {**hooks, "request": kept}


def _bound(request: Any) -> None:
    limits = request.extensions.get("timeout", {})
    request.extensions = {
        **request.extensions,
        "timeout": {name: limits.get(name) or seconds for name, seconds in SECONDS.items()},
    }


_hooks = threading.Lock()


def _add_hook(hook: Callable[[Any], None]) -> None:
    with _hooks:
        session = get_session()
        hooks = session.event_hooks
        if hook not in hooks["request"]:
            session.event_hooks = {**hooks, "request": [*hooks["request"], hook]}
