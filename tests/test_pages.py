"""The rehearsal Hub as a person sees it in a browser; and that programs see what they saw before."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.utils import httpx

from hubpress.files import read_json
from hubpress.rehearsal.server import find_running, running
from hubpress.rehearsal.store import Store

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
EVIL = """---
license: mit
tags: ["<script>alert(1)</script>"]
widget:
- text: "<script>alert(2)</script>"
  example_title: "<img src=x onerror=alert(3)>"
  output: [{label: "<svg onload=alert(4)>", score: 7}, 5, {score: "high"}]
- just a text
model-index: []
---
# Hello <script>alert(5)</script>

<iframe src="https://evil.example/"></iframe><style>body { display: none }</style>
<div onclick="alert(6)" style="position: fixed" class="top" id="main">kept words</div>
<form action="https://evil.example/"><input name="q"><button>Go</button></form>
<svg onload="alert(7)"><a xlink:href="javascript:alert(8)">x</a></svg>
<meta http-equiv="refresh" content="0; url=https://evil.example/"><base href="https://evil.example/">
<link rel="stylesheet" href="//evil.example/x.css">

[a](javascript:alert(9)) <a href="java&#10;script:alert(10)" target="_blank">b</a> <a href="data:text/html,x">c</a> [out](https://out.example/)

![outside](https://evil.example/a.png) ![there](figures/my%20curve.png) ![not there](figures/none.png)
<img src="//evil.example/b.png" alt="proto"> <img src="/\\evil.example/c.png" alt="a > b <script>">
<img src="\\\\evil.example/d.png">
<img src="data:image/svg+xml,<svg onload=alert(11)>" alt="data">
<img src="../../../../rehearsal/other/resolve/main/x.png" alt="up">
<img srcset="https://evil.example/e.png 2x" src="figures/my%20curve.png" onerror="alert(12)">

<table background="https://evil.example/f.png"><tr><td style="background: url(https://evil.example/g.png)">cell</td></tr></table>
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
SERVE = """
import sys
from pathlib import Path
from hubpress.rehearsal.server import serve
serve(Path(sys.argv[1]), port=0)
"""


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


@pytest.fixture
def api(url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> HfApi:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    return HfApi(endpoint=url, token=store.write_token)


Ask = Callable[..., Any]


def browser(url: str) -> Ask:
    """Ask as a browser does, without a token; ``page`` of an answer is the page taken apart."""

    def ask(path: str, **headers: str) -> Any:
        answer = httpx.get(f"{url}{path}", headers=BROWSER | headers)
        answer.page = Page(answer.text)
        return answer

    return ask


@pytest.fixture
def get(url: str) -> Ask:
    return browser(url)


def push(api: HfApi, repo: str, files: dict[str, str | bytes], *, kind: str = "model", title: str = "Release") -> str:
    api.create_repo(repo, repo_type=kind, space_sdk="gradio" if kind == "space" else None, exist_ok=True)
    added = [
        CommitOperationAdd(path, text if isinstance(text, bytes) else text.encode()) for path, text in files.items()
    ]
    return api.create_commit(repo, added, commit_message=title, repo_type=kind).oid


def titles(api: HfApi) -> str:
    """A repository like a released one; return its commit."""
    files = {"README.md": CARD, "evaluation.json": "{}\n", "model.safetensors": b"\0" * 1500}
    return push(api, "rehearsal/titles", files | {"figures/my curve.png": PNG})


# Models


def test_the_first_page_lists_what_is_public(api: HfApi, get: Ask) -> None:
    sha = titles(api)
    push(api, "rehearsal/try-titles", {"README.md": SPACE_CARD}, kind="space", title="Space")
    push(api, "rehearsal/secret", {"README.md": CARD})
    api.update_repo_settings("rehearsal/secret", private=True)
    answer = get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert {"/rehearsal/titles", f"/rehearsal/titles/tree/{sha}", "/spaces/rehearsal/try-titles"} <= set(
        answer.page.links()
    )
    assert "secret" not in answer.text
    assert get("/rehearsal/secret").status_code == 404
    assert re.search(r"Release,\s+\d{4}-\d\d-\d\d \d\d:\d\d UTC", answer.page.text)


def test_a_model_s_page_shows_its_card_as_the_hub_would(api: HfApi, get: Ask) -> None:
    push(api, "rehearsal/parent", {"README.md": "---\nlicense: mit\n---\n"})
    push(api, "rehearsal/try-titles", {"README.md": SPACE_CARD}, kind="space")
    sha = titles(api)
    answer = get("/rehearsal/titles")
    page, resolve = answer.page, f"/rehearsal/titles/resolve/{sha}"
    for words in ("text-classification", "apache-2.0", "en, de", "<i>odd</i>", "On <b>joins</b> over streams", "0.812"):
        assert words in page.text, words
    for words in ("Weighted F1", "0.8711", "text-classification, Titles, test", 'print("<hello>")', "VLDB"):
        assert words in page.text, words
    assert {"/rehearsal/parent", "/spaces/rehearsal/try-titles"} <= set(page.links())
    assert page.all("img") == [
        {"src": f"{resolve}/figures/my%20curve.png", "alt": "A curve that rises", "title": "Curve"}
    ]
    assert httpx.get(f"{api.endpoint}{resolve}/figures/my%20curve.png").content == PNG
    # The badge is its words, and still a link; links of the card lead to where they mean.
    assert '<a href="https://colab.example/#x" rel="noopener noreferrer nofollow"><span' in answer.text
    assert {"#card-the-results", f"{resolve}/evaluation.json", f"/rehearsal/titles/tree/{sha}"} <= set(page.links())
    assert "card-the-results" in [attributes.get("id") for attributes in page.all("h3")]
    assert ("th", {"align": "right"}) in page.tags and "<summary>All labels</summary>" in answer.text
    assert '<code class="language-python">' in answer.text
    # Files with their sizes, and commits.
    assert f"{resolve}/model.safetensors" in page.links() and "1.5 kB" in page.text
    assert sha[:7] in page.text and "initial commit" in page.text


def test_spans_are_answers_too(api: HfApi, get: Ask) -> None:
    """The Hub's cards have no place for them; evaluation.json has."""
    card = "---\nlicense: mit\nwidget:\n- text: Marie met Pierre\n- text: Nobody came\n- text: Unasked\n---\n"
    span = {"entity_group": "Person", "start": 10, "end": 16, "score": 0.5, "word": "pierre"}
    asked = [{"text": "Marie met Pierre", "output": [span]}, {"text": "Nobody came", "output": []}]
    files: dict[str, str | bytes] = {"README.md": card, "evaluation.json": json.dumps({"widget": asked})}
    push(api, "rehearsal/spans", files)
    shown = get("/rehearsal/spans").page
    for words in ("Pierre (Person)", "0.500", "It answers nothing", "The card gives no answer"):
        assert words in shown.text, words
    assert [meter["value"] for meter in shown.all("meter")] == ["0.5"]
    push(api, "rehearsal/spans", {"evaluation.json": "[1"})
    assert "Pierre (Person)" not in get("/rehearsal/spans").page.text


def test_headings_are_in_order_and_everything_has_a_name(api: HfApi, get: Ask) -> None:
    titles(api)
    push(api, "rehearsal/try-titles", {"README.md": SPACE_CARD}, kind="space")
    for path in ("/", "/rehearsal/titles", "/spaces/rehearsal/try-titles", "/nothing/here"):
        page = get(path).page
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path
        assert all(attributes.get("alt") for attributes in page.all("img")), path
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), path
        inside = {link[1:] for link in page.links() if link.startswith("#")}
        assert inside <= set(ids), path
        assert not page.all("script"), path


def test_an_older_revision_has_a_page_with_its_files_and_card(api: HfApi, get: Ask) -> None:
    first = push(api, "rehearsal/aged", {"README.md": "---\nlicense: mit\n---\n# Old words\n", "old.txt": "1"})
    api.create_tag("rehearsal/aged", tag="v1")
    second = push(api, "rehearsal/aged", {"README.md": "---\nlicense: mit\n---\n# New words\n", "new.txt": "2"})
    for revision in (first, first[:8], "v1"):
        page = get(f"/rehearsal/aged/tree/{revision}").page
        assert "Old words" in page.text and "New words" not in page.text
        assert f"/rehearsal/aged/resolve/{first}/old.txt" in page.links() and "new.txt" not in page.text
        assert "/rehearsal/aged" in page.links()
    newest = get(f"/rehearsal/aged/commit/{second}").page
    assert "New words" in newest.text and f"/rehearsal/aged/tree/{first}" in newest.links() and "v1" in newest.text
    blob = get("/rehearsal/aged/blob/v1/old.txt")
    assert blob.headers["location"] == f"/rehearsal/aged/resolve/{first}/old.txt"


@pytest.mark.parametrize("name", ["a.b_c-1", "tree", "resolve", "api", "X" * 96, "0"])
def test_odd_names_have_pages(api: HfApi, get: Ask, name: str) -> None:
    odd = "a b#1?&<i>%20.txt"
    sha = push(api, f"rehearsal/{name}", {"README.md": f"---\nlicense: mit\n---\nhello [x](<{odd}>)\n", odd: "text"})
    for path in (f"/rehearsal/{name}", f"/rehearsal/{name}/tree/main"):
        page = get(path).page
        assert "hello" in page.text and odd in page.text
        (link,) = {link for link in page.links() if "a%20b" in link}
        assert link.startswith(f"/rehearsal/{name}/resolve/{sha}/")
        assert get(link).text == "text"


@pytest.mark.parametrize(
    "card",
    [
        "",
        "no front matter",
        "---\na: [\n---\nbroken",
        "---\nwidget: {a: 1}\ntags: 5\nlicense: mit\nmodel-index: [1, {results: [{metrics: [2, {}]}]}]\n---\n",
        "---\nlicense: &a [*a]\ntags: *a\nwidget: *a\nbase_model: {1: 2}\n---\n",
        '---\nlicense: "half \\ud800"\n---\n',
    ],
)
def test_a_card_that_says_little_has_a_page(store: Store, api: HfApi, get: Ask, card: str) -> None:
    """The store may hold cards that the Hub would have refused since."""
    api.create_repo("rehearsal/little", exist_ok=True)
    repository = store.repository("models", "rehearsal/little")
    head = repository.commit("main")
    repository.add_commit(head.id, {**head.files, "README.md": repository.add_small(card.encode())}, "by hand")
    assert get("/").status_code == 200
    answer = get("/rehearsal/little")
    assert answer.status_code == 200
    assert ("not valid YAML" in answer.text) == ("broken" in card)


# Harm


def test_an_evil_card_does_no_harm(api: HfApi, get: Ask) -> None:
    sha = push(api, "rehearsal/evil", {"README.md": EVIL, "figures/my curve.png": PNG})
    answer = get("/rehearsal/evil")
    page = answer.page
    allowed = {
        "href",
        "src",
        "alt",
        "id",
        "class",
        "rel",
        "lang",
        "charset",
        "name",
        "content",
        "type",
        "tabindex",
        "role",
    }
    allowed |= {"aria-label", "aria-labelledby", "scope", "align", "open", "title", "datetime"}
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "style", "form", "input", "button", "svg", "base", "object", "embed"}, (
            tag
        )
        assert set(attributes) <= allowed, (tag, attributes)
        assert re.match(r"(https://out\.example/|/(?!/)|#|$)", attributes.get("href", "")), attributes
    assert [attributes["src"] for attributes in page.all("img")] == [
        f"/rehearsal/evil/resolve/{sha}/figures/my%20curve.png"
    ] * 2
    assert all(
        attributes["href"] == "/style.css" for attributes in page.all("link") if attributes["rel"] == "stylesheet"
    )
    assert not [one for one in page.all("meta") if "refresh" in one.values()]
    for words in ("kept words", "outside", "not there", "proto", "a > b <script>", "data", "up", "cell"):
        assert words in page.text, words
    # What stands in the front matter is text.
    for words in (
        "<script>alert(1)</script>",
        "<script>alert(2)</script>",
        "<img src=x onerror=alert(3)>",
        "<svg onload",
    ):
        assert words in page.text, words
    assert [one for one in page.all("div") if "id" in one or one.get("class") == "top"] == []


def test_pages_forbid_what_they_do_not_need(api: HfApi, get: Ask) -> None:
    titles(api)
    for path in ("/", "/rehearsal/titles", "/none/none"):
        headers = get(path).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'" and not {"script-src", "connect-src"} & set(policy)
        assert {policy["style-src"], policy["img-src"], policy["form-action"]} == {"'self'"}
        assert {policy["base-uri"], policy["frame-ancestors"]} == {"'none'"}
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    style = get("/style.css")
    assert style.headers["content-type"].startswith("text/css") and "prefers-color-scheme: dark" in style.text
    assert "url(" not in style.text and "@import" not in style.text
    assert get("/favicon.ico").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/none/none", "/spaces/none/none", "/datasets/a/b", "/rehearsal/titles/tree/none",
        "/api/models/a/b", "/rehearsal/titles/resolve/main/none.txt",
        "/rehearsal/a--b", "/<script>/<b>", "/spaces/rehearsal", "/api/none",
        "/spaces/rehearsal/titles/blob/main/x",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_page_too(api: HfApi, get: Ask, path: str) -> None:
    titles(api)
    answer = get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Not Found" in answer.page.text and "/" in answer.page.links() and "<script>" not in answer.text


# Programs


def test_programs_are_answered_as_before(api: HfApi, url: str, store: Store) -> None:
    """Whatever huggingface_hub may ask, it is never answered with a page."""
    sha = titles(api)
    ask = httpx.Client(base_url=url, headers={"accept": "*/*"})
    root = ask.get("/")
    assert root.content == b'{"server":"hubpress rehearsal Hub","store":"%s"}' % store.identity.encode()
    assert (root.headers["content-type"], find_running(store.folder)) == ("application/json", url)
    assert ask.get("/?x=1").status_code == 501
    unknown = [
        ("GET", "/api/daily_papers"), ("GET", "/api/validate-yaml"), ("GET", "/api/repos/create"), ("GET", "/nothing"),
        ("POST", "/rehearsal/titles"), ("GET", "/datasets/a/b"), ("PUT", "/style.css"),
        ("GET", "/models/rehearsal/titles"), ("GET", "/storage/x"), ("POST", "/spaces/rehearsal"),
    ]  # fmt: skip
    for method, path in unknown:
        answer = ask.request(method, path)
        assert (answer.status_code, answer.json()) == (
            501,
            {"error": f"The rehearsal Hub does not know {method} {path}"},
        )
    missing = ask.get("/rehearsal/titles/resolve/main/none.txt")
    assert (missing.status_code, missing.json()) == (404, {"error": "Entry not found: none.txt"})
    assert (missing.headers["x-error-code"], missing.headers["x-repo-commit"]) == ("EntryNotFound", sha)
    file = ask.get("/rehearsal/titles/resolve/main/evaluation.json")
    assert (file.content, file.headers["x-repo-commit"]) == (b"{}\n", sha)
    # A browser that opens a file or the API gets what programs get.
    info = "/api/models/rehearsal/titles"
    for path in (f"/rehearsal/titles/resolve/{sha}/README.md", info, f"{info}/refs", f"{info}/tree/main"):
        assert ask.get(path).content == ask.get(path, headers=BROWSER).content
    assert api.model_info("rehearsal/titles").sha == sha
    assert ask.head("/rehearsal/titles").status_code == 200


# Spaces


def wait_for(get: Ask, path: str, words: str) -> Any:
    """Open a page again and again, as its waiting state does, until it shows *words*."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = get(path)
        if words in answer.text:
            return answer
        assert 'http-equiv="refresh"' in answer.text, answer.page.text
        time.sleep(0.1)
    raise TimeoutError(answer.page.text)


def gone(pid: int) -> bool:
    """Wait until a process has ended; a zombie has."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_a_space_runs_while_the_hub_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    for name in ("HF_TOKEN", "SECRET_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "secret-value")
    store = Store(tmp_path / "store")
    with running(store.folder, port=0) as url:
        api, get = HfApi(endpoint=url, token=store.write_token), browser(url)
        path = "/spaces/rehearsal/try"
        sha = push(api, "rehearsal/try", {"README.md": SPACE_CARD, "app.py": APP, "more/words.txt": "x"}, kind="space")
        # Neither a page elsewhere nor a question about the page starts anything.
        assert "does not run" in get(path, **{"sec-fetch-site": "cross-site"}).page.text
        assert httpx.head(f"{url}{path}", headers=BROWSER).status_code == 200
        assert httpx.post(f"{url}{path}/start", headers={"sec-fetch-site": "cross-site"}).status_code == 501
        assert not (store.folder / "apps").exists()

        first = get(path)
        assert first.page.all("form") == [] and "is starting" in first.page.text
        page = wait_for(get, path, "<iframe")
        (frame,) = page.page.all("iframe")
        assert page.headers["content-security-policy"].endswith(f"frame-src {frame['src']}")
        assert "Try titles" in page.page.text and f"{path}/tree/{sha}" in page.page.links()
        assert f"{path}/resolve/{sha}/app.py" in page.page.links()
        told = httpx.get(frame["src"]).json()
        assert "secret-value" not in str(told["env"]) and store.write_token not in str(told)
        assert (told["env"]["HF_ENDPOINT"], told["argv"]) == (url, ["app.py"])
        assert {"app.py", "README.md", "more"} <= set(told["here"])
        assert told["env"]["HF_HOME"].startswith(str(store.folder / "apps"))
        # Opened again it is the same one; an older revision is shown without it.
        assert httpx.get(get(path).page.all("iframe")[0]["src"]).json()["pid"] == told["pid"]
        older = api.list_repo_commits("rehearsal/try", repo_type="space")[1].commit_id
        assert get(f"{path}/tree/{older}").page.all("iframe") == []

        # A new commit replaces it.
        push(api, "rehearsal/try", {"app.py": f"{APP}\n# changed\n"}, kind="space")
        again = httpx.get(wait_for(get, path, "<iframe").page.all("iframe")[0]["src"]).json()
        assert again["pid"] != told["pid"] and gone(told["pid"])
    assert gone(again["pid"])
    assert not Path(again["cwd"]).exists()


def test_a_failing_app_shows_its_log(api: HfApi, get: Ask, url: str) -> None:
    app = "print('\\x1b[31mhello <script>\\x1b[0m')\nimport no_such_module\n"
    push(api, "rehearsal/fails", {"README.md": SPACE_CARD, "app.py": app}, kind="space")
    path = "/spaces/rehearsal/fails"
    page = wait_for(get, path, "does not run").page
    assert "exit code 1" in page.text and "No module named 'no_such_module'" in page.text
    assert "hello <script>" in page.text and "\x1b" not in page.text and not page.all("iframe")
    # It is not tried again by itself, but on demand.
    assert "does not run" in get(path).text
    assert [form["action"] for form in page.all("form")] == [f"{path}/start"]
    answer = httpx.post(f"{url}{path}/start", headers={"sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "is starting" in get(path).text or "does not run" in get(path).text


def test_a_space_without_an_app_says_so(api: HfApi, get: Ask) -> None:
    push(api, "rehearsal/empty", {"README.md": SPACE_CARD}, kind="space")
    page = get("/spaces/rehearsal/empty").page
    assert "There is no app.py in this Space" in page.text and not page.all("form")


def test_few_apps_run_at_once(api: HfApi, get: Ask, store: Store) -> None:
    """The one whose page was not looked at for the longest makes room."""
    quiet = "import time; time.sleep(600)"
    for number in range(4):
        push(api, f"rehearsal/many-{number}", {"README.md": SPACE_CARD, "app.py": quiet}, kind="space")
        assert "is starting" in get(f"/spaces/rehearsal/many-{number}").page.text
    assert len(list((store.folder / "apps").iterdir())) == 3
    elsewhere = {"sec-fetch-site": "cross-site"}
    seen = ["is starting" in get(f"/spaces/rehearsal/many-{number}", **elsewhere).page.text for number in range(4)]
    assert seen == [False, True, True, True]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_an_app_ends_with_its_hub_however_that_ends(
    tmp_path: Path, sent: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    store = Store(tmp_path / "store")
    with running(store.folder, port=0) as url:
        push(HfApi(endpoint=url, token=store.write_token), "rehearsal/try", {"app.py": APP}, kind="space")
    hub = subprocess.Popen([sys.executable, "-c", SERVE, str(store.folder)])
    try:
        deadline = time.monotonic() + 20
        while not (found := find_running(store.folder)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert read_json(store.folder / "server.json")["pid"] == hub.pid
        (frame,) = wait_for(browser(str(found)), "/spaces/rehearsal/try", "<iframe").page.all("iframe")
        pid = httpx.get(frame["src"]).json()["pid"]
    finally:
        hub.send_signal(sent)
        hub.wait()
    assert gone(pid)
    with running(store.folder, port=0):
        assert not (store.folder / "apps").exists()
