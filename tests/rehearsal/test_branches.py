"""Branches beside main, and what a person's .gitattributes makes large."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError

from helpers.rehearsal import commit, file_line, post_commit


def test_a_branch_has_commits_of_its_own(api: HfApi, repo: str) -> None:
    """It begins at main or at a commit; main, tags and pull requests stay as they are, and so does it at a merge."""
    first = str(api.model_info(repo).sha)
    api.create_branch(repo, branch="dev")
    made = api.create_commit(
        repo, [CommitOperationAdd("a.txt", io.BytesIO(b"1\n"))], commit_message="a", revision="dev"
    ).oid
    api.create_branch(repo, branch="old", revision=first)
    pull = api.create_commit(
        repo, [CommitOperationAdd("b.txt", io.BytesIO(b"2\n"))], commit_message="b", create_pr=True
    ).pr_num
    api.merge_pull_request(repo, int(str(pull)))
    branches = {ref.name: ref.target_commit for ref in api.list_repo_refs(repo).branches}
    assert (branches["dev"], branches["old"]) == (made, first)
    assert "a.txt" not in api.list_repo_files(repo) and "a.txt" in api.list_repo_files(repo, revision="dev")
    assert Path(api.hf_hub_download(repo, "a.txt", revision="dev")).read_bytes() == b"1\n"
    api.delete_branch(repo, branch="old")
    assert {ref.name for ref in api.list_repo_refs(repo).branches} == {"main", "dev"}


def test_what_no_branch_can_be(api: HfApi, repo: str) -> None:
    api.create_tag(repo, tag="v1")
    for name, status in (("main", 409), ("v1", 409), ("..", 404), ("a b", 400), ("-x", 400)):
        with pytest.raises(HfHubHTTPError) as refused:
            api.create_branch(repo, branch=name)
        assert refused.value.response.status_code in (status, 400, 501), name
    for name in ("main", "nowhere"):
        with pytest.raises(HfHubHTTPError):
            api.delete_branch(repo, branch=name)
    with pytest.raises(HfHubHTTPError, match="Invalid rev id"):
        api.create_commit(repo, [CommitOperationAdd("a.txt", b"1")], commit_message="a", revision="nowhere")


PATTERNS = b"""# what is large here
*.csv filter=lfs diff=lfs merge=lfs -text
data/**/*.txt filter=lfs
/top.md filter=lfs
*.safetensors -text
small.csv -filter
"""


def test_gitattributes_say_what_is_large(api: HfApi, plain: Any, repo: str) -> None:
    """By name everywhere, by path, and the last line that fits; whatever is binary is large all the same."""
    commit(api, repo, {".gitattributes": PATTERNS})
    names = ("a/b.csv", "small.csv", "data/x.txt", "data/1/2/x.txt", "x.txt", "top.md", "a/top.md", "w.safetensors")
    commit(api, repo, dict.fromkeys(names, b"text\n") | {"binary.md": b"\0"})
    large = {entry.path for entry in api.list_repo_tree(repo, recursive=True) if getattr(entry, "lfs", None)}
    assert large - {"model.safetensors"} == {"a/b.csv", "data/x.txt", "data/1/2/x.txt", "top.md", "binary.md"}
    refused = post_commit(plain, repo, file_line("b.csv", b"text\n"))
    assert (refused.status_code, "must be uploaded as LFS" in refused.json()["error"]) == (400, True)
    long = post_commit(plain, repo, file_line(".gitattributes", b"*.x filter=lfs\n" * 10_000))
    assert (long.status_code, "100000 bytes at most" in long.json()["error"]) == (400, True)
    assert Path(api.hf_hub_download(repo, ".gitattributes")).read_bytes() == PATTERNS
