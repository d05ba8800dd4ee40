"""Trusted publishing: each repository is asked for a token of its own, and nothing is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.hub import staged
from helpers.trusted import PROOF, Trusting, trusting
from hubpress.errors import HubError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.tokens import without_tokens

MODEL, SPACE = RepoId("rehearsal/trusted"), RepoId("rehearsal/trusted", "space")
APP = "---\ntitle: An app\nsdk: gradio\n---\n# An app\n"


@pytest.fixture
def hub(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trusting]:
    """A Hub with the model's repository and the Space's, which name this job as their publisher."""
    from huggingface_hub import HfApi

    api = HfApi(url, store.write_token)
    api.create_repo(MODEL.id, exist_ok=True)
    api.create_repo(SPACE.id, repo_type="space", space_sdk="gradio", exist_ok=True)
    with trusting(url, store.write_token, MODEL.path, SPACE.path) as found:
        monkeypatch.setenv("HF_ENDPOINT", found.url)
        # As in a process that begins with it: huggingface_hub, too, exchanges a token, and then does not send it.
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", found.url)
        template = f"{found.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setenv("HF_OIDC_RESOURCE", MODEL.path)
        monkeypatch.setenv("HF_OIDC_ID_TOKEN", PROOF)
        monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_who_is_not_asked")
        yield found


def test_each_repository_is_pushed_with_a_token_of_its_own(hub: Trusting, tmp_path: Path) -> None:
    door = Hub.of_environment()
    for repo in (MODEL, SPACE):
        staged(tmp_path / repo.type)
        if repo is SPACE:
            (tmp_path / "space" / "README.md").write_text(APP)
        manifest = Manifest.of_folder(tmp_path / repo.type)
        assert door.push(tmp_path / repo.type, manifest, repo, message="release").changed
        assert door.head(repo) == door.head(repo, "main")
    assert set(hub.exchanged) == {"rehearsal/trusted", "spaces/rehearsal/trusted"}
    assert hub.refused == []


def test_a_repository_that_does_not_know_the_job_is_named(hub: Trusting, tmp_path: Path) -> None:
    manifest = staged(tmp_path / "repo")
    with pytest.raises(HubError) as caught:
        Hub.of_environment().push(tmp_path / "repo", manifest, RepoId("rehearsal/other"), message="release")
    said = str(caught.value)
    assert "no token for rehearsal/other by trusted publishing: it answered 400" in said
    assert "trusted publisher in its settings" in said
    assert PROOF not in said
    assert "\n" not in said


def test_a_token_that_was_passed_on_goes_before(hub: Trusting, store: Store, url: str) -> None:
    assert len(Hub(url, store.write_token).head(MODEL)) == 40
    assert hub.exchanged == []


def test_without_the_variable_nothing_is_exchanged(hub: Trusting, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_OIDC_RESOURCE", "HF_TOKEN"):
        monkeypatch.delenv(name)
    assert len(Hub.of_environment().head(MODEL)) == 40
    assert hub.exchanged == []


@pytest.mark.parametrize("token", ["hf_jwt_eyJhbGciOi.J9eyJzdWIi-x_y.sig", "hf_oauth_eyJhbGciOi.abc-d_e"])
def test_tokens_of_jobs_are_never_shown(token: str) -> None:
    assert without_tokens(f"with {token} it failed", None) == "with hf_*** it failed"
