"""The texts of prepared splits: read once, remembered as digests, and drawn from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hubpress.data.splitting import SPLITS
from hubpress.data.stored import load_split
from hubpress.inference.inputs import ModelInput, inputs_of, shown_text, texts_in, texts_of, whole_texts
from hubpress.layout import SPLITS_FACTS
from hubpress.metrics.iob2 import types_of
from hubpress.recipe.recipe import Recipe
from hubpress.schemas.data_report import Place, Spread
from hubpress.schemas.splits import SplitFacts
from hubpress.text import shorten

if TYPE_CHECKING:
    from datasets import Dataset

SEED = 42
"""What every sample of a report is drawn with: the same records give the same report."""
SHOWN = 160
"""Of an example, this many characters are shown."""
_BATCH = 1_000
NO_VALUE = frozenset(("n/a", "#n/a", "<na>", "na", "nan", "nat", "none", "null", "nil", "undefined"))
"""What programs write where there is no value, in its normal form."""


@dataclass(frozen=True)
class SplitTexts:
    """The texts of a split as arrays, one entry a record.

    ``exact`` and ``normal`` are digests of the text and of its normal form, ``answers`` of its answer: good for
    comparing within one process, and nowhere else. ``characters`` is the length of the text, and ``held`` the number of
    its labels (of a token model: of entities).
    """

    name: str
    table: Dataset
    exact: np.ndarray
    normal: np.ndarray
    answers: np.ndarray
    characters: np.ndarray
    held: np.ndarray

    def __len__(self) -> int:
        return len(self.exact)

    def batches(self, rows: np.ndarray) -> Iterator[list[str]]:
        """Return the texts of some rows in their order, some at a time; of a pair both as lines of one."""
        for inputs in self.inputs(rows):
            yield ["\n".join(one) for one in zip(*texts_of(inputs), strict=True)]

    def inputs(self, rows: np.ndarray) -> Iterator[list[ModelInput]]:
        """Return the texts or pairs of some rows in their order, some at a time."""
        view = self.table.select_columns(texts_in(self.table))
        for start in range(0, len(rows), _BATCH):
            yield inputs_of(view[rows[start : start + _BATCH]])

    def drawn(self, most: int, characters: int) -> np.ndarray:
        """Return the rows of a random sample in their order: at most so many, with about so many characters."""
        fitting = int(characters / max(1.0, float(self.characters.mean()))) if len(self) else 0
        size = min(len(self), most, max(1, fitting))
        if size == len(self):
            return np.arange(size)
        generator = np.random.default_rng(SEED)
        return np.sort(generator.choice(len(self), size=size, replace=False, shuffle=False))


@dataclass(frozen=True)
class Records:
    """The splits of a model, with what is known of them."""

    facts: SplitFacts
    answer_column: str
    splits: dict[str, SplitTexts]

    @classmethod
    def read(cls, recipe: Recipe, folder: Path) -> Records:
        """Read the splits below *folder* once."""
        column = recipe.kind.answer_column
        facts = SplitFacts.load(folder / SPLITS_FACTS)
        return cls(facts, column, {name: _read(folder, name, column) for name in SPLITS})

    def place(self, split: str, row: int) -> Place:
        """Return a record for people: where it stands, how it begins, and its answer."""
        record = self.splits[split].table[int(row)]
        answer = self._in_words(record)
        text = shorten(shown_text(record["text"], record.get("text_pair")), SHOWN)
        return Place(split=split, row=record["row"], text=text, answer=shorten(answer, 80))

    def held(self) -> Spread:
        """Return how many labels, or entities, the records have."""
        held = np.concatenate([split.held for split in self.splits.values()])
        return Spread(least=int(held.min()), mean=round(float(held.mean()), 2), most=int(held.max()))

    def _in_words(self, record: Mapping[str, Any]) -> str:
        labels, answer = self.facts.labels, record[self.answer_column]
        if isinstance(answer, int):
            return labels[answer]
        if self.answer_column == "entities":
            types, text = types_of(labels), record["text"]
            return ", ".join(f"{text[start:end]} ({types[kind]})" for start, end, kind in answer) or "no entity"
        if self.answer_column == "targets":
            return " and ".join(f"{value:g}" for value in answer)
        return ", ".join(labels[number] for number in answer)


def normal_form(text: str) -> str:
    """Return a text without what people hardly see: in one Unicode form (NFKC), one case, with single spaces."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def _hashable(part: float | list[int]) -> float | tuple[int, ...]:
    return part if isinstance(part, int | float) else tuple(part)


def _read(folder: Path, name: str, column: str) -> SplitTexts:
    table = load_split(folder, name)
    count = len(table)
    exact, normal, answers = (np.empty(count, dtype=np.int64) for _ in range(3))
    characters, held = np.empty(count, dtype=np.int64), np.ones(count, dtype=np.int64)
    place = 0
    for batch in table.select_columns([*texts_in(table), column]).iter(batch_size=_BATCH):
        for text, answer in zip(whole_texts(batch), batch[column], strict=True):
            exact[place] = hash(text)
            normal[place] = hash(normal_form(text))
            answers[place] = answer if isinstance(answer, int) else hash(tuple(map(_hashable, answer)))
            characters[place] = len(text)
            if not isinstance(answer, int):
                held[place] = len(answer)
            place += 1
    return SplitTexts(name, table, exact, normal, answers, characters, held)
