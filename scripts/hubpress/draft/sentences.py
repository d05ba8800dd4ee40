"""The sentences of a first card: nothing but what is known of a model before it is measured."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.draft.model import Trained
from hubpress.draft.sheet import Sheet
from hubpress.hub.loose_values import is_text, one_or_more
from hubpress.hub.vocabulary import LONGEST_DESCRIPTION
from hubpress.text import counted, listed, shorten
from hubpress.trained.settle import front_matter

_SHOWN = 8
_NOTE = (
    "Written by hubpress of what it knows, so that the release can go its way; you know more: for whom it is, where it "
    "fails, and how its records were labelled."
)


def put_card(
    sheet: Sheet, model: Trained, task: str, count: int, names: Sequence[str], columns: Sequence[str], *, is_pair: bool
) -> None:
    """Put the sentences of the card: *count* answers of *task*, with their *names* if known, for texts of *columns*."""
    what = {"token": "entities", "regression": "numbers"}.get(task, "labels")
    text, has = ("two texts", "have") if is_pair else ("a text", "has")
    shown = ": " + ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "") if names else ""
    answer = {
        "token": f"the entities in it, of {counted(count, 'type')}",
        "multi-label": f"any number of {count} labels",
        "regression": f"{count} numbers" if count > 1 else "a number",
    }
    answers = answer.get(task, f"one of {count} labels")
    summary = {
        "token": "Finds the entities of a text",
        "multi-label": f"Tells which labels {text} {has}",
        "regression": f"Answers {answer['regression']} for {text}",
    }
    first = f"{summary.get(task, f'Tells which of {count} labels {text} {has}')}{shown}."
    read = text
    if len(columns) > 1:
        read = f"two texts, {listed(list(columns))}," if is_pair else f"a text made of {listed(list(columns))}"
    sets = [one for one in one_or_more(front_matter(model.found).get("datasets")) if is_text(one)]
    trained_on = f" Its authors name {listed(sets)} as its training data." if sets else ""
    card = {
        "summary": shorten(first, LONGEST_DESCRIPTION * 2),
        "description": f"It reads {read} and answers {answers}{shown}.",
        "intended_uses": [
            f"Giving {what} to {'pairs of ' if is_pair else ''}texts of the kind that it was measured on."
        ],
        "out_of_scope": [
            "Texts of another kind, or in another language, than those that it was measured on.",
            "Decisions about people that nobody looks at again.",
        ],
        "training_data": f"The model was trained before it was released here.{trained_on}",
        "limitations": [
            "How it answers for texts that are unlike these records has not been measured.",
        ],
    }
    for key, value in card.items():
        sheet.put("card", key, value=value)
    sheet.say("card", note=_NOTE)
