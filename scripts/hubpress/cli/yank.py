"""``hubpress yank`` and ``hubpress rollback``: main of a model, or of a Space, goes back to the release before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import hubpress
from hubpress.cli.options import BUILD, Adopt, BuildDir, Json, TakeOver, examples, foreign_of
from hubpress.cli.output import print_json
from hubpress.errors import UsageError

if TYPE_CHECKING:
    from hubpress import PushResult
    from hubpress.versions.withdraw import Withdrawal

app = typer.Typer()

Yes = Annotated[bool, typer.Option("--yes", help="do it without asking")]


@app.command(epilog=examples("hubpress yank acme/my-model v1.1.0", "hubpress yank acme/my-model v1.1.0 --yes"))
def yank(
    repo_id: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="the model's repository")],
    version: Annotated[str, typer.Argument(metavar="TAG", help="the version that main holds, such as v1.1.0")],
    *,
    yes: Yes = False,
    adopt: Adopt = False,
    take_over: TakeOver = False,
    build_dir: BuildDir = BUILD,
    json: Json = False,
) -> None:
    """Withdraw a version: main goes back to the one before.

    One commit on top does it: the history stays, and the tag too, so that who asks for that version still gets it. The
    card says in a line what was withdrawn. What people have put beside the releases stays. The Hub is that of
    HF_ENDPOINT; where that is not set, the rehearsal Hub if it has the repository.
    """
    foreign = foreign_of(adopt=adopt, take_over=take_over)
    pushed = hubpress.yank_version(
        repo_id, version, build_dir=build_dir, foreign=foreign, confirm=_asking(yes), quiet=json
    )
    _report(pushed, as_json=json)
    if pushed and not json and not repo_id.startswith("spaces/"):
        print(f"If it has a Space, that still runs {version}, until `hubpress rollback spaces/{repo_id}`.")


@app.command(epilog=examples("hubpress rollback spaces/acme/my-model"))
def rollback(
    repo_id: Annotated[str, typer.Argument(metavar="spaces/OWNER/REPO", help="the Space")],
    *,
    yes: Yes = False,
    adopt: Adopt = False,
    take_over: TakeOver = False,
    build_dir: BuildDir = BUILD,
    json: Json = False,
) -> None:
    """Let a Space run its release before again.

    It goes back in one commit on top, as `yank` lets a model.
    """
    foreign = foreign_of(adopt=adopt, take_over=take_over)
    pushed = hubpress.roll_back_space(repo_id, build_dir=build_dir, foreign=foreign, confirm=_asking(yes), quiet=json)
    _report(pushed, as_json=json)


def _asking(yes: bool) -> Callable[[Withdrawal], bool]:
    """Return what tells a person what will be done, and asks whether it should be."""

    def confirm(plan: Withdrawal) -> bool:
        print(plan, file=sys.stderr)
        if yes or plan.is_done:
            return True
        if not sys.stdin.isatty():
            raise UsageError("nobody can be asked without a terminal: give --yes to do it.")
        return typer.confirm("Do it?", err=True)

    return confirm


def _report(pushed: PushResult | None, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(pushed) if pushed else {"changed": False})
    elif pushed:
        print(f"{pushed.url} is at {pushed.sha[:7]}: 1 commit, {pushed.uploaded_bytes:,} bytes uploaded.")
    else:
        print("Nothing was changed.")
