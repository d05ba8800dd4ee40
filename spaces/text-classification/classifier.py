"""Texts and records -> answers, by the decision in the model's config.json."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from decision import Decision
from model import TextModel
from reader import BatchReader, Reader
from settings import Problem, Settings

SHOWN = 10
"""So many labels are listed with their scores, as on the model's card."""


class Classifier(Reader):
    """Answers as the model's pipeline does. Raises Problem, a sentence for the user, for what cannot be read."""

    def __init__(self, model: TextModel, settings: Settings) -> None:
        super().__init__(model, settings)
        self.decision = Decision.from_config(model.config)
        self._ranking = replace(self.decision, positive=None, threshold=None, top_k=SHOWN, abstain_below=None)

    @property
    def own_threshold(self) -> np.ndarray | None:
        """The model's threshold: one number, one for each label, or None."""
        return self.decision.threshold

    def answer(self, given: Any, *, threshold: float | None = None, top_k: int | None = None) -> dict[str, Any]:
        """Return the answer to one text or record, of things that JSON knows.

        ``answer`` is what the model's decision says (see ``Decision.decide``); ``scores`` the best labels whatever
        they score; ``parents``, where labels have them, those of the answer; ``text`` (and ``text_pair``) what the
        model read; ``cut`` whether it was too long to be read whole.
        """
        options = self.options(threshold, top_k)
        texts = self.read(given)
        outputs, cut = self.output_of(texts)
        row = self.decision.scores(outputs[None])
        found = {
            "answer": self.decision.decide(row, **options)[0],
            "scores": self._ranking.decide(row)[0],
            **dict(zip(self.texts, texts, strict=True)),
            "cut": cut,
        }
        if self.decision.parents:
            found["parents"] = self.decision.decide(row, **options, parents=True)[0]["parents"]
        return found

    def options(self, threshold: Any, top_k: Any) -> dict[str, Any]:
        """Return the options of ``Decision.decide``. Raises Problem for values without sense."""
        whole = int(top_k) if isinstance(top_k, float) and top_k.is_integer() else top_k  # JSON and sliders say 5.0
        try:
            self.decision.limits(threshold, whole)
        except ValueError as error:
            raise Problem(f"The input cannot be read: {error}") from error
        return {"threshold": threshold, "top_k": whole}


class BatchClassifier(BatchReader):
    """What the batch tab asks: a line of results for each text."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__(classifier)
        self._classifier = classifier
        decision = classifier.decision
        one = bool(decision.positive) or (decision.top_k == 1)
        self._levels = {level: level or "parents" for level in decision.parents}
        names = [name for above, _ in decision.parents.values() for name in above]
        # Labels may hold any character: take the first separator that none of them holds.
        self._separator = next((mark for mark in ("; ", " | ", " ¦ ") if not _held(mark, decision.labels, names)), "\n")
        own = ("label", "score") if one else ("labels", "scores")
        self.columns = (*own, *self._levels.values(), "note")

    def answers(self, inputs: Sequence[tuple[str, ...]]) -> Iterator[tuple[list[Any], bool]]:
        """See :class:`BatchReader`."""
        decision = self._classifier.decision
        outputs, cut = self._classifier.outputs(inputs)
        decided = decision.decide(decision.scores(outputs), parents=bool(decision.parents))
        for found, was_cut in zip(decided, cut, strict=True):
            answer = found["labels"] if decision.parents else found
            above = found["parents"] if decision.parents else []
            levels = above if isinstance(above, dict) else {"": above}
            cells = [
                self._separator.join(entry["label"] for entry in answer),
                self._separator.join(f"{entry['score']:.6f}" for entry in answer),
                *(self._separator.join(entry["label"] for entry in levels[level]) for level in self._levels),
            ]
            yield cells, was_cut


def _held(mark: str, labels: Sequence[str], parents: Sequence[str]) -> bool:
    return any(mark.strip() in name for name in (*labels, *parents))
