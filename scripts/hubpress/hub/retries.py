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

from hubpress.hub.notices import speak_for_huggingface_hub, tell, told_of_retry
from hubpress.text import quoted

WAITS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""As many as huggingface_hub waits for a request that it tries again by itself, so that both count to the same."""
LONGEST_WAIT = 60.0
PATIENCE = 75.0
"""How many seconds after the first try of a question the last one may begin."""

LONGEST_WAIT_OF_LIBRARY = 10
"""How many seconds huggingface_hub waits at most where a Hub that fails asks it to; else it would for any time."""

SECONDS = {"connect": 15.0, "pool": 15.0, "read": 120.0, "write": 120.0}
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
CONFLICT = 412
"""The status of a commit on top of a head that is no longer one."""
_LONGEST_QUOTED = 60
T = TypeVar("T")


def patiently(call: Callable[[], T], *, unreachable_too: bool = True, seconds: float = PATIENCE) -> T:
    """Return what *call* returns, trying again a few times while the Hub is busy or the connection breaks.

    No other try begins more than so many *seconds* after the first. Raises what the last try raised. With
    *unreachable_too* false, a Hub that cannot be connected to is not waited for.
    """
    started = time.monotonic()
    for number, wait in enumerate(WAITS, 1):
        try:
            return call()
        except (OSError, ValueError, httpx.HTTPError) as error:
            if not is_passing(error) or (isinstance(root_of(error), httpx.ConnectError) and not unreachable_too):
                raise
            wait = max(wait, asked_to_wait(error))
            if time.monotonic() - started + wait > seconds:
                raise
            wait_for(error, wait, f"{number} of {len(WAITS)}")
    return call()


def wait_for(error: BaseException, seconds: float, number: str) -> None:
    """Say why something is tried again, and wait."""
    tell(told_of_retry(_why(error), seconds, number))
    time.sleep(seconds)


def _why(error: BaseException) -> str:
    root, status = root_of(error), status_of(error)
    response = getattr(root, "response", None)
    try:
        request = response.request if response is not None else getattr(root, "request", None)
    except RuntimeError:  # httpx raises it where an error was made without a request
        request = None
    what = f" {request.method} {request.url.path}" if request is not None else " a request"
    if isinstance(root, json.JSONDecodeError):
        return f"{strange_answer(error)} is no answer of a Hub"
    if status is not None:
        return f"The Hub answered {status} to{what}"
    return f"The Hub gave no answer to{what}" if isinstance(root, httpx.TimeoutException) else f"No Hub heard{what}"


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


class NoJson(json.JSONDecodeError):
    """An *answer* that is no JSON, where a Hub answers with nothing else."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        super().__init__("no JSON", answer.text, 0)


def strange_answer(error: BaseException) -> str:
    """Return in words what came back in place of a Hub's answer: to which request, of which kind, how it begins.

    Of an answer that is JSON, but not what was asked for, the error tells nothing: it is the last one of this thread.
    """
    strange, root = getattr(_answered, "last", None), root_of(error)
    begins = ""
    if isinstance(root, NoJson):
        strange = root.answer
        begins = f", {quoted(' '.join(root.doc.split()), _LONGEST_QUOTED)}" if root.doc.strip() else ""
    if strange is None:
        return "What came back"
    media_type = strange.headers.get("content-type", "").partition(";")[0] or "of no kind"
    request = strange.request
    return f"What came back to {request.method} {request.url.path} ({strange.status_code}, {media_type}{begins})"


def root_of(error: BaseException) -> BaseException:
    """Return the HTTP error that huggingface_hub wrapped into this one, or the error itself."""
    http_error: type[Exception] = httpx.HTTPError
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, http_error):
        cause = cause.__cause__
    return cause or error


def bound_requests() -> None:
    """Give every request of huggingface_hub a time limit, and its waits too: its own client waits for ever."""
    speak_for_huggingface_hub()
    _add_hook(_bound)
    _add_hook(_shorten_wait, on="response")
    _add_hook(_remember, on="response")
    _add_hook(_refuse_page, on="response")


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


def _shorten_wait(response: Any) -> None:
    """Let a Hub that fails by itself ask for a short wait only; one that wants fewer requests is heard."""
    asked = response.headers.get("retry-after", "")
    if response.status_code >= 500 and asked.isdigit():
        response.headers["retry-after"] = str(min(int(asked), LONGEST_WAIT_OF_LIBRARY))


def _remember(response: Any) -> None:
    """Keep what was answered last, and let what is no JSON say so with its answer: for words on what is no Hub."""
    _answered.last, read = response, response.json

    def read_json(**options: Any) -> Any:
        try:
            return read(**options)
        except ValueError:
            raise NoJson(response) from None

    response.json = read_json


def _refuse_page(response: Any) -> None:
    """Raise NoJson for a page where a change was asked for: huggingface_hub reads few of these answers, and would take
    the page of a gateway, which has changed nothing, for a success.
    """
    request, media_type = response.request, response.headers.get("content-type", "")
    is_change = request.method not in ("GET", "HEAD") and "/api/" in request.url.path
    if is_change and response.is_success and media_type.startswith("text/html"):
        response.read()
        raise NoJson(response)


_answered = threading.local()
_hooks = threading.Lock()


def _add_hook(hook: Callable[[Any], None], *, on: str = "request") -> None:
    with _hooks:
        session = get_session()
        hooks = session.event_hooks
        if hook not in hooks[on]:
            session.event_hooks = {**hooks, on: [*hooks[on], hook]}
