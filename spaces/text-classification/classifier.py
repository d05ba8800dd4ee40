"""Texts and records -> answers, by the decision in the model's config.json."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
from decision import Decision
from model import TextModel
from record_text import fields_of, input_text, is_plain
from settings import Problem, Settings

SHOWN = 10
"""So many labels are listed with their scores, as on the model's card."""
_REMEMBERED = 64
_PLAIN = "{{ text }}"


class Classifier:
    """Answers as the model's pipeline does. Raises Problem, a sentence for the user, for what cannot be read."""

    def __init__(self, model: TextModel, settings: Settings) -> None:
        self.model, self.settings = model, settings
        self.decision = Decision.from_config(model.config)
        self.template: str = model.config.get("input_template") or _PLAIN
        self.fields = fields_of(self.template)
        self.plain = is_plain(self.template)
        """The model reads a text just as it is given."""
        self._ranking = replace(self.decision, positive=None, threshold=None, top_k=SHOWN, abstain_below=None)
        self._remembered: OrderedDict[str, tuple[np.ndarray, bool]] = OrderedDict()
        self._lock = Lock()

    @property
    def own_threshold(self) -> np.ndarray | None:
        """The model's threshold: one number, one for each label, or None."""
        return self.decision.threshold

    def text(self, given: Any) -> str:
        """Return what the model reads of a text or a record."""
        if isinstance(given, Mapping):
            for name, value in given.items():
                self.settings.within_limit(value if isinstance(value, str) else "", f"The field {name!r}")
        elif isinstance(given, str):
            self.settings.within_limit(given)
        try:
            return self.settings.within_limit(input_text(self.template, given))
        except ValueError as error:
            raise Problem(f"The input cannot be read: {error}") from error

    def scores(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bool]]:
        """Return the scores (texts, labels), and whether each text was longer than the model reads."""
        windows = [self.model.encode(text) for text in texts]
        logits = np.stack(self.model.logits([found[0] for found in windows]))
        return self.decision.scores(logits), [len(found) > 1 for found in windows]

    def answer(self, given: Any, *, threshold: float | None = None, top_k: int | None = None) -> dict[str, Any]:
        """Return the answer to one text or record, of things that JSON knows.

        ``answer`` is what the model's decision says (see ``Decision.decide``); ``scores`` the best labels whatever
        they score; ``parents``, where labels have them, those of the answer; ``text`` what the model read; ``cut``
        whether it was too long to be read whole.
        """
        options = self.options(threshold, top_k)
        text = self.text(given)
        scores, cut = self._scores_of(text)
        row = scores[None]
        found = {
            "answer": self.decision.decide(row, **options)[0],
            "scores": self._ranking.decide(row)[0],
            "text": text,
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

    def _scores_of(self, text: str) -> tuple[np.ndarray, bool]:
        """Remember the last texts, so that a slider answers at once."""
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
        scores, cut = self.scores([text])
        with self._lock:
            self._remembered[text] = scores[0], cut[0]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return scores[0], cut[0]


class BatchClassifier:
    """What the batch tab asks: a line of results for each text."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        decision = classifier.decision
        self.fields = classifier.fields
        self.repeats_input = True
        one = bool(decision.positive) or (decision.top_k == 1)
        self._levels = {level: level or "parents" for level in decision.parents}
        names = [name for above, _ in decision.parents.values() for name in above]
        # Labels may hold any character: take the first separator that none of them holds.
        self._separator = next((mark for mark in ("; ", " | ", " ¦ ") if not _held(mark, decision.labels, names)), "\n")
        own = ("label", "score") if one else ("labels", "scores")
        self.columns = (*own, *self._levels.values(), "note")

    def lines(self, inputs: Sequence[Any]) -> Iterator[list[list[Any]]]:
        """Yield the lines of each input, one; what cannot be read has its reason as a note."""
        read: list[str | Problem] = [self._read(given) for given in inputs]
        texts = [text for text in read if isinstance(text, str)]
        answers = iter(self._answers(texts))
        for text in read:
            yield [next(answers) if isinstance(text, str) else [*[""] * (len(self.columns) - 1), str(text)]]

    def _read(self, given: Any) -> str | Problem:
        try:
            return self._classifier.text(given)
        except Problem as problem:
            return problem

    def _answers(self, texts: Sequence[str]) -> Iterator[list[Any]]:
        if not texts:
            return
        decision, length = self._classifier.decision, self._classifier.model.max_length
        scores, cut = self._classifier.scores(texts)
        decided = decision.decide(scores, parents=bool(decision.parents))
        for found, was_cut in zip(decided, cut, strict=True):
            answer = found["labels"] if decision.parents else found
            above = found["parents"] if decision.parents else []
            levels = above if isinstance(above, dict) else {"": above}
            yield [
                self._separator.join(entry["label"] for entry in answer),
                self._separator.join(f"{entry['score']:.6f}" for entry in answer),
                *(self._separator.join(entry["label"] for entry in levels[level]) for level in self._levels),
                f"only the first {length} tokens were read" if was_cut else "",
            ]


def _held(mark: str, labels: Sequence[str], parents: Sequence[str]) -> bool:
    return any(mark.strip() in name for name in (*labels, *parents))
