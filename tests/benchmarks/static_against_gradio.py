"""Compare both kinds of Space of one model: the first answer, the bytes that a reader's browser gets, answers a second.

    python tests/benchmarks/static_against_gradio.py [--build build/conference-titles] [--texts 50]

The build folder is that of a sample (`hubpress space conference-titles --sample`). Both are opened in a headless
Chromium that has seen nothing before, from this machine: what a network adds comes on top, for the bytes that are
printed (a CDN compresses the 14 MB of WebAssembly; nothing here does). The first answer counts from the opening of the
page; for Gradio also from the start of its app, which a Space that sleeps does first. Answers a second are those of
one reader who asks one text after another: on the Hub's machine for Gradio (here: this one), on the reader's for the
page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("HUBPRESS_NODE_MODULES", str(ROOT / "tests" / "transformers_js" / "node_modules"))

from gradio_client import Client  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

import hubpress  # noqa: E402
from helpers.browser import chromium  # noqa: E402
from helpers.space import served  # noqa: E402
from hubpress.data.stored import load_split  # noqa: E402
from hubpress.schemas.space import SpaceSettings  # noqa: E402
from hubpress.space.build import build_space  # noqa: E402
from hubpress.space.static_server import Site, serving  # noqa: E402

REVISION = "0" * 40
PATIENCE = 300_000  # milliseconds
# Asks the modules of the page itself, one text after another.
ASK = """async texts => {
    const [{answersOf}, {TextModel, hubOf, transformers}] = [await import("/answers.js"), await import("/model.js")]
    const json = async name => (await fetch(name)).json()
    const [settings, page] = [await json("/space.json"), await json("/page.json")]
    const model = await TextModel.load(await transformers(page.runtime, () => {}), settings, hubOf(settings, location))
    const answers = answersOf(model, settings, page)
    await answers.answer(texts[0] + " warm")
    const started = performance.now()
    for (const text of texts) await answers.answer(text)
    return texts.length / (performance.now() - started) * 1000
}"""


def main() -> None:
    """Build both, measure, print a line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/conference-titles"))
    parser.add_argument("--texts", type=int, default=50)
    given = parser.parse_args()
    recipe = hubpress.load_recipe(given.build.name, sample=True, overrides=["space.vendor=true"])
    texts = list(load_split(given.build / "data", "test")["text"])[: given.texts]
    model = given.build.resolve() / "repo"
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        spaces = {sdk: Path(name) / sdk for sdk in ("gradio", "static")}
        for sdk, folder in spaces.items():
            build_space(recipe, model, folder, repo_id=f"rehearsal/{recipe.repo_name}", revision=REVISION, sdk=sdk)  # type: ignore[arg-type]
        with served(spaces["gradio"], model) as app:
            seconds, size = first_answer(browser, app.url, "button.gallery-item", "#answer .answer")
            client = Client(app.url, verbose=False)
            a_second = rate(lambda text: client.predict(text, api_name="/classify"), texts)
            started = f"{seconds:.1f} s ({app.seconds + seconds:.1f} s from the start of the app)"
            gradio = (started, size, a_second)
        with serving(Site(spaces["static"], model, SpaceSettings.load(spaces["static"] / "space.json"))) as url:
            seconds, size = first_answer(browser, url, "#examples button", "#answer .answer")
            page = browser.new_page()
            page.goto(url)
            static = (f"{seconds:.1f} s", size, float(page.evaluate(ASK, texts)))
        shutil.rmtree(name, ignore_errors=True)
    tell("first answer", gradio[0], static[0])
    tell("bytes to the browser", f"{gradio[1] / 1e6:.1f} MB", f"{static[1] / 1e6:.1f} MB")
    tell("answers a second", round(gradio[2], 1), round(static[2], 1))


def tell(what: str, gradio: object, static: object) -> None:
    """Print a row."""
    print(json.dumps({"": what, "Gradio": gradio, "static": static}), flush=True)


def first_answer(browser: Browser, url: str, example: str, answer: str) -> tuple[float, int]:
    """Return the seconds from opening a page to the answer to its first example, and the bytes of all bodies."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    count = counted(page)
    started = time.monotonic()
    page.goto(url)
    page.locator(example).first.click()
    page.locator(answer).wait_for()
    seconds = time.monotonic() - started
    size = count()
    context.close()
    return seconds, size


def counted(page: Page) -> Callable[[], int]:
    """Return what tells how many bytes the page has got, as they came over the wire."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    return lambda: sum(sizes)


def rate(ask: Callable[[str], object], texts: list[str]) -> float:
    """Return how many texts are answered in a second, one after another."""
    ask(f"{texts[0]} warm")
    started = time.monotonic()
    for text in texts:
        ask(text)
    return len(texts) / (time.monotonic() - started)


if __name__ == "__main__":
    main()
