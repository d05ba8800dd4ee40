"""CHANGELOG.md of a published model: a section for each version, newest first; what is there stays byte for byte."""

from __future__ import annotations

import re

HEADER = "# Changelog\n\nWhat each version changed, newest first. Figures are those of the test split.\n\n"
_DATED = r"^## {tag} - (\d{{4}}-\d\d-\d\d)\n"


def with_section(published: bytes | None, tag: str, date: str, body: str) -> bytes:
    """Return a changelog with the section of a version above all others; one that is there for it is replaced.

    *published* is the file as the repository has it, whoever has edited it, None where there is none.
    """
    text = _text(published) if published is not None else HEADER
    text = _section(tag).sub("", text, count=1)
    first = re.search(r"^## ", text, re.MULTILINE)
    above, below = (text[: first.start()], text[first.start() :]) if first else (text, "")
    apart = "" if not above or above.endswith("\n\n") else "\n" if above.endswith("\n") else "\n\n"
    return f"{above}{apart}## {tag} - {date}\n\n{body.strip()}\n\n{below}".encode(errors="surrogateescape")


def date_of(changelog: bytes, tag: str) -> str | None:
    """Return the date of a version's section, None where it has none."""
    found = re.search(_DATED.format(tag=re.escape(tag)), _text(changelog), re.MULTILINE)
    return found[1] if found else None


def _section(tag: str) -> re.Pattern[str]:
    return re.compile(_DATED.format(tag=re.escape(tag)) + r".*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def _text(changelog: bytes) -> str:
    # Bytes that are no UTF-8 stay what they are, and so do line ends.
    return changelog.decode("utf-8", errors="surrogateescape")
