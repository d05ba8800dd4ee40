"""Whether a Space still needs its own way to import gradio."""

from __future__ import annotations

import os
import subprocess
import sys

from helpers.paths import ROOT

SHARED = ROOT / "spaces" / "shared"
COUNTED = """
import inspect
asked = []
getfile = inspect.getfile
def counted(what):
    if type(what).__name__ == "ComponentMeta":
        asked.append(what)
    return getfile(what)
inspect.getfile = counted
{gradio}
print(len(asked))
"""


def components_read(gradio: str) -> int:
    """Return of how many components gradio asks where their source is, while it is imported."""
    run = subprocess.run(
        [sys.executable, "-c", COUNTED.format(gradio=gradio)],
        env={**os.environ, "PYTHONPATH": str(SHARED), "GRADIO_ANALYTICS_ENABLED": "False"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout)


def test_gradio_still_writes_stubs_while_it_is_imported() -> None:
    """It reads the source of each component, some fifty; where it reads none, quick_gradio.py has to go."""
    assert components_read("import gradio") > 20, (
        "gradio needs no help any more: take spaces/shared/quick_gradio.py out"
    )


def test_quick_gradio_spares_it_that() -> None:
    """Asked through quick_gradio.py, it finds no component's source."""
    assert components_read("import quick_gradio") == 0
