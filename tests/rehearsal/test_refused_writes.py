"""What the rehearsal Hub refuses to write: wrong bytes, half commits, bodies and cards that are none."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.processes import SECONDS
from helpers.rehearsal import commit, file_line, post_commit
from hubpress.rehearsal.store import Store


def upload_address(plain: Any, repo: str, content: bytes) -> str:
    oid = hashlib.sha256(content).hexdigest()
    wanted = {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": len(content)}]}
    answer = plain.post(f"/{repo}.git/info/lfs/objects/batch", json=wanted).json()
    return str(answer["objects"][0]["actions"]["upload"]["href"])


def test_upload_with_another_hash_or_size_is_refused(api: HfApi, plain: Any, repo: str, url: str, store: Store) -> None:
    content = b"right" * 100
    address = upload_address(plain, repo, content)
    for wrong in (b"wrong" * 100, content + b"more", content[:-1], b""):
        assert httpx.put(address, content=wrong).status_code == 400
    assert httpx.put(address[:-1] + ("0" if address[-1] != "0" else "1"), content=content).status_code == 403
    pointer = {"path": "new.bin", "algo": "sha256", "oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
    line = {"key": "lfsFile", "value": pointer}
    refused = post_commit(plain, repo, line)
    assert (refused.status_code, "was not uploaded" in refused.text) == (400, True)
    assert list((store.folder / "repositories" / "models" / repo / "incoming").iterdir()) == []
    assert httpx.put(address, content=content).status_code == 200
    other = f"{repo}-other"
    api.create_repo(other)
    assert post_commit(plain, other, line).status_code == 400, "one repository's large files are not another's"
    assert post_commit(plain, repo, {"key": "lfsFile", "value": {**pointer, "size": 1}}).status_code == 400
    assert post_commit(plain, repo, line).status_code == 200


@pytest.mark.parametrize(
    "lines",
    [
        [{"key": "nonsense", "value": {}}],
        [{"key": "header", "value": {"summary": "second"}}],
        [file_line("../x", b"1")],
        [file_line("/x", b"1")],
        [file_line("a//b", b"1")],
        [file_line(".git/config", b"1")],
        [file_line("a\nb", b"1")],
        [file_line("binary.txt", b"\0\1\2")],
        [file_line("weights.safetensors", b"text")],
        [file_line("x", b"1"), file_line("x/y", b"1")],
        [{"key": "file", "value": {"path": "x", "content": "not base64!", "encoding": "base64"}}],
        [file_line("README.md", b"---\nlicense: [unclosed\n---\n")],
        [file_line("README.md", b"---\nlicense: {a: b}\n---\n")],
        [
            {"key": "deletedFile", "value": {"path": "README.md"}},
            {"key": "deletedFile", "value": {"path": "README.md"}},
        ],
    ],
)
def test_commit_is_all_or_nothing(plain: Any, api: HfApi, repo: str, lines: list[dict[str, Any]]) -> None:
    before = api.model_info(repo).sha
    answer = post_commit(plain, repo, file_line("good.txt", b"good"), *lines)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]
    assert api.model_info(repo).sha == before


def test_a_body_that_is_not_understood_is_refused(plain: Any, repo: str) -> None:
    for method, path in [
        ("POST", "/api/repos/create"),
        ("POST", f"/api/models/{repo}/commit/main"),
        ("POST", f"/api/models/{repo}/preupload/main"),
        ("POST", f"/api/models/{repo}/tag/main"),
        ("PUT", f"/api/models/{repo}/settings"),
        ("POST", f"/api/models/{repo}/lfs-verify"),
        ("POST", f"/{repo}.git/info/lfs/objects/batch"),
    ]:
        for body in (b"", b"no json", b"[1]", b"null", b"{}", b"\xff"):
            answer = plain.request(method, path, content=body)
            assert answer.status_code in (400, 501), (path, body, answer.text)
            assert answer.json()["error"]


def test_cards_are_really_validated(api: HfApi, plain: Any, repo: str) -> None:
    def said(text: str, kind: str = "model") -> tuple[int, str]:
        answer = plain.post("/api/validate-yaml", json={"content": text, "repoType": kind})
        return answer.status_code, answer.text

    assert said("---\nlicense: mit\nmodel-index: []\n---\n") == (200, '{"errors":[],"warnings":[]}')
    assert said("no front matter") == (
        200,
        '{"errors":[],"warnings":[{"message":"empty or missing yaml metadata in repo card"}]}',
    )
    for bad, word in [
        ("license: no-such", "license"),
        ("base_model: /home/me/model", "base_model"),
        ("base_model: null", "base_model"),
        ("datasets: [./data.csv]", "datasets"),
        ("tags: one", "tags"),
        ("language: English", "language"),
        ("model-index: [{name: x, results: [{task: {type: t}}]}]", "model-index"),
        ("a: [", "YAML"),
        ("license: mit\nlicense: mit", "twice"),
    ]:
        status, text = said(f"---\n{bad}\n---\n")
        assert (status, word in text) == (400, True), (bad, text)
    assert said("---\npipeline_tag: invented\n---\n")[0] == 200
    assert "official list" in said("---\npipeline_tag: invented\n---\n")[1]
    assert said("---\ntitle: T\n---\n", "space")[0] == 400
    assert said("---\nsdk: gradio\ncolorFrom: beige\n---\n", "space")[0] == 400
    with pytest.raises(ValueError, match=r"Invalid metadata in README\.md"):
        commit(api, repo, {"README.md": b"---\nlicense: no-such\n---\n"})


def test_what_it_does_not_know_it_refuses(api: HfApi, plain: Any, repo: str, url: str) -> None:
    for method, path in [
        ("GET", "/api/daily_papers"),
        ("GET", f"/api/models/{repo}/likers"),
        ("POST", f"/api/models/{repo}"),
        ("GET", f"/api/models/{repo}?securityStatus=true"),
        ("GET", f"/api/models/{repo}?expand=trendingScore"),
        ("GET", f"/api/kernels/{repo}"),
        ("GET", "/api/models?author=rehearsal"),
        ("GET", f"/api/models/{repo}/tree/main?expand=true"),
        ("DELETE", "/api/repos/delete"),
    ]:
        answer = plain.request(method, path)
        assert answer.status_code == 501, path
        assert path.split("?")[0] in answer.json()["error"]
    settings = [({}, 501), ({"private": "yes"}, 501), ({"gated": "maybe"}, 400), ({"visibility": None}, 501)]
    for wanted, status in settings:
        assert plain.put(f"/api/models/{repo}/settings", json=wanted).status_code == status, wanted
    xet = plain.get(f"/api/models/{repo}/xet-write-token/main")
    assert (xet.status_code, "no Xet storage" in xet.json()["error"]) == (404, True)
    for name in ("rehearsal/a--b", "rehearsal/..", "rehearsal/x.git", "rehearsal/" + "x" * 97):
        answer = plain.post("/api/repos/create", json={"name": name.split("/")[1], "organization": "rehearsal"})
        assert answer.status_code == 400, name
    assert httpx.get(f"{url}/", headers={"host": "evil.example"}, timeout=SECONDS).status_code == 400
