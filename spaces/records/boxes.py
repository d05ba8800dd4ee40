"""The boxes for one input, and the card's examples that fill them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from page import into_sight, on_page
from quick_gradio import gr
from reader import Reader
from settings import Problem, Settings
from shorten import shortened

_LONG = ("abstract", "text", "body", "description", "content", "summary")
_EXAMPLE = "A text to try"
_TITLE = 60  # characters of an example without a title


class InputBoxes:
    """The boxes for one input: a text box, or one for each field of the record; of a pair one for each text."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.boxes = [self._box(name) for name in reader.fields]

    def _box(self, name: str) -> gr.Textbox:
        # A name that is no word is a column's as people wrote it.
        words = name.replace("_", " ").strip().capitalize() if name.isidentifier() else name
        is_text = len(self._reader.fields) == 1 and self._reader.plain
        label = "Text" if is_text else words or name
        lines = 4 if is_text or name.lower() in _LONG else 1
        return gr.Textbox(label=label, lines=lines, max_lines=20)

    def given(self, values: tuple[str | None, ...]) -> str | dict[str, str]:
        """Return what the boxes hold. Raises Problem when they are all empty."""
        if not any(value and value.strip() for value in values):
            raise Problem("Write something first, or choose an example.")
        if len(values) == 1 and self._reader.plain:
            return values[0] or ""
        return {name: value or "" for name, value in zip(self._reader.fields, values, strict=True)}

    def of_example(self, example: Any) -> list[str] | None:
        """Return what an example puts into the boxes; None where a text does not tell the record it was made of."""
        if record := example.get("record"):
            return [str(record.get(name) or "") for name in self._reader.fields]
        return [example[name] for name in self._reader.texts] if self._reader.plain else None


def offer_examples(
    settings: Settings,
    inputs: InputBoxes,
    answer: Callable[[tuple[Any, ...]], tuple[Any, ...]],
    outputs: Sequence[Any],
    *,
    controls: Sequence[Any] = (),
    defaults: Sequence[Any] = (),
) -> None:
    """Offer the card's examples: a click fills the boxes, sets the *controls* to their *defaults* and answers."""
    filled = [(example, inputs.of_example(example)) for example in settings.examples]
    samples = [values for _, values in filled if values]
    if not samples:
        return
    titles = [str(example.get("example_title") or shortened(values[0], _TITLE)) for example, values in filled if values]
    offered = gr.Dataset(components=inputs.boxes, samples=samples, sample_labels=titles, type="index", label="Examples")
    filled_in = [*inputs.boxes, *controls]

    @on_page(*[gr.skip()] * (len(outputs) - 1 + len(filled_in)))
    def choose(number: int) -> tuple[Any, ...]:
        return *answer(tuple(samples[number])), *samples[number], *defaults

    into_sight(offered.click(choose, offered, [*outputs, *filled_in], api_visibility="private"))


def example_of(settings: Settings, reader: Reader) -> Any:
    """Return a short input for the page's code."""
    for example in sorted(settings.examples, key=lambda example: len(example["text"])):
        if example.get("record") and not reader.plain:
            return example["record"]
        return {name: example[name] for name in reader.texts} if reader.text_pair else example["text"]
    return dict.fromkeys(reader.texts, _EXAMPLE) if reader.text_pair else _EXAMPLE
