"""The changelog of a published model: what is there stays byte for byte, and a section is put above it."""

from __future__ import annotations

import pytest

from hubpress.versions.changelog import HEADER, date_of, with_section

FIRST = with_section(None, "v1.0.0", "2026-01-02", "First release.\n")


def test_the_newest_section_stands_above_the_others() -> None:
    second = with_section(FIRST, "v1.1.0", "2026-02-03", "Better.")
    assert second.decode() == (
        f"{HEADER}## v1.1.0 - 2026-02-03\n\nBetter.\n\n## v1.0.0 - 2026-01-02\n\nFirst release.\n\n"
    )
    assert (date_of(second, "v1.0.0"), date_of(second, "v1.2.0")) == ("2026-01-02", None)


def test_a_section_that_is_there_is_replaced() -> None:
    """As after a release that was broken off before its tag."""
    assert with_section(FIRST, "v1.0.0", "2026-01-02", "First release.") == FIRST
    second = with_section(FIRST, "v1.1.0", "2026-02-03", "Better.")
    assert with_section(second, "v1.1.0", "2026-02-04", "Worse.") == with_section(
        FIRST, "v1.1.0", "2026-02-04", "Worse."
    )


@pytest.mark.parametrize(
    "by_hand",
    [
        b"",
        b"My own notes",
        b"\xff no UTF-8\r\n## older\r\nwords  \r\n",
        FIRST.replace(b"First", b"The very first, by hand:\n\n### Thanks\n\nto all. First"),
    ],
)
def test_what_people_wrote_stays(by_hand: bytes) -> None:
    """Byte for byte, around the section that is put in."""
    found = with_section(by_hand, "v2.0.0", "2026-03-04", "New.")
    start, end = found.index(b"## v2.0.0"), found.index(b"New.\n\n") + len(b"New.\n\n")
    # An empty line may set the section apart.
    assert by_hand in [found[: start - lines] + found[end:] for lines in range(3)]
