"""Audits of repositories in the manner of many tools: everything that is wrong is named, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from helpers.foreign import damaged, make
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


@pytest.mark.parametrize("path", REPOSITORIES, ids=lambda path: path.stem)
def test_odd_values_never_raise(tmp_path: Path, path: Path) -> None:
    """Whatever stands in the files of a stranger, the answer is a report."""
    make(tmp_path, yaml.safe_load(path.read_text(encoding="utf-8")))
    for _ in damaged(tmp_path, times=6, seed=path.stem):
        report = audit_repository(tmp_path)
        json.dumps([report.as_json(), as_sarif(report)])
