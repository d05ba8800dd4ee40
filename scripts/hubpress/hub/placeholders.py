"""Texts of templates that nobody has replaced: of our own, of huggingface_hub's card, and of what trainers write."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import huggingface_hub

FILL_IN = re.compile(r"<fill in: (?P<what>[^<>]+)>")
"""The mark that ``hubpress new`` puts where a person has to say something, with what that is."""

# Left over wherever they stand, code included: a snippet with `<your token>` in it does not run.
_PLACEHOLDERS = (
    FILL_IN,
    re.compile(r"\b(?:TODO|FIXME|TBD)\b"),
    re.compile(r"\bXXX+\b"),
    re.compile(r"\[More Information Needed\]", re.IGNORECASE),  # before its words without brackets
    re.compile(r"\blorem ipsum\b", re.IGNORECASE),
    re.compile(r"<your[ _-][^>\n]*>?", re.IGNORECASE),
    re.compile(r"\byour[-_](?:user(?:name)?|org(?:anization)?|name|model|repo|token)\b", re.IGNORECASE),
    re.compile(r"[\[{<(]\s*insert\b[^\n]{0,30}", re.IGNORECASE),
    re.compile(r"\bINSERT [A-Z ]*HERE\b"),
    # huggingface_hub's own templates: what they tell to write, the titles before they have a name, what is optional.
    re.compile(r"<!--\s*Provide\b[^\n]{0,30}"),
    re.compile(r"^#+ .*\[optional\]\s*$|\*\*[^*]*\[optional\]:?\*\*"),
    re.compile(r"\bModel Card for Model ID\b"),
    re.compile(r"\bDataset Card for Dataset Name\b"),
    # What sentence-transformers, SetFit, SpanMarker and PyLate write where they know no repository; TRL writes None.
    re.compile(r"\b(?:sentence_transformers|cross_encoder|sparse_encoder|setfit|span_marker|pylate)_model_id\b"),
    re.compile(r"""\bmodel=["']None["']"""),
    # transformers' Trainer, and Keras.
    re.compile(r"\bMore information needed\b", re.IGNORECASE),
    re.compile(r"<!-- This model card has been generated automatically\b[^\n]{0,30}"),
    re.compile(r"\bon (?:an unknown|the None) dataset\b"),
    re.compile(r"\[(?:None)?\]\(https://huggingface\.co/(?:None)?\)"),
    # AutoTrain, and fastai.
    re.compile(r"\bPATH_TO_THIS_REPO\b"),
    re.compile(r"\bFill out this model card with more information\b"),
)
# In code these may be meant: a card shows the model's input_template. What holds no name is somebody's text.
_TEMPLATE = re.compile(r"\{\{[-+]?\s*[^\W\d](?:[^\n]{0,40}?\}\})?|\{%[-+]?\s*[^\W\d](?:[^\n]{0,40}?%\})?")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_DOTS = re.compile(r"\s*(?:[-*+]\s+)?(?:\.{3,}|\u2026)\s*")


def placeholder(line: str) -> str | None:
    """Return what a line of a card, in code or not, has of a placeholder; None where it has none."""
    found = next(filter(None, (pattern.search(line) for pattern in _PLACEHOLDERS)), None)
    if found:
        return found[0]
    return line.strip() if line.strip() in _template_comments() else None


def template_field(line: str) -> str | None:
    """Return the field of a template that stands in a line beside its code; None where there is none."""
    found = _TEMPLATE.search(_CODE_SPAN.sub("", line))
    return found[0] if found else None


def only_dots(line: str) -> bool:
    """Return whether a line, which is no code, has dots in place of words."""
    return bool(_DOTS.fullmatch(line))


@cache
def _template_comments() -> frozenset[str]:
    """Return the comments of huggingface_hub's templates for cards, which tell what to write below each heading."""
    folder = Path(huggingface_hub.__file__).parent / "templates"
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*card_template.md")))
    return frozenset(comment for text in texts for comment in re.findall(r"^<!-- .* -->$", text, re.MULTILINE))
