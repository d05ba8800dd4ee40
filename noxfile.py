"""The project's tasks: ``nox -s check | tests | slow | docs``. Every session runs in the environment that is there.

Nothing is installed here: torch twice would cost gigabytes. CONTRIBUTING.md says how the environment is made.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
# The tools of the environment that nox runs in, else those of the README's: so a nox from elsewhere does as well.
PLACES = (Path(sys.executable).parent, ROOT / ".venv" / "bin")

nox.options.sessions = ["check", "tests", "docs"]
nox.options.stop_on_first_error = False


@nox.session(python=False)
def check(session: nox.Session) -> None:
    """Read the code: ruff, its format, mypy, and the order of imports where pyproject.toml has a contract."""
    session.run(tool(session, "ruff"), "check", ".")
    session.run(tool(session, "ruff"), "format", "--check", ".")
    session.run(tool(session, "mypy"))
    session.run(tool(session, "mypy"), "--config-file", "tests/mypy.ini", "tests")
    # A Space is one flat folder: shared/ with its kind's files, with records/ where it reads those, and some of
    # models/pipelines/. Every kind has an app.py.
    below = (ROOT / "spaces" / "records", ROOT / "models" / "pipelines")
    for app in sorted((ROOT / "spaces").glob("*/app.py")):
        folders = (str(ROOT / "spaces" / "shared"), str(app.parent))
        session.run(tool(session, "mypy"), *folders, env={"MYPYPATH": os.pathsep.join(map(str, below))})
    if "importlinter" in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]:
        session.run(tool(session, "lint-imports"))


@nox.session(python=False)
def tests(session: nox.Session) -> None:
    """Run the quick tests; ``nox -s tests -- tests/test_recipe.py`` runs some of them."""
    session.run(tool(session, "pytest"), "-m", "not slow", *session.posargs)


@nox.session(python=False)
def slow(session: nox.Session) -> None:
    """Run the tests that train or serve real models."""
    session.run(tool(session, "pytest"), "-m", "slow", *session.posargs)


@nox.session(python=False)
def docs(session: nox.Session) -> None:
    """Compare the generated pages with their sources, and build the site into build/site; any warning fails."""
    session.run(tool(session, "python"), "docs/generate.py", "--check")
    # The warning is of the end of Material's support in May 2027; Zensical, its successor, builds from the same files.
    session.run(tool(session, "mkdocs"), "build", "--strict", "--quiet", env={"NO_MKDOCS_2_WARNING": "1"})


def tool(session: nox.Session, name: str) -> str:
    """Return the path of a program of the environment; the session fails where it is not installed."""
    # `python` alone is everywhere; what hubpress is checked with is not.
    place = next((place for place in PLACES if (place / "ruff").exists()), PLACES[0])
    if not (place / name).exists():
        session.error(f"{name} is not installed: .venv/bin/pip install -c constraints.txt -e '.[dev]'")
    return str(place / name)
