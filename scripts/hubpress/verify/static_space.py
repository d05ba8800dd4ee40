"""The page of a static Space -> rows of its proof: asked in a browser, and held against Python's own answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hubpress.files import JsonObject
from hubpress.layout import QUANTIZED
from hubpress.schemas.answers import Example
from hubpress.schemas.space import SpaceSettings
from hubpress.verify.browser import BROWSER, Asked, PageAnswers, ask_in_browser, find_browser
from hubpress.verify.figures import INT8_TOLERANCE, OTHER_ANSWERS
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim
from hubpress.verify.python_app import python_answers

MOST_RECORDS = 200
"""So many test records a page is asked, at most."""

_EXACTLY = 1e-5
_NAMED = 3  # inputs that differ


def claims_of_page(
    settings: SpaceSettings,
    files: Path,
    model: Path,
    examples: Sequence[Example],
    records: Sequence[Asked],
    scratch: Path,
) -> list[Claim]:
    """Ask the page of a static Space, by the model in a folder, its examples and test *records* in a headless browser.

    Where no browser is at hand, that stays unproved. Raises HubpressError where it does not answer.
    """
    browser = find_browser()
    if browser is None:
        why = f"no Chromium was found ({BROWSER} can name one): the page was not asked in a browser"
        return [Claim("page", "not asked: that takes a headless Chromium", unproved=why)]
    is_tagger = settings.task == "token-classification"
    shown: list[Asked] = [one.text if is_tagger else one.record or one.given for one in examples]
    asked = [*shown, *records[:MOST_RECORDS]]
    page = ask_in_browser(browser, settings, files, model, asked, examples, scratch / "browser")
    python = python_answers(settings, model, asked, page.windows, scratch / "python")
    return [*_claims(settings, asked, len(shown), page, python)]


def _claims(
    settings: SpaceSettings, asked: Sequence[Asked], shown: int, page: PageAnswers, python: Sequence[JsonObject]
) -> Iterator[Claim]:
    version = next((word for word in page.browser.split() if "Chrome/" in word), page.browser)
    how = f"comes up in {version}, computing by {page.runtime}; {len(asked) / page.seconds:.1f} answers a second"
    yield Claim("page", how, [page.why] if page.why else [])
    rest = f" and {len(asked) - shown} test records" if len(asked) > shown else ""
    others = [one for one, answer in zip(asked, python, strict=True) if not answer["same_tokens"]]
    yield Claim("tokens", f"of {shown} examples{rest}, as Python's tokenizer has them", _named(others, "other tokens"))
    exact = _Compared.of(asked, [one["of_page"] for one in python], page.answers)
    yield Claim(
        "decision", f"the answers that Python gives for the page's logits, within {_EXACTLY:g}", exact.faults(_EXACTLY)
    )
    compared = _Compared.of(asked, [one["own"] for one in python], page.answers)
    # Releases from before there was a file for pages answer from the app's, which rounds activations.
    rounds = settings.onnx == QUANTIZED
    within, most = (INT8_TOLERANCE, int(OTHER_ANSWERS * len(asked))) if rounds else (WIDGET_TOLERANCE, 0)
    equal = f"{len(asked) - len(compared.changed)} of {len(asked)} answers the same"
    equal += f", scores by {compared.largest:.2g} at most"
    int8 = f" ({within:g} for int8 by another build of ONNX Runtime)" if rounds else f" (within {within:g})"
    yield Claim("scores", f"beside Python's by the same file: {equal}{int8}", compared.faults(within, most))
    singly = page.answers[:shown]
    odd = [number for number, one in enumerate(page.batch, 1) if _answered(one) != _answered(singly[number - 1])]
    wrong = [f"row {number} has another answer" for number in odd[:_NAMED]]
    count = [] if len(page.batch) == shown else [f"{len(page.batch)} rows are read of {shown}"]
    yield Claim("batch", "the same examples as a CSV file, with the same answers", [*count, *wrong])
    said = str(page.empty.get("problem", ""))
    refused = [] if "cannot be read" in said else [f"it is answered: {page.empty}"]
    yield Claim("bad input", "an empty text gets a sentence, and no answer", refused)


@dataclass(frozen=True)
class _Compared:
    """Answers beside answers: which have other labels or spans, and by how much the scores of the same ones differ."""

    changed: Sequence[Asked]
    largest: float

    @classmethod
    def of(cls, asked: Sequence[Asked], python: Sequence[JsonObject], page: Sequence[JsonObject]) -> _Compared:
        changed, largest = [], 0.0
        for one, theirs, ours in zip(asked, python, page, strict=True):
            if _answered(theirs) != _answered(ours):
                changed.append(one)
            here, there = _scores(ours), _scores(theirs)
            # Of numbers, which may be large, by how much of them.
            apart = (abs(here[key] - there[key]) / max(1, abs(there[key])) for key in here.keys() & there.keys())
            largest = max([largest, *apart])
        return cls(changed, largest)

    def faults(self, tolerance: float, most: int = 0) -> list[str]:
        far = [f"scores differ by up to {self.largest:.4g}"] if self.largest > tolerance else []
        return [*_named(self.changed, "another answer"), *far] if len(self.changed) > most else far


def _named(asked: Sequence[Asked], what: str) -> list[str]:
    more = [f"{len(asked) - _NAMED} more"] if len(asked) > _NAMED else []
    return [*(f"{what} to {str(one)[:80]!r}" for one in asked[:_NAMED]), *more]


def _answered(found: JsonObject) -> object:
    """Return what an answer decides for, without scores: labels with their parents, or spans; a problem is one, too."""
    if "problem" in found:
        return "problem"
    if "entities" in found:
        return [_span(entry) for entry in _entries(found, "entities")]
    above = found.get("parents", {})
    levels = {"": above} if isinstance(above, list) else above
    named = {level: sorted(_label(entry) for entry in entries) for level, entries in levels.items()}
    read = [found.get(name) for name in ("text", "text_pair", "cut")]
    return sorted(map(_label, _entries(found, "answer"))), named, read


def _scores(found: JsonObject) -> dict[str, float]:
    name: Callable[[JsonObject], str] = _span if "entities" in found else _label
    keys = ("entities",) if "entities" in found else ("scores", "answer")
    # Of two labels with a positive one, the answer's score is that label's, whichever label is answered.
    return {f"{key} {name(entry)}": float(entry["score"]) for key in keys for entry in _entries(found, key)}


def _entries(found: JsonObject, key: str) -> list[JsonObject]:
    entries = found.get(key)
    return entries if isinstance(entries, list) else []


def _label(entry: JsonObject) -> str:
    return str(entry["label"])


def _span(entry: JsonObject) -> str:
    return f"{entry['start']}-{entry['end']} {entry['entity_group']} {entry['word']}"
