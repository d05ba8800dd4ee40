"""A card -> notebook.ipynb: its Python snippets as cells, each below the words that lead to it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hubpress.files import JsonObject, parse_json
from hubpress.hub.readme import PYTHON, CodeBlock, read_card
from hubpress.recipe.recipe import Recipe

_LANGUAGE = "python"
_PACKAGES = ("transformers", "torch")
_REMOTE_CODE = ("jinja2",)  # what the files of models/pipelines import beyond what transformers brings

_ADAPTER = ("peft",)


def snippets_of(card: str) -> Iterator[CodeBlock]:
    """Yield the Python blocks of a card in their order; front matter is none of it."""
    return (block for block in read_card(card).code_blocks() if block.language in PYTHON)


def notebook_text(card: str, *, title: str, summary: str, repo_id: str) -> str:
    """Return notebook.ipynb: the same text for the same card, valid by nbformat, fit for Colab and Jupyter.

    Raises ``nbformat.ValidationError`` for a notebook that no reader would open, which is a fault of ours.
    """
    import nbformat

    snippets = list(snippets_of(card))
    remote = any("trust_remote_code=True" in snippet.code for snippet in snippets)
    adapter = any("from peft import" in snippet.code for snippet in snippets)
    packages = " ".join([*_PACKAGES, *(_REMOTE_CODE if remote else ()), *(_ADAPTER if adapter else ())])
    about = f"The model, its card and its figures: [{repo_id}](https://huggingface.co/{repo_id})"
    cells = [
        _cell("markdown", "title", f"# {title}\n\n{summary}\n\n{about}"),
        _cell("code", "install", f"%pip install --quiet {packages}"),
    ]
    for number, snippet in enumerate(snippets, start=1):
        if snippet.words:
            cells.append(_cell("markdown", f"words-{number}", snippet.words))
        cells.append(_cell("code", f"snippet-{number}", snippet.code.rstrip("\n")))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": _LANGUAGE, "name": "python3"},
            "language_info": {"name": _LANGUAGE},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    nbformat.validate(notebook)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def code_cells(notebook: str) -> list[str]:
    """Return the code of a notebook's cells in their order, without magics and cells of nothing else.

    Cells share their names, as they do in a running notebook. Raises ValueError when it is not a notebook.
    """
    import nbformat

    document = parse_json(notebook)
    try:
        nbformat.validate(document)
    except (nbformat.ValidationError, AttributeError, TypeError) as error:
        raise ValueError(f"it is not a notebook: {str(error).splitlines()[0]}") from error
    sources = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
    codes = ["\n".join(_without_magics(source)) for source in sources]
    return [f"{code}\n" for code in codes if code.strip()]


def _without_magics(source: str) -> Iterator[str]:
    return (line for line in source.split("\n") if not line.startswith(("%", "!")))


def _cell(kind: str, name: str, source: str) -> JsonObject:
    cell: JsonObject = {
        "cell_type": kind,
        "id": name,
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def notebook_of(card: str, recipe: Recipe, repo_id: str) -> str:
    """Return the notebook that goes with a card."""

    return notebook_text(card, title=recipe.title, summary=recipe.card.summary, repo_id=repo_id)
