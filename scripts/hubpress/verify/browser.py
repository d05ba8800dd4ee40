"""A static Space, asked in a headless browser: its page comes up, and its own modules answer."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hubpress.children import end_child, start_child
from hubpress.errors import HubpressError
from hubpress.files import JsonObject, to_json
from hubpress.layout import PAGE, PAGE_SETTINGS, VENDOR
from hubpress.schemas.answers import Example
from hubpress.schemas.space import SpaceSettings
from hubpress.schemas.static_page import StaticPage
from hubpress.space.runtime import NODE_MODULES, copy_runtime, in_space, on_cdn, pinned_runtime
from hubpress.space.static_server import Site, serving
from hubpress.verify.space_client import csv_of

BROWSER = "CHROMIUM"
"""The variable that names a Chromium, or a browser that is one underneath."""

Asked = str | JsonObject
"""What a Space is asked: a text, or a record."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_SECONDS = 900
_LONGEST = 200  # characters of what a browser says
_RUNTIME_HOST = "cdn.jsdelivr.net"
_HERE = Path(__file__).parent
_PROVE = b'<!doctype html><meta charset="utf-8"><body><script type="module" src="/prove/prove.js"></script>'
_OPTIONS = (
    "--headless=new", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-sync",
    "--no-first-run", "--no-default-browser-check", "--remote-debugging-port=0",
)  # fmt: skip


@dataclass(frozen=True)
class PageAnswers:
    """What a Space's modules say in a browser: to the inputs, to the examples as a CSV file, and to an empty one.

    *why* says why its page did not come up, where it did not; *windows* are the tokens and the logits of each input.
    """

    why: str | None
    answers: Sequence[JsonObject]
    windows: Sequence[Sequence[JsonObject]]
    batch: Sequence[JsonObject]
    empty: JsonObject
    seconds: float
    browser: str
    runtime: str = ""
    """Where Transformers.js came from, in words."""


def find_browser() -> str | None:
    """Return the Chromium that CHROMIUM names, or one that is installed; None where there is none."""
    named = os.environ.get(BROWSER)
    return named if named and Path(named).is_file() else next(filter(None, map(shutil.which, _NAMES)), None)


def ask_in_browser(
    browser: str,
    settings: SpaceSettings,
    files: Path,
    model: Path,
    asked: Sequence[Asked],
    examples: Sequence[Example],
    scratch: Path,
) -> PageAnswers:
    """Return what the static Space in *files* says to inputs, and to its examples as a file, by the model in a folder.

    The browser reaches this machine alone, and the CDN of the runtime where no copy of that is at hand. Raises
    HubpressError where it does not answer, or not in time.
    """
    page = StaticPage.load(files / PAGE_SETTINGS)
    page, runtime, folders = _with_runtime(page, scratch)
    said: queue.Queue[tuple[str, bytes]] = queue.Queue()
    inputs: JsonObject = {
        "given": list(asked),
        "csv": csv_of(examples),
        "empty": dict.fromkeys(page.reads.fields, " ") if len(page.reads.fields) > 1 else " ",
    }
    beside = {
        "prove/index.html": _PROVE,
        "prove/prove.js": (_HERE / "prove.js").read_bytes(),
        "prove/inputs.json": to_json(inputs).encode(),
        PAGE_SETTINGS: to_json(page.as_json()).encode(),
    }
    site = Site(files, model, settings, beside, folders, posted=lambda path, body: said.put((path, body)))
    with serving(site) as url:
        process = _started(browser, f"{url}/prove/{PAGE}", scratch, alone=bool(folders) or _is_vendored(page))
        try:
            path, body = _said(said, process, browser, scratch)
        finally:
            end_child(process)
    return _read(path, body, runtime)


def _said(
    said: queue.Queue[tuple[str, bytes]], process: subprocess.Popen[bytes], browser: str, scratch: Path
) -> tuple[str, bytes]:
    """Return what the page sends first. Raises HubpressError where the browser ends before, or takes too long."""
    for _ in range(_SECONDS):
        with suppress(queue.Empty):
            return said.get(timeout=1)
        if process.poll() is not None:
            lines = (scratch / "browser.log").read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
            raise HubpressError(f"the browser ended before it answered: {last[:_LONGEST]}", where=browser)
    raise HubpressError(f"the browser did not answer within {_SECONDS} seconds.", where=browser, passes=True)


def _read(path: str, body: bytes, runtime: str) -> PageAnswers:
    found = json.loads(body)
    if path != "/answers":
        hint = f"It needs {_RUNTIME_HOST}, or the packages in the folder that {NODE_MODULES} names."
        raise HubpressError(f"the Space does not answer in the browser: {found}", where=PAGE, hint=hint)
    return PageAnswers(**found, runtime=runtime)


def _is_vendored(page: StaticPage) -> bool:
    return page.runtime.transformers.url.startswith(f"{VENDOR}/")


def _with_runtime(page: StaticPage, scratch: Path) -> tuple[StaticPage, str, dict[str, Path]]:
    """Return the page with a runtime that is at hand, where one is: the same bytes, by the same hashes."""
    if _is_vendored(page):
        return page, "its own copy", {}
    if not os.environ.get(NODE_MODULES):
        return page, _RUNTIME_HOST, {}
    pinned, folder = pinned_runtime(), scratch / "runtime"
    if page.runtime != on_cdn(pinned):
        return page, _RUNTIME_HOST, {}
    copy_runtime(pinned, folder)
    return page.model_copy(update={"runtime": in_space(pinned)}), "npm, the same bytes by hash", {VENDOR: folder}


def _started(browser: str, url: str, scratch: Path, *, alone: bool) -> subprocess.Popen[bytes]:
    profile = scratch / "profile"
    profile.mkdir(parents=True)
    # Nothing but loopback has an address, where nothing else is needed.
    excluded = "EXCLUDE 127.0.0.1" if alone else f"EXCLUDE 127.0.0.1, EXCLUDE {_RUNTIME_HOST}"
    # A browser's own walls need what root and containers do not give; what it runs is built here, and reaches nothing.
    walls = ("--no-sandbox",) if os.geteuid() == 0 else ()
    hosts = f"--host-resolver-rules=MAP * ~NOTFOUND, {excluded}"
    command = (browser, *_OPTIONS, *walls, f"--user-data-dir={profile}", hosts, url)
    environment = {name: value for name, value in os.environ.items() if "TOKEN" not in name} | {"HOME": str(profile)}
    with (scratch / "browser.log").open("wb") as log:
        return start_child(command, cwd=scratch, env=environment, stdout=log, stderr=subprocess.STDOUT)
