"""``space:``: which Space comes with a model, and what its thumbnail shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hubpress.hub.vocabulary import LONGEST_DESCRIPTION, SpaceColour
from hubpress.recipe.values import Block, Emoji, Text, YesOrNo


class SpaceSpec(Block):
    """The model's Space, in the words of a Space's own front matter."""

    publish: YesOrNo = True
    """Whether the release comes with a Space."""
    sdk: Literal["auto", "gradio", "static"] = "auto"
    """``gradio`` runs on the Hub, ``static`` in its reader's browser, which every account may have; ``auto`` is Gradio
    where the account may have that, and leaves a Space that is there as it is."""
    vendor: YesOrNo = False
    """Whether a static Space carries Transformers.js and ONNX Runtime itself, copied from npm, rather than name them at
    jsDelivr by version and hash."""
    title: Text | None = None
    """The Space's title; without it the model's."""
    emoji: Emoji = "🔎"
    """The emoji on its thumbnail."""
    colorFrom: SpaceColour = "indigo"
    """The colour that its thumbnail begins with."""
    colorTo: SpaceColour = "blue"
    """The colour that its thumbnail ends with."""
    short_description: Annotated[Text, Field(max_length=LONGEST_DESCRIPTION)] | None = None
    """What its thumbnail says; without it the card's summary, or as much of its beginning as there is room for."""
