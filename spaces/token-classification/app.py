"""The Space of a model that finds entities in texts: one text, or many at once."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

from api_tab import calling_tab
from html_table import table_html
from model import TextModel
from page import batch_tab, by_api, header, into_sight, live_html, new_page, on_page, serve, told
from quick_gradio import gr
from settings import Problem, Settings
from shorten import shortened
from tagger import BatchTagger, Tagger, line

_EXAMPLE = "A text with names in it"
_TITLE = 60  # characters of an example without a title
_GOLDEN = 0.618034  # as steps around the colour circle, any number of hues lie far apart


def colours(kinds: Sequence[str]) -> dict[str, str]:
    """Return a colour for each type, the same at every start."""
    found = {}
    for number, kind in enumerate(kinds):
        red, green, blue = colorsys.hls_to_rgb((0.6 + number * _GOLDEN) % 1, 0.5, 0.6)
        found[kind] = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
    return found


def marked(text: str, found: Sequence[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """Return a text in parts, each with its type or None."""
    parts: list[tuple[str, str | None]] = []
    reached = 0
    for entity in found:
        if entity["start"] > reached:
            parts.append((text[reached : entity["start"]], None))
        parts.append((text[entity["start"] : entity["end"]], entity["entity_group"]))
        reached = entity["end"]
    return parts + ([(text[reached:], None)] if reached < len(text) else [])


def build(tagger: Tagger, settings: Settings) -> gr.Blocks:
    """Return the page."""
    page = new_page(settings)
    with page:
        header(settings)
        with gr.Tab("Text"):
            text = gr.Textbox(label="Text", lines=5, max_lines=20)
            button = gr.Button("Find entities", variant="primary")
            examples = gr.Column()
            status = live_html("answer")
            highlighted = gr.HighlightedText(
                label="Entities in the text", color_map=colours(tagger.kinds), show_legend=True, elem_id="highlighted"
            )
            table = gr.HTML(elem_id="entities")
            outputs = [status, highlighted, table]

            def shown(given: str) -> tuple[str, Any, str]:
                found = tagger.entities(given)
                count = f"<strong>{len(found)}</strong> {'entity' if len(found) == 1 else 'entities'}"
                words = count if found else "<strong>No entity</strong> was found."
                rows = [line(entity)[:-1] for entity in found]
                return f"<p>{words}</p>", marked(given, found), table_html("Entities", BatchTagger.columns[:-1], rows)

            @on_page(None, "")
            def on_button(given: str | None) -> tuple[str, Any, str]:
                if not given or not given.strip():
                    raise Problem("Write something first, or choose an example.")
                return shown(given)

            answered = gr.on(
                [button.click, text.submit], on_button, text, outputs,
                show_progress_on=highlighted, api_visibility="private",
            )  # fmt: skip
            into_sight(answered)
            with examples:
                _examples(settings, text, shown, outputs)
        with gr.Tab("Batch"):
            batch_tab(BatchTagger(tagger), settings)
        with gr.Tab("API"):
            calling_tab(page, settings, "tag", min((e["text"] for e in settings.examples), key=len, default=_EXAMPLE))

        @by_api
        def tag(text: str) -> dict[str, Any]:
            """Find the entities of a text: entity_group, score, word, start and end (in characters) of each.

            Args:
                text: the text to look for entities in

            Returns:
                an object with the text and its entities
            """
            return {"text": text, "entities": tagger.entities(text)}

        gr.api(tag, api_name="tag", api_description=told(tag, settings))
    return page


def _examples(settings: Settings, text: gr.Textbox, shown: Any, outputs: list[Any]) -> None:
    """Offer the card's examples: a click fills in the text and marks its entities."""
    if not settings.examples:
        return
    samples = [[example["text"]] for example in settings.examples]
    titles = [str(example.get("example_title") or shortened(example["text"], _TITLE)) for example in settings.examples]
    offered = gr.Dataset(components=[text], samples=samples, sample_labels=titles, type="index", label="Examples")

    @on_page(None, "", gr.skip())
    def choose(number: int) -> tuple[Any, ...]:
        return *shown(samples[number][0]), samples[number][0]

    into_sight(offered.click(choose, offered, [*outputs, text], api_visibility="private"))


if __name__ == "__main__":
    space = Settings.load()
    serve(build(Tagger(TextModel(space), space), space), space)
