"""A real Chromium that is watched, and models of a few words each whose answers can be foreseen."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from helpers.paths import ROOT
from helpers.space import FP32

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS") or ROOT / "build" / "screenshots")
"""Where a person finds what the browser showed: the folder that SCREENSHOTS names."""
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_CHROMIUM = Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium")
needs_chromium = pytest.mark.skipif(
    not _CHROMIUM.is_file(),
    reason=f"There is no {_CHROMIUM}: apt-get install -y chromium, or name another in CHROMIUM.",
)
_PATIENCE = 120_000  # milliseconds; a click is answered in less than one hundred, a page loads in a few thousand
# Nothing but loopback has an address: what asks for more fails here, and is seen as a request there.
_OPTIONS = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_LENGTH = 128
_FLOAT, _INT64 = 1, 7  # of ONNX's TensorProto
# What a person works with, as Chromium's accessibility tree names it.
_NAMED = {
    "button", "checkbox", "combobox", "heading", "link", "radio", "region", "slider", "spinbutton", "tab", "textbox",
}  # fmt: skip
# The page's own canvas lays the colours of all that is behind a text over one another.
_FAINT = """() => {
    const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true})
    const paint = colours => {
        for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1) }
        const parts = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255)
        const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const found = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
        const words = texts.currentNode.data.trim(), element = texts.currentNode.parentElement
        const style = getComputedStyle(element), box = element.getBoundingClientRect()
        if (!words || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue
        if (box.width < 2 || box.height < 2 || element.closest("script, style, noscript, [aria-hidden=true]")) continue
        const behind = []
        for (let one = element; one; one = one.parentElement) behind.unshift(getComputedStyle(one).backgroundColor)
        const [back, front] = [paint(["Canvas", ...behind]), paint([style.color])]
        const contrast = (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05)
        const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700)
        if (contrast < (large ? 3 : 4.5)) found.add(`${words.slice(0, 40)}: ${contrast.toFixed(2)}`)
    }
    return [...found]
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless Chromium."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(_CHROMIUM), args=list(_OPTIONS))
        yield browser
        browser.close()


@dataclass
class Watched:
    """A window of the browser, and everything that should not have happened in it."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    colours: str = "light"

    def open(self, url: str, *, dark: bool = False) -> Page:
        """Go to an address as a device does that asks for light or dark colours."""
        self.colours = "dark" if dark else "light"
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        self.leave()
        self.page.goto(url)
        return self.page

    def leave(self) -> None:
        """Go nowhere; what the page says of connections that end with it is no fault."""
        faults = list(self.faults)
        self.page.goto("about:blank")
        self.faults = faults

    def shoot(self, name: str) -> None:
        """Save the whole page at both widths; nothing on it may overflow, lack a name, or be hard to read."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for size in (NARROW, WIDE):
            self.page.set_viewport_size(size)
            path = SCREENSHOTS / f"{name}-{size['width']}-{self.colours}.png"
            self.page.screenshot(path=path, full_page=True, animations="disabled")
            assert overflow(self.page) <= 0, path.name
        for problems in (nameless(self.page), faint(self.page)):
            assert not problems, (name, self.colours, problems)


@contextmanager
def watched(browser: Browser) -> Iterator[Watched]:
    """Yield a window that knows no earlier one. Asserts at the end that nothing left this machine or went wrong."""
    context = browser.new_context(viewport=WIDE, accept_downloads=True)
    context.set_default_timeout(_PATIENCE)
    window = Watched(context.new_page())
    _watch(context, window)
    yield window
    window.leave()
    context.close()
    assert window.hosts <= {"127.0.0.1"}, window.hosts
    assert not window.faults, window.faults


def _watch(context: BrowserContext, window: Watched) -> None:
    def asked(url: str) -> None:
        window.hosts.update(filter(None, [urlsplit(url).hostname]))  # data: and blob: have none

    context.on("request", lambda request: asked(request.url))
    window.page.on("websocket", lambda socket: asked(socket.url))
    context.on("weberror", lambda error: window.faults.append(f"error: {error.error}"))
    context.on("console", lambda one: window.faults.append(one.text) if one.type == "error" else None)

    def opened(dialog: Any) -> None:
        window.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("dialog", opened)


def overflow(page: Page) -> int:
    """Return how many pixels of the page lie right of what is seen of it."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def nameless(page: Page) -> list[str]:
    """Return what a screen reader would come upon and have no name for."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    told = [node for node in nodes if not node["ignored"] and node["role"]["value"] in _NAMED]
    assert told, "the page is empty"
    return [
        f"{node['role']['value']} {node.get('backendDOMNodeId')}"
        for node in told
        if not node.get("name", {}).get("value", "").strip()
    ]


def faint(page: Page) -> list[str]:
    """Return the words that do not stand out from what is behind them, with their contrast (WCAG 2.2, 1.4.3)."""
    found: list[str] = page.evaluate(_FAINT)
    return found


def word_model(
    folder: Path, weights: Mapping[str, Sequence[tuple[str, float]]], *, each_token: bool = False, **config: Any
) -> Path:
    """Save a model that adds up what each word says for its labels, or (*each_token*) labels words one by one.

    *weights* has for each word its labels with a weight; ``id2label`` in *config* names all labels in order, and
    ``bias`` is the logit of each before a word is read. Only what a Space loads is written.
    """
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    bias = config.pop("bias", 0.0)
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys((*_SPECIAL, *weights)))}
    names = list(config["id2label"].values())
    table = np.zeros((len(vocabulary), len(names)), dtype=np.float32)
    for word, given in weights.items():
        for label, weight in given:
            table[vocabulary[word], names.index(label)] = weight
    (folder / "onnx").mkdir(parents=True)
    parts = [helper.make_node("Gather", ["table", "input_ids"], ["found"])]
    if each_token:
        parts += [helper.make_node("Add", ["found", "bias"], ["logits"])]
    else:  # padding counts nothing: its row of the table is zero
        parts += [
            helper.make_node("ReduceSum", ["found", "axis"], ["sum"], keepdims=0),
            helper.make_node("Add", ["sum", "bias"], ["logits"]),
        ]
    constants = {"table": table, "bias": np.full(len(names), bias, np.float32), "axis": np.array([1], np.int64)}
    graph = helper.make_graph(
        parts,
        "words",
        [helper.make_tensor_value_info("input_ids", _INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("logits", _FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name != "axis" or not each_token],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / FP32)
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    around = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=around)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "model_max_length": _LENGTH}
    (folder / "tokenizer_config.json").write_text(json.dumps(special), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    return folder
