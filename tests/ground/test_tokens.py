"""No token is shown, in whatever form something quotes it."""

from __future__ import annotations

import html
import json
import sys
from urllib.parse import quote

import pytest

from hubpress.errors import first_line
from hubpress.tokens import hidden_tokens, print_traceback, without_tokens


@pytest.mark.parametrize("token", ["some-secret-4711", "o'brien\\4711", "hf_" + "x" * 30, "a+b/c=&d", "xyz"])
def test_no_token_is_shown_in_any_form(token: str) -> None:
    """As it is, as Python quotes it, as an address has it."""
    for words in (f"Bearer {token}", repr(f"Bearer {token}"), f"http://hub.test/?token={quote(token, safe='')}"):
        said = without_tokens(f"Refused: {words}.", token)
        assert "hf_***" in said and token not in said and quote(token, safe="") not in said


def test_a_short_token_leaves_words_alone() -> None:
    assert without_tokens("the token on the line", "to") == "the token on the line"


@pytest.mark.parametrize("name", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
def test_a_token_of_the_environment_is_never_printed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever prints it: as it stands there, with its line end, stripped, in its parts, escaped or quoted."""
    token = 'se"cret-4711 \u00e9t\u00e9-0815\n'
    monkeypatch.setenv(name, token)
    with hidden_tokens():
        for shown in (
            token,
            token.strip(),
            repr(token),
            json.dumps({"a": token}),
            html.escape(token),
            "x=\u00e9t\u00e9-0815",
        ):
            print(shown)
            print(shown, file=sys.stderr)
        print("plain words")
    printed = "".join(capsys.readouterr())
    assert "4711" not in printed and "0815" not in printed
    assert "plain words\n" in printed


def test_the_traceback_of_a_fault_of_ours_shows_no_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "some-secret-4711")
    try:
        raise RuntimeError("Illegal header value b'Bearer some-secret-4711\\n'")
    except RuntimeError as error:
        print_traceback(type(error), error, error.__traceback__)
    printed = capsys.readouterr().err
    assert "Traceback" in printed and "hf_***" in printed and "4711" not in printed


def test_half_a_token_is_not_left_where_a_message_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "some-secret-4711")
    assert "some" not in first_line(ValueError("x" * 292 + " some-secret-4711"))


@pytest.mark.parametrize("shown", ["hf_abcdefgh1234", "hf_oauth_eyJhbGciOi.x-y", "http://me:word-4711@proxy.test:80"])
def test_what_looks_like_a_secret_is_hidden(shown: str) -> None:
    said = without_tokens(f"No way through {shown}.")
    assert "4711" not in said and "abcdefgh" not in said and "eyJ" not in said


def test_names_of_functions_stay() -> None:
    assert without_tokens("hf_hub_download of https://hub.test/a@b") == "hf_hub_download of https://hub.test/a@b"
