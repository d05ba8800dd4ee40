"""What goes wrong on the way to a Hub, in plain words and on one line, without a token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from hubpress.errors import HubError
from hubpress.hub.retries import _MOVED, _httpx, root_of, status_of


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
