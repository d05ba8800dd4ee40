"""The notebook of a release: the card's own snippets, valid, without outputs, the same bytes for the same card."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from helpers.notebook import run_notebook
from helpers.paths import SAMPLES
from hubpress.card.notebook import code_cells, notebook_text, snippets_of
from hubpress.layout import NOTEBOOK

CARDS = sorted((SAMPLES / "card").glob("*/README.md"))

CARD = """---
license: mit
---

# Numbers

Words.

```python
number = 20
print(number + 1)
```

Another:

```bash
pip install nothing
```

More words
in two lines:

```python
from pathlib import Path

print(number, Path.cwd().name, "```")
```
"""


def made(card: str) -> str:
    """Return the notebook of a card."""
    return notebook_text(card, title="A title", summary="A summary.", repo_id="acme/things")


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_a_notebook_is_valid_and_holds_the_snippets_of_its_card(path: Path) -> None:
    """Every card's notebook passes nbformat, and its code is the card's, in order and to the letter."""
    card = path.read_text(encoding="utf-8")
    notebook = made(card)
    nbformat.validate(json.loads(notebook))
    assert code_cells(notebook) == [snippet.code for snippet in snippets_of(card)]
    assert made(card) == notebook
    assert all(snippet.words.endswith(":") or snippet.words.endswith(".") for snippet in snippets_of(card))


def test_cells_stand_in_order_with_their_words() -> None:
    """Title, installation, then each snippet below the paragraph that leads to it; no blocks of other languages."""
    cells = nbformat.reads(made(CARD), as_version=4).cells
    assert [(cell.id, cell.cell_type) for cell in cells] == [
        ("title", "markdown"),
        ("install", "code"),
        ("words-1", "markdown"),
        ("snippet-1", "code"),
        ("words-2", "markdown"),
        ("snippet-2", "code"),
    ]
    assert cells[0].source.startswith("# A title\n\nA summary.\n")
    assert "https://huggingface.co/acme/things" in cells[0].source
    assert cells[1].source == "%pip install --quiet transformers torch"
    assert cells[4].source == "More words\nin two lines:"
    assert all(not cell.outputs and cell.execution_count is None for cell in cells if cell.cell_type == "code")
    assert code_cells(made(CARD))[0] == "number = 20\nprint(number + 1)\n"


def test_remote_code_brings_its_packages() -> None:
    """The notebook installs what the repository's own Python files import."""
    with_code = CARD.replace("print(number + 1)", "load(trust_remote_code=True)")
    cells = nbformat.reads(made(with_code), as_version=4).cells
    assert cells[1].source == "%pip install --quiet transformers torch jinja2"


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_the_badge_opens_the_notebook_of_this_repository(path: Path) -> None:
    """The card's first image is the badge, which leads to Colab with the notebook on the Hub."""
    badge = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    where = f"https://huggingface.co/acme/{path.parent.name}/blob/main/{NOTEBOOK}"
    assert f"{badge}(https://colab.research.google.com/#fileId={where})" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"cells": 3}', "3"])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    """Only a notebook has code cells."""
    with pytest.raises(ValueError):
        code_cells(text)


def test_code_has_no_magics() -> None:
    """Lines for the notebook's own shell are no Python, and a cell of nothing else is none."""
    notebook = json.loads(made(CARD))
    notebook["cells"][3]["source"] = ["%time\n", "number = 1\n", "!ls"]
    assert code_cells(json.dumps(notebook))[0] == "number = 1\n"


@pytest.mark.slow
def test_a_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """A kernel runs all cells in one folder and one state; a cell that fails stops it, with its error."""
    assert run_notebook(made(CARD), tmp_path) == ["21\n", f"20 {tmp_path.name} ```\n"]
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run_notebook(made(CARD.replace("number + 1", "number / 0")), tmp_path)
