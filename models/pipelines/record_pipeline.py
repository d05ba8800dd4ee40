"""What the pipelines of this repository share: records, batches by length, and the decision in config.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from transformers import TextClassificationPipeline

from .decision import Decision
from .long_pairs import read_of_pair
from .record_text import input_texts

_BATCH_SIZE = 32
_BATCHES_SORTED_TOGETHER = 16
_READING = ("truncation", "max_length")


class RecordPipeline(TextClassificationPipeline):
    """Answers texts, and records (dicts) of the fields that ``config.input_template`` reads.

    A model with ``config.text_pair`` reads two texts, ``{"text": …, "text_pair": …}`` or a record of both.

    One text or record gives one answer, a list or tuple a list of answers, and any other iterable an iterator that
    reads 16 batches ahead. Texts of like length are batched together (``batch_size``, 32 by default) and cut at the
    tokenizer's ``model_max_length``. Whatever is no text, or has none, raises ValueError; in a list before anything
    is computed, and with its index. An option that is not known raises TypeError.
    """

    answering: tuple[str, ...] = ()
    """The options of ``Decision.decide`` that the pipeline takes when it is made, and in a call, which goes first."""

    def __call__(self, inputs: Any, *, batch_size: int | None = None, **options: Any) -> Any:
        """Return the answer, or the answers, to *inputs*; see the class."""
        reading, _, answering = self._sanitize_parameters(**options)
        size = next(size for size in (batch_size, self._batch_size, _BATCH_SIZE) if size is not None)
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"batch_size: {size!r} is not a whole number from 1.")
        settings = (size, {**self._preprocess_params, **reading}, {**self._postprocess_params, **answering})
        if isinstance(inputs, (list, tuple)):
            return list(self._answers([self._texts(item, index) for index, item in enumerate(inputs)], *settings))
        if isinstance(inputs, (str, bytes, Mapping)) or not isinstance(inputs, Iterable):
            return next(self._answers([self._texts(inputs)], *settings))
        return self._answers((self._texts(item, index) for index, item in enumerate(inputs)), *settings)

    @cached_property
    def decision(self) -> Decision:
        """The model's decision, as its config.json has it."""
        return Decision.from_config(self.model.config)

    def _sanitize_parameters(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        known = (*self.answering, *_READING)
        if unknown := [name for name in options if name not in known]:
            raise TypeError(f"There is no option {unknown[0]!r} here, only batch_size, {', '.join(known)}.")
        answering = {name: options[name] for name in self.answering if name in options}
        self.decision.limits(**answering)  # raises before anything is computed
        return {name: options[name] for name in _READING if name in options}, {}, answering

    def _texts(self, item: Any, index: int | None = None) -> tuple[str, ...]:
        config = self.model.config
        try:
            return input_texts(
                getattr(config, "input_template", "{{ text }}"), getattr(config, "text_pair", None), item
            )
        except ValueError as error:
            where = "The input cannot be read" if index is None else f"Input {index} (from 0) cannot be read"
            raise ValueError(f"{where}: {error}") from error

    def _answers(
        self, texts: Iterable[tuple[str, ...]], batch_size: int, reading: dict[str, Any], answering: dict[str, Any]
    ) -> Iterator[Any]:
        """Yield the answers in the order of the texts."""
        texts = iter(texts)
        while window := list(islice(texts, batch_size * _BATCHES_SORTED_TOGETHER)):
            encoded = self.preprocess(window, **reading)
            by_length = sorted(range(len(window)), key=lambda index: len(encoded[index]["input_ids"]))
            answers: list[Any] = [None] * len(window)
            for start in range(0, len(window), batch_size):
                chosen = by_length[start : start + batch_size]
                batch = self.tokenizer.pad([encoded[index] for index in chosen], return_tensors="pt")
                for index, answer in zip(chosen, self.postprocess(self.forward(batch), **answering), strict=True):
                    answers[index] = answer
            yield from answers

    def preprocess(self, inputs: list[tuple[str, ...]], **reading: Any) -> list[dict[str, list[int]]]:
        """Return the tokens of each text or pair, truncated (the longer one first) and not yet padded."""
        how = {"truncation": True, **reading}
        read = [read_of_pair(self.tokenizer, *texts, **how) if len(texts) == 2 else texts for texts in inputs]
        encoded = self.tokenizer(*map(list, zip(*read, strict=True)), **how)
        return [{name: values[index] for name, values in encoded.items()} for index in range(len(inputs))]

    def postprocess(self, model_outputs: Any, **answering: Any) -> list[Any]:
        """Return an answer for each row of the batch's logits."""
        logits = model_outputs["logits"].float().numpy()  # numpy knows no bfloat16
        return self.decision.decide(self.decision.scores(logits), **answering)
