"""data.html: one page with everything in it, harmless whoever wrote the records, readable wherever it is read."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from helpers.browser import Watched, needs_chromium
from helpers.good_rows import Row, good_rows, of_part
from report.conftest import Ask

HOSTILE = '<script>alert("one")</script> & <img src=x onerror=alert(2)> </blockquote> {{ 7 * 7 }}'


class Elements(HTMLParser):
    """What a page consists of: its elements with their attributes, and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_rows() -> list[Row]:
    """Return records whose texts and labels would do harm on a page that takes them for HTML."""
    rows = good_rows()
    train, test = of_part(rows, "train"), of_part(rows, "test")
    test[0]["text"] = train[0]["text"] = f"{HOSTILE} {'x' * 300}"
    test[1]["text"] = train[1]["text"].upper()
    test[2]["text"] = f"{train[2]['text']} so"
    for row in (train[0], train[3], test[0]):
        row["kind"] = HOSTILE
    return rows


def test_records_are_text_on_the_page(ask: Ask, page: Path) -> None:
    """Nothing of a record becomes an element; nothing is fetched, no script runs, and no number is missing."""
    report = ask(hostile_rows())
    found = Elements(page)
    assert {"script", "img", "link"} & set(found.tags) <= {"link"}
    assert found.attributes["href"] == ["data:,"]
    assert not {"src", "onerror", "onload"} & found.attributes.keys()
    assert "url(" not in found.text and "@import" not in found.text
    assert found.text.count(HOSTILE) >= 3
    for finding in report.findings:
        assert " ".join(finding.text.split()) in " ".join(found.text.split())
    assert all(part in found.text for part in ("dog", "cat", "train, row 1: "))


def test_more_labels_than_stand_open(ask: Ask, page: Path) -> None:
    """The largest labels stand open, the others folded; each is on the page once as a row."""
    rows = good_rows(300)
    for number, row in enumerate(rows):
        row["kind"] = f"kind {number // 5:03}"
    ask(rows)
    text = page.read_text(encoding="utf-8")
    assert all(text.count(f'<th scope="row">kind {number:03}</th>') == 1 for number in range(60))
    assert "<summary>40 more</summary>" in text


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Serve a folder on loopback; return the address of a file in it."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield lambda path: f"http://127.0.0.1:{server.server_port}/{path.relative_to(tmp_path).as_posix()}"
        server.shutdown()


@needs_chromium
@pytest.mark.slow
@pytest.mark.xdist_group("browser")
def test_the_page_is_readable_in_light_and_dark_on_a_phone_too(
    ask: Ask, page: Path, window: Watched, served: Callable[[Path], str]
) -> None:
    """Nothing overflows or is too faint, and nothing but the page is asked for."""
    rows = hostile_rows()
    for number, row in enumerate(of_part(rows, "train")[10:50]):
        row["kind"] = f"a kind with a name of some length {number}"
    ask(rows)
    for dark in (False, True):
        window.open(served(page), dark=dark)
        window.shoot("data-report")
