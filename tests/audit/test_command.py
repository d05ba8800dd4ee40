"""The command: a table by severity, JSON, SARIF, and an exit code for the level that is asked."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from helpers.foreign import make
from helpers.paths import SAMPLES
from helpers.processes import Command
from hubpress.schemas.audit import AuditReport

# What sarif-schema-2.1.0.json requires of the parts that are written, and the values that it allows there.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "pattern": "^[^ ]+$"}}},
                "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
            },
        }
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "message": TEXT,
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
RULE = {"type": "object", "required": ["id", "shortDescription"], "properties": {"shortDescription": TEXT}}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "rules": {"type": "array", "uniqueItems": True, "items": RULE}},
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "results": {"type": "array", "items": RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"enum": ["2.1.0"]}, "runs": {"type": "array", "minItems": 1, "items": RUN}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with errors, warnings and notes."""
    made = tmp_path / "words"
    make(made, yaml.safe_load((SAMPLES / "audit" / "code-that-reaches-out.yaml").read_text(encoding="utf-8")))
    return made


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A repository in which nothing is found."""
    made = tmp_path / "ferries"
    make(made, yaml.safe_load((SAMPLES / "audit" / "nothing-to-find.yaml").read_text(encoding="utf-8")))
    return made


def test_the_table_begins_with_the_worst(folder: Path, hubpress: Command) -> None:
    """Errors, then warnings, then notes, each with its place; at the end the counts."""
    ran = hubpress("audit", folder)
    places = [ran.out.index(heading) for heading in ("Errors (", "Warnings (", "Notes (", "error(s), ")]
    assert ran.code == 1 and places == sorted(places)
    assert "words.py:11" in ran.out and "CVE-2026-4372" in ran.out
    assert "is taken for a model of transformers (by config.json)" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [
        ("folder", "error", 1),
        ("folder", "never", 0),
        ("notes", "warning", 0),
        ("notes", "note", 1),
        ("clean", "note", 0),
    ],
)
def test_the_exit_code_is_for_the_level_that_is_asked(
    request: pytest.FixtureRequest, hubpress: Command, name: str, level: str, code: int
) -> None:
    """1 where a finding is that severe or worse, else 0."""
    found: Path = request.getfixturevalue("clean" if name == "notes" else name)
    if name == "notes":
        (found / "training.log~").write_text("x", encoding="utf-8")
    assert hubpress("audit", found, "--fail-on", level).code == code


def test_json_is_the_report(folder: Path, hubpress: Command) -> None:
    """The document is of its schema, and says what was found and where."""
    ran = hubpress("audit", folder, "--json")
    report = AuditReport.model_validate_json(ran.out)
    assert ran.code == 1 and report.audited == str(folder) and report.kind.startswith("a model of transformers")
    assert {finding.severity for finding in report.findings} == {"error", "warning", "note"}


def test_sarif_has_the_required_shape(folder: Path, hubpress: Command, tmp_path: Path) -> None:
    """Every finding is a result with a rule that is described, and its level is the severity."""
    found = json.loads(hubpress("audit", folder, "--json", "--sarif", tmp_path / "audit.sarif").out)["findings"]
    log = json.loads((tmp_path / "audit.sarif").read_text(encoding="utf-8"))
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])
    assert [(each["level"], each["message"]["text"]) for each in run["results"]] == [
        (each["severity"], each["text"]) for each in found
    ]
    assert all(rules[each["ruleIndex"]] == each["ruleId"] for each in run["results"])
    prints = [each["partialFingerprints"]["hubpressFinding/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(
    "words", [("nowhere",), ("a", "--fail-on", "all"), ("a", "--max-size", "0"), (".", "--revision", "main"), ()]
)
def test_wrong_usage_ends_with_2(hubpress: Command, words: tuple[str, ...]) -> None:
    """One line says what is wrong."""
    ran = hubpress("audit", *words)
    assert ran.code == 2 and ran.err.startswith("hubpress: ") and "Traceback" not in ran.err
