"""The kind of processor that int8 figures are measured on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hubpress.inference.onnx import processor

CPUINFO = Path("/proc/cpuinfo")


def test_the_processor_is_called_by_what_multiplies_integers() -> None:
    """As the system knows it."""
    flags = re.search(r"^flags\s*:(.*)$", CPUINFO.read_text(encoding="utf-8") if CPUINFO.exists() else "", re.M)
    if flags is None:
        pytest.skip("this is no x86 machine with Linux")
    words, kind = flags[1].split(), processor()
    assert kind.startswith("x86-64 (")
    assert ("VNNI" in kind.replace("no VNNI", "")) == ("avx512_vnni" in words or "avx_vnni" in words)
