"""Answers as HTML that a person, and a screen reader, can read. Every text in it is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from decision import NOT_CLASSIFIABLE, Decision

_LISTED, _MOST = 10, 100  # labels of an answer at once, and on demand; the API gives them all


def answer_html(found: Mapping[str, Any], decision: Decision, limit: Any, *, max_length: int | None) -> str:
    """Return the answer in words. *limit* is the threshold that held: one number, one for each label, or None."""
    answer = found["answer"]
    if decision.positive:
        words = _yes_or_no(answer[0])
    elif not answer:
        best = _with_score(found["scores"][0])
        words = f"<p><strong>No label</strong> reaches {_threshold(limit, one=True)}. The best is {best}.</p>"
    elif decision.abstain_below is not None and answer[0]["label"] == NOT_CLASSIFIABLE:
        best = _with_score(found["scores"][0])
        below = f"{decision.abstain_below:.4g}"
        words = f"<p><strong>Not classifiable</strong>: the best label, {best}, scores below {below}.</p>"
    elif limit is None:  # the table beneath lists them all
        count = f" and the next {len(answer) - 1:,}" if len(answer) > 1 else ""
        words = f"<p>{_with_score(answer[0])}{count}</p>"
    else:
        count = f"<strong>{len(answer):,}</strong> of {len(decision.labels):,} labels"
        one = len(answer) == 1
        words = f"<p>{count} reach{'es' * one} {_threshold(limit, one=one)}:</p>{_chips(answer[:_LISTED])}"
        if len(answer) > _LISTED:
            rest = answer[_LISTED:_MOST]
            untold = f"<p>The API gives all {len(answer):,}.</p>" if len(answer) > _MOST else ""
            words += f"<details><summary>{len(answer) - _LISTED:,} more</summary>{_chips(rest)}{untold}</details>"
    if found["cut"]:
        words += f"<p class='note'>Only the first {max_length:,} tokens were read: the text is longer.</p>"
    return f"<div class='answer'>{words}</div>"


def scores_html(found: Mapping[str, Any], decision: Decision, limit: Any) -> str:
    """Return the best labels as a table with bars; the labels of the answer are marked."""
    chosen = {entry["label"] for entry in found["answer"]}
    entries = found["scores"]
    if limit is None and len(chosen) > len(entries):  # more labels were asked for than are always shown
        entries = found["answer"]
    limits = np.broadcast_to(np.nan if limit is None else limit, len(decision.labels))
    ids = {label: number for number, label in enumerate(decision.labels)}
    marks = [
        # Of two labels, the threshold is that of the positive one alone.
        None if limit is None or decision.positive not in (None, entry["label"]) else float(limits[ids[entry["label"]]])
        for entry in entries
    ]
    total = len(decision.labels)
    title = f"Best {len(entries)} of {total:,} labels" if total > len(entries) else "All labels"
    return _table(title, entries, chosen, marks)


def parents_html(found: Mapping[str, Any], decision: Decision) -> str:
    """Return the parents of the answer's labels, a table for each level."""
    parents = found["parents"]
    levels = parents if isinstance(parents, dict) else {"": parents}
    if not any(levels.values()):
        return "<p>No label, and so no parent.</p>"
    joined = "the sum" if decision.exclusive else "the highest"
    tables = [
        _table(level.capitalize() or "Parents", entries[:_MOST], {entry["label"] for entry in entries}, [])
        for level, entries in levels.items()
    ]
    note = f"<p class='note'>A parent's score is {joined} of the scores of all labels below it.</p>"
    return "".join(tables) + note


def _table(title: str, entries: Sequence[Mapping[str, Any]], chosen: set[str], marks: Sequence[float | None]) -> str:
    rows = []
    for number, entry in enumerate(entries):
        mark = marks[number] if marks else None
        line = f"<i style='left:{100 * mark:.2f}%'></i>" if mark is not None else ""
        held = f"<span class='unseen'>, threshold {mark:.3f}</span>" if mark is not None else ""
        picked = entry["label"] in chosen
        told = "<span class='unseen'> (in the answer)</span>" if picked else ""
        rows.append(
            f"<tr{' class=chosen' if picked else ''}><th scope='row'>{escape(entry['label'])}{told}</th>"
            f"<td class='score'>{entry['score']:.4f}{held}</td>"
            "<td class='bar' aria-hidden='true'>"
            f"<div><b style='width:{100 * entry['score']:.2f}%'></b>{line}</div></td></tr>"
        )
    head = "<thead class='unseen'><tr><th scope='col'>Label</th><th scope='col'>Score</th><td></td></tr></thead>"
    return f"<table class='bars'><caption>{escape(title)}</caption>{head}<tbody>{''.join(rows)}</tbody></table>"


def _yes_or_no(answer: Mapping[str, Any]) -> str:
    positive, score, threshold = answer["positive"], answer["score"], answer["threshold"]
    relation = "reaches" if answer["label"] == positive else "is below"
    return (
        f"<p><strong class='label'>{escape(answer['label'])}</strong></p><p>The score of “{escape(positive)}”, "
        f"<strong>{score:.4f}</strong>, {relation} the threshold, <strong>{threshold:.4f}</strong>.</p>"
    )


def _threshold(limit: Any, *, one: bool) -> str:
    values = np.asarray(limit)
    own = "its threshold" if one else "their thresholds"
    return f"the threshold {float(values):.4g}" if values.ndim == 0 else own


def _chips(entries: Sequence[Mapping[str, Any]]) -> str:
    return f"<ul>{''.join(f'<li>{_with_score(entry)}</li>' for entry in entries)}</ul>"


def _with_score(entry: Mapping[str, Any]) -> str:
    return f"<strong class='label'>{escape(entry['label'])}</strong> <span class='score'>{entry['score']:.4f}</span>"
