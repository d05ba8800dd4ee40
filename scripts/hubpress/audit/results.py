"""The figures that a repository gives of its model: where they stand, of what, and whether others can use them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hubpress.audit.audited import Audited, Found
from hubpress.check.kind import MODELS, Kind
from hubpress.check.readme.model_index import measured
from hubpress.check.staged import Staged
from hubpress.hub.field_types import INDEX as FIELD
from hubpress.hub.loose_values import as_list, as_mapping, is_text
from hubpress.hub.readme import Card
from hubpress.layout import CARD, CONFIG
from hubpress.text import quoted

_METRIC = (
    r"(?:accuracy|(?<!mixed )(?<!half )(?<!full )precision|recall|f1|f-?score|f-?measure|auc|auroc|mcc|bleu|rouge|wer"
    r"|perplexity|spearman|pearson|ndcg|mrr|exact match)"
)
_SHARE = r"(?:[01]?\.\d+|\d{1,3}(?:\.\d+)?\s?%)"
_OF_100 = r"\d{2}\.\d{1,2}"  # also how versions look, so that nothing may stand between it and its metric
_IN_PROSE = re.compile(
    rf"\b{_METRIC}\b(?:[^\n|.;]{{0,30}}?[\s:=*(]{_SHARE}|[\s:=*(]{{1,4}}(?:of |is )?{_OF_100})(?![\d.]*\d)",
    re.IGNORECASE,
)
_HEADER = re.compile(rf"\b{_METRIC}\b", re.IGNORECASE)
_CELL = re.compile(rf"\**(?:{_SHARE}|{_OF_100})\**")
# Words that say on which records something was measured. "The evaluation set" may be any of them.
_SPLIT = re.compile(
    r"\b(?:test|validation|val|dev|development|held-?out|hold-?out)[ -]?(?:set|split|data|dataset|records|documents"
    r"|examples|sentences|samples|titles|partition|portion|metrics|results|scores)\b",
    re.IGNORECASE,
)
_TEST = re.compile(r"\b(?:test(?!ed|ing)|held-?out|hold-?out)\b", re.IGNORECASE)
_THRESHOLD = re.compile(r"\bthresholds?\b[^\n]{0,60}?(?<![\d.])0?\.\d+", re.IGNORECASE)
_CHOSEN = re.compile(
    r"\b(?:chosen|choose|tuned|selected|picked|optimi[sz]ed|calibrated|found|fixed|set|determined|maximi[sz]\w+)\b[^\n]{0,60}"
    r"\b(?:on|using|with|by|from|over)\b[^\n]{0,40}\b(?:validation|dev|development|train|training|held|calibration|test)",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"\b(\d{1,3}(?:,\d{3})+|\d+)\s+(?:\w+\s+){0,2}?(labels|classes|topics|categories|subjects)\b", re.IGNORECASE
)


def figures(audited: Audited) -> Iterator[Found]:
    """What was measured stands in `model-index`, where the Hub and programs find it."""
    staged = audited.staged
    if staged.card is None or staged.kind not in MODELS or any(measured(staged)):
        return
    line, example = _first_figure(staged.card)
    has_empty = bool(_empty_results(staged))
    if has_empty and line:
        text = (
            f"`results: []` says that nothing was measured, yet the card gives figures ({example}). Write them there."
        )
        yield Found("warning", _empty_results(staged), text)
    elif line:
        text = f"Figures stand in prose alone ({example}), where no program finds them. Write them into `model-index`."
        yield Found("warning", f"{CARD}:{line}", text)
    elif has_empty:
        text = "`results: []` says that nothing was measured, and the card gives no figure. Measure it on a test split."
        yield Found("warning", _empty_results(staged), text)
    elif staged.is_classifier or staged.kind is Kind.SETFIT:
        yield Found("warning", CARD, "No figure says how good the model is. Measure it on a test split, and say so.")


def split(audited: Audited) -> Iterator[Found]:
    """Every figure says of which split it is."""
    staged = audited.staged
    if staged.card is None or staged.kind not in MODELS:
        return
    seen = set()
    for result in measured(staged):
        place = (*result.place[:-2], "dataset")
        if place not in seen and not is_text(result.dataset.get("split")):
            text = "This result names no `split`, so nobody can measure it again. Write `split: test`, or which it is."
            yield Found("warning", staged.where(*place), text)
        seen.add(place)
    line, example = _first_figure(staged.card)
    if not line or seen:
        return
    prose = "\n".join(text for _, text in _prose(staged.card))
    if not _SPLIT.search(prose):
        text = f"The card gives figures ({example}) and names no split on which they were measured. Say which records."
        yield Found("warning", f"{CARD}:{line}", text)
    elif not _TEST.search(prose):
        text = f"The card names no test split: its figures ({example}) may be of records by which the model was chosen."
        yield Found("warning", f"{CARD}:{line}", text)


def threshold(audited: Audited) -> Iterator[Found]:
    """A threshold comes with the records on which it was chosen."""
    card = audited.staged.card
    lines = _prose(card) if card and audited.staged.is_classifier else []
    found = next(((number, match) for number, line in lines if (match := _THRESHOLD.search(line))), None)
    if found and not any(_CHOSEN.search(line) for _, line in lines if "threshold" in line.lower()):
        text = f"{quoted(found[1][0])}: the card does not say on which records this was chosen. Say so; not on test."
        yield Found("warning", f"{CARD}:{found[0]}", text)


def label_count(audited: Audited) -> Iterator[Found]:
    """The card speaks of as many labels as the model has."""
    staged = audited.staged
    if (
        staged.card is None
        or not staged.is_classifier
        or len(staged.labels) < 2
        or staged.kind is not Kind.TRANSFORMERS
    ):
        return
    outputs = len(staged.labels)
    if staged.architecture.endswith("ForTokenClassification"):
        return  # tags, of which each type has several
    said = [
        (number, match, int(match[1].replace(",", "")))
        for number, line in _prose(staged.card)
        for match in _LABELS.finditer(line)
    ]
    if said and outputs not in (count for _, _, count in said) and max(count for *_, count in said) > 1:
        number, match, _ = max(said, key=lambda each: each[2])
        text = f"The card speaks of {quoted(match[0])}, but {CONFIG} names {outputs:,} labels. Say what the others are."
        # What a model calls topics may be something else than its labels.
        yield Found("warning" if match[2].lower() in ("labels", "classes") else "note", f"{CARD}:{number}", text)


def _empty_results(staged: Staged) -> str:
    """Return where `results: []` stands; an empty text where results are given, or nothing is said of any."""
    if staged.card is None:
        return ""
    if staged.card.readable:
        models = [as_mapping(model) for model in as_list(staged.fields.get(FIELD))]
        empty = models and not any(as_list(model.get("results")) for model in models)
        return staged.where(FIELD) if empty else ""
    lines = enumerate(staged.card.text.split("\n"), 1)  # YAML that cannot be read says it too
    number = next((n for n, line in lines if n < staged.card.body_line and re.fullmatch(r"\s*results: *\[\]", line)), 0)
    return f"{CARD}:{number}" if number else ""


def _first_figure(card: Card) -> tuple[int, str]:
    """Return the line of the first figure below the front matter, and its words; 0 where there is none."""
    found = [(number, match[0]) for number, line in _prose(card) if (match := _IN_PROSE.search(line))]
    found += _in_tables(card)
    line, words = min(found, key=lambda each: each[0], default=(0, ""))
    return line, quoted(" ".join(re.sub(r"[*_|]", "", words).split()), 60)


def _in_tables(card: Card) -> list[tuple[int, str]]:
    """Return the figures in columns that are named for a metric, or in rows that are: the first of each table."""
    found: list[tuple[int, str]] = []
    header: list[str] = []
    for number, line in card.plain_lines:
        if not line.lstrip().startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not header:
            header = cells
            continue
        for title, cell in zip(header, cells, strict=False):
            named = title if _HEADER.search(title) else cells[0] if _HEADER.search(cells[0]) else ""
            if named and _CELL.fullmatch(cell) and number >= card.body_line:
                found.append((number, f"{named} {cell}"))
    return found


def _prose(card: Card) -> list[tuple[int, str]]:
    lines = card.plain_lines
    return [(n, line) for n, line in lines if n >= card.body_line and not line.lstrip().startswith("|")]
