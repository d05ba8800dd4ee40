"""``hubpress push``: once, with its tokens and guards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from helpers.processes import Command, Ran
from hubpress.rehearsal.store import Store


@pytest.fixture
def push(hubpress: Command, tiny: list[str], build: Path) -> Callable[..., Ran]:
    """Push the tiny model for ``acme``."""

    def run(*words: str) -> Ran:
        return hubpress("push", "conference-titles", "--owner", "acme", "--build-dir", build, *tiny, *words)

    return run


def test_push_publishes_once_then_tags_then_hides(
    push: Callable[..., Ran], hub: tuple[Store, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One commit on HF_ENDPOINT with HF_TOKEN; a second push only tags; a third only makes it private, told twice."""
    store, url = hub
    monkeypatch.setenv("HF_TOKEN", store.write_token)
    api = HfApi(endpoint=url, token=store.write_token)
    first = push("--json")
    assert first.code == 0, first.err
    sha = json.loads(first.out)["conference-titles"]["sha"]
    assert "acme/conference-titles" in (api.hf_hub_download("acme/conference-titles", "README.md") and first.out)
    assert push("--tag", "v1.0.0").code == 0
    assert [(tag.name, tag.target_commit) for tag in api.list_repo_refs("acme/conference-titles").tags] == [
        ("v1.0.0", sha)
    ]
    told_once = push("--private", "--quiet")
    assert told_once.code == 1 and "--private --hide-public" in told_once.err
    assert api.model_info("acme/conference-titles").private is False
    assert push("--private", "--hide-public").code == 0
    info = api.model_info("acme/conference-titles")
    assert (info.private, info.sha) == (True, sha)


@pytest.mark.parametrize("token", ["missing", "unknown", "read"])
def test_tokens_that_cannot_write_end_in_one_line(
    push: Callable[..., Ran], hub: tuple[Store, str], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    """Without a token that may write there is one line that says what to do, and nothing on the Hub."""
    store, url = hub
    words = {"unknown": "hf_" + "x" * 30, "read": store.read_token}
    if token in words:
        monkeypatch.setenv("HF_TOKEN", words[token])
    ran = push("--quiet")
    assert ran.code == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert "token" in ran.err.lower()
    assert words.get(token, "no token") not in ran.err
    assert not HfApi(endpoint=url, token=store.write_token).repo_exists("acme/conference-titles")


def test_a_sample_does_not_go_to_a_real_hub(push: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --force a sample release stays off any Hub that is not on loopback."""
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 30)
    ran = push("--quiet")
    assert ran.code == 1
    assert "a sample release is not meant for https://hub.invalid" in ran.err


def test_a_file_changed_by_hand_stops_the_push(
    push: Callable[..., Ran], hub: tuple[Store, str], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was added to the staged folder by hand is a problem that check names, and nothing is sent."""
    store, url = hub
    monkeypatch.setenv("HF_TOKEN", store.write_token)
    (build / "conference-titles" / "repo" / ".env").write_text("NAME=value\n", encoding="utf-8")
    ran = push("--quiet")
    assert ran.code == 1
    assert ".env" in ran.err
    assert not HfApi(endpoint=url, token=store.write_token).repo_exists("acme/conference-titles")


def test_what_people_have_stops_a_push_before_anything_is_run(
    push: Callable[..., Ran], hub: tuple[Store, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card and a Space by hand: exit 1 with a diff, nothing trained; --adopt goes on, and what is beside stays."""
    store, url = hub
    monkeypatch.setenv("HF_TOKEN", store.write_token)
    api, repo = HfApi(endpoint=url, token=store.write_token), "acme2/conference-titles"
    store.add_organisation("acme2")
    api.create_repo(repo)
    card = b"---\nlicense: mit\n---\n# By hand\n"
    for name, content in {"README.md": card, "CITATION.cff": b"cff-version: 1.2.0\n"}.items():
        api.upload_file(path_or_fileobj=content, path_in_repo=name, repo_id=repo)
    sha = api.model_info(repo).sha
    fresh = ("--owner", "acme2", "--build-dir", str(tmp_path / "fresh"))
    stopped = push(*fresh, "--quiet")
    assert (stopped.code, stopped.out) == (1, "")
    *diff, sentence = stopped.err.strip().splitlines()
    assert "-# By hand" in diff
    assert sentence.startswith("hubpress: acme2/conference-titles has a file that no release of hubpress put there")
    assert "--adopt" in sentence and "--take-over" in sentence
    assert not (tmp_path / "fresh" / "conference-titles" / "train").exists()
    assert api.model_info(repo).sha == sha
    adopted = push("--owner", "acme2", "--adopt")
    assert adopted.code == 0, adopted.err
    assert "-# By hand" in adopted.err and "no release put them there: CITATION.cff" in adopted.out
    assert {"CITATION.cff", "model.safetensors"} <= set(api.list_repo_files(repo))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--owner", ""), "'' is no user or organisation: it is empty."),
        (("--private", "--public"), "--private and --public contradict each other."),
        (("--hide-public",), "--hide-public says how far --private goes."),
        (("--adopt", "--take-over"), "--take-over does what --adopt does, and more."),
        (("--tag", "my tag"), "'my tag' cannot be the name of a tag."),
    ],
)
def test_words_that_cannot_be_meant_are_wrong_usage(
    push: Callable[..., Ran], words: tuple[str, ...], says: str
) -> None:
    ran = push("--quiet", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err and len(ran.err.strip().splitlines()) == 1
