"""What this machine is called, and that no proxy is asked about it."""

from __future__ import annotations

import httpx
import pytest

from hubpress.this_machine import bad_proxy, spare_loopback

SPARED = "127.0.0.1,localhost,::1"


@pytest.mark.parametrize(
    ("before", "spared"),
    [
        ({"HTTP_PROXY": "http://proxy.test"}, SPARED),
        (
            {"all_proxy": "socks5://proxy.test", "NO_PROXY": "intern.test, localhost"},
            "intern.test,localhost,127.0.0.1,::1",
        ),
        (
            {"http_proxy": "proxy.test", "no_proxy": "[::1],,fe80::/10, 10.0.0.0/8"},
            "::1,10.0.0.0/8,127.0.0.1,localhost",
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


@pytest.mark.parametrize(
    "value",
    [
        "http://host:x",
        ":::",
        "http://",
        "ftp://host:1",
        "socks4://host:1",
        "http://[bad",
        "http://a\nb",
        "h\udcff",
        "h:99999",
    ],
)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy", "Https_Proxy"])
def test_what_is_no_proxy_is_named_by_its_variable(name: str, value: str) -> None:
    """Clients would raise errors of many kinds for it, also on the way to loopback."""
    assert bad_proxy({"OTHER": "x", name: value}) == name


@pytest.mark.parametrize(
    "value", ["", " ", "proxy.test:3128", "http://me:word@proxy.test", "socks5://127.0.0.1:1080", "socks5h://[::1]:9"]
)
def test_proxies_as_people_write_them_are_none(value: str) -> None:
    """And httpx, which asks for socksio where it is to speak SOCKS, takes them."""
    assert bad_proxy({"ALL_PROXY": value, "NO_PROXY": ":::"}) is None
    if value.strip():
        httpx.Client(proxy=value if "://" in value else f"http://{value}").close()
