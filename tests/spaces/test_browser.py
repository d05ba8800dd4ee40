"""The Spaces in a real browser: by keyboard, on a phone, read aloud.

Every window is watched: no error in its console, no dialog, no request that leaves this machine; no page that is wider
than a phone, has a control without a name, or words too pale to read. What was seen is saved in the folder SCREENSHOTS,
build/screenshots by default, for a person to look at.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from helpers.browser import NARROW, Watched, needs_chromium, watched
from helpers.browser_spaces import KINDS, RECORDS, SENTENCE, SUBJECTS, WORDS
from helpers.space import Served

# One worker: each would serve the Spaces for itself.
pytestmark = [needs_chromium, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)> query"


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<img src='https://example.org/x.png' alt=''>", "example.org"),
        ("<link rel=stylesheet href='http://localhost:9/x.css'>", "localhost"),
        ("<script>console.error('broken')</script>", "broken"),
        ("<script>alert('opened')</script>", "opened"),
        ("<script>missing()</script>", "missing is not defined"),
        ("<p style='width: 400px'>wide</p>", "390"),
        ("<input>", "textbox"),
        ("<p style='color: #999'>pale</p>", "pale: 2.85"),
    ],
)
def test_what_is_wrong_with_a_page_is_noticed(
    browser: Browser, html: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch itself: each of these faults fails a test."""
    monkeypatch.setattr("helpers.browser.SCREENSHOTS", tmp_path)
    with pytest.raises(AssertionError, match=re.escape(told)), watched(browser) as window:
        window.page.set_content(f"<button>Go</button>{html}")
        window.shoot("wrong")


def by_keyboard(page: Page, target: Locator, *, most: int = 15) -> None:
    """Go on from control to control until *target* has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is out of the keyboard's reach")


def table_rows(table: Locator) -> list[list[str]]:
    """Return the texts of a table's body."""
    rows: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return rows


def test_a_record_is_classified_by_keyboard_alone(subjects: Served, window: Watched) -> None:
    """The labelled boxes, the button and the slider are reached with Tab; what is shown is what the endpoint says."""
    page = window.open(subjects.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Subjects of a paper")
    by_keyboard(page, page.get_by_role("textbox", name="Title", exact=True))
    page.keyboard.type("A query cache")
    by_keyboard(page, page.get_by_role("textbox", name="Abstract"), most=2)
    page.keyboard.type("for streaming")
    by_keyboard(page, page.get_by_role("button", name="Classify"))
    page.keyboard.press("Enter")
    answer, own = page.locator("#answer").get_by_role("status"), page.get_by_role("checkbox", name="own thresholds")
    expect(answer).to_contain_text("of 12 labels reach their thresholds")
    found = subjects.call("classify", {"title": "A query cache", "abstract": "for streaming"})
    for entry in found["answer"]:
        expect(answer).to_contain_text(f"{entry['label']} {entry['score']:.4f}")
    scores = page.get_by_role("table", name="Best 10 of 12 labels")
    shown = [f"{entry['label']}|{entry['score']:.4f}" for entry in found["scores"]]
    read = ["|".join(row[:2]).replace(" (in the answer)", "") for row in table_rows(scores)]
    assert [line.partition(", threshold")[0] for line in read] == shown
    window.shoot("subjects-answer")

    slider = page.get_by_role("slider", name="Threshold")
    expect(own).to_be_checked()
    page.get_by_role("checkbox", name="own thresholds").focus()
    by_keyboard(page, slider)
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(own).not_to_be_checked()
    expect(answer).to_contain_text("the threshold 0.35:")
    page.keyboard.press("Home")
    expect(answer).to_contain_text("12 of 12 labels reach the threshold 0.01:")
    page.keyboard.press("End")
    expect(answer).to_contain_text("No label reaches the threshold 0.99.")

    page.keyboard.press("Home")
    by_keyboard(page, page.get_by_role("tab", name="Parents"))
    page.keyboard.press("Enter")
    parents = page.get_by_role("table", name="Parents")
    expect(parents.get_by_role("rowheader")).to_have_count(len(set(SUBJECTS.values())))
    expect(parents).to_contain_text("Computer Science")
    window.shoot("subjects-parents")


def test_an_example_fills_the_boxes_and_answers(subjects: Served, window: Watched) -> None:
    """On a phone, too, where the answer comes into sight; the model's own thresholds hold again."""
    page = window.open(subjects.url)
    example = page.get_by_role("button", name=RECORDS[0]["title"])
    expect(example).to_be_visible()
    window.shoot("subjects")
    page.set_viewport_size(NARROW)
    page.get_by_role("slider", name="Threshold").press("End")
    expect(page.get_by_role("checkbox", name="own thresholds")).not_to_be_checked()
    example.click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text("reach their thresholds")
    expect(answer).to_contain_text("Information Systems")
    expect(answer).to_be_in_viewport()
    expect(page.get_by_role("textbox", name="Abstract")).to_have_value(RECORDS[0]["abstract"])
    expect(page.get_by_role("checkbox", name="own thresholds")).to_be_checked()
    page.get_by_role("textbox", name="Abstract").fill("")
    for name in ("Title", "Container title"):
        page.get_by_role("textbox", name=name, exact=True).fill(" ")
    page.get_by_role("button", name="Classify").click()
    expect(answer).to_contain_text("Write something first, or choose an example.")
    window.shoot("subjects-problem")


def test_a_file_is_answered_with_progress_and_downloaded(subjects: Served, window: Watched, tmp_path: Path) -> None:
    """Rows count up; the file's lines are what /classify says; a script in a cell is words."""
    page = window.open(subjects.url)
    page.get_by_role("tab", name="Batch").click()
    records = [{"title": word, "abstract": f"paper {number}"} for number in range(600) for word in WORDS]
    records[3]["title"] = SCRIPT
    file = tmp_path / "papers.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ("title", "abstract"))
        writer.writeheader()
        writer.writerows(records)
    choose(page, file)
    window.shoot("batch-file")
    seen = watch_text(page, "#batch-status")
    page.get_by_role("button", name="Answer all").press("Enter")
    status = page.locator("#batch-status").get_by_role("status")
    expect(status).to_contain_text("3,000 rows, 3,000 lines of results.", timeout=600_000)
    shares = [float(share) for text in seen() for share in re.findall(r"Answering - ([\d.]+)%", text)]
    # Gradio may take the bar away before the last share is painted.
    assert len(shares) > 3 and shares[0] < 50 < shares[-1] and shares == sorted(shares), seen()
    table = page.get_by_role("table", name="First results")
    rows = table_rows(table)
    assert len(rows) == 100 and rows[3][1] == SCRIPT and not page.locator("img[src=x]").count()
    window.shoot("batch-results")
    with page.expect_download() as started:
        page.get_by_role("link", name="KB").last.click()
    assert started.value.suggested_filename == "papers-results.csv"
    with Path(started.value.path()).open(encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    assert header == ["row", "title", "abstract", "labels", "scores", "parents", "note"] and len(lines) == len(records)
    for number in (0, 1, 3, 2999):
        found = subjects.call("classify", records[number])
        assert lines[number][3:6] == [
            "; ".join(entry["label"] for entry in found["answer"]),
            "; ".join(f"{entry['score']:.6f}" for entry in found["answer"]),
            "; ".join(entry["label"] for entry in found["parents"]),
        ]

    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\x89PNG\r\n\x00\x01\x02" * 50)
    page.get_by_role("button", name="Clear").click()
    choose(page, binary)
    page.get_by_role("button", name="Answer all").click()
    expect(status).to_contain_text("binary.csv is a binary file or not in UTF-8.")
    expect(table).to_have_count(0)
    window.shoot("batch-problem")


def choose(page: Page, file: Path) -> None:
    """Choose a file as a person does, and wait until it was uploaded."""
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name="Click to upload").click()
    opened.value.set_files(file)
    expect(page.get_by_role("row", name=file.name)).to_be_visible()


def watch_text(page: Page, selector: str) -> Callable[[], list[str]]:
    """Return a function that says which texts a part of the page has had since."""
    page.locator(selector).evaluate(
        """element => {
            window.seen = []
            new MutationObserver(() => window.seen.push(element.innerText))
                .observe(element, {childList: true, subtree: true, characterData: true})
        }"""
    )
    return lambda: page.evaluate("window.seen")


def test_how_to_call_the_space_stands_on_its_page(subjects: Served, window: Watched) -> None:
    """With this Space's own address."""
    page = window.open(subjects.url)
    page.get_by_role("tab", name="API", exact=True).click()
    expect(page.get_by_text(f'client = Client("{subjects.url}")')).to_be_visible()
    window.shoot("calling")


def test_entities_are_marked_and_listed(terms: Served, window: Watched) -> None:
    """Spans in the text with a legend of all types, and a table; scripts are words; an example answers."""
    page = window.open(terms.url)
    by_keyboard(page, page.get_by_role("textbox", name="Text"))
    page.keyboard.type(SCRIPT.replace("query", "machine translation"))
    by_keyboard(page, page.get_by_role("button", name="Find entities"), most=1)
    page.keyboard.press("Enter")
    expect(page.locator("#answer").get_by_role("status")).to_have_text("1 entity")
    marked = page.locator("#highlighted .highlighted")
    expect(marked).to_have_text(["machine translation"])
    assert not page.locator("img[src=x]").count()
    for kind in KINDS:
        expect(page.locator("#highlighted").get_by_role("button", name=kind)).to_be_visible()

    page.get_by_role("button", name="A finding").click()
    expect(page.get_by_role("textbox", name="Text")).to_have_value(SENTENCE)
    words = ["transformer encoder", "attention weights", "parsing", "accuracy", "treebank"]
    expect(marked).to_have_text(words)
    found = terms.call("tag", SENTENCE)["entities"]
    assert [entity["word"] for entity in found] == words
    table = page.get_by_role("table", name="Entities")
    expect(table.get_by_role("columnheader")).to_have_text(["entity", "type", "score", "start", "end"])
    assert table_rows(table) == [
        [one["word"], one["entity_group"], f"{one['score']:.6f}", str(one["start"]), str(one["end"])] for one in found
    ]
    window.shoot("terms-answer")
    page.get_by_role("button", name="A long text").click()
    expect(marked).to_have_count(24)
    window.shoot("terms-long")
