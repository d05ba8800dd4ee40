"""The names of tags: what git takes is let through, all else is refused before anything is run."""

from __future__ import annotations

import pytest

from helpers.hub import Fault, Press, staged
from hubpress.errors import HubError, UsageError
from hubpress.hub.ids import refuse_bad_tag

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
NOTHING = PAGE.replace(b"text/html", b"application/json").replace(b"<html>", b"[1, 2]")


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


def test_a_page_in_place_of_an_answer_is_no_success(press: Press) -> None:
    """A gateway's page is asked again; a Hub that agrees, and does nothing, ends the push with one line."""
    manifest = staged(press.folder)
    press.push(manifest)
    press.wire.faults.append(Fault("POST /api/models/.*/tag/", answer=PAGE))
    press.push(manifest, tag="v1")
    assert press.head("v1") == press.head()
    press.wire.faults.append(Fault("POST /api/models/.*/tag/", answer=NOTHING))
    with pytest.raises(HubError, match="has no tag v2, although the Hub has just agreed"):
        press.push(manifest, tag="v2")
    press.push(manifest, tag="v2")
    assert press.head("v2") == press.head()
    press.wire.faults.append(Fault("PUT /api/models/.*/settings", answer=NOTHING))
    with pytest.raises(HubError, match="is not private, although the Hub has just agreed"):
        press.push(manifest, private=True, hide_public=True)
