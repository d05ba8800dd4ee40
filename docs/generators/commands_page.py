"""The commands, from the command line itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from generators.markdown import MARK, anchor, finish, first_sentence, markdown, table

COMMANDS_INTRO = """\
# Commands

Every command with its arguments and options, generated from the commands themselves. `hubpress COMMAND --help` prints
the same.

Exit codes: 0 done, 1 a problem that is yours to solve, 2 wrong usage or a wrong recipe, 130 stopped
by Ctrl+C, 143 by SIGTERM.
"""


def commands_page(app: Any, *, name: str = "hubpress") -> str:
    """Return the reference of a typer app."""
    import typer

    root = typer.main.get_command(app)
    found = list(commands(root, name))
    shown = [[f"[`{title}`](#{anchor(title)})", first_sentence(text_of(command))] for title, command in found[1:]]
    parts = [MARK, COMMANDS_INTRO, *([table(["Command", "What it does"], shown)] if shown else [])]
    parts += [one_command(title, command) for title, command in found]
    return finish(parts)


def commands(command: Any, title: str) -> Iterator[tuple[str, Any]]:
    """Yield a command and all below it, with the words that call each."""
    yield title, command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from commands(inner, f"{title} {name}")


# What every command has, and nobody looks up.
EVERYWHERE = {"--help", "--install-completion", "--show-completion"}


def one_command(title: str, command: Any) -> str:
    """Return one command: how it is called, what it does, its arguments and its options."""
    context = command.make_context(title, [], resilient_parsing=True)
    usage = " ".join([title, *command.collect_usage_pieces(context)])
    parts = [f"## `{title}` {{ #{anchor(title)} }}", markdown(text_of(command)), f"```text\n{usage}\n```"]
    rows: dict[str, list[list[str]]] = {"argument": [], "option": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or getattr(parameter, "hidden", False) or EVERYWHERE.intersection(parameter.opts):
            continue
        rows[parameter.param_type_name].append([f"`{record[0]}`", *explained(record[1])])
    for kind, heading in (("argument", "Argument"), ("option", "Option")):
        if rows[kind]:
            parts.append(table([heading, "What it means", "Default"], rows[kind]))
    return "\n\n".join(parts)


def explained(text: str) -> tuple[str, str]:
    """Return an option's help, and what stands behind it in brackets: default, limits, or that it is required."""
    found = re.fullmatch(r"(.*?)\s*(?:\[((?:default|required|env var|x[<>]|[^\]]*<=?x).*)\])?", text, flags=re.DOTALL)
    said, extra = found.groups() if found else (text, None)
    default = [part.removeprefix("default: ") for part in (extra or "").split("; ") if part]
    return markdown(said), ", ".join(part if part == "required" else f"`{part}`" for part in default)


def text_of(command: Any) -> str:
    """Return a command's help."""
    return inspect.cleandoc(command.help or "").split("\f")[0].strip()
