"""What was tried on a published commit, and what did not hold: claims, values compared, a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from hubpress.errors import VerifyFailed
from hubpress.hub.ids import RepoId, RepoType
from hubpress.schemas.document import Part
from hubpress.text import counted

WIDGET_TOLERANCE = 1e-3
"""By how much a score of an example may differ."""


@dataclass(frozen=True)
class Claim:
    """One row of a proof: what is claimed, how it was tried, and what was found that is not so."""

    what: str
    how: str
    differences: Sequence[str] = ()
    unproved: str | None = None
    """Why it could not be tried, where it was not: it is neither proved nor refuted then."""

    @property
    def holds(self) -> bool:
        """Whether it was tried, and nothing was found that is not so."""
        return not self.differences and self.unproved is None

    @property
    def state(self) -> Literal["holds", "FAILS", "unproved"]:
        """What became of it, in a word."""
        if self.differences:
            return "FAILS"
        return "holds" if self.unproved is None else "unproved"


@dataclass(frozen=True)
class Proof:
    """What was tried on a published commit, and what did not hold."""

    repo: RepoId
    sha: str
    claims: tuple[Claim, ...]
    warnings: tuple[str, ...] = ()
    """What makes one doubt that it is what it should be, although it may be as it is claimed."""

    @property
    def differences(self) -> list[str]:
        """Everything that is not as it is claimed, each with the claim's name before it."""
        return [f"{claim.what}: {difference}" for claim in self.claims for difference in claim.differences]

    @property
    def unproved(self) -> list[str]:
        """Every claim that could not be tried, with the reason."""
        return [f"{claim.what}: {claim.unproved}" for claim in self.claims if claim.state == "unproved"]

    @property
    def kind(self) -> RepoType:
        """Of what it is a proof."""
        return self.repo.type

    @property
    def count(self) -> int:
        """How many claims were tried."""
        return sum(claim.state != "unproved" for claim in self.claims)

    def table(self) -> str:
        """Return the proof table as plain text; what could not be tried is named below it, with the reason, and then
        what one is warned of."""
        width, column = (max(len(word) for word in words) for words in zip(*self._columns(), strict=True))
        subject = f"the Space {self.repo}" if self.kind == "space" else str(self.repo)
        rows = [f"  {claim.state.ljust(width)}  {claim.what.ljust(column)}  {claim.how}" for claim in self.claims]
        open_ones = [f"  {line}" for line in self.unproved]
        named = [f"{counted(len(open_ones), 'claim')} unproved:", *open_ones] if open_ones else []
        doubts = [f"WARNING: {sentence}" for sentence in self.warnings]
        return "\n".join([f"Proof of {subject} at {self.sha}", *rows, *named, *doubts])

    def _columns(self) -> Iterator[tuple[str, str]]:
        return ((claim.state, claim.what) for claim in self.claims)

    def as_json(self) -> dict[str, JsonValue]:
        """Return the proof as JSON has it; ``holds`` is null of a claim that could not be tried."""
        claims: list[JsonValue] = [
            {"claim": claim.what, "how": claim.how, "holds": None if claim.state == "unproved" else claim.holds}
            for claim in self.claims
        ]
        return {
            **{"repo_id": self.repo.id, "sha": self.sha, "proof": claims},
            **{"differences": [*self.differences], "unproved": [*self.unproved], "warnings": [*self.warnings]},
        }

    def raise_if_failed(self) -> None:
        """Raise VerifyFailed with the table and every difference when a claim does not hold."""
        if differences := self.differences:
            listed = "\n".join(f"  {difference}" for difference in differences)
            raise VerifyFailed(f"{self.table()}\n{counted(len(differences), 'difference')}:\n{listed}")


Comparable = JsonValue | Part | Sequence[Part] | Mapping[str, float]
"""What can be compared: JSON, or parts of documents, which are compared as the JSON that they are."""


def leaves(value: Comparable, where: str) -> Iterator[tuple[str, object]]:
    """Yield every single value with its place, such as ``metrics.accuracy``."""
    value = value.as_json() if isinstance(value, Part) else value
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, f"{where}[{index}]")
    else:
        yield where, value


def compare(
    claimed: Comparable, measured: Comparable, where: str, tolerance: float, *, word: str = "measured"
) -> list[str]:
    """Return a sentence for every value that differs: numbers by more than *tolerance*, everything else at all.

    *word* says how the other value was come by.
    """
    claims, found = dict(leaves(claimed, where)), dict(leaves(measured, where))
    differences = []
    for place in sorted(claims.keys() | found.keys()):
        one, other = claims.get(place), found.get(place)
        if isinstance(one, int | float) and isinstance(other, int | float):
            differs = abs(one - other) > tolerance
        else:
            differs = one != other
        if differs:
            differences.append(f"{place}: published {one}, {word} {other}")
    return differences
