"""Check a staged folder before anything is published: all problems at once, offline, without changing a byte.

Every rule is a small function from the staged folder to its problems. Each group of rules has its table (``rules.py``);
`RULES` are those for a model, `SPACE_RULES` those for a Space.
"""

from __future__ import annotations

from pathlib import Path

from hubpress.check.files.rules import RULES as FILE_RULES
from hubpress.check.model.rules import RULES as MODEL_RULES
from hubpress.check.problem import Problem
from hubpress.check.readme.rules import CARD_RULES
from hubpress.check.readme.rules import RULES as README_RULES
from hubpress.check.space.rules import RULES as APP_RULES
from hubpress.check.staged import Staged
from hubpress.errors import CheckFailed, HubpressError
from hubpress.manifest import Manifest

RULES = (*FILE_RULES, *README_RULES, *CARD_RULES, *MODEL_RULES)
SPACE_RULES = (*FILE_RULES, *README_RULES, *APP_RULES)


def check_folder(folder: Path | str, *, manifest: Manifest | None = None, revision: str | None = None) -> list[Problem]:
    """Return every problem of a staged folder, sorted by file and line; none means that it may be published.

    With *manifest*, the folder must also hold exactly the files that it lists. A folder with a space.json, or whose
    card names an `sdk`, is checked as a Space; with *revision*, it must be pinned to that commit of its model. Only
    reads, and only this folder.
    Raises ``HubpressError`` when there is no such folder; whatever is wrong inside it is a problem, never an error.
    """
    folder = Path(folder)
    if not folder.is_dir():
        hint = "Stage the model first, or correct the path."
        raise HubpressError("There is no such folder.", where=str(folder), hint=hint)
    staged = Staged(folder, manifest, revision)
    rules = SPACE_RULES if staged.is_space else RULES
    return sorted({problem for rule in rules for problem in rule(staged)}, key=lambda problem: problem.order)


def refuse_problems(folder: Path, *, manifest: Manifest | None = None, revision: str | None = None) -> None:
    """Raise CheckFailed, with every problem of a staged folder, if there is one; asked as by ``check_folder``."""
    if problems := check_folder(folder, manifest=manifest, revision=revision):
        listed = "\n".join(str(problem) for problem in problems)
        raise CheckFailed(f"{listed}\n{len(problems)} problem(s) in {folder}.")
