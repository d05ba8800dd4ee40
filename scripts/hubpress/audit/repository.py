"""Audit any model repository, on a Hub or in a folder: read as files, and none of its code is run."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from hubpress.audit.audited import MEGABYTE, MOST, Audited, Found
from hubpress.audit.rules import found_in
from hubpress.check.files.pickles import is_pickle_by_name
from hubpress.check.staged import Staged, is_text_by_name
from hubpress.errors import UsageError
from hubpress.hub.client import Hub
from hubpress.hub.foreign import fetch
from hubpress.hub.ids import RepoId
from hubpress.schemas.audit import AuditFinding, AuditReport

_LOCATED = re.compile(r"(.*):(\d+)", re.DOTALL)


def audit_repository(
    repository: Path | str,
    *,
    revision: str | None = None,
    max_size: int = MOST,
    online: bool = False,
    links: bool = False,
    hub: Hub | None = None,
) -> AuditReport:
    """Audit a model's repository, ours or anybody's, without running its code: a folder, or ``OWNER/REPO`` on a Hub.

    What `check` asks of its kind is asked, and what a reader of somebody else's repository wants to know: whether its
    figures can be found and measured again, and what loading it would run. The Hub is *hub*, else that of HF_ENDPOINT
    with HF_TOKEN; there the texts and the pickles of at most *max_size* megabytes are fetched, of all others the
    beginning. It is asked for the licences of base models, too; for a folder only when it is *online*. With *links*
    the card's links to the Web are asked, without a token. Returns the findings, whatever they are. Raises UsageError
    for what is neither a folder nor such a name, and ``HubError`` when the repository cannot be read.
    """
    folder = Path(repository)
    if folder.is_dir():
        if revision is not None:
            raise UsageError("a folder has no revisions.", where="--revision", hint="Leave it out, or name OWNER/REPO.")
        asked = (hub or Hub.of_environment()) if online else None
        audited = Audited(Staged(folder), max_size=max_size * MEGABYTE, hub=asked, fetch_links=links)
        return _report(audited, str(repository))
    repo = _repo_of(str(repository))
    hub = hub or Hub.of_environment()
    with tempfile.TemporaryDirectory(prefix="hubpress-audit-") as scratch:
        fetched = fetch(hub, repo, revision, Path(scratch) / "files", wanted=_wanted(max_size * MEGABYTE))
        sizes = {name: file.size for name, file in fetched.in_part.items()}
        staged = Staged(Path(scratch) / "files", sizes=sizes)
        audited = Audited(staged, frozenset(fetched.in_part), max_size * MEGABYTE, hub, links)
        return _report(audited, repo.id, endpoint=hub.endpoint, revision=fetched.sha)


def _repo_of(text: str) -> RepoId:
    if text.startswith((".", "/", "~")) or (text.count("/") > 1 and not text.startswith("spaces/")):
        raise UsageError(f"{text!r} is no folder.", hint="Give one that is there, or a model on the Hub as OWNER/REPO.")
    repo = RepoId.parse(text)
    if repo.type != "model":
        raise UsageError(
            f"{text!r} is a Space.", hint="Name a model's repository, or download it and check the folder."
        )
    return repo


def _wanted(most: int) -> Callable[[str, int], bool]:
    return lambda name, size: size <= most and (is_text_by_name(name) or is_pickle_by_name(PurePosixPath(name)))


def _report(audited: Audited, name: str, *, endpoint: str | None = None, revision: str | None = None) -> AuditReport:
    findings = {_finding(rule, found) for rule, found in found_in(audited)}
    return AuditReport(
        audited=name,
        endpoint=endpoint,
        revision=revision,
        kind=str(audited.staged.recognised),
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        read_in_part=tuple(sorted(audited.in_part)),
    )


def _finding(rule: str, found: Found) -> AuditFinding:
    located = _LOCATED.fullmatch(found.where)
    path, line = (located[1], int(located[2])) if located else (found.where, None)
    return AuditFinding(severity=found.severity, rule=rule, path=path, line=line, text=found.text)
