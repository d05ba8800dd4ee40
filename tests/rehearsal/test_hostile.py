"""Input that would stop a Hub, or lead it astray: each is refused with a 4xx, and the Hub goes on."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.pages import Ask
from helpers.processes import SECONDS
from helpers.rehearsal import file_line, post_commit
from hubpress.rehearsal.store import Store

AT_ONCE = 5.0  # seconds; what is written out takes minutes


@pytest.fixture(autouse=True)
def hub_goes_on(url: str, store: Store) -> Iterator[None]:
    yield
    for path in ("/", "/api/whoami-v2"):
        answer = httpx.get(url + path, headers={"authorization": f"Bearer {store.write_token}"}, timeout=AT_ONCE)
        assert answer.status_code == 200


def raw(url: str, *lines: str, body: bytes = b"") -> bytes:
    """Send a request as it stands, and return the answer's first line."""
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=SECONDS) as connection:
        head = "\r\n".join([*lines, f"Host: {parts.netloc}", "", ""])
        connection.sendall(head.encode() + body)
        return connection.makefile("rb").readline()


def _merged(levels: int) -> str:
    lines = ["m0: &m0 {a: 1}", *(f"m{n}: &m{n} {{x: *m{n - 1}, y: *m{n - 1}}}" for n in range(1, levels))]
    return "\n".join(lines)


def _doubled(levels: int) -> str:
    return "\n".join(["tags: &t0 [one]", *(f"k{n}: &t{n} [{', '.join([f'*t{n - 1}'] * 2)}]" for n in range(1, levels))])


@pytest.mark.parametrize(
    "front",
    ["a: &a [x]\nb: *a", "a: &a {b: *a}", _merged(40), _doubled(60), "a: &a {k: 1}\nb:\n  <<: [*a, *a]"],
    ids=["one", "of-itself", "mappings", "lists", "merge"],
)
def test_aliases_in_a_card_are_refused(plain: Any, repo: str, front: str) -> None:
    began = time.monotonic()
    text = f"---\nlicense: mit\n{front}\n---\n"
    for answer in (
        post_commit(plain, repo, file_line("README.md", text.encode())),
        plain.post("/api/validate-yaml", json={"content": text}),
    ):
        assert (answer.status_code, "alias" in answer.text) == (400, True)
    assert time.monotonic() - began < AT_ONCE


def test_a_store_that_holds_such_cards_is_read(api: HfApi, store: Store, plain: Any, get: Ask) -> None:
    """They may have come there before the Hub refused them."""
    for kind, text in (
        ("mappings", _merged(50)),
        ("of-itself", "tags: &a [*a]\nlicense: {b: *a}"),
        ("odd", 'license: "half \\ud800"\nscore: .nan\nmost: -.inf\n2024-01-01: day\n[a, b]: list'),
    ):
        name = f"rehearsal/old-{kind}"
        api.create_repo(name)
        repository = store.repository("models", name)
        head = repository.commit("main")
        card = repository.add_small(f"---\n{text}\n---\n# Old\n".encode())
        repository.add_commit(head.id, {**head.files, "README.md": card}, "by hand")
        began = time.monotonic()
        assert plain.get(f"/api/models/{name}").status_code == 200
        assert get(f"/{name}").status_code == get("/").status_code == 200
        assert time.monotonic() - began < AT_ONCE


def test_a_long_card_is_refused_or_shown_as_text(plain: Any, repo: str, get: Ask) -> None:
    fields = "".join(f"key{number}: value\n" for number in range(50_000))
    long = post_commit(plain, repo, file_line("README.md", f"---\n{fields}---\n".encode()))
    assert (long.status_code, "longer than" in long.text) == (400, True)
    text = "---\nlicense: mit\n---\na|b\n-|-\n" + "x|y\n" * 100_000
    assert post_commit(plain, repo, file_line("README.md", text.encode())).status_code == 200
    began = time.monotonic()
    assert get(f"/{repo}").status_code == 200
    assert time.monotonic() - began < AT_ONCE
    pointer = {"path": "README.md", "algo": "sha256", "oid": "0" * 64, "size": 1}
    large = post_commit(plain, repo, {"key": "lfsFile", "value": pointer})
    assert (large.status_code, "not a large file" in large.text) == (400, True)


def test_a_body_is_bounded_before_it_is_read(url: str, store: Store, plain: Any, repo: str) -> None:
    token = f"Authorization: Bearer {store.write_token}"
    for path in ("/api/repos/create", f"/api/models/{repo}/commit/main", f"/api/models/{repo}/discussions"):
        # Only announced: the answer comes before a byte of it.
        line = raw(url, f"POST {path} HTTP/1.1", token, "Content-Length: 99999999999")
        assert b" 413 " in line, path

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 1024 * 1024

    for body in (pieces(), b" " * 40 * 1024 * 1024):  # in pieces without a length, and with one
        request = urllib.request.Request(f"{url}/api/repos/create", data=body, method="POST")
        request.add_header("Authorization", f"Bearer {store.write_token}")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=SECONDS)
        with refused.value as answer:
            assert answer.code == 413


@pytest.mark.parametrize("sign", ["%00", "%0a", "%1b[2J", "%7f", "%C2%85"])
def test_control_characters_in_an_address(url: str, store: Store, plain: Any, repo: str, sign: str) -> None:
    for method, path in [
        ("GET", f"/{repo}/resolve/main/a{sign}b"),
        ("HEAD", f"/{repo}/resolve/{sign}/README.md"),
        ("GET", f"/api/models/{repo}/tree/main/{sign}"),
        ("GET", f"/api/models/{repo}{sign}"),
        ("GET", f"/{repo}{sign}"),
        ("POST", f"/api/models/{repo}/tag/{sign}"),
        ("PUT", f"/storage/models/{repo}/{sign}/1/x"),
        ("GET", f"/api/collections/rehearsal/{sign}-1"),
    ]:
        line = raw(url, f"{method} {path} HTTP/1.1", f"Authorization: Bearer {store.write_token}", "Content-Length: 0")
        assert b" 400 " in line, path


@pytest.mark.parametrize(
    "value", ["[" * 100_000, '{"a":' * 20_000, "[" * 2_000 + "]" * 2_000, "1e999", "Infinity", "9" * 5_000, '"\\ud800"']
)
def test_json_that_is_too_much(plain: Any, repo: str, value: str) -> None:
    for method, path, field in [
        ("POST", "/api/repos/create", "name"),
        ("POST", "/api/repos/move", "fromRepo"),
        ("POST", "/api/validate-yaml", "content"),
        ("POST", "/api/collections", "title"),
        ("POST", f"/api/models/{repo}/tag/main", "tag"),
        ("POST", f"/api/models/{repo}/discussions", "title"),
        ("PUT", f"/api/models/{repo}/settings", "private"),
        ("POST", f"/{repo}.git/info/lfs/objects/batch", "operation"),
    ]:
        rest = '"namespace": "rehearsal", ' if "collections" in path else ""
        answer = plain.request(method, path, content=f'{{{rest}"{field}": {value}}}'.encode())
        accepted = "ud800" in value and path.endswith("yaml")  # a text as any other, which nobody keeps
        assert answer.status_code in ((200,) if accepted else (400, 501)), (path, answer.text)
    line = json.dumps(file_line("x", b"1")).replace('"x"', value, 1).encode()
    header = json.dumps({"key": "header", "value": {"summary": "by hand"}}).encode()
    answer = plain.post(f"/api/models/{repo}/commit/main", content=header + b"\n" + line)
    assert answer.status_code == 400
    large = f'{{"operation": "upload", "objects": [{{"oid": "{"0" * 64}", "size": {value}}}]}}'
    assert plain.post(f"/{repo}.git/info/lfs/objects/batch", content=large.encode()).status_code == 400


def test_deep_values_in_files_that_pages_read(plain: Any, repo: str, get: Ask) -> None:
    deep = "[" * 5_000 + "]" * 5_000
    card = f"---\nwidget: {deep}\n---\n".encode()
    assert post_commit(plain, repo, file_line("README.md", card)).status_code == 400
    card = b"---\nlicense: mit\nwidget: [{text: a}]\n---\n" + b"> " * 5_000 + b"x\n" + b"[" * 20_000
    evaluation = f'{{"widget": {deep}}}'.encode()
    lines = file_line("README.md", card), file_line("evaluation.json", evaluation)
    assert post_commit(plain, repo, *lines).status_code == 200
    assert get(f"/{repo}").status_code == 200


def test_pages_elsewhere_may_not_write(url: str, plain: Any, repo: str) -> None:
    own = urlsplit(url).netloc
    path = f"/api/models/{repo}/settings"
    for headers, status in [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"origin": f"http://{own}.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://[half"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": f"http://{own}", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": f"http://{own}"}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
        ({}, 200),
    ]:
        assert plain.put(path, json={"private": False}, headers=headers).status_code == status, headers
        assert plain.get(f"/api/models/{repo}", headers=headers).status_code == 200
    assert plain.delete("/api/collections/rehearsal/x-1", headers={"origin": "https://evil.example"}).status_code == 403


def test_no_way_out_of_the_store(url: str, store: Store, plain: Any, repo: str) -> None:
    for path in (
        f"/{repo}/resolve/main/../../../../../tokens.json",
        f"/{repo}/resolve/main/..%2f..%2f..%2f..%2ftokens.json",
        f"/{repo}/resolve/..%2f..%2f..%2ftokens/x",
        f"/{repo}/resolve/main//etc/passwd",
        "/api/models/..%2f../tokens.json",
        "/api/models/../tokens",
        f"/api/models/{repo}/tree/main/../..",
        f"/{repo}/blob/main/..%5c..%5ctokens.json",
        "/..%2f..%2ftokens.json/x",
    ):
        line = raw(url, f"GET {path} HTTP/1.1", f"Authorization: Bearer {store.write_token}")
        assert b" 4" in line or b" 501 " in line or b" 307 " in line, path
    for name in ("../x", "a/b", "/etc/x", "..", "a\\b", "x\0", ""):
        assert plain.post("/api/repos/create", json={"name": name}).status_code == 400, name
        moved = {"fromRepo": repo, "toRepo": f"rehearsal/{name}"}
        assert plain.post("/api/repos/move", json=moved).status_code == 400, name
    for oid in ("../" * 21 + "x", "g" * 64, "A" * 64):
        wanted = {"operation": "upload", "objects": [{"oid": oid, "size": 1}]}
        assert plain.post(f"/{repo}.git/info/lfs/objects/batch", json=wanted).status_code == 422
    assert sorted(path.name for path in (store.folder / "repositories" / "models").iterdir()) == ["rehearsal"]


def test_a_path_and_a_commit_have_an_end(plain: Any, repo: str) -> None:
    assert post_commit(plain, repo, file_line("d/" * 600 + "x", b"1")).status_code == 400
    many = [{"key": "deletedFile", "value": {"path": "x"}}] * 10_001
    assert post_commit(plain, repo, *many).status_code == 400
