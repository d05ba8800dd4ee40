"""Texts of templates that nobody has replaced: of our own, of huggingface_hub's card, and of what trainers write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import huggingface_hub

from hubpress.check.kind import SPACES
from hubpress.check.problem import Problem
from hubpress.check.staged import Staged
from hubpress.hub.loose_values import as_list
from hubpress.layout import CARD
from hubpress.text import quoted

# Left over wherever they stand, code included: a snippet with `<your token>` in it does not run.
_PLACEHOLDERS = (
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
# What `hubpress new` writes; its sample is released as it stands.
_NEW_MODEL = re.compile(r"\bSay here\b[^\n.]{0,40}")
# In code these may be meant: a card shows the model's input_template. What holds no name is somebody's text.
_TEMPLATE = re.compile(r"\{\{[-+]?\s*[^\W\d](?:[^\n]{0,40}?\}\})?|\{%[-+]?\s*[^\W\d](?:[^\n]{0,40}?%\})?")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


def placeholders(staged: Staged) -> Iterator[Problem]:
    """No text of a template is left where somebody meant to write something."""
    if staged.card is None:
        return
    patterns = _PLACEHOLDERS if _is_sample(staged) else (*_PLACEHOLDERS, _NEW_MODEL)
    comments = _template_comments()
    for number, line in enumerate(staged.card.text.split("\n"), 1):
        if number < staged.card.body_line or line.startswith("|"):
            continue  # examples from records, which may hold anything
        found = next(filter(None, (pattern.search(line) for pattern in patterns)), None)
        left_over = found[0] if found else line.strip() if line.strip() in comments else None
        if left_over:
            text = f"{quoted(left_over)} is a placeholder. Write what belongs there, or take the line out."
            yield Problem(f"{CARD}:{number}", text)
    for number, line in staged.card.plain_lines:
        if number < staged.card.body_line:
            continue
        if found := _TEMPLATE.search(_CODE_SPAN.sub("", line)):
            text = f"{quoted(found[0])} is left over from a template. Render the card again, or quote it as code."
            yield Problem(f"{CARD}:{number}", text)


@cache
def _template_comments() -> frozenset[str]:
    """Return the comments of huggingface_hub's templates for cards, which tell what to write below each heading."""
    folder = Path(huggingface_hub.__file__).parent / "templates"
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*card_template.md")))
    return frozenset(comment for text in texts for comment in re.findall(r"^<!-- .* -->$", text, re.MULTILINE))


def _is_sample(staged: Staged) -> bool:
    if staged.kind in SPACES:  # has no evaluation, but says so in its tags
        return "sample" in as_list(staged.fields.get("tags"))
    return staged.evaluation is not None and staged.evaluation.sample.is_sample
