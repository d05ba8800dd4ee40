"""Entities as spans of a text: what is refused of them, told once for all records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubpress.errors import DataError
from hubpress.text import counted, tight

Entity = tuple[int, int, str]
"""First character, the one after the last, and the type."""


@dataclass
class Tally:
    """The first of the faults of one kind, and how many there are in how many records."""

    first: str = ""
    where: str = ""
    count: int = 0
    records: int = 0

    def add(self, faults: Sequence[str], where: str) -> None:
        """Count the faults of the record that stands at *where*."""
        if faults and not self.count:
            self.first, self.where = faults[0], where
        self.count += len(faults)
        self.records += bool(faults)

    def error(self, *, do: str, hint: str) -> DataError:
        """Return the error that names the first, and says how many *do* so."""
        where = f"{counted(self.count, 'entity', 'entities')} in {counted(self.records, 'record')}"
        return DataError(f"{self.first}. In all records: {where} {do}.", where=self.where, hint=hint)


@dataclass
class EntityRules:
    """Takes the entities of the records of one data set; what they break is told when all are read."""

    trims: bool = False
    """Whether white space at the borders of an entity is left out of it; else it is refused."""
    overlaps: Tally = field(default_factory=Tally)
    spaces: Tally = field(default_factory=Tally)

    def sorted(self, text: str, entities: Sequence[Entity], location: str) -> list[Entity]:
        """Return the entities of a text in their order. Raises DataError for one that is only white space."""
        found = sorted(self._tight(text, entities, location))
        reached, last, faults = 0, None, []
        for entity in found:
            if entity[0] < reached and last is not None:
                faults.append(f"the entity {named(text, entity)} {_how(entity, last)} {named(text, last)}")
            if entity[1] > reached:
                reached, last = entity[1], entity
        self.overlaps.add(faults, location)
        return found

    def _tight(self, text: str, entities: Sequence[Entity], location: str) -> list[Entity]:
        tight_ones: list[Entity] = []
        for entity in entities:
            start, end = tight(text, entity[:2])
            if start == end:
                what = f"the entity {entity[2]} from {entity[0]} to {entity[1]} holds white space alone."
                raise DataError(what, where=location, hint="Mend start and end, or take it out.")
            tight_ones.append((start, end, entity[2]))
        if self.trims:
            return tight_ones
        wide = [named(text, one) for one, other in zip(entities, tight_ones, strict=True) if one != other]
        self.spaces.add([f"the entity {name} begins or ends with white space" for name in wide], location)
        return list(entities)

    def finish(self) -> None:
        """Raise DataError where entities of the records that were read overlap, or begin or end with white space."""
        if self.overlaps.count:
            hint = "A model gives each character one type at most: keep the inner entities, or the outer ones."
            raise self.overlaps.error(do="overlap another or lie in one", hint=hint)
        if self.spaces.count:
            hint = "Mend start and end, or set data.entity_borders to trim, which leaves the white space out."
            raise self.spaces.error(do="begin or end so", hint=hint)


def named(text: str, entity: Entity) -> str:
    """Return an entity for a message: type, words and place."""
    start, end, label = entity
    return f"{label} {text[start:end]!r} ({start} to {end})"


def _how(entity: Entity, last: Entity) -> str:
    if entity[:2] == last[:2]:
        return "stands at the very place of"
    return "lies inside" if entity[1] <= last[1] else "overlaps"
