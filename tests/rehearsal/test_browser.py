"""The rehearsal Hub's pages in a real browser, with a Space that runs on one of them; and all pages in the dark."""

from __future__ import annotations

import random
import shutil
from importlib.metadata import version
from pathlib import Path

import jinja2
import pytest
from huggingface_hub import HfApi
from playwright.sync_api import expect

from helpers.browser import NARROW, Watched, needs_chromium, word_model
from helpers.browser_spaces import CLASSES, RECORDS
from helpers.paths import SAMPLES
from helpers.space import SPACES, Served, assemble_space, space_settings
from hubpress.card.facts import read_facts
from hubpress.recipe.load import load_recipe
from hubpress.rehearsal.store import Store

# One worker: each would serve the Spaces for itself.
pytestmark = [needs_chromium, pytest.mark.slow, pytest.mark.xdist_group("browser")]
TOPICS = 4516
CARD = SAMPLES / "card" / "conference-titles"


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
        settings, emoji="🏷️", color_from="indigo", color_to="gray", sdk="gradio", sdk_version=version("gradio"),
        python_version="3.11", short_description="One of 4,516 topics",
        licences=["mit"], license_name=None, license_link=None,
        tags=["topics"], card_url=f"{url}/rehearsal/topics",
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


def test_the_hub_shows_a_card_and_runs_its_space(topics: str, url: str, window: Watched) -> None:
    """From the list to a card whose figures are seen, and to a Space that answers where it stands."""
    page = window.open(url)
    window.shoot("hub")
    page.get_by_role("link", name="rehearsal/conference-titles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("rehearsal/conference-titles")
    images = page.get_by_role("article").get_by_role("img")
    expect(images).not_to_have_count(0)
    # An image may still be on its way when the page stands: decode() waits for it, and fails where it cannot be shown.
    sizes = images.evaluate_all(
        "images => Promise.all(images.map(image => image.decode().then(() => [image.naturalWidth, image.alt])))"
    )
    assert all(width > 300 and words for width, words in sizes), sizes
    expect(page.get_by_role("article").get_by_role("table").first).to_be_visible()
    window.shoot("hub-card")
    page.get_by_role("link", name="Rehearsal Hub").click()
    page.get_by_role("link", name="rehearsal/try").click()
    expect(page.locator("iframe")).to_be_visible(timeout=600_000)  # longer than the Hub waits for an app
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
