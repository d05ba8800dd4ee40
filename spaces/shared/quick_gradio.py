"""Import gradio in about 60% of the time: while it defines its components, it compares none with a stub file.

For every component gradio parses its source and rewrites a ``.pyi`` file for editors, a second in all. It leaves out
those whose source is in no file; so, while it is imported, no component's source is. Whoever imports gradio first
decides: the Space's modules import it from here only.

It goes when gradio writes no stubs while it is imported (https://github.com/gradio-app/gradio/issues/7791):
``tests/spaces/test_quick_gradio.py`` fails then.
"""

from __future__ import annotations

import inspect
from typing import Any

_getfile = inspect.getfile


def _no_components(what: Any) -> str:
    if type(what).__name__ == "ComponentMeta":
        raise OSError("A Space needs no stub files.")
    return _getfile(what)


inspect.getfile = _no_components  # type: ignore[assignment]  # its parameter has another name
try:
    import gradio as gr
finally:
    inspect.getfile = _getfile

__all__ = ["gr"]
