"""Texts -> entities, as ``pipeline("ner", aggregation_strategy=..., stride=...)`` of transformers finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from decision import softmax
from model import TextModel
from settings import Problem, Settings
from tokenizers import Encoding

_OUTSIDE = "O"
_WINDOWS = 32  # a long text's logits are held for so many windows at a time


# By the names of ``aggregation_strategy``: from the scores of a word's pieces (pieces, tags) to those of the word.
_STRATEGIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "simple": lambda scores: scores[0],  # the one piece of such a word
    "first": lambda scores: scores[0],
    "average": lambda scores: scores.mean(axis=0),
    "max": lambda scores: scores[scores.max(axis=1).argmax()],
}


@dataclass(frozen=True)
class _Word:
    """One or several pieces that share a tag."""

    tag: str
    score: float
    start: int
    end: int

    @property
    def begins(self) -> bool:
        return self.tag.startswith("B-")

    @property
    def kind(self) -> str:
        return self.tag[2:] if self.tag[:2] in ("B-", "I-") else self.tag


class Tagger:
    """Finds entities in texts of any length. Raises Problem, a sentence for the user, for what cannot be read."""

    def __init__(self, model: TextModel, settings: Settings) -> None:
        self.model, self.settings = model, settings
        by_id = sorted((int(number), tag) for number, tag in model.config["id2label"].items())
        self._tags = [tag for _, tag in by_id]
        self.kinds = list(dict.fromkeys(tag[2:] if tag[:2] in ("B-", "I-") else tag for tag in self._tags))
        if _OUTSIDE in self.kinds:
            self.kinds.remove(_OUTSIDE)
        self._strategy = str(model.config["decision"]["aggregation_strategy"])
        self._unknown = model.token_id("unk_token")
        # WordPiece marks the pieces that continue a word ("##ing"); others do not tell.
        self._marks_pieces = bool(getattr(model.tokenizer.model, "continuing_subword_prefix", None))

    def text(self, given: Any) -> str:
        """Return a text that can be read."""
        if not isinstance(given, str):
            raise Problem("The input cannot be read: it is no text.")
        self.settings.within_limit(given)
        if not given.strip():
            raise Problem("The input cannot be read: the text is empty.")
        try:
            given.encode()
        except UnicodeEncodeError:
            raise Problem("The input cannot be read: it holds half a surrogate pair, which is no character.") from None
        return given

    def entities(self, given: Any) -> list[dict[str, Any]]:
        """Return ``{"entity_group", "score", "word", "start", "end"}`` for each entity, in the order of the text.

        ``word`` is the text from ``start`` to ``end``, in characters.
        """
        text = self.text(given)
        windows = self.model.encode(text)
        found: list[dict[str, Any]] = []
        for start in range(0, len(windows), _WINDOWS):
            chunk = windows[start : start + _WINDOWS]
            for window, logits in zip(chunk, self.model.logits(chunk), strict=True):
                found += _grouped(list(self._words(text, window, softmax(logits))))
        found = [entity for entity in found if entity["entity_group"] != _OUTSIDE]
        return [_as_in(text, entity) for entity in (_without_overlaps(found) if len(windows) > 1 else found)]

    def _words(self, text: str, window: Encoding, scores: np.ndarray) -> Iterator[_Word]:
        group: list[int] = []
        for place, special in enumerate(window.special_tokens_mask):
            if special:
                continue
            if group and not self._continues(text, window, place):
                yield self._word(window, scores, group)
                group = []
            group.append(place)
        if group:
            yield self._word(window, scores, group)

    def _continues(self, text: str, window: Encoding, place: int) -> bool:
        """Whether a piece belongs to the word of the piece before it; with "simple" each is a word of its own."""
        if self._strategy == "simple":
            return False
        start, end = window.offsets[place]
        if window.ids[place] == self._unknown:
            return False
        if self._marks_pieces:
            # The pipeline's own rule: also a letter whose accent was taken off is taken for a continuation.
            return len(window.tokens[place]) != end - start
        return start > 0 and " " not in text[start - 1 : start + 1]

    def _word(self, window: Encoding, scores: np.ndarray, places: Sequence[int]) -> _Word:
        of_word = _STRATEGIES[self._strategy](scores[list(places)])
        best = int(of_word.argmax())
        return _Word(self._tags[best], of_word[best], window.offsets[places[0]][0], window.offsets[places[-1]][1])


def _grouped(words: Sequence[_Word]) -> list[dict[str, Any]]:
    """Return neighbours of the same kind as one, O included; a B- begins anew."""
    groups: list[list[_Word]] = []
    for word in words:
        if groups and word.kind == groups[-1][-1].kind and not word.begins:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [
        {
            "entity_group": group[0].kind,
            "score": float(np.mean([word.score for word in group])),
            "start": group[0].start,
            "end": group[-1].end,
        }
        for group in groups
    ]


def _without_overlaps(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entities of several windows: of two that overlap the longer one, of equally long ones the surer."""
    kept: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda entity: entity["start"]):
        if kept and kept[-1]["start"] <= entity["start"] < kept[-1]["end"]:
            if _weight(entity) > _weight(kept[-1]):
                kept[-1] = entity
        else:
            kept.append(entity)
    return kept


def _weight(entity: dict[str, Any]) -> tuple[int, float]:
    return entity["end"] - entity["start"], entity["score"]


def _as_in(text: str, entity: dict[str, Any]) -> dict[str, Any]:
    """Name the characters; white space at the borders, which SentencePiece counts to a word, is left out."""
    covered = text[entity["start"] : entity["end"]]
    start = entity["start"] + len(covered) - len(covered.lstrip())
    word = covered.strip()
    kind, score = entity["entity_group"], entity["score"]
    return {"entity_group": kind, "score": score, "word": word, "start": start, "end": start + len(word)}


class BatchTagger:
    """What the batch tab asks: a line for each entity, and one for a text without any."""

    fields = texts = ("text",)
    repeats_input = False
    """A text stands once in a file of inputs, and would stand here once for each entity."""
    columns = ("entity", "type", "score", "start", "end", "note")

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def lines(self, inputs: Sequence[Any]) -> Iterator[list[list[Any]]]:
        """Yield the lines of each input; what cannot be read has its reason as a note."""
        for given in inputs:
            try:
                found = self._tagger.entities(given["text"] if isinstance(given, dict) else given)
            except Problem as problem:
                yield [["", "", "", "", "", str(problem)]]
                continue
            yield [line(entity) for entity in found] or [["", "", "", "", "", "no entity"]]


def line(entity: dict[str, Any]) -> list[Any]:
    """Return an entity as a line of results."""
    return [entity["word"], entity["entity_group"], f"{entity['score']:.6f}", entity["start"], entity["end"], ""]
