"""Gated repositories, and repositories that have another name now, asked by the real huggingface_hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from helpers.pages import Ask
from helpers.rehearsal import WEIGHTS, commit
from hubpress.rehearsal.store import Store


def test_files_of_a_gated_repository_need_leave(api: HfApi, url: str, store: Store, repo: str, get: Ask) -> None:
    api.update_repo_settings(repo, gated="manual")
    visitor, nobody = HfApi(endpoint=url, token=store.add_user("visitor")), HfApi(endpoint=url, token=False)
    assert (nobody.model_info(repo).gated, api.model_info(repo).private) == ("manual", False)
    assert "README.md" in visitor.list_repo_files(repo)
    for stranger, status in ((visitor, 403), (nobody, 401)):
        for ask in (stranger.hf_hub_download, stranger.auth_check):
            with pytest.raises(GatedRepoError) as caught:
                ask(repo, *(["README.md"] if ask == stranger.hf_hub_download else []))
            assert caught.value.response.status_code == status
    assert "is restricted" in get(f"/{repo}/resolve/main/README.md").text
    for member in (api, HfApi(endpoint=url, token=store.read_token)):
        assert Path(member.hf_hub_download(repo, "README.md")).is_file()
    api.grant_access(repo, "visitor")
    assert Path(visitor.hf_hub_download(repo, "model.safetensors")).read_bytes() == WEIGHTS
    api.update_repo_settings(repo, gated=False)
    assert Path(nobody.hf_hub_download(repo, "README.md")).is_file()


def test_the_old_name_leads_to_the_new_one(api: HfApi, url: str, store: Store, repo: str, get: Ask) -> None:
    store.add_organisation("acme")
    new = f"acme/{repo.partition('/')[2]}"
    api.create_tag(repo, tag="v1")
    api.move_repo(repo, new)
    nobody = HfApi(endpoint=url, token=False)
    assert nobody.model_info(repo).id == new
    assert nobody.model_info(repo, revision="v1").id == new
    assert Path(nobody.hf_hub_download(repo, "model.safetensors")).read_bytes() == WEIGHTS
    commit(api, repo, {"more.bin": b"\0more", "a b.txt": b"text"})
    assert "more.bin" in nobody.list_repo_files(new)
    assert Path(nobody.hf_hub_download(repo, "a b.txt")).read_bytes() == b"text"
    assert get(f"/{repo}").headers["location"] == f"/{new}"
    newest = f"{new}-again"
    api.move_repo(new, newest)
    assert nobody.model_info(repo).id == newest
    api.update_repo_settings(newest, private=True)
    for old in (repo, new):
        with pytest.raises(RepositoryNotFoundError):
            nobody.model_info(old)
    api.create_repo(repo)
    assert api.model_info(repo).id == repo


def test_what_may_not_be_moved(api: HfApi, url: str, store: Store, repo: str) -> None:
    visitor = HfApi(endpoint=url, token=store.add_user("visitor"))
    api.create_repo("rehearsal/taken", exist_ok=True)
    for mover, there, status in ((api, "rehearsal/taken", 409), (api, "foreign/x", 403), (visitor, "visitor/x", 403)):
        with pytest.raises(HfHubHTTPError) as caught:
            mover.move_repo(repo, there)
        assert caught.value.response.status_code == status
    with pytest.raises(RepositoryNotFoundError):
        api.move_repo("rehearsal/never-was", "rehearsal/x")
