"""The rehearsal Hub, asked by the real huggingface_hub; by plain HTTP where that is too polite."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from helpers.pages import Ask
from helpers.processes import SECONDS
from helpers.rehearsal import WEIGHTS, commit, git_blob
from hubpress.rehearsal.store import Store


def test_whoami_names_user_role_and_organisations(api: HfApi, store: Store) -> None:
    store.add_organisation("acme")
    who = api.whoami()
    assert (who["name"], who["auth"]["accessToken"]["role"]) == ("rehearsal", "write")
    assert [org["name"] for org in who["orgs"]] == ["acme"]
    assert api.whoami(token=store.read_token)["auth"]["accessToken"]["role"] == "read"
    assert api.create_repo("acme/model", exist_ok=True).repo_id == "acme/model"


@pytest.mark.parametrize(("which", "status"), [("none", 401), ("unknown", 401), ("read", 403)])
def test_only_the_write_token_writes(url: str, store: Store, repo: str, which: str, status: int) -> None:
    token = {"none": False, "unknown": "hf_" + "x" * 34, "read": store.read_token}[which]
    stranger = HfApi(endpoint=url, token=token)
    writes = [
        lambda: stranger.create_repo("rehearsal/new"),
        lambda: stranger.create_commit(repo, [CommitOperationAdd("a.txt", b"a")], commit_message="m"),
        lambda: stranger.create_tag(repo, tag="v1"),
        lambda: stranger.update_repo_settings(repo, private=True),
    ]
    for write in writes:
        with pytest.raises(HfHubHTTPError) as caught:
            write()
        assert caught.value.response.status_code == status
        assert caught.value.server_message


def test_foreign_namespace_is_forbidden(api: HfApi) -> None:
    with pytest.raises(HfHubHTTPError, match='under the namespace "foreign"') as caught:
        api.create_repo("foreign/model")
    assert caught.value.response.status_code == 403


def test_private_repository_is_invisible_to_others(api: HfApi, url: str, store: Store, repo: str) -> None:
    api.update_repo_settings(repo, private=True)
    nobody, reader = HfApi(endpoint=url, token=False), HfApi(endpoint=url, token=store.read_token)
    for ask in (nobody.model_info, nobody.list_repo_files, nobody.list_repo_refs):
        with pytest.raises(RepositoryNotFoundError):
            ask(repo)
    with pytest.raises(RepositoryNotFoundError):
        nobody.hf_hub_download(repo, "README.md")
    assert reader.model_info(repo).private is True
    api.update_repo_settings(repo, visibility="public")
    assert nobody.model_info(repo).private is False


def test_new_repository_holds_gitattributes_and_exists_once(api: HfApi) -> None:
    created = api.create_repo("rehearsal/fresh")
    assert created.repo_id == "rehearsal/fresh"
    assert api.list_repo_files("rehearsal/fresh") == [".gitattributes"]
    assert [entry.title for entry in api.list_repo_commits("rehearsal/fresh")] == ["initial commit"]
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_repo("rehearsal/fresh")
    assert caught.value.response.status_code == 409
    assert api.create_repo("rehearsal/fresh", exist_ok=True) == created


def test_ids_are_those_of_git(api: HfApi, repo: str, tmp_path: Path) -> None:
    """Blobs, and the pointers that git holds in place of large files: real git finds the same ids."""
    commit(
        api, repo, {"a/b.txt": b"1", "a.txt": b"2", "a-b/c/d.txt": b"3", "figure.png": b"\x89PNG\0", "empty.bin": b""}
    )
    entries = [entry for entry in api.list_repo_tree(repo, recursive=True) if hasattr(entry, "size")]
    for entry in entries:
        path = tmp_path / "git" / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = Path(api.hf_hub_download(repo, entry.path)).read_bytes()
        if entry.lfs:
            assert entry.lfs.sha256 == hashlib.sha256(content).hexdigest()
            pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{entry.lfs.sha256}\nsize {entry.size}\n"
            content = pointer.encode()
            assert entry.lfs.pointer_size == len(content)
        path.write_bytes(content)
    assert {entry.path for entry in entries if entry.lfs} == {"model.safetensors", "figure.png"}
    hashed = subprocess.run(
        ["git", "hash-object", "--no-filters", *[entry.path for entry in entries]],
        check=True, capture_output=True, text=True, cwd=tmp_path / "git", timeout=SECONDS
    )  # fmt: skip
    assert [entry.blob_id for entry in entries] == hashed.stdout.split()


def test_binary_and_big_files_are_large_files(api: HfApi, repo: str) -> None:
    commit(api, repo, {"my figure.png": b"\x89PNG\0", "notes.txt": "ä".encode(), "big.json": b" " * (10 * 1024 * 1024)})
    large = {entry.path for entry in api.list_repo_tree(repo) if getattr(entry, "lfs", None)}
    assert large == {"model.safetensors", "my figure.png", "big.json"}
    line = "*.safetensors filter=lfs diff=lfs merge=lfs -text"
    assert line in Path(api.hf_hub_download(repo, ".gitattributes")).read_text().splitlines()


def test_info_comes_from_the_card(api: HfApi, repo: str, store: Store) -> None:
    fields = [
        "license: apache-2.0",
        "pipeline_tag: text-classification",
        "library_name: transformers",
        "tags: [titles]",
    ]
    sha = commit(api, repo, {"README.md": "\n".join(["---", *fields, "---", ""]).encode()})
    info = api.model_info(repo)
    assert (info.sha, info.pipeline_tag, info.library_name, info.author) == (
        sha,
        "text-classification",
        "transformers",
        "rehearsal",
    )
    assert {"titles", "license:apache-2.0", "text-classification", "transformers"} <= set(info.tags or ())
    assert info.card_data is not None and info.card_data.license == "apache-2.0"
    assert [file.rfilename for file in info.siblings or ()] == [".gitattributes", "README.md", "model.safetensors"]
    api.create_repo("rehearsal/app", repo_type="space", space_sdk="gradio", exist_ok=True)
    assert api.space_info("rehearsal/app").sdk == "gradio"


def test_tree_and_history(api: HfApi, repo: str) -> None:
    commit(api, repo, {"data/x/y.txt": b"1", "data/z.txt": b"2"})
    assert {entry.path for entry in api.list_repo_tree(repo, "data")} == {"data/x", "data/z.txt"}
    assert {entry.path for entry in api.list_repo_tree(repo, "data", recursive=True)} == {
        "data/x", "data/x/y.txt", "data/z.txt",
    }  # fmt: skip
    with pytest.raises(RemoteEntryNotFoundError):
        list(api.list_repo_tree(repo, "nothing"))
    for number in range(55):
        commit(api, repo, {"n.txt": str(number).encode()})
    assert len(api.list_repo_commits(repo)) == 58


def test_a_data_set_is_kept_and_loaded(api: HfApi, url: str, get: Ask, tmp_path: Path) -> None:
    name = "rehearsal/records"
    made = api.create_repo(name, repo_type="dataset")
    assert made.url == f"{url}/datasets/{name}"
    card = b"---\nlicense: mit\ntask_categories: [text-classification]\n---\n# Records\n"
    additions = [CommitOperationAdd("README.md", card), CommitOperationAdd("test.csv", b"text,label\na,b\nc,d\n")]
    commit = api.create_commit(name, additions, commit_message="The test split", repo_type="dataset")
    info = api.dataset_info(name)
    assert (info.sha, info.id) == (commit.oid, name)
    assert Path(api.hf_hub_download(name, "test.csv", repo_type="dataset")).read_bytes() == b"text,label\na,b\nc,d\n"
    assert "text-classification" in get(f"/datasets/{name}").text
    assert f"/datasets/{name}" in get("/").text
    assert get(f"/{name}").status_code == 404
    assert api.create_collection("With records").slug


def test_deleting_files_and_folders(api: HfApi, repo: str) -> None:
    commit(api, repo, {"data/x.txt": b"1", "data/y.txt": b"2", "z.txt": b"3"})
    gone = [CommitOperationDelete("data/"), CommitOperationDelete("z.txt")]
    api.create_commit(repo, gone, commit_message="less")
    assert set(api.list_repo_files(repo)) == {".gitattributes", "README.md", "model.safetensors"}
    for operation in gone:
        with pytest.raises(RemoteEntryNotFoundError, match="doesn't exist"):
            api.create_commit(repo, [operation], commit_message="again")


def test_tags(api: HfApi, repo: str) -> None:
    first = api.model_info(repo).sha
    api.create_tag(repo, tag="v1.0.0")
    second = commit(api, repo, {"a.txt": b"a"})
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_tag(repo, tag="v1.0.0")
    assert caught.value.response.status_code == 409
    refs = api.list_repo_refs(repo)
    api.create_tag(repo, tag="v1.1.0", tag_message="What changed: nothing.", revision=second[:9])
    api.delete_tag(repo, tag="v1.1.0")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag(repo, tag="v1.1.0")
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": second}
    assert [(ref.ref, ref.target_commit) for ref in refs.tags] == [("refs/tags/v1.0.0", first)]
    for revision, sha in (("main", second), ("v1.0.0", first), (second[:8], second), (first, first)):
        assert api.model_info(repo, revision=revision).sha == sha
    for revision in ("v2.0.0", "0" * 40, first[:3]):
        with pytest.raises(RevisionNotFoundError):
            api.model_info(repo, revision=revision)
    for name in ("v1..2", "-v1", "a b", "feature/x", first):
        with pytest.raises(HfHubHTTPError) as caught:
            api.create_tag(repo, tag=name)
        assert caught.value.response.status_code == 400


def test_wrong_parent_is_refused(api: HfApi, repo: str) -> None:
    first = api.model_info(repo).sha
    second = commit(api, repo, {"a.txt": b"a"}, parent=first)
    with pytest.raises(HfHubHTTPError, match="A commit has happened since") as caught:
        commit(api, repo, {"a.txt": b"b"}, parent=first)
    assert caught.value.response.status_code == 412
    assert api.model_info(repo).sha == second


def test_head_get_and_ranges(api: HfApi, plain: Any, repo: str) -> None:
    sha = api.model_info(repo).sha
    address = f"/{repo}/resolve/main/model.safetensors"
    head = plain.head(address)
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    assert {name: head.headers[name] for name in ("x-repo-commit", "etag", "x-linked-etag", "x-linked-size")} == {
        "x-repo-commit": sha, "etag": f'"{digest}"', "x-linked-etag": f'"{digest}"', "x-linked-size": str(len(WEIGHTS)),
    }  # fmt: skip
    assert (head.headers["content-length"], head.content) == (str(len(WEIGHTS)), b"")
    for asked, start, stop in (("0-99", 0, 100), ("100-", 100, len(WEIGHTS)), ("-10", len(WEIGHTS) - 10, len(WEIGHTS))):
        part = plain.get(address, headers={"range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, WEIGHTS[start:stop])
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(WEIGHTS)}"
    assert plain.get(address, headers={"range": "bytes=999999-"}).status_code == 416
    small = plain.head(f"/{repo}/resolve/{sha}/README.md")
    readme = b"---\nlicense: mit\ntags: [a]\n---\n# M\n"
    assert small.headers["etag"] == f'"{git_blob(readme)}"'
    assert "x-linked-etag" not in small.headers


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("resolve/main/none.txt", "EntryNotFound"),
        ("resolve/none/README.md", "RevisionNotFound"),
        ("../none/resolve/main/README.md", "RepoNotFound"),
    ],
)
def test_errors_carry_the_hubs_codes(plain: Any, repo: str, path: str, code: str) -> None:
    for method in ("HEAD", "GET"):
        answer = plain.request(method, f"/{repo}/{path}")
        assert (answer.status_code, answer.headers["x-error-code"]) == (404, code)
