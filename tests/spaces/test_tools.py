"""A Space as assistants and programs meet it: tools by an MCP client, and the example calls that it shows, run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.server.fastmcp import FastMCP
from mcp.types import TextContent

from helpers.pipeline import save_model
from helpers.processes import SECONDS
from helpers.space import Served, assemble_space, export_onnx, served, space_settings
from hubpress.schemas.answers import LabelScore, WidgetAnswer
from hubpress.schemas.space import SpaceSettings
from hubpress.space.build import _call_of
from hubpress.verify.space_client import SpaceClient
from hubpress.verify.space_tools import claims_of_tools

pytestmark = pytest.mark.slow

KIND = "text-classification"
TEXT = "it's a `query` for ${HOME} {{ cache }}"
EXAMPLE = {"text": TEXT, "example_title": "A query", "output": [{"label": "circuits", "score": 0.5}]}


@pytest.fixture(scope="module")
def at(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Space of two labels, with an example."""
    folder = tmp_path_factory.mktemp("tools")
    model = save_model(
        folder / "model", tiny_base, ("data", "circuits"), (), problem_type="single_label_classification"
    )
    export_onnx(model, KIND)
    with served(assemble_space(folder / "space", space_settings(KIND, examples=[EXAMPLE])), model) as found:
        yield found


def called(at: Served, *calls: tuple[str, dict[str, Any]]) -> tuple[dict[str, Any], list[tuple[bool, str]]]:
    """Return an app's tools, and for each call whether it is an error and what is said."""

    async def asked() -> tuple[dict[str, Any], list[tuple[bool, str]]]:
        async with (
            streamable_http_client(f"{at.url}/gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            found = []
            for name, given in calls:
                result = await session.call_tool(name, given)
                (first, *_) = result.content
                assert isinstance(first, TextContent)
                found.append((result.isError, first.text))
            return tools, found

    return asyncio.run(asked())


def test_tools_say_what_they_are_for_and_answer(at: Served) -> None:
    """An MCP client finds the model's summary and every argument described; the answer is the endpoint's."""
    tools, [answer, refusal, many] = called(
        at, ("classify", {"text": TEXT}), ("classify", {"text": " "}), ("batch", {"lines": f"{TEXT}\nquery"})
    )
    assert set(tools) == {"classify", "batch"}
    for tool in tools.values():
        assert tool.description.startswith("A tiny model: Answers at random")
        assert all(one["description"] for one in tool.inputSchema["properties"].values())
    assert not answer[0] and json.loads(answer[1]) == at.call("classify", TEXT)
    assert not many[0] and json.loads(many[1])["rows"] == 2
    assert refusal[0] and "cannot be read" in refusal[1] and "Traceback" not in refusal[1]


def test_a_tool_fetches_no_file_from_inside_a_network(at: Served) -> None:
    """A file is given by its address, and this machine's own addresses are refused, as are those of its disk."""
    _, refused = called(at, *(("batch", {"file": where}) for where in (f"{at.url}/config", "/etc/hostname")))
    assert all(is_error and "Traceback" not in said for is_error, said in refused)


def test_the_example_calls_of_the_readme_run(at: Served, tmp_path: Path) -> None:
    """As they stand but for the address, with quotes and template marks in the text."""
    import jinja2

    from helpers.space import SPACES

    settings = SpaceSettings.model_validate(space_settings(KIND, examples=[EXAMPLE]))
    given = _call_of(settings)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(SPACES), trim_blocks=True, lstrip_blocks=True)
    front = dict.fromkeys(("emoji", "color_from", "color_to", "short_description", "card_url"), "x")
    text = environment.get_template("README.md.j2").render(
        settings.as_json(), sdk="gradio", sdk_version="6.31.0", python_version="3.11", licences=["mit"], tags=[],
        **front, **given,
    )  # fmt: skip
    assert "{{" not in text and given["host"] == "https://acme-tiny.hf.space"
    run_calls(text, settings.space, given["host"], at, tmp_path)


def test_the_example_calls_of_the_page_run(at: Served, tmp_path: Path) -> None:
    """Those that the tab shows when it is opened, and the address of its tools leads to them."""
    config = json.loads(read(f"{at.url}/config"))
    [opened] = [
        one for one in config["dependencies"] if len(one["outputs"]) == 3 and "load" in dict(one["targets"]).values()
    ]
    shown = [part["props"] for part in config["components"] if part["id"] in opened["outputs"]]
    assert [one["label"] for one in shown] == ["Python", "Command line", "MCP server"]
    sys.path.insert(0, str(at.log.parent / "space"))
    try:
        from api_tab import mcp_settings, snippets  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(at.log.parent / "space"))
        for name in [path.stem for path in (at.log.parent / "space").glob("*.py")]:
            sys.modules.pop(name, None)
    python, shell = snippets(at.url, at.url, "classify", TEXT)
    (tmp_path / "inputs.csv").write_text("text\nquery\n", encoding="utf-8")
    run_calls(f"```python\n{python}```\n```bash\n{shell}```\n", at.url, at.url, at, tmp_path)
    [server] = json.loads(mcp_settings("acme/tiny", at.url))["mcpServers"].values()
    assert server == {"url": f"{at.url}/gradio_api/mcp/"}


def test_verify_finds_a_tool_that_answers_otherwise(at: Served, tmp_path: Path) -> None:
    """The tool's answer is held against the endpoint's; an address without tools is one sentence."""
    client = SpaceClient(at.url, KIND, tmp_path / "downloads")
    example = WidgetAnswer(text=TEXT, example_title="A query", output=(LabelScore(label="data", score=0.5),))
    honest = client.answer(example)
    assert client.has_tools
    [claim] = claims_of_tools(at.url, client, [example], [honest])
    assert claim.holds, claim
    [claim] = claims_of_tools(at.url, client, [example.model_copy(update={"text": "wireless wireless"})], [honest])
    assert claim.differences
    in_lines = example.model_copy(update={"text": f"{TEXT}\n\n{TEXT}"})  # of which no line of a batch can be made
    [claim] = claims_of_tools(at.url, client, [in_lines], [client.answer(in_lines)])
    assert claim.holds, claim
    [claim] = claims_of_tools(f"{at.url}/nowhere", client, [example], [honest])
    assert len(claim.differences) == 1 and claim.differences[0].startswith("it does not answer")


def test_verify_finds_a_tool_that_no_text_alone_can_call(at: Served, tmp_path: Path) -> None:
    """One whose schema requires a file, one that answers Python's way to write an object, and one that only fails."""
    client = SpaceClient(at.url, KIND, tmp_path / "downloads")
    example = WidgetAnswer(text=TEXT, example_title="A query", output=(LabelScore(label="data", score=0.5),))
    server = FastMCP("tools", streamable_http_path="/gradio_api/mcp/", stateless_http=True)

    @server.tool(description="Answer one.")
    def classify(text: str) -> str:
        return str(at.call("classify", text))

    @server.tool(description="Answer many.")
    def batch(file: str, lines: str = "") -> str:
        return file + lines

    @server.tool(description="Fail.")
    def fail(text: str) -> str:
        raise ValueError(text)

    with serving(server.streamable_http_app()) as url:
        [claim] = claims_of_tools(url, client, [example], [client.answer(example)])
    [of_batch, of_classify, of_fail] = claim.differences
    assert of_batch == "the tool batch cannot be called by texts alone: its schema requires file"
    assert of_classify.startswith("the tool classify answers no JSON") and of_fail.startswith("the tool fail, called")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an app of this process; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(SECONDS)


def run_calls(text: str, space: str, host: str, at: Served, folder: Path) -> None:
    """Run the Python and the shell of a text here, and hold what they print against the endpoint's answer."""
    expected = at.call("classify", TEXT)["answer"]
    [python] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    shell = next(one for one in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) if "curl" in one)
    local = {**os.environ, "no_proxy": "127.0.0.1"}
    for command in (
        [sys.executable, "-c", python.replace(f'Client("{space}")', f'Client("{at.url}")')],
        ["bash", "-c", shell.replace(host, at.url)],
    ):
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, cwd=folder, env=local, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert expected[0]["label"] in ran.stdout and str(expected[0]["score"])[:8] in ran.stdout, ran.stdout


def read(url: str) -> str:
    """Return what stands at an address."""
    import urllib.request

    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return str(answer.read().decode())
