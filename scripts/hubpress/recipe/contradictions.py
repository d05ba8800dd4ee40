"""What a recipe says of its records, held against what the records are: how many labels, how even, which languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubpress.files import JsonObject
from hubpress.inference.language import can_be_told, language_of, with_alike
from hubpress.recipe.card_texts import CardTexts
from hubpress.recipe.recipe import Recipe
from hubpress.text import listed, quoted

EVEN, UNEVEN = 1.5, 3.0
"""How often the most frequent label is there for each of the rarest, at most of what is balanced, at least of what is
not."""

_UNITS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TENS = ("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_WORDS = {word: number for number, word in enumerate(_UNITS, start=2)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, start=3)}
_NAMES = ("label", "class", "category", "topic", "subject", "intent", "type", "tag")
"""What people call labels; a recipe's own column is called so, too."""
_NUMBER = rf"(?<![\w.,'-])(\d{{1,3}}(?:,\d{{3}})+|\d+|{'|'.join(_WORDS)})"
_BETWEEN = (
    r"(?:\s+(?!of\b|in\b|and\b|or\b|best\b|first\b|top\b|most\b|other\b|further\b|more\b|rare|frequent)[\w-]+){0,2}?"
)
_NOT_ALL = re.compile(
    r"\b(?:at most|at least|up to|about|than|least|best|first|top|some|only|other|last)\s*$", re.IGNORECASE
)
_OUTPUTS = re.compile(r"\bare (?:softmax|sigmoid) outputs of a\b")
_EACH = re.compile(
    r"\s*(?:per\b|each\b|at once\b|an? (?:text|record|document|paper)\b|or more\b|or fewer\b)", re.IGNORECASE
)
_THINGS = r"(?:class|label|categor|type|topic|subject|record|data)"
_UNEVEN = re.compile(
    r"\b(?:not\s+(?:\w+\s+)?balanced|unbalanced|imbalanced|imbalance|not\s+evenly|unevenly)\b", re.IGNORECASE
)
_EVEN = re.compile(
    r"\b(?:balanced|evenly (?:distributed|spread)|equally (?:frequent|common))\b"
    r"(?!\s+(?:class\s+)?(?:weight|accuracy|loss))",
    re.IGNORECASE,
)
_OTHER_LANGUAGES = re.compile(
    r"\bother languages\b|\blanguages? other than\b|\bnot (?:written )?in (?P<one>[A-Z]\w+)\b|\bnon-(?P<two>[A-Z]\w+)\b"
    r"|\b(?P<three>[A-Z]\w+)(?: texts?)? only\b|\bonly (?P<four>[A-Z]\w+)\b"
)
_LANGUAGES = {
    **{"Arabic": "ar", "Chinese": "zh", "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en", "Finnish": "fi"},
    **{"French": "fr", "German": "de", "Greek": "el", "Hebrew": "he", "Hindi": "hi", "Hungarian": "hu"},
    **{"Indonesian": "id", "Italian": "it", "Japanese": "ja", "Korean": "ko", "Norwegian": "no", "Persian": "fa"},
    **{"Polish": "pl", "Portuguese": "pt", "Romanian": "ro", "Russian": "ru", "Slovak": "sk", "Spanish": "es"},
    **{"Swedish": "sv", "Thai": "th", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi"},
}


@dataclass(frozen=True)
class Facts:
    """What is known of a model's records."""

    labels: int
    """How many labels there are; of a token model types of entities."""
    counts: Sequence[int]
    """How often each of them stands in the records."""
    levels: Mapping[str, int]
    """How many names each level of parents has."""
    examples: Mapping[str, str]
    """The texts of the page's examples, by their titles."""

    @classmethod
    def of(
        cls,
        label_counts: Mapping[str, Mapping[str, int]],
        examples: Mapping[str, str],
        parents: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Facts:
        """Return the facts of records whose splits hold each label so often, with the parents of labels by level."""
        labels = dict.fromkeys(label for counts in label_counts.values() for label in counts)
        names: dict[str, set[str]] = {}
        for above in (parents or {}).values():
            for level, name in above.items():
                names.setdefault(level, set()).add(name)
        return cls(
            labels=len(labels),
            counts=[sum(counts.get(label, 0) for counts in label_counts.values()) for label in labels],
            levels={level: len(found) for level, found in names.items()},
            examples=examples,
        )


def examples_of(recipe: Recipe) -> dict[str, str]:
    """Return the texts of a recipe's own examples, by their titles."""
    texts = {one.example_title: one.text or " ".join((one.record or {}).values()) for one in recipe.widget}
    return {title: text for title, text in texts.items() if text}


@dataclass(frozen=True)
class Contradiction:
    """A sentence of a recipe that is not so."""

    where: str
    """The key of the recipe."""
    text: str
    """What it says, what is so, and what to do, in a sentence."""
    is_certain: bool
    """Whether it was counted; a language is only guessed."""


def contradictions(recipe: Recipe, facts: Facts) -> list[Contradiction]:
    """Return the sentences of a recipe's ``card`` that the facts contradict."""
    found = []
    for where, sentence in _sentences(recipe.card):
        found += [*_of_numbers(recipe, facts, where, sentence), *_of_balance(facts, where, sentence)]
        found += [*_of_languages(recipe, facts, where, sentence), *_of_scores(where, sentence)]
    return found


def held_against_records(recipe: Recipe) -> JsonObject:
    """Return everything in a recipe that decides what of its ``card`` the records may contradict, as JSON."""
    told = [(where, sentence) for where, sentence in _sentences(recipe.card) if _may_be_wrong(where, sentence)]
    has_languages = any(_OTHER_LANGUAGES.search(sentence) for _, sentence in told)
    return {"sentences": [list(one) for one in told], "examples": {**examples_of(recipe)} if has_languages else {}}


def _may_be_wrong(where: str, sentence: str) -> bool:
    """Return whether a sentence has anything that is held against records: what it says is not looked at."""
    if where == "card.out_of_scope" and _OTHER_LANGUAGES.search(sentence):
        return True
    has_number = re.search(_NUMBER, sentence, re.IGNORECASE)
    return any((has_number, _UNEVEN.search(sentence), _EVEN.search(sentence)))


def _sentences(card: CardTexts) -> Iterator[tuple[str, str]]:
    """Yield each sentence of a card that a person wrote, with the key that it stands under."""
    for name in ("summary", "description", "intended_uses", "out_of_scope", "training_data", "limitations", "bias"):
        given = getattr(card, name)
        for text in [given] if isinstance(given, str) else given:
            yield from ((f"card.{name}", sentence) for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip()))


def _of_numbers(recipe: Recipe, facts: Facts, where: str, sentence: str) -> Iterator[Contradiction]:
    if not facts.labels:  # a model that answers numbers has none
        return
    columns = recipe.columns
    own = columns.get("label") or columns.get("labels") or ""
    counted = dict.fromkeys((*_NAMES, re.sub(r"_(?:id|name)$", "", own.lower()).removesuffix("s")), facts.labels)
    counted |= {level.lower(): count for level, count in facts.levels.items()}
    several = {_plural(name): count for name, count in counted.items() if name}
    words = "|".join(sorted(map(re.escape, several), key=len, reverse=True))
    for match in re.finditer(rf"{_NUMBER}{_BETWEEN}\s+({words})\b", sentence, re.IGNORECASE):
        number, noun = match[1].lower(), match[2].lower()
        said = _WORDS.get(number) or int(number.replace(",", ""))
        before, after = sentence[: match.start()], sentence[match.end() :]
        if said > 1 and said != several[noun] and not _NOT_ALL.search(before) and not _EACH.match(after):
            yield Contradiction(
                where,
                f"says {quoted(' '.join(match[0].split()))}, and the records have {several[noun]:,}. Correct it, or "
                "leave the number out: the card counts them itself.",
                is_certain=True,
            )


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}es" if name.endswith(("s", "x", "ch")) else f"{name}s"


def _of_balance(facts: Facts, where: str, sentence: str) -> Iterator[Contradiction]:
    if len(facts.counts) < 2 or not re.search(_THINGS, sentence, re.IGNORECASE):
        return
    low, high = min(facts.counts), max(facts.counts)
    uneven = _UNEVEN.search(sentence)
    even = None if uneven else _EVEN.search(sentence)
    wrong = uneven if uneven and low and high <= EVEN * low else even if even and high >= UNEVEN * low else None
    if wrong:
        yield Contradiction(
            where,
            f"says {quoted(wrong[0])}, and the labels have {low:,} to {high:,} records each. Correct it, or leave it "
            "out: the card counts them itself.",
            is_certain=True,
        )


def _of_scores(where: str, sentence: str) -> Iterator[Contradiction]:
    """Yield what templates of older versions said of every model, however it was trained."""
    if _OUTPUTS.search(sentence):
        yield Contradiction(
            where,
            f"says {quoted(sentence)}, which the card says by itself, and by how the model was trained. Take it out.",
            is_certain=False,
        )


def _of_languages(recipe: Recipe, facts: Facts, where: str, sentence: str) -> Iterator[Contradiction]:
    if where != "card.out_of_scope" or not (match := _OTHER_LANGUAGES.search(sentence)):
        return
    named = {_LANGUAGES[word] for word in re.findall(r"\w+", sentence) if word in _LANGUAGES}
    if any(match.groupdict().values()) and not named:  # "only BERT"
        return
    wanted = named or {code.replace("_", "-").split("-")[0].lower() for code in recipe.language}
    if not can_be_told(wanted):
        return
    told = {title: language_of(text) for title, text in facts.examples.items()}
    others = {title: code for title, code in told.items() if code and code not in with_alike(wanted)}
    if others:
        shown = listed([f"{quoted(title, 40)} ({code})" for title, code in list(others.items())[:3]])
        yield Contradiction(
            where,
            f"says {quoted(sentence)}, and an example of the page seems to be in another language: {shown}. "
            "Correct the sentence, or take the example out.",
            is_certain=False,
        )
