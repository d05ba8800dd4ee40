"""Running a notebook as a reader would: a kernel of its own, cell by cell."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers.processes import SECONDS


def run_notebook(notebook: str, folder: Path, *, kernel: str = "python3", **environment: str) -> list[str]:
    """Run a notebook in *folder* and return what each cell printed; a cell that installs packages is left out.

    *environment* is laid over this process's. Raises ``nbclient.exceptions.CellExecutionError`` with the traceback of
    the first cell that fails.
    """
    document = nbformat.reads(notebook, as_version=4)
    document.cells = [cell for cell in document.cells if not cell.source.startswith("%pip")]
    client = NotebookClient(document, timeout=SECONDS, kernel_name=kernel, resources={"metadata": {"path": folder}})
    client.execute(env={**os.environ, **environment})
    return [
        "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout")
        for cell in document.cells
        if cell.cell_type == "code"
    ]
