"""The Space of a model that answers numbers: one text, pair or record, or many at once."""

from __future__ import annotations

from typing import Any

from api_tab import calling_tab
from boxes import InputBoxes, example_of, offer_examples
from model import TextModel
from page import batch_tab, by_api, header, into_sight, live_html, new_page, on_page, serve, told
from quick_gradio import gr
from scorer import BatchScorer, Scorer, numbers_html
from settings import Settings


def build(scorer: Scorer, settings: Settings) -> gr.Blocks:
    """Return the page."""
    page = new_page(settings)
    with page:
        header(settings)
        with gr.Tab("Text"), gr.Row():
            with gr.Column():
                inputs = InputBoxes(scorer)
                button = gr.Button("Answer", variant="primary")
                examples = gr.Column()
            with gr.Column():
                answer = live_html("answer")

            def shown(values: tuple[Any, ...]) -> tuple[str]:
                return (numbers_html(scorer.answer(inputs.given(values)), scorer),)

            @on_page()
            def on_button(*values: Any) -> tuple[str]:
                return shown(values)

            answered = gr.on(
                [button.click, *(box.submit for box in inputs.boxes)], on_button, inputs.boxes, [answer],
                show_progress_on=answer, api_visibility="private",
            )  # fmt: skip
            into_sight(answered)
            with examples:
                offer_examples(settings, inputs, shown, [answer])
        with gr.Tab("Batch"):
            batch_tab(BatchScorer(scorer), settings)
        with gr.Tab("API"):
            calling_tab(page, settings, "predict", example_of(settings, scorer))

        @by_api
        def predict(text: str | dict[str, Any]) -> dict[str, Any]:
            """Answer one input with numbers, each with its name, and the text read.

            Args:
                text: a text, or a record of the model's fields (text and text_pair, where it reads pairs)

            Returns:
                an object with the numbers and the text that was read
            """
            return scorer.answer(text)

        gr.api(predict, api_name="predict", api_description=told(predict, settings))
    return page


if __name__ == "__main__":
    space = Settings.load()
    serve(build(Scorer(TextModel(space), space), space), space)
