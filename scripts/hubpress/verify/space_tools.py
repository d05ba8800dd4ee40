"""A running Space, asked as assistants ask: by an MCP client, which is told of its tools and calls one."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from hubpress.schemas.answers import WidgetAnswer
from hubpress.verify.proof import WIDGET_TOLERANCE, Claim, compare
from hubpress.verify.space_client import SpaceAnswer, SpaceClient

_SECONDS = 60
_LONGEST = 200  # characters of what a Space says instead of an answer


def claims_of_tools(
    url: str, client: SpaceClient, examples: Sequence[WidgetAnswer], answers: Sequence[SpaceAnswer]
) -> list[Claim]:
    """Ask a Space for its tools by the Model Context Protocol, and call the one for one input with its first example.

    *answers* are those of the endpoints, which the tool has to give, too.
    """
    how = "its tools have descriptions, and one gives the first example's answer"
    try:
        asking = _asked(f"{url}/gradio_api/mcp/", client.endpoint, client.asked(examples[0]))
        with ThreadPoolExecutor(1) as alone:  # in the thread of a notebook's cell runs an event loop already
            told, said = alone.submit(asyncio.run, asking).result()
    except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
        return [Claim("MCP", how, [f"it does not answer: {_first(error)}"])]
    silent = [f"the tool {name} has no description" for name, words in sorted(told.items()) if not words]
    missing = [f"there is no tool {name}" for name in (client.endpoint, "batch") if name not in told]
    try:
        found = client.read(ast.literal_eval(said))  # a tool's answer is the text of a Python object
        other = compare(answers[0].answer, found.answer, client.endpoint, WIDGET_TOLERANCE, word="answered")
    except Exception:  # noqa: BLE001 - the same
        other = [f"the tool {client.endpoint} answers {said[:_LONGEST]!r}"]
    return [Claim("MCP", how, [*silent, *missing, *other])]


async def _asked(url: str, tool: str, text: object) -> tuple[Mapping[str, str], str]:
    """Return the tools with their descriptions, and what one of them says to a text."""
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client
    from mcp.types import TextContent

    # No proxy: an app that is tried listens on this machine.
    async with (
        httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http,
        streamable_http_client(url, http_client=http) as (reads, writes, _),
        ClientSession(reads, writes, read_timeout_seconds=timedelta(seconds=_SECONDS)) as session,
    ):
        await session.initialize()
        tools = (await session.list_tools()).tools
        result = await session.call_tool(tool, {"text": text})
        first: Any = next(iter(result.content), None)
        return {one.name: one.description or "" for one in tools}, first.text if isinstance(first, TextContent) else ""


def _first(error: BaseException) -> str:
    """Return the message of an error, of a group of them that of the first one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST]
