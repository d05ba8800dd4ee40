"""What was tried on a published commit, and what did not hold: claims, values compared, a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from hubpress.errors import VerifyFailed
from hubpress.hub.ids import RepoId


@dataclass
class Proof:
    """What was tried on a published commit, and what did not hold."""

    repo: RepoId
    sha: str
    rows: list[tuple[str, str, bool]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def add(self, what: str, how: str, differences: list[str]) -> None:
        """Add one row: what is claimed, how it was tried, and the differences found (none: it holds)."""
        self.rows.append((what, how, not differences))
        self.differences += [f"{what}: {difference}" for difference in differences]

    def holds(self, claim: str) -> bool:
        """Return whether a claim was tried and holds."""
        return any(what == claim and holds for what, _, holds in self.rows)

    @property
    def kind(self) -> Literal["model", "space"]:
        """Of what it is a proof."""
        return self.repo.type

    @property
    def count(self) -> int:
        """How many claims were tried."""
        return len(self.rows)

    def table(self) -> str:
        """Return the proof table as plain text."""
        width = max(len(what) for what, _, _ in self.rows)
        what = f"the Space {self.repo}" if self.kind == "space" else str(self.repo)
        lines = [f"Proof of {what} at {self.sha}"]
        lines += [f"  {'holds' if holds else 'FAILS'}  {what.ljust(width)}  {how}" for what, how, holds in self.rows]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the proof as JSON-able values."""
        rows = [{"claim": what, "how": how, "holds": holds} for what, how, holds in self.rows]
        return {"repo_id": self.repo.id, "sha": self.sha, "proof": rows, "differences": self.differences}

    def raise_if_failed(self) -> None:
        """Raise VerifyFailed with the table and every difference when a claim does not hold."""
        if self.differences:
            listed = "\n".join(f"  {difference}" for difference in self.differences)
            raise VerifyFailed(f"{self.table()}\n{len(self.differences)} difference(s):\n{listed}")


def leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield every single value with its place, such as ``metrics.accuracy``."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{where}[{index}]")
    else:
        yield where, value


def compare(claimed: Any, measured: Any, where: str, tolerance: float) -> list[str]:
    """Return a sentence for every value that differs: numbers by more than *tolerance*, everything else at all."""
    claims, found = dict(leaves(claimed, where)), dict(leaves(measured, where))
    differences = []
    for place in sorted(claims.keys() | found.keys()):
        one, other = claims.get(place), found.get(place)
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if (abs(one - other) > tolerance) if numbers else (one != other):  # type: ignore[operator]
            differences.append(f"{place}: published {one}, measured {other}")
    return differences


WIDGET_TOLERANCE = 1e-3
