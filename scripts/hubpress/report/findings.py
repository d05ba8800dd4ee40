"""What is to be minded in a report, in sentences: the only thing in it that is not a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hubpress.recipe.contradictions import Contradiction
from hubpress.schemas.data_report import (
    Conflicts,
    Damage,
    DamagedTexts,
    DataReport,
    EntityFacts,
    Finding,
    LabelFacts,
    Repeats,
    SuspiciousLabel,
)
from hubpress.schemas.record_doubts import FEWEST_TESTED, CutTexts, Languages, Leak
from hubpress.text import counted, listed, quoted

MOST_UNEXPECTED = 0.2
"""The largest share of texts in other languages than the recipe's: single ones are easily mistaken."""
MOST_LOST = 0.01
"""The largest share of entities that the tokenizer may be unable to say."""
_NAMED = 5
_KINDS = {
    "leak": "texts in two splits",
    "cut": "texts cut off",
    "conflict": "different answers to one text",
    "repeats": "repeated texts",
    "damaged": "damaged texts",
    "border": "entities that the tokenizer cannot say",
    "few": "few test records",
    "untested": "labels without test records",
    "language": "another language",
    "label": "odd labels",
    "card": "sentences of the card that are not so",
}


def percent(share: float) -> str:
    """Return a share as people say it: 4.0%, below 0.1%."""
    return "below 0.1%" if 0 < share < 0.001 else f"{100 * share:.1f}%"


def named(names: Sequence[str], most: int = _NAMED) -> str:
    """Return the first of some names, and how many more there are."""
    rest = len(names) - most
    return listed(names) if rest <= 0 else f"{', '.join(names[:most])} and {rest:,} more"


def in_a_line(report: DataReport) -> str:
    """Return what is to be minded in a few words."""
    kinds = dict.fromkeys(_KINDS[found.kind] for found in report.findings)
    return f"{counted(len(report.findings), 'warning')}: {listed(list(kinds))}" if kinds else "no warnings"


def findings(report: DataReport, wrong: Sequence[Contradiction] = ()) -> tuple[Finding, ...]:
    """Return what is to be minded, the gravest first; *wrong* is what the recipe says otherwise than the records."""
    found = [*_leaks(report.duplicates.across), *_cut(report.cut), *_conflicts(report.duplicates.conflicts)]
    found += [
        *_repeats(report.duplicates.within),
        *map(_damaged, report.damaged),
        *_borders(report.entities),
        *_few(report.counts["test"]),
        *_untested(report.labels),
        *_languages(report.languages),
    ]
    said = [Finding(kind="card", text=f"{one.where} {one.text}") for one in wrong]
    return (*found, *(_label(label) for label in report.labels.suspicious), *said)


def _leaks(leaks: Sequence[Leak]) -> Iterator[Finding]:
    for leak in reversed(leaks):  # the test split's first
        if leak.share > leak.limit:
            yield Finding(
                kind="leak",
                text=f"{percent(leak.share)} of the {leak.split} records stand in {earlier(leak)} too "
                f"({kinds_of(leak)}): a model that was trained on those can answer them from memory. "
                "Set data.duplicates to drop, take near-duplicates out, or keep them together by data.split.group.",
            )


def earlier(leak: Leak) -> str:
    """Return in words with which splits one was compared."""
    return "train or validation" if leak.split == "test" else "train"


def kinds_of(leak: Leak) -> str:
    """Return in words how much of each kind a leak is."""
    kinds = {"exactly": leak.exact, "but for case, spaces or Unicode form": leak.normalised, "nearly": leak.near}
    among = "" if leak.compared == leak.records else f" of a sample of {leak.compared:,}"
    return ", ".join(f"{count:,} {kind}{among if kind == 'nearly' else ''}" for kind, count in kinds.items() if count)


def _cut(cut: CutTexts | None) -> Iterator[Finding]:
    if cut:
        yield Finding(
            kind="cut",
            text=f"{percent(cut.share)} of the {cut.split} texts are longer than the {cut.max_length:,} tokens that "
            "the model reads; the rest of them is cut off. Raise tokenizer.max_length if the base allows it.",
        )


def _conflicts(conflicts: Conflicts) -> Iterator[Finding]:
    if conflicts.texts:
        yield Finding(
            kind="conflict",
            text=f"{counted(conflicts.texts, 'text')} ({counted(conflicts.records, 'record')}) have different answers "
            "in different records, which cannot all be right.",
        )
    if conflicts.dropped:
        yield Finding(
            kind="conflict",
            text=f"{counted(conflicts.dropped, 'duplicate')} left out had another answer than the record that was "
            "kept: the first one is not always the right one.",
        )


def _repeats(within: dict[str, Repeats]) -> Iterator[Finding]:
    counts = {name: repeats.exact + repeats.normalised for name, repeats in within.items()}
    if any(counts.values()):
        where = listed([f"{count:,} in {name}" for name, count in sorted(counts.items()) if count])
        total = counted(sum(counts.values()), "record repeats", "records repeat")
        yield Finding(
            kind="repeats", text=f"{total} a text of the same split ({where}), which so counts several times."
        )


_DAMAGES: dict[Damage, tuple[str, str, str]] = {
    "no value": (
        "text is, or has a line that is, a word for no value",
        "texts are, or have a line that is, a word for no value",
        "Leave such records out, or empty the cell.",
    ),
    "replaced": (
        "text holds U+FFFD, which stands where a character was lost",
        "texts hold U+FFFD, which stands where a character was lost",
        "Make the file anew from its source, in UTF-8.",
    ),
    "misread": (
        "text seems to be UTF-8 that was read in another encoding",
        "texts seem to be UTF-8 that was read in another encoding",
        "Make the file anew from its source, or mend it with ftfy.fix_encoding.",
    ),
}


def _damaged(damaged: DamagedTexts) -> Finding:
    one, several, advice = _DAMAGES[damaged.kind]
    example = f"{quoted(damaged.example, 80)} ({damaged.split}, row {damaged.row:,})"
    return Finding(kind="damaged", text=f"{counted(damaged.texts, one, several)}, such as {example}. {advice}")


def _borders(entities: EntityFacts | None) -> Iterator[Finding]:
    lost = [] if entities is None or entities.lost is None else list(entities.lost.values())
    count, every = sum(one.count for one in lost), sum(one.entities for one in lost)
    if count > MOST_LOST * every:
        example = next(one.example for one in lost if one.example)
        yield Finding(
            kind="border",
            text=f"The base's tokenizer cannot say {count:,} of {counted(every, 'entity', 'entities')}, whose borders "
            f"are not those of its pieces, such as {example}: they are learned with the nearest borders, and count "
            "as not found. Another base may have finer pieces.",
        )


def _few(tested: int) -> Iterator[Finding]:
    if tested < FEWEST_TESTED:
        yield Finding(
            kind="few",
            text=f"The test split has {counted(tested, 'record')}: one answer more or less moves its figures by "
            f"{100 / tested:.0f} points and more. Give at least {FEWEST_TESTED}, by more records or a larger "
            "data.split.test_size.",
        )


def _untested(labels: LabelFacts) -> Iterator[Finding]:
    if labels.untested:
        yield Finding(
            kind="untested",
            text=f"{counted(len(labels.untested), 'label has', 'labels have')} no test record, so that nothing is "
            f"measured of how well they are answered: {named([quoted(label, 40) for label in labels.untested])}.",
        )


def _languages(languages: Languages) -> Iterator[Finding]:
    if languages.unexpected is not None and languages.unexpected > MOST_UNEXPECTED:
        seen = named([f"{one.name} {percent(one.share)}" for one in languages.found])
        yield Finding(
            kind="language",
            text=f"The recipe's language is {listed(languages.expected)}, but {percent(languages.unexpected)} of "
            f"{counted(languages.told, 'text')} seem to be in another one: {seen}.",
        )


def _label(label: SuspiciousLabel) -> Finding:
    names = named([quoted(name, 40) for name in label.labels])
    return Finding(kind="label", text=f"Label{'s' * (len(label.labels) > 1)} {names}: {label.why}.")
