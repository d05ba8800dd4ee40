"""What changed, in words."""

from __future__ import annotations

from collections.abc import Sequence

from hubpress.files import to_json
from hubpress.schemas.version_diff import FigureChange, VersionDiff

FIGURE_HEADER = ("Test figure", "Published", "Now", "Difference", "Interval", "p", "")
_FEW = 10


def figure_rows(diff: VersionDiff) -> list[list[str]]:
    """Return a row for each figure, under :data:`FIGURE_HEADER`."""
    return [_row(figure) for figure in diff.figures]


def change_rows(diff: VersionDiff) -> list[list[str]]:
    """Return a row (what, change) for everything else that differs."""
    rows = []
    if diff.same_test_records is False:
        rows.append(["test records", "other ones than the published version was measured on"])
    rows += [["labels added", _few(diff.labels_added)]] if diff.labels_added else []
    rows += [["labels removed", _few(diff.labels_removed)]] if diff.labels_removed else []
    for count in diff.counts:
        if count.before != count.after:
            rows.append([f"{count.split} records", f"{count.before:,} -> {count.after:,}"])
    for setting in diff.settings:
        rows.append([setting.key, f"{_value(setting.before)} -> {_value(setting.after)}"])
    for what, names in (("added", diff.files.added), ("removed", diff.files.removed), ("changed", diff.files.changed)):
        if names:
            rows.append([f"files {what}", _few(names)])
    return rows + [["edited by people, kept", sentence] for sentence in diff.hand_edits]


def title_of(diff: VersionDiff) -> str | None:
    """Return the main figure's change as a few words for a commit's title, None where there is nothing to compare."""
    main = next((figure for figure in diff.figures if figure.is_main), None)
    if main is None:
        return None
    verdict = _verdict(main) if main.test else "not tested"
    return f"{main.name} {main.before:.4f} -> {main.after:.4f}, {verdict}"


def body_of(diff: VersionDiff) -> str:
    """Return all that changed as Markdown: a paragraph, a table of the figures, a list of everything else."""
    parts = [summary_of(diff)]
    if diff.figures:
        rows = [list(FIGURE_HEADER), ["---"] * len(FIGURE_HEADER), *figure_rows(diff)]
        parts.append("\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows))
    if rows := change_rows(diff):
        parts.append("\n".join(f"- {what}: {_plain(change)}" for what, change in rows))
    return "\n\n".join(parts) + "\n"


def summary_of(diff: VersionDiff) -> str:
    """Return one sentence: the main figure, and whether it moved beyond noise."""
    commit = f"{diff.tag} ({diff.against[:7]})" if diff.tag else diff.against[:7]
    if diff.is_empty:
        return f"{diff.repository} at {commit} holds these very files."
    main = next((figure for figure in diff.figures if figure.is_main), None)
    if main is None:
        return f"{diff.repository} at {commit} has no figure to compare with."
    return f"Against {diff.repository} at {commit}, test {main.name} {_moved(main)}."


def fallen(diff: VersionDiff) -> str:
    """Return the figures that fell beyond noise, each with its values."""
    return ", ".join(f"{figure.name} {figure.before:.4f} -> {figure.after:.4f}" for figure in diff.worse)


def _moved(figure: FigureChange) -> str:
    values = f"{figure.before:.4f} -> {figure.after:.4f}"
    if figure.test is None:
        return f"{values}: {figure.untested}, no test"
    return f"{values}: {_verdict(figure)} (p = {figure.test.p_value:.3f})"


def _row(figure: FigureChange) -> list[str]:
    name = f"{figure.name} (main)" if figure.is_main else figure.name
    row = [name, f"{figure.before:.4f}", f"{figure.after:.4f}", f"{figure.difference:+.4f}"]
    if figure.test is None:
        return [*row, "", "", f"no test: {figure.untested}"]
    interval = f"{figure.test.low:+.4f} to {figure.test.high:+.4f}"
    return [*row, interval, f"{figure.test.p_value:.3f}", _verdict(figure)]


def _verdict(figure: FigureChange) -> str:
    if figure.test is None or not figure.test.is_beyond_noise:
        return "within noise"
    return "worse" if figure.is_worse else "better"


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Return text of a recipe or a repository on one line, so that none of it can be taken for a heading."""
    return " ".join(text.split())


def _few(names: Sequence[str]) -> str:
    rest = len(names) - _FEW
    return ", ".join([*names[:_FEW], *([f"and {rest} more"] if rest > 0 else [])])


def _value(value: object) -> str:
    return "(default)" if value is None else to_json(value).strip() if not isinstance(value, str) else value
