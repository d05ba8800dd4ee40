"""``training.carbon``: energy and emissions of a training, by the names of ``codecarbon.OfflineEmissionsTracker``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hubpress.recipe.values import COUNTRY, Block, Text


class Carbon(Block):
    """Where the training runs: what a kilowatt-hour emits differs by country. Nothing is asked of the network."""

    country_iso_code: Annotated[str, Field(pattern=COUNTRY)]
    """The country, by its three letters of ISO 3166, such as ``DEU``."""
    region: Text | None = None
    """A state or province of the USA or Canada, such as ``california``."""
