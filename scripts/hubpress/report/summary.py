"""A report in lines, as a terminal shows it: what is fine takes one, what is to be minded a sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from hubpress.data.splitting import SPLITS
from hubpress.data.summary import by_split
from hubpress.report.findings import earlier, kinds_of, named, percent
from hubpress.schemas.data_report import DataReport, Duplicates, EntityFacts, LabelFacts, Lengths
from hubpress.schemas.record_doubts import Languages, Share
from hubpress.schemas.splits import NumberFacts
from hubpress.text import counted, listed, quoted, shortened

WIDTH = 80
_FEW = 12  # labels that are all counted in the line
_NAMES = 12  # columns for the name of a line


def in_words(report: DataReport, page: str) -> str:
    """Return the report as lines of at most 80 columns; *page* is where all of it stands."""
    lines = [line for name, text in summary(report) for line in _indented(name, text)]
    count = len(report.findings)
    lines += ["", f"{counted(count, 'warning')}:" if count else "No warnings."]
    lines += [line for found in report.findings for line in _indented("  -", found.text, width=4)]
    return "\n".join([*lines, "", f"More: {page}"])


def summary(report: DataReport) -> Iterator[tuple[str, str]]:
    """Yield what the report says of each thing: its name, and a line in words."""
    yield "Records", _records(report)
    if report.targets:
        yield "Numbers", _numbers(report.targets)
    else:
        yield "Types" if report.entities else "Labels", _labels(report)
    if report.entities:
        yield "Entities", _entities(report.entities)
    yield "Lengths", _lengths(report.lengths)
    yield "Duplicates", _duplicates(report.duplicates)
    yield "Scripts", _shares(report.scripts) if report.scripts else "no letters"
    yield "Languages", _languages(report.languages)


def _indented(name: str, text: str, *, width: int = _NAMES) -> list[str]:
    return textwrap.wrap(
        f"{name:<{width}}{' '.join(text.split())}",
        WIDTH,
        subsequent_indent=" " * width,
        break_long_words=True,
        break_on_hyphens=False,
    )


def _records(report: DataReport) -> str:
    parts = [by_split(report.counts)]
    if report.groups:
        parts.append(f"groups: {by_split(report.groups)}")
    if report.dropped:
        parts.append(f"left out: {', '.join(f'{count:,} {reason}' for reason, count in report.dropped.items())}")
    return "; ".join([*parts, *report.notes])


def _labels(report: DataReport) -> str:
    labels: LabelFacts = report.labels
    if labels.count <= _FEW:
        totals = report.label_totals
        counted = ", ".join(
            f"{shortened(label, 30)} {totals[label]:,}" for label in sorted(totals, key=lambda one: -totals[one])
        )
    else:
        counted = "the smallest " + ", ".join(f"{shortened(one.label, 30)} {one.count:,}" for one in labels.smallest)
    each = ""
    if spread := labels.each_record:
        each = f"; {spread.least:,} to {spread.most:,} a record, {spread.mean:g} in the mean"
    without = ""
    if labels.untested or labels.unvalidated:
        without = f"; {len(labels.untested):,} without test records, {len(labels.unvalidated):,} without validation"
    return f"{labels.count:,}: {counted}{each}{without}"


def _numbers(targets: dict[str, dict[str, NumberFacts]]) -> str:
    """Return what the records for training say; the other splits are drawn from the same numbers."""
    return "; ".join(
        f"{shortened(name, 30)} from {one.low:g} to {one.high:g} in train, {one.mean:.3g} in the mean"
        for name, one in targets["train"].items()
    )


def _entities(found: EntityFacts) -> str:
    lost = ""
    if found.lost:
        count = sum(one.count for one in found.lost.values())
        lost = f"; the tokenizer can say {f'all but {count:,}' if count else 'all'}"
    return (
        f"{found.entities:,}; the longest ({found.longest_characters:,} characters): {quoted(found.longest, 60)}; "
        f"{counted(found.without, 'record has', 'records have')} none{lost}"
    )


def _lengths(lengths: Lengths) -> str:
    longest = max(split.longest for split in lengths.splits.values())
    train = lengths.splits["train"]
    figures = (
        f"{train.median:g} {lengths.unit} in the median, 95% have at most {train.percentile_95:g}, "
        f"the longest {longest:,}"
    )
    if lengths.why_words:
        return f"{figures}; not in tokens, since the base's tokenizer cannot be loaded: {lengths.why_words}"
    shares = {name: lengths.splits[name].over or 0.0 for name in SPLITS}
    verb = "read in several windows" if lengths.windows else "cut"
    if not any(shares.values()):
        return f"{figures}; none is over {lengths.max_length:,}"
    over = ", ".join(f"{percent(share)} of {name}" for name, share in shares.items())
    return f"{figures}; over {lengths.max_length:,} and {verb}: {over}"


def _duplicates(found: Duplicates) -> str:
    within = {name: found.within[name].exact + found.within[name].normalised for name in SPLITS}
    inside = ", ".join(f"{count:,} within {name}" for name, count in within.items() if count) or "none within a split"
    leaks = [
        f"{percent(leak.share)} of {leak.split} stand in {earlier(leak)} too ({kinds_of(leak)})"
        for leak in found.across
        if leak.share
    ]
    sampled = "" if found.near.against_all else f" (near ones looked for among {found.near.against:,} records)"
    return f"{inside}; {'; '.join(leaks) or 'none across splits'}{sampled}"


def _languages(found: Languages) -> str:
    if not found.found:
        return f"the texts are too few or too short to tell (the recipe says {listed(found.expected)})"
    return f"{_shares(found.found)}, of {counted(found.told, 'text')} long enough to tell"


def _shares(shares: tuple[Share, ...]) -> str:
    return named([f"{one.name} {percent(one.share)}" for one in shares])
