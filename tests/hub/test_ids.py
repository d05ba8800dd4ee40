"""Names of repositories: what is one, and how it is read and written."""

from __future__ import annotations

import pytest

from hubpress.errors import UsageError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId


def test_a_model_and_a_space_of_one_name() -> None:
    """They share their id, and differ in their address."""
    hub = Hub("http://hub.test")
    model, space = RepoId.parse("acme/titles"), RepoId.parse("spaces/acme/titles")
    assert (model, space) == (RepoId("acme/titles"), RepoId("acme/titles", "space"))
    assert (str(model), str(space)) == ("acme/titles", "acme/titles")
    assert (model.owner, model.name) == ("acme", "titles")
    assert [hub.url_of(repo) for repo in (model, space)] == [
        "http://hub.test/acme/titles",
        "http://hub.test/spaces/acme/titles",
    ]
    assert [RepoId.parse(repo.path) for repo in (model, space)] == [model, space]


@pytest.mark.parametrize(
    "text",
    ["", "titles", "spaces/titles", "acme/", "/titles", "a/b/c", "acme/two words", "acme/--", "acme/ä"],
)
def test_what_is_no_name_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form OWNER/REPO"):
        RepoId.parse(text)


def test_a_hub_never_shows_its_token() -> None:
    assert "secret" not in repr(Hub("http://hub.test", "secret"))


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("hub.test:8899", "begins with neither http:// nor https://"),
        ("//hub.test", "begins with neither http:// nor https://"),
        ("ftp://hub.test", "begins with neither http:// nor https://"),
        ("http://", "begins with neither http:// nor https://"),
        ("https:///acme", "names no host"),
        ("http://hub.test:port", "its host or its port cannot be read"),
        ("http://hub test", "more than a scheme"),
    ],
)
def test_what_is_no_address_of_a_hub_is_refused_at_once(endpoint: str, says: str) -> None:
    """By the name of the variable and without its value, which may hold a password."""
    with pytest.raises(UsageError, match=f"HF_ENDPOINT is not the address of a Hub: .*{says}") as caught:
        Hub.of_environment({"HF_ENDPOINT": endpoint})
    assert endpoint == "http://" or endpoint not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["", "  ", "\n"])
def test_an_empty_address_counts_as_not_set(endpoint: str) -> None:
    assert Hub.of_environment({"HF_ENDPOINT": endpoint}) == Hub.of_environment({}) == Hub("https://huggingface.co/")


@pytest.mark.parametrize("token", ["two words", "caf\u00e9", "a\tb", "a\0b"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(UsageError, match="HF_TOKEN: the token holds characters that no token has") as caught:
        Hub.of_environment({"HF_TOKEN": token})
    assert token not in str(caught.value)


def test_line_ends_around_a_token_do_not_count() -> None:
    """As huggingface_hub reads it; one of nothing but white space is none."""
    assert Hub.of_environment({"HF_TOKEN": " secret-4711\r\n"}).token == "secret-4711"
    assert Hub.of_environment({"HF_TOKEN": " \n"}).token is None
