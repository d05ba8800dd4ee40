"""Audits of repositories in the manner of many tools: everything that is wrong is named, and nothing else is."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.foreign import make
from helpers.paths import SAMPLES
from hubpress.audit.repository import audit_repository
from hubpress.audit.sarif import as_sarif
from hubpress.check.folder import kind_of_folder
from hubpress.check.kind import Kind
from hubpress.schemas.audit import AuditReport

REPOSITORIES = sorted((SAMPLES / "audit").glob("*.yaml"))


def assert_finds(report: AuditReport, expected: list[str]) -> None:
    """Each expected "severity | where | words; words" is one finding, and there is no other."""
    left = list(report.findings)
    told = "\n".join(f"{each.severity} | {each.where} | {each.text}" for each in left)
    for line in expected:
        severity, where, words = line.split(" | ")
        match = next(
            (
                each
                for each in left
                if (each.severity, each.where) == (severity, where) and all(w in each.text for w in words.split("; "))
            ),
            None,
        )
        assert match, f"nothing says {line!r} among\n{told}"
        left.remove(match)
    assert not left, "not expected:\n" + "\n".join(f"{each.severity} | {each.where} | {each.text}" for each in left)


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: path.stem)
def test_repository(tmp_path: Path, path: Path) -> None:
    """Each repository has the findings that its file lists, the worst first, and no other."""
    sample = yaml.safe_load(path.read_text(encoding="utf-8"))
    make(tmp_path, sample)
    assert kind_of_folder(tmp_path).kind is Kind[sample["kind"]]
    report = audit_repository(tmp_path)
    assert_finds(report, sample["finds"].splitlines())
    assert [each.order for each in report.findings] == sorted(each.order for each in report.findings)
    assert not (tmp_path / "hostname").exists()


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    10**400,
    "",
    "a/b",
    [],
    {},
    [None],
    [[]],
    {"a": None},
    [{"path": "a", "type": 1}],
)


def leaves(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a nested value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [leaf for key, part in list(pairs) for leaf in ((value, key), *leaves(part))]


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: path.stem)
def test_odd_values_never_raise(tmp_path: Path, path: Path) -> None:
    """Whatever stands in the files of a stranger, the answer is a report."""
    chance = random.Random(path.stem)
    make(tmp_path, yaml.safe_load(path.read_text(encoding="utf-8")))
    originals = {each: each.read_bytes() for each in sorted(tmp_path.rglob("*")) if each.is_file()}
    for _ in range(6):
        for file, original in originals.items():
            start = chance.randrange(len(original) + 1)
            content = original[:start] + chance.randbytes(chance.randrange(4)) + original[start + 2 :]
            if file.suffix == ".json" and chance.random() < 0.8:
                document = {"": json.loads(original)}
                container, key = chance.choice(leaves(document))
                container[key] = chance.choice(ODD)
                content = json.dumps(document[""]).encode()
            file.write_bytes(chance.choice((content, original)))
        report = audit_repository(tmp_path)
        json.dumps([report.as_json(), as_sarif(report)])
