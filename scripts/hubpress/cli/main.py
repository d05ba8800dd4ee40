"""Words -> calls. What the commands import is imported when one runs, so that ``hubpress --help`` answers at once."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from hubpress import __version__
from hubpress.environment import settle_environment
from hubpress.errors import HubpressError
from hubpress.recipe.scaffold import TEMPLATES


def entry() -> None:
    """Run the command of this process and exit with its code."""
    settle_environment()
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return 0 when it is done, 1 for a problem that is the user's to solve, 2 for wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        command = getattr(importlib.import_module("hubpress.cli.commands"), arguments.command)
        return int(command(arguments))
    except HubpressError as error:
        return _fail(error)
    except KeyboardInterrupt:
        print("hubpress: stopped. The same command goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        return _fail(HubpressError(f"{error.strerror or error}.", where=error.filename))


def _fail(error: HubpressError) -> int:
    from hubpress.cli.output import complain

    complain(error)
    return error.exit_code


_ISOLATED = "run the Space in a fresh environment with only its requirements (installs them)"
_STAGES = {
    "data": "read, label and split the records",
    "train": "fine-tune the base model",
    "assemble": "put weights, config and tokenizer together",
    "evaluate": "measure the assembled model on the test split",
    "card": "render README.md and its figures",
    "check": "check the staged files (or any folder) and list every problem",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubpress", description="Fine-tune, evaluate, document, publish and prove models, from one folder each."
    )
    parser.add_argument("--version", action="version", version=f"hubpress {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    common, publish = _common_options(), _publish_options()

    def add(name: str, command: str, text: str, *more: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[common, *more])
        added.set_defaults(command=command)
        return added

    text = "write the folder of a new model: a commented recipe that runs at once on its own sample records"
    new = commands.add_parser("new", help=text, description=text)
    new.set_defaults(command="new_command")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--task", required=True, choices=TEMPLATES, help="what the model answers")
    new.add_argument("--models", type=Path, metavar="DIR", help="where it is written (default: models)")
    new.add_argument("--json", action="store_true", help="print the result as JSON")

    add("models", "models", "show what can be released, and how far each is")
    for name, text in _STAGES.items():
        stage = add(name, "stage", text)
        stage.set_defaults(stage=name)
        stage.add_argument("name", metavar="NAME_OR_FOLDER" if name == "check" else "NAME")
        if name in ("card", "check"):
            stage.add_argument("--owner", help="the user or organisation that the card names (default: rehearsal)")

    space = add("space", "space_command", "build the model's Gradio Space and, with --serve, run it here")
    space.add_argument("name", metavar="NAME")
    space.add_argument("--owner", help="the user or organisation that the Space names (default: rehearsal)")
    space.add_argument("--serve", action="store_true", help="run the app on the staged model until Ctrl-C")
    space.add_argument("--port", type=_positive, default=7860, help="where it is served (default: 7860)")

    push = add("push", "push_command", "publish in one commit on HF_ENDPOINT with HF_TOKEN", publish)
    push.add_argument("name", metavar="NAME")
    push.add_argument("--owner", required=True, help="the user or organisation to publish under")

    verify = add("verify", "verify_command", "download a published model, and its Space, and prove what the card says")
    verify.add_argument("repo_id", metavar="OWNER/REPO", help="or spaces/OWNER/REPO, for a Space alone")
    verify.add_argument("--revision", metavar="SHA", help="a commit, tag or branch (default: main)")
    verify.add_argument("--isolated", action="store_true", help=_ISOLATED)
    verify.add_argument("--model", metavar="NAME", help="its recipe (default: the one that publishes as REPO)")

    release = add(
        "release",
        "release_command",
        "run all stages, against the rehearsal Hub or with --publish against HF_ENDPOINT",
        publish,
    )
    release.add_argument("names", nargs="*", metavar="NAME")
    release.add_argument("--all", action="store_true", help="release every model")
    release.add_argument(
        "--publish", action="store_true", help="publish on HF_ENDPOINT; without it nothing leaves the machine"
    )
    release.add_argument("--isolated", action="store_true", help=_ISOLATED)
    release.add_argument("--owner", help="the user or organisation to publish under (rehearsal default: rehearsal)")

    hub = add("hub", "hub_command", "keep the rehearsal Hub running on loopback")
    hub.add_argument("--port", type=_positive, default=8899, help="default: 8899")
    hub.add_argument("--print-token", action="store_true", help="print the token that may write, and end")
    return parser


def _common_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--sample", action="store_true", help="use the sample records and a small base model that needs no download"
    )
    options.add_argument(
        "--data", metavar="PATH", help="read these records (file, glob, folder or URL) instead of the recipe's"
    )
    options.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY.PATH=VALUE",
        help="override a value of the recipe; repeatable",
    )
    options.add_argument(
        "--build-dir", type=Path, default=Path("build"), metavar="DIR", help="where stages write (default: build)"
    )
    options.add_argument("--models", type=Path, metavar="DIR", help="a folder of your own models")
    options.add_argument(
        "--threads", type=_positive, metavar="N", help="CPU threads of torch (default: torch's choice)"
    )
    options.add_argument("--quiet", action="store_true", help="print no progress")
    options.add_argument("--json", action="store_true", help="print the result as JSON")
    return options


def _publish_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--private", action="store_true", help="make the repository private")
    options.add_argument("--tag", metavar="NAME", help="tag the commit, for example v1.0.0")
    options.add_argument("--force", action="store_true", help="let a sample release go to a real Hub")
    return options


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
