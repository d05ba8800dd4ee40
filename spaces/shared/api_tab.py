"""How to call a Space from a program: the tab that says so, and its code."""

from __future__ import annotations

import json
import os
import shlex
from typing import Any

from quick_gradio import gr
from settings import Settings
from shorten import shortened

_LONGEST = 80  # characters of a text in the code


def calling_tab(page: gr.Blocks, settings: Settings, endpoint: str, example: Any) -> None:
    """Put on the page how to call the Space, with its address, which is known when the page is opened."""
    gr.HTML(f"<p>The endpoints are <code>/{endpoint}</code> for one input and <code>/batch</code> for a file.</p>")
    # In no language: the colours that Gradio gives to words can hardly be read on white.
    python = gr.Code(label="Python", interactive=False, wrap_lines=True, lines=3)
    shell = gr.Code(label="Command line", interactive=False, wrap_lines=True, lines=3)
    gr.HTML(
        "<p>For assistants that use tools by the Model Context Protocol (MCP), the same endpoints are tools. "
        "Most read a server's address from a file such as this:</p>"
    )
    tools = gr.Code(label="MCP server", interactive=False, wrap_lines=True, lines=3)

    def addressed(request: gr.Request) -> tuple[str, str, str]:
        # On the Hub a Space is called by its name; anywhere else by the address that the browser used.
        if host := os.environ.get("SPACE_HOST"):
            address = f"https://{host}"
            return *snippets(settings.space, address, endpoint, example), mcp_settings(settings.space, address)
        url = str(getattr(request.request, "base_url", "")).rstrip("/")
        return *snippets(url, url, endpoint, example), mcp_settings(settings.space, url)

    page.load(addressed, None, [python, shell, tools], api_visibility="private", show_progress="hidden")


def snippets(space: str, url: str, endpoint: str, example: Any) -> tuple[str, str]:
    """Return how to call a Space in Python and from a command line."""
    example = _brief(example)
    literal = json.dumps(example, ensure_ascii=False)  # JSON's texts, and objects of texts, are Python's too
    python = f"""from gradio_client import Client, handle_file

client = Client({json.dumps(space)})
print(client.predict({literal}, api_name="/{endpoint}"))

summary, results = client.predict(handle_file("inputs.csv"), None, api_name="/batch")
print(summary["rows"], results)  # results: the path of a CSV file
"""
    data = shlex.quote(json.dumps({"data": [example]}, ensure_ascii=False))
    call = f"{url}/gradio_api/call/{endpoint}"
    shell = f"""event=$(curl -s {call} -H 'Content-Type: application/json' \\
  -d {data} | cut -d'"' -f4)
curl -sN {call}/$event
"""
    return python, shell


def mcp_settings(space: str, url: str) -> str:
    """Return what an MCP client has to be told of a Space."""
    name = space.rpartition("/")[2]
    return json.dumps({"mcpServers": {name: {"url": f"{url}/gradio_api/mcp/"}}}, indent=2)


def _brief(example: Any) -> Any:
    if isinstance(example, dict):
        return {name: _brief(value) for name, value in example.items()}
    return shortened(example, _LONGEST)
