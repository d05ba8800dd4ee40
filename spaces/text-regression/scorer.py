"""Texts and records -> numbers, as the model's head gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
from model import TextModel
from reader import BatchReader, Reader
from settings import Problem, Settings


class Scorer(Reader):
    """Answers as the model's pipeline does with ``function_to_apply="none"``.

    Raises Problem, a sentence for the user, for what cannot be read.
    """

    def __init__(self, model: TextModel, settings: Settings) -> None:
        super().__init__(model, settings)
        names = model.config["id2label"]
        self.labels = tuple(names[key] for key in sorted(names, key=int))
        """The names of the numbers, in the order of their ids."""
        self.ranges: dict[str, Sequence[float] | None] = model.config.get("targets") or {}
        """For each number the least and the greatest that it is said to be."""

    def answer(self, given: Any) -> dict[str, Any]:
        """Return the answer to one text or record, of things that JSON knows.

        ``answer`` and ``scores`` are the numbers, each with its name as ``label``; ``text`` (and ``text_pair``) what
        the model read; ``cut`` whether it was too long to be read whole.
        """
        texts = self.read(given)
        output, cut = self.output_of(texts)
        numbers = [
            {"label": label, "score": value} for label, value in zip(self.labels, _finite(output).tolist(), strict=True)
        ]
        return {"answer": numbers, "scores": numbers, **dict(zip(self.texts, texts, strict=True)), "cut": cut}


class BatchScorer(BatchReader):
    """What the batch tab asks: a line of results for each text, with a column for each number."""

    def __init__(self, scorer: Scorer) -> None:
        super().__init__(scorer)
        self.columns = (*scorer.labels, "note")

    def answers(self, inputs: Sequence[tuple[str, ...]]) -> Iterator[tuple[list[Any], bool]]:
        """See :class:`BatchReader`."""
        outputs, cut = self._reader.outputs(inputs)
        for row, was_cut in zip(_finite(outputs).tolist(), cut, strict=True):
            yield [f"{value:.6f}" for value in row], was_cut


def _finite(outputs: np.ndarray) -> np.ndarray:
    if not np.isfinite(outputs).all():
        raise Problem("The model answers with no number: it may not bear the precision that it runs in.")
    return outputs


def numbers_html(found: dict[str, Any], scorer: Scorer) -> str:
    """Return the numbers as HTML, each with a bar where it is said what it lies between."""
    rows = "".join(_row(entry, scorer.ranges.get(entry["label"])) for entry in found["answer"])
    head = "<thead class='unseen'><tr><th scope='col'>Number</th><th scope='col'>Value</th><td></td></tr></thead>"
    length = scorer.model.max_length or 0
    cut = f"<p class='note'>Only the first {length:,} tokens were read: the text is longer.</p>" if found["cut"] else ""
    return f"<div class='answer'><table class='bars'>{head}<tbody>{rows}</tbody></table>{cut}</div>"


def _row(entry: dict[str, Any], limits: Sequence[float] | None) -> str:
    name = escape(entry["label"])
    said = f" <span class='note'>{limits[0]:g} to {limits[1]:g}</span>" if limits else ""
    line = f"<th scope='row'>{name}{said}</th><td class='score'><strong>{entry['score']:.3f}</strong></td>"
    if limits is None:
        return f"<tr class='chosen'>{line}</tr>"
    share = min(max((entry["score"] - limits[0]) / (limits[1] - limits[0]), 0), 1)
    bar = f"<td class='bar' aria-hidden='true'><div><b style='width:{100 * share:.2f}%'></b></div></td>"
    return f"<tr class='chosen'>{line}{bar}</tr>"
