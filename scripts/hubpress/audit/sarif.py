"""A report as SARIF 2.1.0, which code hosts and editors show beside the lines that are meant."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import hubpress
from hubpress.audit.rules import promise_of
from hubpress.files import JsonObject
from hubpress.schemas.audit import AuditFinding, AuditReport

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(report: AuditReport) -> JsonObject:
    """Return a report as a log of SARIF with one run; its levels are the severities, which have the same names."""
    rules = sorted({finding.rule for finding in report.findings})
    driver = {
        "name": "hubpress audit",
        "version": hubpress.__version__,
        "rules": [{"id": rule, "shortDescription": {"text": promise_of(rule)}} for rule in rules],
    }
    run: JsonObject = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, rules.index(finding.rule)) for finding in report.findings],
        "properties": {"audited": report.audited, "kind": report.kind, "readInPart": list(report.read_in_part)},
    }
    if report.endpoint and report.revision:
        uri = f"{report.endpoint}/{report.audited}"
        run["versionControlProvenance"] = [{"repositoryUri": uri, "revisionId": report.revision}]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: AuditFinding, rule: int) -> JsonObject:
    place: JsonObject = {"artifactLocation": {"uri": quote(finding.path)}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    # Lines move when a file is edited; the words of a finding stay.
    print_of = hashlib.sha256("\n".join((finding.rule, finding.path, finding.text)).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"hubpressFinding/v1": print_of},
    }
