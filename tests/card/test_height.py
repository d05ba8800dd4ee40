"""Cards as the Hub shows them: short while what is folded is closed, and whole on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helpers.browser import NARROW, SCREENSHOTS, WIDE, chromium, needs_chromium
from helpers.card import MODELS, GoldenFacts, body_of, render, report, visible_lines
from helpers.hub_page import hub_page

LINES, PIXELS = 150, 4_500


@pytest.mark.parametrize("model", MODELS)
def test_a_card_shows_few_lines(model: str, facts_of: Callable[[str], GoldenFacts]) -> None:
    """While what is folded is closed; the snippet and the headline stand before everything else."""
    card = render(facts_of(model))
    assert len(visible_lines(card)) <= LINES
    first = "\n".join(visible_lines(card)[:30])
    assert "| This model |" in first and "```python" in first and "**Demo:**" in first and "REPORT.md" in first


@needs_chromium
@pytest.mark.slow
def test_a_card_is_not_high_and_fits_a_phone(facts_of: Callable[[str], GoldenFacts]) -> None:
    """In a browser, by the Hub's own widths; nothing is wider than a phone, in the card and in its report."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for model in MODELS:
            facts = facts_of(model)
            page = browser.new_page(viewport=WIDE)
            page.set_content(hub_page(body_of(render(facts)), facts.pictures))
            page.screenshot(path=SCREENSHOTS / f"card-{model}-1280.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollHeight") <= PIXELS, model
            page.set_viewport_size(NARROW)
            page.screenshot(path=SCREENSHOTS / f"card-{model}-390.png", full_page=True)
            for text in (body_of(render(facts)), report(facts)):
                page.set_content(hub_page(text, facts.pictures))
                assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], model
            page.close()
