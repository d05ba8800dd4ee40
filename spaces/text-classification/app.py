"""The Space of a text classifier: one text or record, or many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from answer_html import answer_html, parents_html, scores_html
from api_tab import calling_tab
from boxes import InputBoxes, example_of, offer_examples
from classifier import BatchClassifier, Classifier
from decision import Decision
from model import TextModel
from page import batch_tab, by_api, header, into_sight, live_html, new_page, on_page, serve, told
from quick_gradio import gr
from settings import Settings

Shown = Callable[[tuple[Any, ...], dict[str, Any]], tuple[str, ...]]
"""From what the boxes hold and the controls' options to what stands in the outputs."""

_MOST_LABELS = 50  # of the top-k slider


class Controls:
    """Threshold and number of labels, where the model's decision has them."""

    def __init__(self, classifier: Classifier) -> None:
        own, top_k = classifier.own_threshold, classifier.decision.top_k
        self._threshold = None if own is None else own.tolist()
        self.has_threshold, self.has_top_k = own is not None, top_k is not None and not (top_k == 1 and own is None)
        self.own = gr.Checkbox(
            True,
            label="The model's own thresholds, one for each label" if own is not None and own.ndim else
            f"The model's own threshold, {0.5 if own is None else float(own):.4g}",
            visible=self.has_threshold,
        )  # fmt: skip
        start = 0.5 if own is None else min(max(round(float(np.median(own)), 2), 0.01), 0.99)
        self.threshold = gr.Slider(0.01, 0.99, start, step=0.01, label="Threshold", visible=self.has_threshold)
        self.top_k = gr.Slider(
            1,
            max(top_k or 1, min(_MOST_LABELS, len(classifier.decision.labels))),
            top_k or 1,
            step=1,
            label="Number of labels",
            visible=self.has_top_k,
        )
        self.all = [self.own, self.threshold, self.top_k]
        self.defaults = [True, start, top_k or 1]

    def options(self, own: bool, threshold: float, top_k: float) -> dict[str, Any]:
        """Return the options that replace the model's own; none, where the controls say the same as the model."""
        if [own, top_k] == [self.defaults[0], self.defaults[2]]:
            return {}
        options: dict[str, Any] = {}
        if self.has_threshold:
            options["threshold"] = self._threshold if own else threshold
        return options | ({"top_k": int(top_k)} if self.has_top_k else {})


def build(classifier: Classifier, settings: Settings) -> gr.Blocks:
    """Return the page."""
    decision = classifier.decision
    page = new_page(settings)
    with page:
        header(settings)
        with gr.Tab("Text"):
            with gr.Row():
                with gr.Column():
                    inputs = InputBoxes(classifier)
                    controls = Controls(classifier)
                    button = gr.Button("Classify", variant="primary")
                    examples = gr.Column()
                with gr.Column():
                    outputs = _outputs(decision)

            def shown(values: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, ...]:
                found = classifier.answer(inputs.given(values), **options)
                limit, _ = decision.limits(**options)
                words = answer_html(found, decision, limit, max_length=classifier.model.max_length or 0)
                above = [parents_html(found, decision)] if decision.parents else []
                return words, scores_html(found, decision, limit), *above

            _listen(button, inputs, controls, shown, outputs)
            with examples:
                offer_examples(
                    settings, inputs, lambda values: shown(values, {}), outputs,
                    controls=controls.all, defaults=controls.defaults,
                )  # fmt: skip
        with gr.Tab("Batch"):
            batch_tab(BatchClassifier(classifier), settings)
        with gr.Tab("API"):
            calling_tab(page, settings, "classify", example_of(settings, classifier))

        @by_api
        def classify(text: str | dict[str, Any]) -> dict[str, Any]:
            """Answer one input with labels: the answer, the best scores, the parents of the labels, and the text read.

            Args:
                text: a text, or a record of the model's fields (text and text_pair, where it reads pairs)

            Returns:
                an object with answer, scores and the text that was read
            """
            return classifier.answer(text)

        gr.api(classify, api_name="classify", api_description=told(classify, settings))
    return page


def _outputs(decision: Decision) -> list[gr.HTML]:
    """Return where an answer stands: its words, the scores as bars, and the parents in a tab of their own if any."""
    answer = live_html("answer")
    scores = gr.HTML("<p class='note'>The scores will stand here.</p>", elem_id="scores", render=False)
    if not decision.parents:
        scores.render()
        return [answer, scores]
    parents = gr.HTML(elem_id="parents", render=False)
    with gr.Tab("Labels"):
        scores.render()
    with gr.Tab("Parents"):
        parents.render()
    return [answer, scores, parents]


def _listen(button: gr.Button, inputs: InputBoxes, controls: Controls, shown: Shown, outputs: list[gr.HTML]) -> None:
    """Answer when the button is pressed, and when a control moves."""

    @on_page(*[""] * (len(outputs) - 1))
    def on_button(own: bool, threshold: float, top_k: float, *values: Any) -> tuple[str, ...]:
        return shown(values, controls.options(own, threshold, top_k))

    @on_page(*[""] * (len(outputs) - 1))
    def on_control(own: bool, threshold: float, top_k: float, *values: Any) -> tuple[str, ...]:
        if not any(values):  # a slider may be moved before there is a text
            return ("",) * len(outputs)
        return shown(values, controls.options(own, threshold, top_k))

    private: dict[str, Any] = {"api_visibility": "private"}
    everything = [*controls.all, *inputs.boxes]
    answered = gr.on(
        [button.click, *(box.submit for box in inputs.boxes)], on_button, everything, outputs,
        show_progress_on=outputs[1], **private,
    )  # fmt: skip
    into_sight(answered)
    quiet: dict[str, Any] = {**private, "show_progress": "hidden", "trigger_mode": "always_last"}
    controls.own.input(on_control, everything, outputs, **quiet)
    controls.top_k.input(on_control, everything, outputs, **quiet)
    # A threshold that somebody sets replaces the model's own.
    # Not on `release`, which the keyboard does not cause.
    controls.threshold.input(lambda: False, None, controls.own, **quiet).then(on_control, everything, outputs, **quiet)


if __name__ == "__main__":
    space = Settings.load()
    serve(build(Classifier(TextModel(space), space), space), space)
