"""The words of the command line: help, version, wrong usage, completion; nothing heavy is imported for them."""

from __future__ import annotations

import os
import re
import resource
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from helpers.processes import SECONDS, Command, run_on_terminal
from hubpress.cli.main import app

COMMANDS = (
    *("new", "models", "data", "train", "assemble", "evaluate", "card", "check", "space", "push", "verify"),
    *("audit", "score", "diff", "yank", "rollback", "release", "promote", "hub"),
)
HEAVY = {
    "datasets",
    "gradio",
    "huggingface_hub",
    "matplotlib",
    "numpy",
    "onnxruntime",
    "sklearn",
    "torch",
    "transformers",
}
FRAMES = re.compile("[\u2500-\u257f]")  # what draws boxes


def test_help_answers_at_once() -> None:
    """--help needs no heavy import: the best of five runs is under half a second."""
    seconds, words = [], [sys.executable, "-X", "importtime", "-m", "hubpress", "--help"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(words, check=True, capture_output=True, text=True, env=plain, timeout=SECONDS)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert not imported & HEAVY
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    "words",
    [[], ["--help"], ["release", "--help"], ["--version"], ["relase"], ["data", "--bla"], ["hub", "--port", "0"]],
    ids=" ".join,
)
def test_nothing_heavy_is_imported_for_words(words: list[str]) -> None:
    """Help, version and wrong usage answer without any of the libraries that a stage needs."""
    code = "import sys; from hubpress.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    imported = set(ran.stderr.splitlines()[-1].split())
    assert not imported & HEAVY
    # typer reads the options before a command with it.
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
    "no model": (["release"], "no model named. Name one or more (see `hubpress models`), or give --all."),
    "nobody to publish under": (["release", "conference-titles", "--publish"], "--publish needs --owner"),
    "misspelt model": (["release", "confrence-titles"], "Did you mean 'conference-titles'?"),
    "misspelt command": (["relase", "x"], "no such command 'relase'. Did you mean 'release'? See `hubpress --help`."),
    "misspelt option": (["data", "x", "--modles", "d"], "Did you mean '--models'? See `hubpress data --help`."),
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


def test_ctrl_c_ends_with_a_line_and_130(hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle of its work, it says that the same command goes on."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hubpress.rehearsal.server.serve", interrupted)
    ran = hubpress("hub", "--build-dir", tmp_path)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "hubpress: stopped. The same command goes on from here.\n"


def test_completion_is_installed_and_completes(tmp_path: Path) -> None:
    """In bash: commands, names of models and kinds of tasks, from a home of its own."""
    hubpress = shlex.join([sys.executable, "-m", "hubpress"])
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    # Behind it something must follow: a bash with one command becomes it, and no shell would be found.
    script = ["bash", "--norc", "-c", f"{hubpress} --install-completion; exit $?"]
    installed = subprocess.run(script, env=home, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    assert "complete -o default -F _hubpress_completion hubpress" in (
        tmp_path / ".bash_completions" / "hubpress.sh"
    ).read_text(encoding="utf-8")
    completed = {
        "hubpress rel": ["release"],
        "hubpress release conf": ["conference-titles"],
        "hubpress new spam --task multi": ["multi-label"],
        "hubpress data --models /nowhere x": [],
    }
    for typed, expected in completed.items():
        asked = {"_HUBPRESS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
        ran = subprocess.run(shlex.split(hubpress), env=home | asked, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == expected


def test_on_a_terminal_help_is_framed_and_words_stay_as_they_are() -> None:
    """Rich draws the help; what somebody typed in brackets is no markup."""
    code, printed = run_on_terminal(["--help"])
    assert code == 0
    assert FRAMES.search(printed)
    code, printed = run_on_terminal(["[red]x[/red]"])
    assert code == 2
    assert "no such command '[red]x[/red]'." in printed
