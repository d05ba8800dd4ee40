"""What `hubpress audit --json` prints: what was found in a repository, and what of it was not read."""

from __future__ import annotations

from typing import Literal, get_args

from hubpress.schemas.document import Document, Part

Severity = Literal["error", "warning", "note"]
"""How much a finding matters; the worst comes first."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class AuditFinding(Part):
    """One thing that was found: where, what it is, and what to do."""

    severity: Severity
    """`error`: it fails, or can harm whoever loads it; `warning`: it misleads, or is missing; `note`: to be known."""
    rule: str
    """The rule that speaks, as `group/rule`: the same for the same kind of finding in every repository."""
    path: str
    """The file in the repository."""
    line: int | None = None
    """The line in the file, from 1, where it is known."""
    text: str
    """What is wrong or to be known, and what to do."""

    @property
    def where(self) -> str:
        """Return file and line as people write them."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    @property
    def order(self) -> tuple[int, str, int, str]:
        """Return the key that sorts findings: the worst first, then by file and line."""
        return SEVERITIES.index(self.severity), self.path, self.line or 0, self.text


class AuditReport(Document):
    """What an audit found."""

    audited: str
    """The folder, or the repository as `OWNER/REPO`."""
    endpoint: str | None = None
    """The Hub that the repository is on; absent for a folder."""
    revision: str | None = None
    """The commit that was read; absent for a folder."""
    kind: str
    """What the repository was taken for."""
    findings: tuple[AuditFinding, ...]
    """The worst first."""
    read_in_part: tuple[str, ...]
    """Files of which only the beginning was read: what stands further in them, nothing here speaks of."""

    def at_least(self, severity: Severity) -> tuple[AuditFinding, ...]:
        """Return the findings that are this severe or worse."""
        worst = SEVERITIES.index(severity)
        return tuple(finding for finding in self.findings if SEVERITIES.index(finding.severity) <= worst)
