"""A running Space, asked as assistants ask: by an MCP client, which is told of its tools and calls each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hubpress.schemas.answers import WidgetAnswer
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, compare
from hubpress.verify.space_client import SpaceAnswer, SpaceClient

_SECONDS = 60
_LONGEST = 200  # characters of what a Space says instead of an answer
_BATCH = "batch"


@dataclass(frozen=True)
class _Tool:
    """A tool of a Space, and what it said when it was called."""

    description: str
    required: Sequence[str]
    """The arguments without which its schema allows no call."""
    given: Mapping[str, Any]
    """With which it was called."""
    is_error: bool
    said: Sequence[str]
    """Each of its answers."""


def claims_of_tools(
    url: str, client: SpaceClient, examples: Sequence[WidgetAnswer], answers: Sequence[SpaceAnswer]
) -> list[Claim]:
    """Ask a Space for its tools by the Model Context Protocol, and call each of them by texts alone.

    The one for one input is given the first example, ``batch`` the examples as lines; both answer JSON. *answers* are
    those of the endpoints, which the tools have to give, too.
    """
    how = "its tools have descriptions, and each, called by texts alone, gives the endpoint's answers as JSON"
    lines = _in_lines(client, examples, answers)
    known: dict[str, Mapping[str, Any]]
    known = {client.endpoint: {"text": client.asked(examples[0])}, _BATCH: {"lines": "\n".join(lines)}}
    try:
        asking = _asked(f"{url}/gradio_api/mcp/", known, examples[0].text)
        with ThreadPoolExecutor(1) as alone:  # in the thread of a notebook's cell runs an event loop already
            tools = alone.submit(asyncio.run, asking).result()
    except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
        return [Claim("MCP", how, [f"it does not answer: {_first(error)}"])]
    wrong = [f"there is no tool {name}" for name in known if name not in tools]
    for name, tool in sorted(tools.items()):
        wrong += _faults(name, tool)
        if tool.is_error or name not in known:
            continue
        try:
            if name == _BATCH:
                summary, address = tool.said
                wrong += client.told_differences(list(lines.values()), json.loads(summary), address)
            else:
                found = client.read(json.loads(tool.said[0]))
                wrong += compare(answers[0].answer, found.answer, name, WIDGET_TOLERANCE, word="answered")
        except Exception:  # noqa: BLE001 - the same
            wrong.append(f"the tool {name} answers no JSON of that form: {' '.join(tool.said)[:_LONGEST]!r}")
    return [Claim("MCP", how, wrong)]


def _faults(name: str, tool: _Tool) -> Iterator[str]:
    if not tool.description:
        yield f"the tool {name} has no description"
    if missing := [one for one in tool.required if one not in tool.given]:
        yield f"the tool {name} cannot be called by texts alone: its schema requires {', '.join(missing)}"
    elif tool.is_error:
        given = ", ".join(tool.given) or "nothing"
        yield f"the tool {name}, called with {given}, says {' '.join(tool.said)[:_LONGEST]!r}"


def _in_lines(
    client: SpaceClient, examples: Sequence[WidgetAnswer], answers: Sequence[SpaceAnswer]
) -> dict[str, SpaceAnswer]:
    """Return what can be said in a line of a batch, with the endpoint's answer: the examples, or words of the first."""
    said = zip(map(_line_of, examples), answers, strict=True)
    if found := {line: answer for line, answer in said if line is not None}:
        return found
    first = examples[0]
    pair = None if first.text_pair is None else _in_a_line(first.text_pair)
    flat = first.model_copy(update={"text": _in_a_line(first.text), "text_pair": pair, "record": None})
    return {"\t".join(text for text in (flat.text, flat.text_pair) if text is not None): client.answer(flat)}


def _in_a_line(text: str) -> str:
    """Return a text without what cannot stand in a line of a batch."""
    return " ".join(text.split()).lstrip("{ ") or "text"


def _line_of(example: WidgetAnswer) -> str | None:
    """Return an example as a line of a batch: its text as the model reads it, or the record that makes that text.

    None where neither can be said in a line; of a model of one field, a line that begins with a brace is a text.
    """
    texts = [example.text, *([example.text_pair] if example.text_pair is not None else [])]
    is_plain = all(text.strip() == text and text and len((f"{text}x").splitlines()) == 1 for text in texts)
    is_plain &= not any("\t" in text for text in texts) and not example.text.startswith("{")
    if is_plain:
        return "\t".join(texts)
    return json.dumps(example.record) if example.record and len(example.record) > 1 else None


async def _asked(url: str, known: Mapping[str, Mapping[str, Any]], text: str) -> Mapping[str, _Tool]:
    """Return the tools by name, each called: with the arguments *known* for it, or *text* for each that is required."""
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client
    from mcp.types import TextContent

    found = {}
    # No proxy: an app that is tried listens on this machine.
    async with (
        httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http,
        streamable_http_client(url, http_client=http) as (reads, writes, _),
        ClientSession(reads, writes, read_timeout_seconds=timedelta(seconds=_SECONDS)) as session,
    ):
        await session.initialize()
        for tool in (await session.list_tools()).tools:
            required = tuple(tool.inputSchema.get("required") or ())
            given = known.get(tool.name) or dict.fromkeys(required, text)
            result = await session.call_tool(tool.name, dict(given))
            said = [part.text for part in result.content if isinstance(part, TextContent)]
            found[tool.name] = _Tool(tool.description or "", required, given, bool(result.isError), said)
    return found


def _first(error: BaseException) -> str:
    """Return the message of an error, of a group of them that of the first one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST]
