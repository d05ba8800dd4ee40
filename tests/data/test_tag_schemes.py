"""Tags of every scheme: read as the same entities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.data import TOKEN, rows
from hubpress.schemas.splits import SplitFacts

SCHEMES = {
    "IOB1": ["I-place I-place O I-place", "I-name I-place", "I-name B-name I-place"],
    "IOB2": ["B-place I-place O B-place", "B-name B-place", "B-name B-name B-place"],
    "BIOES": ["B-place E-place O S-place", "S-name S-place", "S-name S-name S-place"],
    "BILOU": ["B-place L-place O U-place", "U-name U-place", "U-name U-name U-place"],
}
TOKENS = ["New York and Oslo", "Ann Oslo", "Ann Bob Oslo"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("form", ["conll", "jsonl"])
def test_tags_of_every_scheme_become_entities(
    scheme: str, form: str, prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """CoNLL and lists of tags in IOB1, IOB2, BIOES and BILOU are the same entities, without being told the scheme."""
    pairs = [
        (f"{text} {number}".split(), f"{tags} O".split())
        for number in range(6)
        for text, tags in zip(TOKENS, SCHEMES[scheme], strict=True)
    ]
    if form == "conll":
        lines = "\n".join("".join(f"{word} NN {tag}\n" for word, tag in zip(*pair, strict=True)) for pair in pairs)
        facts = prepare(TOKEN, source=write("records.conll", f"-DOCSTART- -X- O\n\n{lines}"))
    else:
        records = [{"tokens": tokens, "tags": tags} for tokens, tags in pairs]
        facts = prepare(TOKEN, source=write("records.jsonl", records))
    assert facts.labels == ("O", "B-name", "I-name", "B-place", "I-place")
    found = rows(tmp_path)
    name, place = 0, 1
    assert [row["entities"] for row in found[:3]] == [
        [[0, 8, place], [13, 17, place]],
        [[0, 3, name], [4, 8, place]],
        [[0, 3, name], [4, 7, name], [8, 12, place]],
    ]
    assert found[0]["text"] == "New York and Oslo 0"
    assert found[0]["words"] == [[0, 3], [4, 8], [9, 12], [13, 17], [18, 19]]
    assert sum(sum(counts.values()) for counts in facts.label_counts.values()) == 6 * 7


def test_entity_types_in_the_order_of_the_recipe(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """``data.labels`` orders the types; each has two tags."""
    records = [{"tokens": ["Ann", "Oslo", str(number)], "tags": ["B-name", "B-place", "O"]} for number in range(9)]
    facts = prepare(TOKEN, source=write("records.jsonl", records), labels=["place", "name"])
    assert facts.labels == ("O", "B-place", "I-place", "B-name", "I-name")
