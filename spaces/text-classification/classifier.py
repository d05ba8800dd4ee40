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
from record_text import fields_of, input_texts, is_plain
from settings import Problem, Settings
from tokenizers import Encoding

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
        self.text_pair: str | None = model.config.get("text_pair")
        """The template of the second text, where the model reads pairs."""
        templates = (self.template, *([self.text_pair] if self.text_pair else []))
        self.fields = tuple(dict.fromkeys(field for template in templates for field in fields_of(template)))
        self.plain = all(map(is_plain, templates)) and len(self.fields) == len(templates)
        """The model reads texts just as they are given."""
        self._ranking = replace(self.decision, positive=None, threshold=None, top_k=SHOWN)
        self._remembered: OrderedDict[tuple[str, ...], tuple[np.ndarray, bool]] = OrderedDict()
        self._lock = Lock()

    @property
    def own_threshold(self) -> np.ndarray | None:
        """The model's threshold: one number, one for each label, or None."""
        return self.decision.threshold

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

    def scores(self, inputs: Sequence[tuple[str, ...]]) -> tuple[np.ndarray, list[bool]]:
        """Return the scores (inputs, labels), and whether each input was longer than the model reads."""
        encoded = [self._encoded(*texts) for texts in inputs]
        logits = np.stack(self.model.logits([encoding for encoding, _ in encoded]))
        return self.decision.scores(logits), [cut for _, cut in encoded]

    def _encoded(self, *texts: str) -> tuple[Encoding, bool]:
        if len(texts) == 2:
            return self.model.encode_pair(*texts)
        windows = self.model.encode(*texts)
        return windows[0], len(windows) > 1

    def answer(self, given: Any, *, threshold: float | None = None, top_k: int | None = None) -> dict[str, Any]:
        """Return the answer to one text or record, of things that JSON knows.

        ``answer`` is what the model's decision says (see ``Decision.decide``); ``scores`` the best labels whatever
        they score; ``parents``, where labels have them, those of the answer; ``text`` (and ``text_pair``) what the
        model read; ``cut`` whether it was too long to be read whole.
        """
        options = self.options(threshold, top_k)
        texts = self.read(given)
        scores, cut = self._scores_of(texts)
        row = scores[None]
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

    def _scores_of(self, texts: tuple[str, ...]) -> tuple[np.ndarray, bool]:
        """Remember the last texts, so that a slider answers at once."""
        with self._lock:
            if texts in self._remembered:
                self._remembered.move_to_end(texts)
                return self._remembered[texts]
        scores, cut = self.scores([texts])
        with self._lock:
            self._remembered[texts] = scores[0], cut[0]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return scores[0], cut[0]


class BatchClassifier:
    """What the batch tab asks: a line of results for each text."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        decision = classifier.decision
        self.fields, self.texts = classifier.fields, classifier.texts
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
        read: list[tuple[str, ...] | Problem] = [self._read(given) for given in inputs]
        texts = [one for one in read if not isinstance(one, Problem)]
        answers = iter(self._answers(texts))
        for one in read:
            yield [[*[""] * (len(self.columns) - 1), str(one)] if isinstance(one, Problem) else next(answers)]

    def _read(self, given: Any) -> tuple[str, ...] | Problem:
        try:
            return self._classifier.read(given)
        except Problem as problem:
            return problem

    def _answers(self, texts: Sequence[tuple[str, ...]]) -> Iterator[list[Any]]:
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
