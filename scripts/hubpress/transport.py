"""The way to a Hub: bounded waiting, bounded retries, a count of what was sent, and plain words for what goes wrong."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from hubpress.errors import HubError

WAITS = (0.5, 1.0, 2.0, 4.0)
LONGEST_WAIT = 60.0
SECONDS = {"connect": 15.0, "pool": 15.0, "read": 120.0, "write": 120.0}
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_MOVED = 412
T = TypeVar("T")


def patiently(call: Callable[[], T], *, unreachable_too: bool = True) -> T:
    """Return what *call* returns, trying again a few times while the Hub is busy or the connection breaks.

    Raises what the last try raised. With *unreachable_too* false, a Hub that cannot be connected to is not waited for.
    """
    httpx = _httpx()
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
    httpx = _httpx()
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
    return ("/commit/" in path or "/validate-yaml" in path) and (is_passing(error) or status_of(error) == _MOVED)


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
    http_error: type[Exception] = _httpx().HTTPError
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
    from huggingface_hub import get_session

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


@contextmanager
def one_line(endpoint: str, token: str | None, repo_id: str) -> Iterator[None]:
    """Turn whatever huggingface_hub raises inside into one ``HubError`` line that holds no token."""
    httpx = _httpx()
    # Beside network errors: an answer that is no JSON, or lacks a field, ends in one of the plain ones.
    failures = (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError)
    try:
        yield
    except (*failures, httpx.HTTPError, httpx.InvalidURL) as error:
        what, hint = _words(error, repo_id)
        raise HubError(_clean(what, token), where=_clean(endpoint, token), hint=_clean(hint, token)) from error


def _words(error: BaseException, repo_id: str) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    from huggingface_hub.errors import OfflineModeIsEnabled, RepositoryNotFoundError, RevisionNotFoundError

    httpx = _httpx()
    cause, status = root_of(error), status_of(error)
    said = getattr(cause, "server_message", None) or ""
    said = f" It says: {said.rstrip('.')}." if said else ""
    if isinstance(cause, OfflineModeIsEnabled):
        return "Offline mode is on.", "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE."
    if isinstance(cause, RevisionNotFoundError):
        return f"{repo_id} has no such revision.{said}", "Name a branch, a tag or a commit that is there."
    if isinstance(cause, RepositoryNotFoundError):
        return f"{repo_id} is not there, or this token may not see it.", "Check the name, or set HF_TOKEN."
    if status == 400 and type(error) is ValueError:
        return f"{repo_id}: {error}", "Correct the card."
    if status is not None and status in _ADVICE:
        what, hint = _ADVICE[status]
        return what + said, hint
    if status is not None and status >= 500:
        return f"The Hub answered with an error of its own ({status}).{said}", "Run the same command again later."
    if status is not None:
        return f"The Hub refused the request ({status}).{said}", "Check the repository and the files."
    if isinstance(cause, httpx.ConnectError):
        return f"The Hub cannot be reached ({cause}).", "Check HF_ENDPOINT and the network."
    if isinstance(cause, httpx.TimeoutException):
        return "The Hub did not answer in time.", "Run the same command again later."
    if isinstance(cause, httpx.HTTPError):
        return f"The connection to the Hub broke ({cause}).", "Run the same command again: it goes on from there."
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return f"This is not the address of a Hub ({error}).", "Check HF_ENDPOINT."
    if isinstance(error, json.JSONDecodeError):
        return "The answer is not that of a Hub: it is no JSON.", "Check HF_ENDPOINT."
    return f"{repo_id}: {type(error).__name__}: {error}", "Check the name, HF_ENDPOINT and the files."


_ADVICE = {
    401: ("The Hub does not know this token.", "Set HF_TOKEN to a valid token, or run `hf auth login`."),
    403: ("This token may not do that.", "Use a token with write access to this namespace."),
    _MOVED: ("Somebody committed at the same time.", "Run the same command again."),
    429: ("The Hub asks for fewer requests.", "Run the same command again in a few minutes."),
}


def _clean(text: str, token: str | None) -> str:
    """Return the text on one line, not too long, without this token or anything else that looks like one."""
    text = " ".join(text.split())
    text = text.replace(token, "hf_***") if token else text
    text = re.sub(r"hf_[A-Za-z0-9]{8,}", "hf_***", text)
    return text if len(text) <= 500 else text[:497] + "..."


def _bound(request: Any) -> None:
    limits = request.extensions.get("timeout", {})
    request.extensions = {
        **request.extensions,
        "timeout": {name: limits.get(name) or seconds for name, seconds in SECONDS.items()},
    }


_hooks = threading.Lock()


def _add_hook(hook: Callable[[Any], None]) -> None:
    from huggingface_hub import get_session

    with _hooks:
        session = get_session()
        hooks = session.event_hooks
        if hook not in hooks["request"]:
            session.event_hooks = {**hooks, "request": [*hooks["request"], hook]}


def _httpx() -> Any:
    # huggingface_hub names the client that it uses here, httpx or httpx2, without listing the name as exported.
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]

    return httpx
