"""What this machine is called, and that no proxy is asked about it."""

from __future__ import annotations

import pytest

from hubpress.this_machine import spare_loopback

SPARED = "127.0.0.1,localhost,::1"


@pytest.mark.parametrize(
    ("before", "spared"),
    [
        ({"HTTP_PROXY": "http://proxy.test"}, SPARED),
        (
            {"all_proxy": "socks5://proxy.test", "NO_PROXY": "intern.test, localhost"},
            "intern.test,localhost,127.0.0.1,::1",
        ),
        ({"https_proxy": "http://proxy.test", "no_proxy": "a.test", "NO_PROXY": "b.test"}, f"a.test,{SPARED}"),
    ],
)
def test_no_proxy_is_asked_about_loopback(before: dict[str, str], spared: str) -> None:
    """What is spared already stays so; both spellings say the same; a second time nothing changes."""
    environ = dict(before)
    assert spare_loopback(environ)
    assert environ == {**before, "no_proxy": spared, "NO_PROXY": spared}
    assert not spare_loopback(environ)


@pytest.mark.parametrize("before", [{}, {"NO_PROXY": "a.test"}, {"HTTP_PROXY": ""}])
def test_without_a_proxy_nothing_changes(before: dict[str, str]) -> None:
    environ = dict(before)
    assert not spare_loopback(environ)
    assert environ == before
