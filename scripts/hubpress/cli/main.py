"""Words -> calls. What a command calls is imported when it runs, so that ``hubpress --help`` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hubpress.cli import audit, hub, models, new, push, release, space, stage, verify
from hubpress.cli.options import examples
from hubpress.cli.output import complain, complain_of_usage, print_json_error
from hubpress.environment import settle_environment, version_line
from hubpress.errors import HubpressError

_INTERRUPTED = 130  # what a shell calls the end by Ctrl-C, and typer too

app = typer.Typer(context_settings={"help_option_names": ["--help", "-h"]}, pretty_exceptions_enable=False)
for part in (new, models, stage, space, push, verify, audit, release, hub):
    app.add_typer(part.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(version_line())
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    epilog=examples("hubpress release conference-titles --sample", "hubpress new my-model --task single-label"),
)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="print this version and those beneath it"
        ),
    ] = False,
) -> None:
    """Fine-tune, evaluate, document, publish and prove models, from one folder each."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def entry() -> None:
    """Run the command of this process and exit with its code."""
    settle_environment()
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return 0 when it is done, 1 for a problem that is the user's to solve, 2 for wrong usage."""
    # Frames around the help are for people; a program, a file and a pager get plain text.
    app.rich_markup_mode = "rich" if sys.stdout.isatty() else None
    command = typer.main.get_command(app)
    try:
        code = command.main(args=list(argv), prog_name="hubpress", standalone_mode=False)
    except HubpressError as error:
        return _failed(error, argv)
    except typer.TyperException as error:
        if "--json" in argv:
            print_json_error(error)
        complain_of_usage(error)
        return error.exit_code
    except OSError as error:
        return _failed(HubpressError(f"{error.strerror or error}.", where=error.filename), argv)
    if code == _INTERRUPTED:
        print("hubpress: stopped. The same command goes on from here.", file=sys.stderr)
    return code or 0


def _failed(error: HubpressError, argv: Sequence[str]) -> int:
    if "--json" in argv:
        print_json_error(error)
    complain(error)
    return error.exit_code
