"""The page of a static Space in Chromium: its answers, by keyboard, on a phone, in the dark, without a network."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.browser import NARROW, Watched, needs_chromium, watched
from helpers.browser_spaces import KINDS, RECORDS, SENTENCE, SUBJECTS, SUBJECTS_TEMPLATE, subjects_model, terms_model
from helpers.static_space import needs_transformers_js, static_site
from hubpress.input_template import render
from hubpress.space.static_server import Site, serving
from hubpress.verify.static_space import claims_of_page

pytestmark = [needs_chromium, needs_transformers_js, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)> query"
HOSTILE = "</title><script>alert('title')</script> a & b"


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A static Space of records of three fields; a sample with words in its title that would run if they could."""
    folder = tmp_path_factory.mktemp("static-subjects")
    model, settings = subjects_model(folder)
    shown = [example | {"text": render(SUBJECTS_TEMPLATE, example["record"])} for example in settings["examples"]]
    settings |= {"sample": True, "examples": shown}
    with pytest.MonkeyPatch.context() as patch:
        yield static_site(folder / "space", model, settings, SUBJECTS_TEMPLATE, patch)


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A static Space that finds entities."""
    folder = tmp_path_factory.mktemp("static-terms")
    model, settings = terms_model(folder)
    with pytest.MonkeyPatch.context() as patch:
        yield static_site(folder / "space", model, settings | {"title": HOSTILE}, "{{ text }}", patch)


def ready(window: Watched, url: str, *, dark: bool = False) -> Page:
    """Open the page, and wait until its model is there."""
    page = window.open(url, dark=dark)
    expect(page.locator("#page")).to_be_visible()
    return page


@pytest.mark.parametrize("kind", ["subjects", "terms"])
def test_the_page_answers_as_python_does(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The proof itself: every row holds, for records, texts longer than the model reads, odd ones, and files."""
    site: Site = request.getfixturevalue(kind)
    texts = [SENTENCE, "query cache " * 200, SCRIPT, "Amplifier, rendering; streaming!", "nothing known"]
    claims = claims_of_page(site.settings, site.space, site.model, site.settings.examples, texts, tmp_path)  # type: ignore[arg-type]
    assert [claim.what for claim in claims] == ["page", "tokens", "decision", "scores", "batch", "bad input"]
    assert not [difference for claim in claims for difference in claim.differences]
    assert all(claim.holds for claim in claims)
    largest = float(re.search(r"scores by (\S+) at most", claims[3].how)[1])  # type: ignore[index]
    assert largest < 1e-5 and f"{len(texts) + 2} of {len(texts) + 2} answers the same" in claims[3].how


def test_what_the_page_gets_wrong_fails_its_proof(subjects: Site, tmp_path: Path) -> None:
    """Another decision, and a tokenizer that cuts elsewhere."""
    folder = tmp_path / "space"
    folder.mkdir()
    for path in subjects.space.iterdir():
        (folder / path.name).symlink_to(path)
    for name, before, after in (
        ("decision.js", "scores[id] >= (Array", "scores[id] < (Array"),
        ("tokens.js", "pieces[0].slice(0, room)", "pieces[0].slice(0, room - 1)"),
    ):
        text = (subjects.space / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).unlink()
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    settings = subjects.settings
    claims = claims_of_page(settings, folder, subjects.model, settings.examples, ["query " * 200], tmp_path / "p")  # type: ignore[arg-type]
    assert {claim.what for claim in claims if claim.differences} >= {"tokens", "decision", "scores"}


def test_without_a_browser_nothing_is_claimed(subjects: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    (claim,) = claims_of_page(subjects.settings, subjects.space, subjects.model, [], [], tmp_path)
    assert claim.state == "unproved" and "was not asked in a browser" in str(claim.unproved)


def test_a_record_is_classified_by_keyboard_in_light_and_dark(subjects: Site, window: Watched) -> None:
    """The slider moves the threshold; a sample says that it is one; nothing is asked of any other host."""
    with serving(subjects) as url:
        page = ready(window, url, dark=True)
        expect(page.get_by_text("Sample.")).to_be_visible()
        window.shoot("static-subjects-empty")
        page.get_by_role("textbox", name="Title", exact=True).focus()
        page.keyboard.type("A query cache")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("for streaming")
        page.get_by_role("button", name="Classify").focus()
        page.keyboard.press("Enter")
        answer = page.get_by_role("status").filter(has_text="of 12 labels reach")
        expect(answer).to_contain_text("Information Systems")
        expect(page.get_by_role("table", name="Best 10 of 12 labels")).to_be_visible()
        expect(page.get_by_role("table", name="Parents")).to_contain_text("Computer Science")
        window.shoot("static-subjects")
        own = page.get_by_role("checkbox", name="own thresholds")
        expect(own).to_be_checked()
        page.get_by_role("slider", name="Threshold").press("Home")
        expect(own).not_to_be_checked()
        expect(page.get_by_role("status").filter(has_text="12 of 12 labels reach the threshold 0.01")).to_be_visible()
        page = ready(window, url)
        page.set_viewport_size(NARROW)
        page.get_by_role("button", name=RECORDS[0]["title"]).press("Enter")
        expect(page.locator("#answer")).to_contain_text("Information Systems")
        expect(page.locator("#answer")).to_be_in_viewport()
        window.shoot("static-subjects-light")
        page.get_by_role("tab", name="Text").press("ArrowLeft")
        expect(page.get_by_role("tab", name="About")).to_be_focused()
        expect(page.get_by_role("tabpanel", name="About")).to_contain_text("is sent nowhere")
        window.shoot("static-about")


def test_entities_are_marked_and_no_text_runs(terms: Site, window: Watched) -> None:
    with serving(terms) as url:
        page = ready(window, url)
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        page.get_by_role("textbox", name="Text").fill(SCRIPT.replace("query", "machine translation"))
        page.get_by_role("button", name="Find entities").click()
        expect(page.locator("#highlighted mark")).to_have_text(["machine translation Task"])
        page.get_by_role("button", name="A finding").click()
        expect(page.locator("#highlighted mark")).to_have_count(5)
        expect(page.locator(".legend li")).to_have_text(list(KINDS))
        expect(page.get_by_role("table", name="Entities")).to_contain_text("attention weights")
        window.shoot("static-terms")
        assert not page.locator("img").count() and not page.locator("main script").count()


def test_files_come_in_and_go_out(subjects: Site, window: Watched, tmp_path: Path) -> None:
    """Other columns are kept; a note says what cannot be read; faults of a file are sentences."""
    file = tmp_path / "papers.csv"
    rows = [["1", "A query cache", 'with "quotes", and\na line break'], ["2", SCRIPT, ""], ["3", " ", ""]]
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([["id", "title", "abstract"], *rows])
    with serving(subjects) as url:
        page = ready(window, url)
        page.get_by_role("tab", name="Batch").click()
        page.get_by_label("File of inputs").set_input_files(file)
        page.get_by_role("button", name="Answer all").click()
        expect(page.locator("#batch-status")).to_contain_text("3 rows, 3 lines of results.")
        window.shoot("static-batch")
        with page.expect_download() as started:
            page.get_by_role("link", name="All results").click()
        assert started.value.suggested_filename == "papers-results.csv"
        with Path(started.value.path()).open(encoding="utf-8", newline="") as stream:
            header, *found = csv.reader(stream)
        assert header == ["row", "id", "title", "abstract", "labels", "scores", "parents", "note"]
        assert [line[1:4] for line in found] == rows and "Information Systems" in found[0][4]
        assert found[0][6] == "Computer Science" and "the record is empty" in found[2][7]
        broken = tmp_path / "broken.csv"
        broken.write_text('title\n"open', encoding="utf-8")
        page.get_by_label("File of inputs").set_input_files(broken)
        page.get_by_role("button", name="Answer all").click()
        expect(page.locator("#batch-status")).to_have_text(
            "broken.csv, line 2: this is not CSV (a quotation mark is not closed)."
        )


def test_it_works_without_a_network_afterwards(subjects: Site, browser: Browser) -> None:
    """The page, the model and what runs it are kept; the one thing that is asked for is the worker's own update."""
    with serving(subjects) as url, watched(browser) as window:
        page = ready(window, url)
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.context.set_offline(True)
        page.reload()
        expect(page.locator("#page")).to_be_visible()
        page.get_by_role("button", name=RECORDS[0]["title"]).click()
        expect(page.locator("#answer")).to_contain_text("Information Systems")
        window.faults[:] = [fault for fault in window.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
        page.context.set_offline(False)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("vendor/transformers.min.js", "The model, or what runs it, cannot be downloaded"),
        ("vendor/ort-wasm-simd-threaded.wasm", "The model, or what runs it, cannot be downloaded"),
    ],
)
def test_a_runtime_that_was_tampered_with_is_refused(
    broken: str, said: str, subjects: Site, browser: Browser, tmp_path: Path
) -> None:
    """By its hash, before a byte of it runs: in a sentence."""
    bytes_ = (subjects.space / broken).read_bytes()
    site = replace(subjects, beside={broken: bytes_[:-1] + bytes([bytes_[-1] ^ 1])})
    with serving(site) as url, watched(browser) as window:
        page = window.open(url)
        expect(page.locator("#loading .problem")).to_contain_text(said)
        window.faults.clear()


def test_a_browser_without_webassembly_is_told(subjects: Site, browser: Browser) -> None:
    with serving(subjects) as url, watched(browser) as window:
        window.page.add_init_script("delete globalThis.WebAssembly")
        window.open(url)
        expect(window.page.locator("#loading .problem")).to_contain_text("it has no WebAssembly")


def test_the_worker_keeps_every_file_of_the_page(subjects: Site) -> None:
    """What is not in its list would be missing without a network."""
    text = (subjects.space / "sw.js").read_text(encoding="utf-8")
    kept = set(re.findall(r'"([a-z_]+\.(?:js|css|json))"', text))
    there = {path.name for path in subjects.space.iterdir() if path.suffix in (".js", ".css", ".json")}
    assert kept == there - {"sw.js", "manifest.json"}
    assert json.loads((subjects.space / "page.json").read_text())["schema_version"] == 1 and SUBJECTS
