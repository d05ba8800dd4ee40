"""Words -> calls. What a command calls is imported when it runs, so that ``hubpress --help`` answers at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hubpress.cli import audit, diff, hub, models, new, promote, push, release, score, space, stage, verify, yank
from hubpress.cli.options import examples, refuse_bad_words
from hubpress.cli.output import complain, complain_of_usage, print_json_error
from hubpress.cli.signals import Stopped, ending_on_signals
from hubpress.disk import full_disk
from hubpress.environment import settle_environment, version_line
from hubpress.errors import HubpressError
from hubpress.tokens import hidden_tokens, print_traceback

app = typer.Typer(context_settings={"help_option_names": ["--help", "-h"]}, pretty_exceptions_enable=False)
for part in (new, models, stage, space, push, verify, audit, score, diff, yank, release, promote, hub):
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
    sys.excepthook = print_traceback
    with ending_on_signals(sys.argv[1:]):
        sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return 0 when it is done, 1 for a problem that is the user's to solve, 2 for wrong usage."""
    # Frames around the help are for people; a program, a file and a pager get plain text.
    app.rich_markup_mode = "rich" if sys.stdout.isatty() else None
    with hidden_tokens():
        try:
            refuse_bad_words(argv)
            settle_environment()
            code = typer.main.get_command(app).main(args=list(argv), prog_name="hubpress", standalone_mode=False)
        except typer.TyperException as error:
            if "--json" in argv:
                print_json_error(error)
            complain_of_usage(error)
            return error.exit_code
        except Stopped as stop:
            stop.tell()
            return stop.exit_code
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            return _failed(told, argv)
        if code == 128 + signal.SIGINT:  # typer's answer to Ctrl-C
            Stopped(signal.SIGINT, argv).tell()
    return code or 0


def _told(error: Exception) -> HubpressError | None:
    """Return what a person is told of an error; None for a fault of our own."""
    if full := full_disk(error):
        return full
    if isinstance(error, HubpressError):
        return error
    if isinstance(error, OSError):
        return HubpressError(f"{error.strerror or error}.", where=error.filename)
    if isinstance(error, RecursionError):
        return HubpressError("What was given is nested too deeply to be read.", hint="Write it flatter.")
    return None


def _failed(error: HubpressError, argv: Sequence[str]) -> int:
    if "--json" in argv:
        print_json_error(error)
    complain(error)
    return error.exit_code
