"""What is said to each kind of failure: the table of answers, entry by entry."""

from __future__ import annotations

import json

import pytest
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hubpress.errors import HubError
from hubpress.hub.messages import ANSWERS, Failure, answer_to, one_line
from hubpress.hub.retries import httpx

REQUEST = httpx.Request("GET", "http://hub.test/api/models/acme/titles")


def answered(status: int, kind: type[HfHubHTTPError] = HfHubHTTPError, said: str | None = None) -> HfHubHTTPError:
    """An error of huggingface_hub for an answer with this status."""
    return kind("told to fail", response=httpx.Response(status, request=REQUEST), server_message=said)


def refused_card() -> ValueError:
    """What huggingface_hub makes of a card that the Hub does not take."""
    error = ValueError("Invalid metadata in README.md.")
    error.__cause__ = answered(400)
    return error


# One failure for each entry of the table, in its order, and words of what is said.
FAILURES: tuple[tuple[BaseException, str], ...] = (
    (OfflineModeIsEnabled("offline"), "Offline mode is on."),
    (answered(404, RevisionNotFoundError), "acme/titles has no such revision."),
    (answered(403, GatedRepoError, "Ask first"), "acme/titles is gated, and this token has no access to it."),
    (answered(404, RepositoryNotFoundError), "acme/titles is not there, or this token may not see it."),
    (refused_card(), "acme/titles: Invalid metadata in README.md."),
    (answered(402, said="Gradio is for PRO"), "wants a paid plan for acme/titles (402). It says: Gradio is for PRO."),
    (answered(401), "The Hub does not know this token."),
    (answered(403, said="Not in {this} namespace."), "may not do that. It says: Not in {this} namespace."),
    (answered(404), "The Hub has nothing at this address (404)."),
    (answered(409), "acme/titles is in use or changes at this moment (409)."),
    (answered(413), "A file of acme/titles is larger than the Hub takes (413)."),
    (answered(412), "Somebody committed at the same time."),
    (answered(429), "The Hub asks for fewer requests."),
    (answered(502), "an error of its own (502)."),
    (answered(418), "The Hub refused the request (418)."),
    (httpx.UnsupportedProtocol("no http://"), "This is not the address of a Hub (no http://)."),
    (httpx.TooManyRedirects("round and round."), "is no answer of a Hub (round and round)."),
    (httpx.ConnectError("refused"), "The Hub cannot be reached (refused)."),
    (httpx.ReadTimeout("slow"), "The Hub did not answer in time."),
    (httpx.RemoteProtocolError("gone"), "The connection to the Hub broke (gone)."),
    (json.JSONDecodeError("no value", "<html>", 0), "is no answer of a Hub, or was cut short."),
    (FileMetadataError("no header X-Repo-Commit"), "What answered for the files of acme/titles is no Hub: it does not"),
    (
        OSError("Consistency check failed: file should be of size 5 but has size 18"),
        "What came back is no file of acme/titles (Consistency check failed: file should be of size 5",
    ),
    (KeyError("sha"), "is no answer of a Hub that could be read (KeyError: 'sha')."),
    (RuntimeError("told to fail."), "acme/titles: RuntimeError: told to fail."),
)


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_each_entry_answers_the_failure_that_it_is_for(number: int) -> None:
    """The first entry that holds is the one meant, so that none stands in the shadow of an earlier one."""
    error, words = FAILURES[number]
    holding = [place for place, (holds, _, _) in enumerate(ANSWERS) if holds(Failure.of(error))]
    assert holding[0] == number
    sentence, hint = answer_to(error, "acme/titles")
    assert words in sentence
    assert hint.endswith(".")


def test_there_is_a_failure_for_each_entry() -> None:
    assert len(FAILURES) == len(ANSWERS)


def test_an_address_that_cannot_be_is_named_as_such() -> None:
    assert answer_to(httpx.InvalidURL("no port"), "acme/titles")[0] == "This is not the address of a Hub (no port)."


def test_a_message_is_one_short_line_without_a_token() -> None:
    """Neither the token at hand nor anything that looks like one is printed."""
    token = "secret-of-this-hub"
    error = OSError(f"first line\nsecond {token} hf_{'x' * 34} {'long ' * 200}")
    with pytest.raises(HubError) as caught, one_line(f"http://{token}@hub.test", token, "acme/titles"):
        raise error
    text = str(caught.value)
    assert "\n" not in text
    assert (token in text, "xxx" in text) == (False, False)
    assert "hf_***" in text
    assert len(caught.value.what) == 500


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(HubError, match=r"^No token\.$"), one_line("http://hub.test", None, "acme/titles"):
        raise HubError("No token.")
