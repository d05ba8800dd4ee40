"""What goes wrong on the way to a Hub, in plain words and on one line, without a token."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hubpress.errors import HubError, UsageError, root_cause
from hubpress.hub.retries import CONFLICT, httpx, is_passing, root_of, status_of, strange_answer
from hubpress.tokens import without_tokens

# Beside network errors: an answer that is no JSON, or lacks a field, ends in one of the plain ones.
_FAILURES = (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError)
_LONGEST = 500


@contextmanager
def one_line(endpoint: str, token: str | None, repo_id: str) -> Iterator[None]:
    """Turn whatever huggingface_hub raises inside into one ``HubError`` line that holds no token."""
    try:
        yield
    except (*_FAILURES, httpx.HTTPError, httpx.InvalidURL) as error:
        sentence, hint = answer_to(error, repo_id)
        what, where, to_do = (_clean(text, token) for text in (sentence, endpoint, hint))
        raise HubError(what, where=where, hint=to_do, passes=is_passing(error)) from error


@dataclass(frozen=True)
class Failure:
    """What went wrong: the error as it came, the HTTP error behind it, and the status of the Hub's answer, if any."""

    error: BaseException
    cause: BaseException
    status: int | None

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Look behind an error of huggingface_hub."""
        return cls(error, root_of(error), status_of(error))


Predicate = Callable[[Failure], bool]


def _is(*kinds: type[BaseException]) -> Predicate:
    return lambda failure: isinstance(failure.cause, kinds)


def _answered(status: int) -> Predicate:
    return lambda failure: failure.status == status


def _refused_card(failure: Failure) -> bool:
    # huggingface_hub raises a bare ValueError for a card whose front matter the Hub does not take.
    return failure.status == 400 and type(failure.error) is ValueError


def _failed_itself(failure: Failure) -> bool:
    return failure.status is not None and failure.status >= 500


def _names_no_commit(failure: Failure) -> bool:
    return isinstance(root_cause(failure.error), FileMetadataError)


# huggingface_hub has no errors of their own for these.
def _is_another_file(failure: Failure) -> bool:
    return str(failure.error).startswith("Consistency check failed")


def _cannot_be_read(failure: Failure) -> bool:
    kinds = (LookupError, TypeError, AttributeError, AssertionError)
    return isinstance(failure.cause, kinds) or "improperly formatted" in str(failure.error)


def _refused(failure: Failure) -> bool:
    return failure.status is not None


def _anything(failure: Failure) -> bool:
    return True


_IN_BETWEEN = "Check HF_ENDPOINT, and what stands in between, such as a proxy or a page to sign in on."

ANSWERS: tuple[tuple[Predicate, str, str], ...] = (
    (_is(OfflineModeIsEnabled), "Offline mode is on.", "Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE."),
    (
        _is(RevisionNotFoundError),
        "{repo} has no such revision.{said}",
        "Name a branch, a tag or a commit that is there.",
    ),
    (
        _is(GatedRepoError),
        "{repo} is gated, and this token has no access to it.{said}",
        "Ask for access on its page, with the account of HF_TOKEN, and run the same command again.",
    ),
    (
        _is(RepositoryNotFoundError),
        "{repo} is not there, or this token may not see it.",
        "Check the name, or set HF_TOKEN.",
    ),
    (_refused_card, "{repo}: {error}.", "Correct the card."),
    (
        _answered(402),
        "The Hub wants a paid plan for {repo} (402).{said}",
        "Choose a plan there; or release the model without a Space, by `space.publish: false` in the recipe.",
    ),
    (
        _answered(401),
        "The Hub does not know this token.{said}",
        "Set HF_TOKEN to a valid token, or run `hf auth login`.",
    ),
    (_answered(403), "This token may not do that.{said}", "Use a token with write access to this namespace."),
    (_answered(404), "The Hub has nothing at this address (404).{said}", "Check the name, HF_ENDPOINT and HF_TOKEN."),
    (_answered(409), "{repo} is in use or changes at this moment (409).{said}", "Run the same command again."),
    (
        _answered(413),
        "A file of {repo} is larger than the Hub takes (413).{said}",
        "Make it smaller, or ask the Hub for more room.",
    ),
    (_answered(CONFLICT), "Somebody committed at the same time.{said}", "Run the same command again."),
    (_answered(429), "The Hub asks for fewer requests.{said}", "Run the same command again in a few minutes."),
    (
        _failed_itself,
        "The Hub answered with an error of its own ({status}).{said}",
        "Run the same command again later.",
    ),
    (_refused, "The Hub refused the request ({status}).{said}", "Check the repository and the files."),
    (
        _is(httpx.InvalidURL, httpx.UnsupportedProtocol),
        "This is not the address of a Hub ({cause}).",
        "Check HF_ENDPOINT.",
    ),
    (
        _is(httpx.TooManyRedirects, httpx.DecodingError),
        "{strange} is no answer of a Hub ({cause}).",
        _IN_BETWEEN,
    ),
    (_is(httpx.ConnectError), "The Hub cannot be reached ({cause}).", "Check HF_ENDPOINT and the network."),
    (_is(httpx.TimeoutException), "The Hub did not answer in time.", "Run the same command again later."),
    (
        _is(httpx.HTTPError),
        "The connection to the Hub broke ({cause}).",
        "Run the same command again: it goes on from there.",
    ),
    (_is(json.JSONDecodeError), "{strange} is no answer of a Hub, or was cut short.", _IN_BETWEEN),
    (
        _names_no_commit,
        "What answered for the files of {repo} is no Hub: it does not say of which commit they are.",
        _IN_BETWEEN,
    ),
    (_is_another_file, "What came back is no file of {repo} ({error}).", _IN_BETWEEN),
    (
        _cannot_be_read,
        "{strange} is no answer of a Hub that could be read ({kind}: {error}).",
        _IN_BETWEEN,
    ),
    (_anything, "{repo}: {kind}: {error}.", "Check the name, HF_ENDPOINT and the files."),
)
"""What is said to a failure, and what to do: the first entry that holds. ``{said}`` is the Hub's own word."""


def answer_to(error: BaseException, repo_id: str) -> tuple[str, str]:
    """Return what is wrong, and what to do."""
    failure = Failure.of(error)
    sentence, hint = next((sentence, hint) for holds, sentence, hint in ANSWERS if holds(failure))
    said = getattr(failure.cause, "server_message", None) or ""
    words = {
        "repo": repo_id,
        "said": f" It says: {said.rstrip('.')}." if said else "",
        "error": str(error).rstrip("."),
        "kind": type(error).__name__,
        "cause": str(failure.cause).rstrip("."),
        "status": failure.status,
        "strange": strange_answer(error),
    }
    return sentence.format_map(words), hint


def clean_token(token: str | None) -> str | None:
    """Return a token as huggingface_hub reads it, without white space around it or line ends; None for an empty one.

    Raises UsageError, which does not show it, for a text that no header can carry.
    """
    plain = (token or "").replace("\r", "").replace("\n", "").strip()
    if plain and not re.fullmatch(r"[\x21-\x7e]+", plain):
        what = "the token holds characters that no token has, such as a space, an accent or a control character."
        raise UsageError(what, where="HF_TOKEN", hint="Copy the token again.")
    return plain or None


def _clean(text: str, token: str | None) -> str:
    """Return the text on one line, not too long, without this token or anything else that looks like one."""
    text = without_tokens(" ".join(text.split()), token)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def not_done(what: str, endpoint: str) -> HubError:
    """Return what is said where the Hub has agreed to a change, and *what* is not as it was asked for."""
    hint = "Run the same command again."
    return HubError(f"{what}, although the Hub has just agreed to it.", where=endpoint, hint=hint)
