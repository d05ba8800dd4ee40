"""What a model reads: texts, pairs of them, and records of its fields, by the templates in its config.json."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from model import TextModel
from record_text import fields_of, input_texts, is_plain
from settings import Problem, Settings
from tokenizers import Encoding

_REMEMBERED = 64
_PLAIN = "{{ text }}"


class Reader:
    """Reads as the model's pipeline does. Raises Problem, a sentence for the user, for what cannot be read."""

    def __init__(self, model: TextModel, settings: Settings) -> None:
        self.model, self.settings = model, settings
        self.template: str = model.config.get("input_template") or _PLAIN
        self.text_pair: str | None = model.config.get("text_pair")
        """The template of the second text, where the model reads pairs."""
        templates = (self.template, *([self.text_pair] if self.text_pair else []))
        self.fields = tuple(dict.fromkeys(field for template in templates for field in fields_of(template)))
        self.plain = all(map(is_plain, templates)) and len(self.fields) == len(templates)
        """The model reads texts just as they are given."""
        self._remembered: OrderedDict[tuple[str, ...], tuple[np.ndarray, bool]] = OrderedDict()
        self._lock = Lock()

    @property
    def texts(self) -> tuple[str, ...]:
        """What a text, or the texts of a pair, are called where they are given as the model reads them."""
        return ("text", "text_pair") if self.text_pair else ("text",)

    def read(self, given: Any) -> tuple[str, ...]:
        """Return what the model reads of a text or a record: one text, or both of a pair."""
        if isinstance(given, Mapping):
            for name, value in given.items():
                self.settings.within_limit(value if isinstance(value, str) else "", f"The field {name!r}")
        elif isinstance(given, str):
            self.settings.within_limit(given)
        try:
            return tuple(map(self.settings.within_limit, input_texts(self.template, self.text_pair, given)))
        except ValueError as error:
            raise Problem(f"The input cannot be read: {error}") from error

    def outputs(self, inputs: Sequence[tuple[str, ...]]) -> tuple[np.ndarray, list[bool]]:
        """Return the model's outputs (inputs, outputs), and whether each input was longer than the model reads."""
        encoded = [self._encoded(*texts) for texts in inputs]
        return np.stack(self.model.logits([one for one, _ in encoded])), [cut for _, cut in encoded]

    def output_of(self, texts: tuple[str, ...]) -> tuple[np.ndarray, bool]:
        """Return the same of one input. The last ones are remembered, so that a slider answers at once."""
        with self._lock:
            if texts in self._remembered:
                self._remembered.move_to_end(texts)
                return self._remembered[texts]
        outputs, cut = self.outputs([texts])
        with self._lock:
            self._remembered[texts] = outputs[0], cut[0]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return outputs[0], cut[0]

    def _encoded(self, *texts: str) -> tuple[Encoding, bool]:
        if len(texts) == 2:
            return self.model.encode_pair(*texts)
        windows = self.model.encode(*texts)
        return windows[0], len(windows) > 1


class BatchReader(ABC):
    """What the batch tab asks: a line of results for each text."""

    repeats_input = True
    columns: Sequence[str]
    """Those of the answer, the note last."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.fields, self.texts = reader.fields, reader.texts

    @abstractmethod
    def answers(self, inputs: Sequence[tuple[str, ...]]) -> Iterator[tuple[list[Any], bool]]:
        """Yield the cells of each answer without the note, and whether the input was too long to be read whole."""

    def lines(self, inputs: Sequence[Any]) -> Iterator[list[list[Any]]]:
        """Yield the lines of each input, one; what cannot be read has its reason as a note."""
        read: list[tuple[str, ...] | Problem] = [self._read(given) for given in inputs]
        texts = [one for one in read if not isinstance(one, Problem)]
        answers = self.answers(texts) if texts else iter(())
        for one in read:
            if isinstance(one, Problem):
                yield [[*[""] * (len(self.columns) - 1), str(one)]]
                continue
            cells, was_cut = next(answers)
            yield [[*cells, f"only the first {self._reader.model.max_length} tokens were read" if was_cut else ""]]

    def _read(self, given: Any) -> tuple[str, ...] | Problem:
        try:
            return self._reader.read(given)
        except Problem as problem:
            return problem
