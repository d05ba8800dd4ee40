"""What the pages of all Spaces share: header, batch tab, and how they are served."""

from __future__ import annotations

import functools
import inspect
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from batch import PREVIEW, Worker, answer_all
from html_table import table_html
from inputs import ENDINGS
from json_tools import answer_json
from model import cores
from quick_gradio import gr
from settings import Problem, Settings
from size_limit import SizeLimit
from starlette.middleware import Middleware

_T = TypeVar("_T")
_WAITING = 1000  # events that the queue takes; more are told that it is full
_KEPT = 3600  # seconds that uploads and results stay on disk
# Gradio keeps about 100 KB for every session, and each call of the API is one. Nothing here needs what it keeps.
_SESSIONS = 50
_BATCHES = 2  # at the same time; single texts do not wait for them
CSS = (Path(__file__).resolve().parent / "page.css").read_text(encoding="utf-8")


def on_page(*cleared: Any) -> Callable[[Callable[..., tuple[Any, ...]]], Callable[..., tuple[Any, ...]]]:
    """Show a Problem where the function's first output is; the others become *cleared*.

    It stays there, unlike Gradio's own messages, which vanish after a while.
    """

    def wrapper(function: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
        @functools.wraps(function)  # Gradio reads a function's signature
        def told(*given: Any, **named: Any) -> tuple[Any, ...]:
            try:
                return function(*given, **named)
            except Problem as problem:
                return f"<p class='problem'>{escape(str(problem))}</p>", *cleared

        return told

    return wrapper


def by_api(function: Callable[..., _T]) -> Callable[..., _T]:
    """Answer a Problem to a client of the API, as an error with its sentence."""

    @functools.wraps(function)
    def told(*given: Any, **named: Any) -> _T:
        try:
            return function(*given, **named)
        except Problem as problem:
            raise gr.Error(str(problem), print_exception=False) from problem

    return told


def told(function: Callable[..., Any], settings: Settings) -> str:
    """Return what programs are told of an endpoint, by which a language model chooses its tools: of which model it is,
    and what the function's docstring says before its arguments."""
    words = " ".join((inspect.getdoc(function) or "").partition("Args:")[0].split())
    return f"{settings.title}: {settings.summary} {words}{f' {SAMPLE}' if settings.sample else ''}"


SAMPLE = "This is a sample, trained on a few records to show how it works: do not rely on its answers."


def header(settings: Settings) -> None:
    """Put the title, and the model with its card and version, on the page; a sample is said to be one."""
    sample = f"<p class='sample'><strong>Sample.</strong> {SAMPLE}</p>" if settings.sample else ""
    card, version = escape(settings.card_url, quote=True), escape(settings.version_url, quote=True)
    gr.HTML(
        f"<header><h1>{escape(settings.title)}</h1><p>{escape(settings.summary)}</p>"
        f"<p>Model <a href='{card}'>{escape(settings.model)}</a> "
        f"· version <a href='{version}'><code>{escape(settings.revision[:7])}</code></a></p>{sample}</header>",
        elem_id="header",
    )


def batch_tab(worker: Worker, settings: Settings) -> None:
    """Put the tab for many inputs on the page, and the endpoint ``/batch`` behind it."""
    limits, fields = settings.limits, ", ".join(f"<code>{escape(name)}</code>" for name in worker.fields)
    texts = [name for name in worker.texts if name not in worker.fields]
    named = " and ".join(f"<code>{name}</code>" for name in worker.texts)
    also = f", or {named}, read as {'it stands' if len(worker.texts) == 1 else 'they stand'}" if texts else ""
    gr.HTML(
        f"<p>A CSV file whose first line names the columns, or a JSONL file with an object a line. "
        f"Read: {fields}{also}. Other columns are kept.</p>"
        f"<p>At most {limits.rows:,} rows, {limits.file_mb} MB, {limits.characters:,} characters a text.</p>"
    )
    with gr.Row():  # one below the other where they would be narrower than that
        file = gr.File(label="File of inputs (CSV or JSONL)", file_types=list(ENDINGS), height=160, min_width=300)
        pasted = gr.Textbox(label="Or lines, one input each", lines=5, max_lines=12, min_width=300)
    button = gr.Button("Answer all", variant="primary")
    status = live_html("batch-status")
    results = gr.File(label="All results (CSV)", interactive=False, visible=False)
    table = gr.HTML(elem_id="batch-table")

    def run(path: str | None, lines: str | None, progress: gr.Progress) -> tuple[dict[str, Any], str, list[Any]]:
        def tell(done: int, count: int) -> None:
            progress((done, count), desc="Answering", unit="rows")

        found = answer_all(worker, path, lines, limits, tell)
        try:  # into Gradio's own folder, which it cleans up
            kept = gr.processing_utils.save_file_to_cache(found.path, cache_dir=results.GRADIO_CACHE)
        finally:
            shutil.rmtree(found.path.parent)
        summary = {"rows": found.rows, "lines": found.lines, "columns": found.header, "preview": found.preview}
        return summary, kept, found.preview

    @on_page(gr.File(visible=False, render=False), "")
    def fill(path: str | None, lines: str | None, progress: gr.Progress = gr.Progress()) -> tuple[Any, Any, Any]:  # noqa: B008
        summary, kept, preview = run(path, lines, progress)
        shown = f" These are the first {PREVIEW} of them." if summary["lines"] > PREVIEW else ""
        words = f"<p>{summary['rows']:,} rows, {summary['lines']:,} lines of results.{shown}</p>"
        return words, gr.File(kept, visible=True), table_html("First results", summary["columns"], preview)

    @by_api
    def batch(
        file: str | None = None,  # or else assistants, whose tools are made of this, would have to give one
        lines: str | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, str]:
        """Answer many inputs: a summary with the first results, and all results as a CSV file.

        Args:
            file: a CSV file whose first line names the columns, or a JSONL file with an object a line
            lines: in the place of a file, one input a line

        Returns:
            a summary and the address of a CSV file
        """
        summary, kept, _ = run(file, lines, progress)
        return summary, kept

    limit: dict[str, Any] = {"concurrency_limit": _BATCHES, "concurrency_id": "batch"}
    button.click(
        fill, [file, pasted], [status, results, table], api_visibility="private", show_progress_on=status, **limit
    )
    # An endpoint of its own, so that what clients get does not change with the page.
    gr.Button(visible=False).click(
        batch,
        [gr.File(visible=False, label="file"), gr.Textbox("", visible=False, label="lines")],
        [gr.JSON(visible=False, label="summary"), gr.File(visible=False, label="results")],
        api_name="batch",
        api_description=told(batch, settings),
        **limit,
    )


def live_html(elem_id: str) -> gr.HTML:
    """Return a place whose changes a screen reader reads out."""
    return gr.HTML("", html_template="<div role='status' aria-live='polite'>${value}</div>", elem_id=elem_id)


def into_sight(answered: Any) -> None:
    """Scroll to the place ``answer`` after an event, where it is out of sight: on a phone it lies below the boxes."""
    answered.then(None, js="() => document.querySelector('#answer').scrollIntoView({block: 'nearest'})")


def serve(page: gr.Blocks, settings: Settings) -> None:
    """Serve the page until the process ends; address and port are Gradio's variables'."""
    # One request at a time for each core, and one that reads while another computes.
    page.queue(max_size=_WAITING, default_concurrency_limit=cores() + 1)
    limit = settings.limits.file_mb * 1_000_000
    answer_json()
    page.launch(
        css=CSS,
        theme=_theme(),
        max_file_size=limit,
        footer_links=["api", "gradio", "settings"],
        run_history=False,
        mcp_server=True,
        state_session_capacity=_SESSIONS,
        ssr_mode=False,
        app_kwargs={"middleware": [Middleware(SizeLimit, limit + 1_000_000)]},
    )


def _theme() -> gr.themes.Base:
    """Return colours with contrast enough for white on the main button, and fonts that every device has."""
    fonts: dict[str, Any] = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    return gr.themes.Default(primary_hue="indigo", **fonts).set(
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        body_text_color_subdued="*neutral_500",
    )


def new_page(settings: Settings) -> gr.Blocks:
    """Return an empty page with the Space's title, to be filled in a ``with``."""
    return gr.Blocks(title=settings.title, analytics_enabled=False, delete_cache=(_KEPT, _KEPT))
