"""What there is to say of the splits in one line."""

from __future__ import annotations

from collections.abc import Mapping

from hubpress.data.splitting import SPLITS
from hubpress.schemas.splits import SplitFacts


def summary_of(facts: SplitFacts) -> str:
    """Return the sizes that came out, the groups and dates behind them, what was left out, and the notes."""
    what = "number" if facts.targets else "label"
    parts = [by_split(facts.counts), f"{len(facts.labels)} {what}{'s' * (not facts.targets or len(facts.labels) > 1)}"]
    if facts.groups:
        parts.append(f"by {facts.split.group}: {by_split(facts.groups)}")
    if facts.dates:
        oldest, newest = (end(facts.dates[name][place] for name in SPLITS) for place, end in enumerate((min, max)))
        tested = " to ".join(dict.fromkeys(facts.dates["test"]))
        parts.append(f"dates {oldest} to {newest}, test {tested}")
    if facts.dropped:
        parts.append(f"left out: {', '.join(f'{count:,} {reason}' for reason, count in facts.dropped.items())}")
    if facts.unread:
        parts.append(f"not read: {', '.join(f'{count:,} {what}' for what, count in facts.unread.items())}")
    return "; ".join([*parts, *facts.notes])


def by_split(counts: Mapping[str, int]) -> str:
    """Return how many there are in each split: ``1,200 train, 150 validation, 150 test``."""
    return ", ".join(f"{counts[name]:,} {name}" for name in SPLITS)
