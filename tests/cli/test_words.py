"""The words of the command line: help, version, wrong usage, completion; nothing heavy is imported for them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from conftest import Ran
from hubpress.cli.main import app

Command = Callable[..., Ran]

COMMANDS = (
    *("new", "models", "data", "train", "assemble", "evaluate", "card", "check", "space", "push", "verify", "release"),
    "hub",
)
HEAVY = {"torch", "transformers", "datasets", "gradio", "huggingface_hub", "sklearn", "matplotlib"}
FRAMES = re.compile("[\u2500-\u257f]")  # what draws boxes


@pytest.mark.parametrize(
    "words",
    [[], ["--help"], ["release", "--help"], ["--version"], ["relase"], ["data", "--bla"], ["hub", "--port", "0"]],
    ids=" ".join,
)
def test_nothing_heavy_is_imported_for_words(words: list[str]) -> None:
    """Help, version and wrong usage answer without any of the libraries that a stage needs."""
    code = (
        "import json, sys; from hubpress.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    imported = set(ran.stderr.splitlines()[-1].split())
    assert not imported & HEAVY
    # typer reads the values of options with it, where there are any.
    assert "pydantic" not in imported or words not in (["--help"], ["--version"])


def test_hubpress_alone_prints_its_help(hubpress: Command) -> None:
    """Without a word it lists the commands on stdout, in the order in which a person needs them, and is content."""
    ran = hubpress()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == hubpress("--help").out == hubpress("-h").out
    listed = [line.split()[0] for line in ran.out.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
    assert tuple(listed) == COMMANDS
    assert "..." not in ran.out.split("Commands:\n")[1]  # every first sentence fits its line


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_that_can_be_typed(hubpress: Command, command: str) -> None:
    """Piped help is plain text; its examples hold words that the command takes."""
    ran = hubpress(command, "--help")
    assert ran.code == 0
    assert not FRAMES.search(ran.out)
    examples = re.split(r"\n +Examples?:\n", ran.out)[1].splitlines()
    inner = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    for example in examples:
        words = shlex.split(example)
        words = words[words.index("hubpress") + 1 :]
        assert words[0] == command
        inner.make_context(command, words[1:])  # raises for what it does not take


def test_the_version_names_what_a_report_of_a_fault_needs(hubpress: Command) -> None:
    """One line: hubpress and the four libraries that decide most."""
    ran = hubpress("--version")
    assert ran.code == 0
    names = re.findall(r"(\w+) \d[\w.+]*", ran.out)
    assert names == ["hubpress", "torch", "transformers", "huggingface_hub", "gradio"]
    assert ran.out.count("\n") == 1


WRONG_USAGE = {
    "misspelt command": (["relase", "x"], "no such command 'relase'. Did you mean 'release'? See `hubpress --help`."),
    "misspelt option": (["data", "x", "--modles", "d"], "Did you mean --models? See `hubpress data --help`."),
    "option without a value": (["data", "x", "--set"], "option '--set' requires an argument."),
    "no name": (["train"], "missing argument 'NAME'. See `hubpress train --help`."),
    "no owner": (["push", "x"], "missing option '--owner'. See `hubpress push --help`."),
    "two names": (["card", "x", "y"], "got unexpected extra argument(s) (y)."),
    "port 0": (["hub", "--port", "0"], "'0' is not a whole number from 1 to 65535."),
    "port beyond the last": (["space", "x", "--port", "65536"], "'65536' is not a whole number from 1 to 65535."),
    "port in words": (["hub", "--port", "http"], "'http' is not a whole number from 1 to 65535."),
    "no threads": (["train", "x", "--threads", "0"], "'0' is not a whole number of at least 1."),
    "a raised two": (["train", "x", "--threads", "²"], "'²' is not a whole number of at least 1."),
    "names and --all": (["release", "x", "--all"], "--all releases every model, and takes no names."),
    "unknown task": (["new", "x", "--task", "tokens"], "there is no task 'tokens'. Did you mean 'token'?"),
    "sample of the Hub": (["hub", "--sample"], "no such option: --sample"),
    "quiet list": (["models", "--quiet"], "no such option: --quiet"),
    "threads of records": (["data", "x", "--threads", "2"], "no such option: --threads"),
    "markup": (["[red]x[/red]"], "no such command '[red]x[/red]'."),
    "line break": (["data", "x", "--bla\nbla"], "no such option: --bla"),
}


@pytest.mark.parametrize("fault", WRONG_USAGE)
def test_wrong_words_end_in_one_line(hubpress: Command, fault: str) -> None:
    """Exit code 2, nothing on stdout, and one line that says what is wrong."""
    words, says = WRONG_USAGE[fault]
    ran = hubpress(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("hubpress: ")
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1


def test_ctrl_c_ends_with_a_line_and_130(tmp_path: Path) -> None:
    """Stopped in the middle of its work, it says that the same command goes on."""
    words = [sys.executable, "-m", "hubpress", "hub", "--port", "8898", "--build-dir", str(tmp_path)]
    # The Hub itself ends quietly on Ctrl-C; before it runs, while its parts are imported, the line is due.
    code = "import signal, sys; from hubpress.cli.main import main; import hubpress.rehearsal.server as s\n"
    code += "def serve(*a, **k): signal.raise_signal(signal.SIGINT)\n"
    code += "s.serve = serve; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run([sys.executable, "-c", code, *words[3:]], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.out if hasattr(ran, "out") else ran.stdout) == (130, "")
    assert ran.stderr == "hubpress: stopped. The same command goes on from here.\n"
