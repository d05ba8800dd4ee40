"""The rehearsal Hub asked as a browser asks it: a page taken apart; repositories and apps to be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.utils import httpx

from helpers.processes import SECONDS

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PNG = b"\x89PNG\r\n\x1a\n\0\0"
CARD = """---
license: apache-2.0
language: [en, de]
pipeline_tag: text-classification
base_model: rehearsal/parent
tags: [titles, <i>odd</i>]
widget:
- text: On <b>joins</b> over streams
  example_title: A title
  output:
  - {label: Databases, score: 0.8125}
  - {label: Vision, score: 0.25}
- text: No answer here
model-index:
- name: titles
  results:
  - task: {type: text-classification}
    dataset: {name: Titles, type: titles, split: test}
    metrics: [{type: f1, name: Weighted F1, value: 0.8711}]
---

# Titles

[![Open in Colab](https://colab.example/badge.svg)](https://colab.example/#x)

Tells *where* a title was printed; see [the results](#the-results), [figures](evaluation.json) or [all](figures).

#### The results

| Class | F1 |
|---|---:|
| VLDB | **0.9** |

![A curve that rises](./figures/my%20curve.png "Curve")

<details>
<summary>All labels</summary>

1. `VLDB`

</details>

```python
print("<hello>")
```
"""
APP = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        told = {"env": dict(os.environ), "argv": sys.argv, "pid": os.getpid(), "cwd": os.getcwd(), "here": os.listdir()}
        self.wfile.write(json.dumps(told).encode())
print("about to serve", flush=True)
HTTPServer(("127.0.0.1", int(os.environ["GRADIO_SERVER_PORT"])), Handler).serve_forever()
"""
SPACE_CARD = "---\ntitle: Try titles\nsdk: gradio\napp_file: app.py\nmodels: [rehearsal/titles]\n---\nTry *it*.\n"


class Page(HTMLParser):
    """A page taken apart: tags with their attributes in order, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.tags, self.text = html, list[tuple[str, dict[str, str]]](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def links(self) -> list[str]:
        return [attributes.get("href", "") for attributes in self.all("a")]


Ask = Callable[..., Any]


def browser(url: str) -> Ask:
    """Ask as a browser does, without a token; ``page`` of an answer is the page taken apart."""

    def ask(path: str, **headers: str) -> Any:
        answer = httpx.get(f"{url}{path}", headers=BROWSER | headers, timeout=SECONDS)
        answer.page = Page(answer.text)
        return answer

    return ask


def push(
    api: HfApi, repo: str, files: Mapping[str, str | bytes], *, kind: str = "model", title: str = "Release"
) -> str:
    api.create_repo(repo, repo_type=kind, space_sdk="gradio" if kind == "space" else None, exist_ok=True)
    added = [
        CommitOperationAdd(path, text if isinstance(text, bytes) else text.encode()) for path, text in files.items()
    ]
    return api.create_commit(repo, added, commit_message=title, repo_type=kind).oid


def titles(api: HfApi) -> str:
    """A repository like a released one; return its commit."""
    files: dict[str, str | bytes] = {"README.md": CARD, "evaluation.json": "{}\n", "model.safetensors": b"\0" * 1500}
    return push(api, "rehearsal/titles", files | {"figures/my curve.png": PNG})
