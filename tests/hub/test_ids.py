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
    "text", ["", "titles", "spaces/titles", "acme/", "/titles", "a/b/c", "acme/two words", "acme/--"]
)
def test_what_is_no_name_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not of the form OWNER/REPO"):
        RepoId.parse(text)


def test_a_hub_never_shows_its_token() -> None:
    assert "secret" not in repr(Hub("http://hub.test", "secret"))
