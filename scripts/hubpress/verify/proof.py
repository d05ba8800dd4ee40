"""What was tried on a published commit, and what did not hold: claims, values compared, a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from hubpress.errors import VerifyFailed
from hubpress.hub.ids import RepoId
from hubpress.schemas.document import Part

WIDGET_TOLERANCE = 1e-3
"""By how much a score of an example may differ."""


@dataclass(frozen=True)
class Claim:
    """One row of a proof: what is claimed, how it was tried, and what was found that is not so."""

    what: str
    how: str
    differences: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found that is not so."""
        return not self.differences


@dataclass(frozen=True)
class Proof:
    """What was tried on a published commit, and what did not hold."""

    repo: RepoId
    sha: str
    claims: tuple[Claim, ...]

    @property
    def differences(self) -> list[str]:
        """Everything that is not as it is claimed, each with the claim's name before it."""
        return [f"{claim.what}: {difference}" for claim in self.claims for difference in claim.differences]

    @property
    def kind(self) -> Literal["model", "space"]:
        """Of what it is a proof."""
        return self.repo.type

    @property
    def count(self) -> int:
        """How many claims were tried."""
        return len(self.claims)

    def table(self) -> str:
        """Return the proof table as plain text."""
        width = max(len(claim.what) for claim in self.claims)
        subject = f"the Space {self.repo}" if self.kind == "space" else str(self.repo)
        rows = [
            f"  {'holds' if claim.holds else 'FAILS'}  {claim.what.ljust(width)}  {claim.how}" for claim in self.claims
        ]
        return "\n".join([f"Proof of {subject} at {self.sha}", *rows])

    def as_json(self) -> dict[str, JsonValue]:
        """Return the proof as JSON has it."""
        claims: list[JsonValue] = [
            {"claim": claim.what, "how": claim.how, "holds": claim.holds} for claim in self.claims
        ]
        return {"repo_id": self.repo.id, "sha": self.sha, "proof": claims, "differences": [*self.differences]}

    def raise_if_failed(self) -> None:
        """Raise VerifyFailed with the table and every difference when a claim does not hold."""
        if differences := self.differences:
            listed = "\n".join(f"  {difference}" for difference in differences)
            raise VerifyFailed(f"{self.table()}\n{len(differences)} difference(s):\n{listed}")


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


def compare(claimed: Comparable, measured: Comparable, where: str, tolerance: float) -> list[str]:
    """Return a sentence for every value that differs: numbers by more than *tolerance*, everything else at all."""
    claims, found = dict(leaves(claimed, where)), dict(leaves(measured, where))
    differences = []
    for place in sorted(claims.keys() | found.keys()):
        one, other = claims.get(place), found.get(place)
        if isinstance(one, int | float) and isinstance(other, int | float):
            differs = abs(one - other) > tolerance
        else:
            differs = one != other
        if differs:
            differences.append(f"{place}: published {one}, measured {other}")
    return differences
