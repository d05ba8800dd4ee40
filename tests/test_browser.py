"""The Spaces and the rehearsal Hub's pages in a real browser: by keyboard, on a phone, in the dark, read aloud.

Every window is watched: no error in its console, no dialog, no request that leaves this machine; no page that is wider
than a phone, has a control without a name, or words too pale to read. What was seen is saved in the folder SCREENSHOTS,
build/screenshots by default, for a person to look at.
"""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import jinja2
import pytest
from huggingface_hub import HfApi
from playwright.sync_api import Browser, Locator, Page, expect

from browser_helpers import NARROW, Watched, chromium, needs_chromium, watched, word_model
from hubpress.card.facts import read_facts
from hubpress.recipe.load import load_recipe
from hubpress.rehearsal.store import Store
from space_helpers import ROOT, SPACES, Served, assemble_space, served, space_settings

# One worker: each would serve the Spaces for itself.
pytestmark = [needs_chromium, pytest.mark.slow, pytest.mark.xdist_group("browser")]

CLASSES, TOKENS = "text-classification", "token-classification"
SUBJECTS = {
    "Information Systems": "Computer Science",
    "Hardware and Architecture": "Computer Science",
    "Computer Graphics and Computer-Aided Design": "Computer Science",
    "Computer Vision and Pattern Recognition": "Computer Science",
    "Computer Science Applications": "Computer Science",
    "Electrical and Electronic Engineering": "Engineering",
    "Control and Systems Engineering": "Engineering",
    "Mechanical Engineering": "Engineering",
    "Management Science and Operations Research": "Decision Sciences",
    "Statistics, Probability and Uncertainty": "Decision Sciences",
    "Ecology, Evolution, Behavior and Systematics": "Agricultural and Biological Sciences",
    "Archeology (arts and humanities)": "Arts and Humanities",
}
FLOORS = [0.3 + (number % 5) / 10 for number in range(len(SUBJECTS))]
WORDS = {
    "query": [("Information Systems", 3.5), ("Computer Science Applications", 2.2)],
    "cache": [("Hardware and Architecture", 3.1), ("Information Systems", 0.8)],
    "streaming": [("Information Systems", 1.4), ("Statistics, Probability and Uncertainty", 1.3)],
    "amplifier": [("Electrical and Electronic Engineering", 4.2), ("Control and Systems Engineering", 1.6)],
    "rendering": [("Computer Graphics and Computer-Aided Design", 3.8), ("Computer Vision and Pattern Recognition", 1)],
}
RECORDS = [
    {"title": "A cache for streaming joins", "container_title": "Data Journal", "abstract": "Query after query. " * 30},
    {"title": "Rendering of a wideband amplifier", "container_title": "", "abstract": "An amplifier, drawn."},
]
KINDS = ("Task", "Method", "Metric", "Material", "Other scientific term", "Generic")
TAGS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))
TERMS = {
    "parsing": "B-Task", "translation": "I-Task", "machine": "B-Task", "transformer": "B-Method", "encoder": "I-Method",
    "accuracy": "B-Metric", "bleu": "B-Metric", "treebank": "B-Material", "attention": "B-Other scientific term",
    "weights": "I-Other scientific term", "system": "B-Generic",
}  # fmt: skip
SENTENCE = "A transformer encoder with attention weights improves parsing accuracy on the treebank today"
TOPICS = 4516
CARD = ROOT / "tests" / "samples" / "card" / "conference-titles"
SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)> query"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def window(browser: Browser) -> Iterator[Watched]:
    """A new window of it, which is watched until the test ends."""
    with watched(browser) as found:
        yield found


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Space of records of three fields with many labels, a threshold for each, and their parents."""
    folder = tmp_path_factory.mktemp("subjects")
    model = word_model(
        folder / "model",
        WORDS,
        bias=-2.0,
        id2label=dict(enumerate(SUBJECTS)),
        problem_type="multi_label_classification",
        decision={"rule": "threshold", "threshold": FLOORS},
        parents=SUBJECTS,
        input_template="title={{ title }}, container_title={{ container_title }}, abstract={{ abstract }}",
    )
    examples = [{"text": record["title"], "example_title": record["title"], "record": record} for record in RECORDS]
    settings = space_settings(
        CLASSES,
        examples=examples,
        title="Subjects of a paper",
        summary="Which of the subjects of the All Science Journal Classification a paper has, from title and abstract.",
        model="acme/asjc-subjects",
    )
    with served(assemble_space(folder / "space", settings), model) as at:
        yield at


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Space that finds entities of six types."""
    folder = tmp_path_factory.mktemp("terms")
    weights = {word: [(tag, 4.0 + number / 5)] for number, (word, tag) in enumerate(TERMS.items())}
    model = word_model(
        folder / "model",
        weights | {word: [("O", 6.0)] for word in ("[UNK]", "a", "on", "the", "with", "improves")},
        each_token=True,
        id2label=dict(enumerate(TAGS)),
    )
    examples = [
        {"text": SENTENCE, "example_title": "A finding"},
        {"text": "Machine translation is scored by BLEU. " * 12, "example_title": "A long text"},
    ]
    settings = space_settings(
        TOKENS, examples=examples, title="Terms of a paper", summary="Finds scientific terms of six types in a text."
    )
    with served(assemble_space(folder / "space", settings), model) as at:
        yield at


@pytest.fixture(scope="module")
def topics(store: Store, url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A card with tables and figures on the rehearsal Hub, and the Space of a model of 4,516 labels; its path."""
    folder = tmp_path_factory.mktemp("topics")
    api = HfApi(endpoint=url, token=store.write_token)
    facts = read_facts(load_recipe("conference-titles", sample=True), "rehearsal/conference-titles", CARD)
    shutil.copytree(CARD, folder / "card")
    (folder / "card" / "figures").mkdir()
    for picture in facts.pictures.values():
        (folder / "card" / picture.path).write_bytes(picture.png)
    names = [
        f"Topic {number:04d}, its {' and '.join(('methods', 'history', 'uses')[: number % 3 + 1])}"
        for number in range(TOPICS)
    ]
    parents = {
        name: {"field": f"Field {number % 26}", "domain": f"Domain {number % 4}"} for number, name in enumerate(names)
    }
    draw = random.Random(7)
    word_model(
        folder / "model",
        {word: [(name, draw.gauss(0, 3)) for name in names] for word in ("query", "cache", "streaming")},
        id2label=dict(enumerate(names)),
        problem_type="single_label_classification",
        decision={"rule": "top_k", "top_k": 10},
        parents=parents,
    )
    (folder / "model" / "README.md").write_text("---\nlicense: mit\n---\n# Topics\n", encoding="utf-8")
    push(api, "rehearsal/conference-titles", folder / "card")
    revision = push(api, "rehearsal/topics", folder / "model")
    examples = [{"text": "streaming query", "example_title": "A short text"}]
    settings = space_settings(
        CLASSES, model="rehearsal/topics", revision=revision, examples=examples, title="Topics",
        space="rehearsal/try",
    )  # fmt: skip
    space = assemble_space(folder / "space", settings)
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(SPACES), trim_blocks=True, lstrip_blocks=True)
    readme = templates.get_template("README.md.j2").render(
        settings, emoji="🏷️", color_from="indigo", color_to="gray", sdk_version=version("gradio"), python_version="3.11",
        short_description="One of 4,516 topics", license="mit", tags=["topics"], card_url=f"{url}/rehearsal/topics",
    )  # fmt: skip
    (space / "README.md").write_text(readme, encoding="utf-8")
    push(api, "rehearsal/try", space, kind="space")
    return "/spaces/rehearsal/try"


def push(api: HfApi, repo: str, folder: Path, *, kind: str = "model") -> str:
    """Publish a folder on the rehearsal Hub; return the commit."""
    api.create_repo(repo, repo_type=kind, space_sdk="gradio" if kind == "space" else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        return api.upload_folder(repo_id=repo, repo_type=kind, folder_path=folder).oid


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
    monkeypatch.setattr("browser_helpers.SCREENSHOTS", tmp_path)
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
    expect(status).to_contain_text("3,000 rows, 3,000 lines of results.", timeout=60_000)
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


def test_the_hub_shows_a_card_and_runs_its_space(topics: str, url: str, window: Watched) -> None:
    """From the list to a card whose figures are seen, and to a Space that answers where it stands."""
    page = window.open(url)
    window.shoot("hub")
    page.get_by_role("link", name="rehearsal/conference-titles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("rehearsal/conference-titles")
    images = page.get_by_role("article").get_by_role("img")
    expect(images).not_to_have_count(0)
    sizes = images.evaluate_all("images => images.map(image => [image.naturalWidth, image.alt])")
    assert all(width > 300 and words for width, words in sizes), sizes
    expect(page.get_by_role("article").get_by_role("table").first).to_be_visible()
    window.shoot("hub-card")
    page.get_by_role("link", name="Rehearsal Hub").click()
    page.get_by_role("link", name="rehearsal/try").click()
    expect(page.locator("iframe")).to_be_visible(timeout=180_000)  # as long as the Hub waits for an app
    app = page.frame_locator("iframe")
    app.get_by_role("textbox", name="Text").fill("query cache")
    app.get_by_role("button", name="Classify").click()
    expect(app.locator("#answer")).to_contain_text("and the next 9")
    window.shoot("hub-space")

    window.open(page.locator("iframe").get_attribute("src") or "")
    page.get_by_role("textbox", name="Text").fill("query cache")
    page.get_by_role("textbox", name="Text").press("Shift+Enter")
    expect(page.locator("#answer")).to_contain_text("and the next 9")
    rows = page.get_by_role("table", name="Best 10 of 4,516 labels").locator("tbody tr")
    expect(rows).to_have_count(10)
    page.get_by_role("slider", name="Number of labels").press("End")
    expect(page.locator("#scores tbody tr")).to_have_count(50)
    window.shoot("topics-50")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollHeight") < 5_000
    page.get_by_role("tab", name="Parents").click()
    expect(page.get_by_role("table", name="Field").get_by_role("rowheader")).not_to_have_count(0)
    window.shoot("topics-parents")


def test_the_dark_is_readable(subjects: Served, terms: Served, topics: str, url: str, window: Watched) -> None:
    """Where the device asks for it; every other test looks at the light."""
    pages = {
        "subjects-answer": (subjects.url, RECORDS[0]["title"]),
        "terms-answer": (terms.url, "A finding"),
        "hub-card": (f"{url}/rehearsal/conference-titles", None),
    }
    for name, (address, example) in pages.items():
        page = window.open(address, dark=True)
        if example:
            page.get_by_role("button", name=example).click()
            expect(page.locator("#answer").get_by_role("status")).not_to_be_empty()
        window.shoot(name)
    page = window.open(f"{url}{topics}", dark=True)
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible()
    window.shoot("hub-space")
    page = window.open(subjects.url, dark=True)
    page.get_by_role("tab", name="API", exact=True).click()
    expect(page.get_by_text("gradio_client")).to_be_visible()
    window.shoot("calling")
