"""The rehearsal Hub as a person sees it in a browser; and that programs see what they saw before."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.pages import BROWSER, CARD, PNG, SPACE_CARD, Ask, push, titles
from helpers.processes import SECONDS
from hubpress.rehearsal.server import find_running
from hubpress.rehearsal.store import Store

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
    assert httpx.get(f"{api.endpoint}{resolve}/figures/my%20curve.png", timeout=SECONDS).content == PNG
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
        "/nothing", "/none/none", "/spaces/none/none", "/kernels/a/b", "/rehearsal/titles/tree/none",
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


def test_programs_are_answered_as_before(api: HfApi, url: str, store: Store) -> None:
    """Whatever huggingface_hub may ask, it is never answered with a page."""
    sha = titles(api)
    with httpx.Client(base_url=url, headers={"accept": "*/*"}, timeout=SECONDS) as ask:
        root = ask.get("/")
        assert root.content == b'{"server":"hubpress rehearsal Hub","store":"%s"}' % store.identity.encode()
        assert (root.headers["content-type"], find_running(store.folder)) == ("application/json", url)
        assert ask.get("/?x=1").status_code == 501
        unknown = [
            ("GET", "/api/daily_papers"), ("GET", "/api/validate-yaml"), ("GET", "/api/repos/create"),
            ("GET", "/nothing"), ("POST", "/rehearsal/titles"), ("GET", "/kernels/a/b"), ("PUT", "/style.css"),
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
