"""What the places of regions count: characters, or UTF-16 units in exports of old versions of Label Studio."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hubpress.data.entity_values import Unit, covers, in_characters
from hubpress.errors import DataError

_UNITS: tuple[Unit, ...] = ("characters", "utf-16")


@dataclass(frozen=True)
class Region:
    """A place in a text, and what it is said to cover."""

    location: str
    text: str
    start: int
    end: int
    covered: str | None


def unit_of(regions: Iterable[Region]) -> Unit:
    """Return what all regions of a file are counted in, as they fit the words that they cover; else characters.

    Raises DataError for a region that could mean two places, where none of the others shows which.
    """
    fitting, doubtful = list(_UNITS), None
    for region in regions:
        fits = [unit for unit in _UNITS if _fits(region, unit)]
        places = {in_characters(region.text, region.start, region.end, unit) for unit in _UNITS}
        if len(places) > 1 and len(fits) == len(_UNITS):
            doubtful = doubtful or region
        fitting = [unit for unit in fitting if unit in fits]
    if doubtful and len(fitting) == len(_UNITS):
        what = f"the region from {doubtful.start} to {doubtful.end} could be counted in characters or in UTF-16 units."
        hint = "Set data.offsets to characters (Label Studio of today) or to utf-16 (before 2022)."
        raise DataError(what, where=doubtful.location, hint=hint)
    return fitting[0] if fitting else "characters"


def _fits(region: Region, unit: Unit) -> bool:
    if region.covered is None:
        return in_characters(region.text, region.start, region.end, unit) is not None
    return covers(region.text, region.start, region.end, region.covered, unit)
