"""No token is shown, in whatever form something quotes it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from hubpress.tokens import without_tokens


@pytest.mark.parametrize("token", ["some-secret-4711", "o'brien\\4711", "hf_" + "x" * 30, "a+b/c=&d", "xyz"])
def test_no_token_is_shown_in_any_form(token: str) -> None:
    """As it is, as Python quotes it, as an address has it."""
    for words in (f"Bearer {token}", repr(f"Bearer {token}"), f"http://hub.test/?token={quote(token, safe='')}"):
        said = without_tokens(f"Refused: {words}.", token)
        assert "hf_***" in said and token not in said and quote(token, safe="") not in said


def test_a_short_token_leaves_words_alone() -> None:
    assert without_tokens("the token on the line", "to") == "the token on the line"
