"""The names of tags: what git takes is let through, all else is refused before anything is run."""

from __future__ import annotations

import pytest

from hubpress.errors import UsageError
from hubpress.hub.ids import refuse_bad_tag


@pytest.mark.parametrize("name", ["v1.0.0", "2026-11", "größe", "release/v2", "a"])
def test_tags_that_can_be(name: str) -> None:
    refuse_bad_tag(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "v1..2",
        "-v1",
        ".v1",
        "v1.",
        "v1/",
        "a//b",
        "v1.lock",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "@{",
        "a\\b",
        "v1.lock/a",
    ],
)
def test_tags_that_cannot_be(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a tag"):
        refuse_bad_tag(name)


@pytest.mark.parametrize("name", ["main", "HEAD", "@", "refs/pr/1", "0123456789" * 4])
def test_what_means_a_branch_or_a_commit_is_no_tag(name: str) -> None:
    with pytest.raises(UsageError, match="already means a branch or a commit"):
        refuse_bad_tag(name)
