"""Links to the Web: asked only where that was wished, without a token, and never inside of a private network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from hubpress.audit.audited import Audited, Found
from hubpress.check.readme.links import targets
from hubpress.hub.retries import httpx
from hubpress.layout import CARD
from hubpress.text import quoted

_SECONDS = 10
_MOST = 100
_MOST_REDIRECTS = 5
_GONE = {404, 410}


def web_links(audited: Audited) -> Iterator[Found]:
    """Every link and picture of the card that leads to the Web is there."""
    if not audited.fetch_links:
        return
    lines: dict[str, str] = {}
    for card, target in targets(audited.staged):
        if target.url.startswith(("http://", "https://")):
            lines.setdefault(target.url.partition("#")[0], card.at(target.line))
    for url, where in list(lines.items())[:_MOST]:
        if why := _fault(url):
            yield Found("warning", where, f"The link {quoted(url)} {why}. Correct it.")
    if len(lines) > _MOST:
        yield Found("note", CARD, f"Of {len(lines)} links to the Web the first {_MOST} were asked.")


def _fault(url: str) -> str | None:
    """Return why a link is dead, or None: a page that wants a login or forbids programs is there."""
    try:
        with httpx.Client(timeout=_SECONDS) as client:
            for _ in range(_MOST_REDIRECTS):
                if not _is_public(url):
                    return "leads into a private network, or to a name that is not known"
                with client.stream("GET", url, headers={"range": "bytes=0-0"}) as answer:  # the body is not read
                    if answer.next_request is None:
                        return f"is dead ({answer.status_code})" if answer.status_code in _GONE else None
                    url = str(answer.next_request.url)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return f"cannot be reached ({type(error).__name__})"
    return "leads from one address to the next without end"


def _is_public(url: str) -> bool:
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname or "", None)
    except OSError:
        return False
    return all(ipaddress.ip_address(each[4][0]).is_global for each in found)
