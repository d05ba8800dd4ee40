"""The ``card:`` block of a recipe: what a card says that no program can measure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hubpress.recipe.values import Block, Contact, Mail, Text, Texts, Url, Whole, YesOrNo


class Author(Block):
    """One of those who made the model."""

    name: Text
    """The name, as it is to be printed."""
    email: Mail | None = None
    """An e-mail address that everybody may read."""
    url: Url | None = None
    """A page of the author's, such as an ORCID: a URL."""
    affiliation: Text | None = None
    """Where the author works."""


class CardTexts(Block):
    """The sentences of the card that no program can measure. Everything else on it is measured."""

    summary: Text
    """What the model tells, in one sentence; it stands first on the card, and on the Space."""
    description: Text
    """What the model reads, what it answers, and which labels there are, in two or three sentences."""
    authors: tuple[Author, ...] = ()
    """Who made the model."""
    contact: Contact | None = None
    """Where questions go: an e-mail address, or a URL such as that of an issue tracker; without it the model's
    discussions on the Hub."""
    intended_uses: Texts
    """What its answers are good for, one use each."""
    out_of_scope: Texts
    """What it must not be used for, one each."""
    training_data: Text
    """Where the records come from, who labelled them, and how."""
    limitations: Texts
    """Where the model fails, and for whom that matters, one limitation each."""
    bias: tuple[Text, ...] = ()
    """Whom its answers may treat unfairly, what harm a wrong one does, and what to do about it, one each; what the
    figures show of it is said beside them."""
    citation: Text | None = None
    """How to cite the model, as BibTeX; without it made from ``authors``, title, ``year`` and address."""
    year: Annotated[Whole, Field(ge=1950, le=2100)] | None = None
    """The year for the BibTeX that is made."""
    label_descriptions: dict[Text, Text] = Field(default={})
    """What each label means; every label here must be one of the model's."""
    print_test_texts: YesOrNo = False
    """Whether records of the test split that were answered wrong are published with their texts, in ``REPORT.md`` and
    ``evaluation.json``."""
    print_training_texts: YesOrNo = False
    """Whether one training record of each label is published with the beginning of its text, in ``REPORT.md`` and
    ``evaluation.json``."""
