"""Words for people: what is left of a text that is too long."""

from __future__ import annotations

import pytest

from hubpress.text import beginning


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Tells topics  apart.", "Tells topics apart."),
        (
            "Tells which of 3 labels a text has: green, black, herbal and others.",
            "Tells which of 3 labels a text has",
        ),
        ("Reads a message to a library. It answers with one of three topics.", "Reads a message to a library."),
        (
            "Version 1.5 of a model that reads letters of the 18th century in German",
            "Version 1.5 of a model that reads letters of the 18th …",
        ),
        (
            "It tells birds, which a forester has noted in the valley, apart, and trees",
            "It tells birds, which a forester has noted in the valley …",
        ),
        (
            "Yes. It reads what a person has written to a library of a small town",
            "Yes. It reads what a person has written to a library of a …",
        ),
        ("何" * 70, "何" * 59 + "…"),
    ],
)
def test_a_beginning_makes_sense_by_itself(text: str, says: str) -> None:
    """A sentence or a clause where one has room, whole words else."""
    assert beginning(text, 60) == says and len(says) <= 60
