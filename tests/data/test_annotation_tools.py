"""Exports of annotation tools: what they say is read, what people rejected is left out, what differs is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.data import TOKEN
from helpers.reading import said_of
from hubpress.schemas.splits import SplitFacts

TEXT = "Ferry from Lower Quay at six"
QUAY: dict[str, Any] = {"start": 11, "end": 21, "text": "Lower Quay", "labels": ["Stop"]}
EMOJI = "🛶 " + TEXT


def result(value: dict[str, Any], name: str = "ner", kind: str = "labels") -> dict[str, Any]:
    """Return what a control of Label Studio says."""
    return {"from_name": name, "to_name": "text", "type": kind, "value": value}


def choice(*labels: Any, name: str = "mood", kind: str = "choices") -> dict[str, Any]:
    """Return what people chose."""
    return result({kind: list(labels)}, name, kind)


def task(*annotations: Any, text: str = TEXT, number: int = 1, **data: Any) -> dict[str, Any]:
    """Return a task of Label Studio; an annotation is a list of results, or a whole one."""
    whole = [one if isinstance(one, dict) else {"result": one} for one in annotations]
    return {"id": number, "data": {"text": text, **data}, "annotations": whole}


ENTITY = f"row 1 of export.json\n  text: {TEXT}\n  entity: Lower Quay (Stop) 11-21"
LABEL = f"row 1 of export.json\n  text: {TEXT}\n  label: calm"
STUDIO = {"format": "label-studio"}
LABELS: dict[str, Any] = {**STUDIO, "columns": {"label": "label"}}

READ: dict[str, tuple[Any, dict[str, Any], str]] = {
    "the field with the text has another name": (
        [{"id": 1, "data": {"body": TEXT, "year": 3}, "annotations": [{"result": [result(QUAY)]}]}],
        STUDIO,
        ENTITY,
    ),
    "two people agree": ([task([result(QUAY), choice("calm")], [result(QUAY), choice("calm")])], STUDIO, ENTITY),
    "one is the truth": ([task([], {"result": [result(QUAY)], "ground_truth": True})], STUDIO, ENTITY),
    "completions": ([{"id": 1, "data": {"text": TEXT}, "completions": [{"result": [result(QUAY)]}]}], STUDIO, ENTITY),
    "predictions are not read": (
        [{**task([result(QUAY)]), "predictions": [{"result": [result({**QUAY, "labels": ["Other"]})]}]}],
        STUDIO,
        ENTITY,
    ),
    "one of two controls": (
        [task([result(QUAY), result({**QUAY, "labels": ["Noun"]}, "pos")])],
        {**STUDIO, "columns": {"entities": "ner"}},
        ENTITY,
    ),
    "JSON-MIN": ([{"id": 1, "text": TEXT, "ner": [QUAY], "annotator": 2, "annotation_id": 5}], STUDIO, ENTITY),
    "a choice": ([task([choice("calm"), result(QUAY)])], LABELS, LABEL),
    "a path": ([task([choice(["calm"], kind="taxonomy")])], LABELS, LABEL),
    "a choice in JSON-MIN": (
        [{"id": 1, "text": TEXT, "mood": "calm", "annotator": 2}],
        {**STUDIO, "columns": {"label": "mood"}},
        LABEL,
    ),
    "old doccano": ([{"id": 1, "data": TEXT, "labels": [[11, 21, "Stop"]]}], {"format": "doccano"}, ENTITY),
    "Prodigy's yes to a label": (
        [{"text": TEXT, "label": "calm", "answer": "accept"}],
        {"format": "prodigy", "columns": {"label": "label"}},
        LABEL,
    ),
    "the answer as the label": (
        [{"text": TEXT, "label": "calm", "answer": "reject"}],
        {"format": "prodigy", "columns": {"label": "answer"}},
        LABEL.replace("calm", "reject"),
    ),
}


@pytest.mark.parametrize("case", READ)
def test_what_tools_write_is_read(case: str, tmp_path: Path) -> None:
    """Entities and labels are those that people gave, whatever the tool calls them."""
    records, data, words = READ[case]
    assert said_of(tmp_path, {"export.json": records}, **data) == words


def region(start: int, covered: str | None, text: str = EMOJI) -> dict[str, Any]:
    """Return a task with one region of ten units."""
    said = {"text": covered} if covered else {}
    return task([result({"start": start, "end": start + 10, "labels": ["Stop"], **said})], text=text, number=start)


def test_one_region_tells_how_the_others_are_counted(tmp_path: Path) -> None:
    """A region that does not say its words is counted as one that fits only in UTF-16 units."""
    said = said_of(tmp_path, {"export.json": [region(14, "Lower Quay"), region(17, None, "oh " + EMOJI)]}, **STUDIO)
    assert "entity: Lower Quay (Stop) 13-23" in said
    assert "entity: Lower Quay (Stop) 16-26" in said


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "not certain how it is counted": ([region(14, None)], STUDIO, "could be counted in characters or in UTF-16 units"),
    "counted in two ways": ([region(14, "Lower Quay"), region(13, "Lower Quay")], STUDIO, "is said to be 'Lower Quay'"),
    "two people differ": ([task([result(QUAY)], [])], STUDIO, "record 1 of export.json: has 2 annotations, which diff"),
    "two people differ in JSON-MIN": (
        [{"id": 1, "text": TEXT, "ner": [QUAY], "annotator": who, "mood": who} for who in ("ada", "bo")],
        STUDIO,
        "record 2 of export.json: differs from the annotation of the same task in record 1",
    ),
    "two controls": (
        [task([result(QUAY), result({**QUAY, "labels": ["Noun"]}, "pos")])],
        STUDIO,
        "data.columns.entities: several controls give regions of text: ner and pos. Name one of them.",
    ),
    "no control": ([task([choice("calm")])], STUDIO, "no control gives regions of text."),
    "HTML": (
        [task([result({"start": "/p[1]", "end": "/p[1]", "hypertextlabels": ["Stop"]}, "ner", "hypertextlabels")])],
        {**STUDIO, "columns": {"entities": "ner"}},
        "the control 'ner' gives hypertextlabels, not regions of text.",
    ),
    "no such control": (
        [task([result(QUAY)])],
        {**STUDIO, "columns": {"entities": "nre"}},
        "there is no control 'nre' that gives regions of text. These give regions of text: ner.",
    ),
    "a field or a control": (
        [task([choice("calm")], label="imported")],
        LABELS,
        "'label' is a field of the tasks, and mood gives choices. Name the control",
    ),
    "two choices for one label": ([task([choice("calm", "loud")])], LABELS, "has 2 labels, calm and loud"),
    "ids of annotations": ([{"id": 1, "data": {"text": TEXT}, "annotations": [5]}], STUDIO, "no list of annotations"),
    "a result that is none": (
        [{"id": 1, "data": {"text": TEXT}, "annotations": [{"result": "x"}]}],
        STUDIO,
        "no list of annotations",
    ),
    "regions of another text": (
        [task([{**result({"start": 0, "end": 5, "labels": ["Stop"]}), "to_name": "note"}], note="Quays")],
        STUDIO,
        "record 1 of export.json: has regions of note, but 'text' is read as the text. Name the field",
    ),
    "predictions alone": (
        [{**task(), "predictions": [{"result": [result(QUAY)]}]}],
        STUDIO,
        "holds no records that can be used (1 with predictions alone in Label Studio).",
    ),
    "CSV": ("id,text,ner\n1,Ferry,x\n", STUDIO, "export.json: is not JSON. Export it as JSON; where it is CSV, take"),
    "no export": ([{"text": TEXT}], STUDIO, "record 1 of export.json: is no task of Label Studio."),
    "no object": ([3], STUDIO, "record 1 of export.json: is not an object but int."),
    "broken": ("[{", STUDIO, "export.json:1: is not JSON"),
    "no format": ([task([result(QUAY)])], {"columns": {"label": "a"}}, "Set data.format to label-studio"),
    "Prodigy without its format": (
        [{"text": TEXT, "spans": [], "_task_hash": 1, "answer": "reject"}],
        {"columns": {"text": "text", "entities": "spans"}},
        "Set data.format to prodigy, or to json to read all records as they stand.",
    ),
    "yes or no to a span": (
        [{"text": TEXT, "spans": [[11, 21, "Stop"]], "answer": "accept", "_view_id": "ner"}],
        {"format": "prodigy"},
        "says yes or no to one span",
    ),
    "yes or no to one of several labels": (
        [{"text": TEXT, "label": "calm", "answer": "accept"}],
        {"format": "prodigy", "columns": {"labels": "labels"}},
        "says yes or no to one label, 'calm'",
    ),
    "no answer": ([{"text": TEXT, "spans": []}], {"format": "prodigy"}, "has the answer None"),
    "ids of labels": (
        [{"text": TEXT, "annotations": [{"label": 4, "start_offset": 11, "end_offset": 21}]}],
        {"format": "doccano"},
        "by the ids of users and labels",
    ),
    "entities for labels": (
        [{"text": TEXT, "label": [[11, 21, "Stop"]]}],
        {"format": "doccano", "columns": {"labels": "labels"}},
        "is no list of labels",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_certain_is_refused(case: str, tmp_path: Path) -> None:
    """A sentence says which record, and what to do."""
    records, data, words = REFUSED[case]
    said = said_of(tmp_path, {"export.json": records}, **data)
    assert said.startswith("hubpress: ")
    assert words in said


BRAT = {"stop.txt": TEXT + "\n", "stop.ann": "T1\tStop 11 21\tLower Quay\n"}
BRAT_FAULTS = {
    "T1\tStop 11 16;25 28\tLower six": "stop.ann:1: the entity Stop has 2 pieces with words between them.",
    "T1\tStop 11 21\tUpper Quay": "stop.ann:1: the entity Stop from 11 to 21 covers 'Lower Quay', but is said to be",
    "T1 Stop 11 21 Lower Quay": "stop.ann:1: 'T1 Stop 11 21 Lower Quay' is no entity.",
    "\nX1\tStop": "stop.ann:2: 'X1\\tStop' is no line of brat.",
}


@pytest.mark.parametrize("line", BRAT_FAULTS)
def test_faulty_lines_of_brat_are_refused(line: str, tmp_path: Path) -> None:
    """The file with the annotations is named, with the line."""
    assert BRAT_FAULTS[line] in said_of(tmp_path, {**BRAT, "stop.ann": line}, format="brat", source="*.txt")


def test_an_ann_file_names_the_tool(tmp_path: Path) -> None:
    """The ending tells the format, and the text lies beside it."""
    assert said_of(tmp_path, BRAT, source="stop.ann", columns={"text": "text", "entities": "entities"}).startswith(
        "row 1 of stop.txt"
    )


def test_a_text_needs_its_annotations(tmp_path: Path) -> None:
    """A text without an .ann file may be one that nobody has read yet."""
    said = said_of(tmp_path, {**BRAT, "more.txt": "Tram"}, format="brat", source=".")
    assert said == "hubpress: more.txt: has no .ann file beside it. brat has a .txt and an .ann file of the same name."


def test_what_is_left_out_is_counted(
    prepare: Callable[..., SplitFacts], write: Callable[..., str], tmp_path: Path
) -> None:
    """Skipped and unread tasks are no records; relations are not read; both stand in the facts by their number."""
    read = [task([result({**QUAY, "text": TEXT[11:21]})], text=f"{TEXT} {n}", number=n) for n in range(20)]
    related = task([result(QUAY), {"type": "relation", "from_id": "a", "to_id": "b"}], number=30)
    skipped = task({"was_cancelled": True, "result": []}, number=31)
    source = write("export.json", json.dumps([skipped, task(number=32), *read, related]))
    facts = prepare({**TOKEN, "data": {**TOKEN["data"], "format": "label-studio"}}, source=source)
    assert facts.dropped == {"skipped in Label Studio": 1, "not annotated in Label Studio": 1}
    assert facts.unread == {"relations": 1}
    assert (sum(facts.counts.values()), sum(sum(one.values()) for one in facts.label_counts.values())) == (21, 21)


def test_brat_counts_what_it_does_not_read(prepare: Callable[..., SplitFacts], write: Callable[..., str]) -> None:
    """Triggers of events are no entities; a changed .ann file is new data."""
    for number in range(12):
        write(f"brat/{number}.txt", f"{TEXT} {number}")
        write(f"brat/{number}.ann", "T1\tStop 11 21\tLower Quay\nT2\tGo 0 5\tFerry\nE1\tGo:T2 To:T1\n#1\tNote T1\tx\n")
    facts = prepare({**TOKEN, "data": {**TOKEN["data"], "format": "brat"}}, source="brat")
    assert (facts.labels, facts.unread) == (
        ("O", "B-Stop", "I-Stop"),
        {"triggers of events": 12, "events": 12, "notes": 12},
    )
    write("brat/0.ann", "T1\tPier 11 21\tLower Quay\n")
    facts = prepare({**TOKEN, "data": {**TOKEN["data"], "format": "brat"}}, source="brat", unused_labels="keep")
    assert "B-Pier" in facts.labels
