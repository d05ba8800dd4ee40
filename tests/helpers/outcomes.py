"""How many records and labels the invented answers have."""

from __future__ import annotations

RECORDS, LABELS = 300, 14
NAMES = tuple(f"Label {number}" for number in range(LABELS))
