"""What `import hubpress` offers: every public name, from its home, without the cost of importing it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hubpress

HEAVY = ("torch", "transformers", "pydantic", "huggingface_hub", "numpy")


def test_importing_hubpress_loads_nothing() -> None:
    code = f"import sys, hubpress; print([name for name in {HEAVY} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    microseconds = next(line for line in ran.stderr.splitlines() if line.endswith(" hubpress")).split("|")[1]
    assert int(microseconds) < 200_000


def test_a_release_that_has_nothing_to_do_loads_no_model_library() -> None:
    """What orders stages, compares versions and tries claims answers before torch would be there."""
    homes = ("release.release", "release.promote", "release.push", "verify.model", "verify.space")
    imports = ", ".join(f"hubpress.{home}" for home in homes)
    code = f"import sys, {imports}; print([name for name in ('torch', 'transformers') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("name", hubpress.__all__)
def test_each_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(hubpress, name)
    assert value.__name__ == name
    assert value.__doc__
    assert name in dir(hubpress)


def test_type_checkers_see_the_same_names() -> None:
    """The imports for type checkers name the same homes as the table that is used when the program runs."""
    tree = ast.parse(Path(hubpress.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: node.module for node in imports for alias in node.names}
    assert seen == hubpress._HOMES


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hubpress.nothing  # noqa: B018
