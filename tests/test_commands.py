"""The commands around a release: push with its tokens and guards, several models at once, what can be released."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from conftest import Ran
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

Command = Callable[..., Ran]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, str]]:
    """A Hub elsewhere than the build's own, named by HF_ENDPOINT, with an organisation ``acme``."""
    store = Store(tmp_path / "elsewhere")
    store.add_organisation("acme")
    with running(store.folder, port=0) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield store, url


@pytest.fixture
def build(released: Path, tmp_path: Path) -> Path:
    """A copy of a build folder with a finished release."""
    return Path(shutil.copytree(released, tmp_path / "build"))


@pytest.fixture
def push(hubpress: Command, tiny: list[str], build: Path) -> Callable[..., Ran]:
    """Push the tiny model for ``acme``."""

    def run(*words: str) -> Ran:
        return hubpress("push", "conference-titles", "--owner", "acme", "--build-dir", build, *tiny, *words)

    return run


def test_push_publishes_once_then_tags_then_hides(
    push: Callable[..., Ran], hub: tuple[Store, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One commit on HF_ENDPOINT with HF_TOKEN; a second push only tags; a third only makes it private."""
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
    assert push("--private").code == 0
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


def test_a_failing_model_is_named_in_the_table(
    hubpress: Command, tiny: list[str], own_models: Path, build: Path
) -> None:
    """release --all goes on after records and recipes that are broken, names both in the table, and exits with 1."""
    (own_models / "conference-titles").rename(own_models / "broken-records")
    titles = own_models / "broken-records" / "sample" / "titles.csv"
    titles.write_text("Title,Conference\nOnly one,VLDB\n", encoding="utf-8")
    (own_models / "broken-recipe").mkdir()
    (own_models / "broken-recipe" / "recipe.yaml").write_text("repo_name: broken\n", encoding="utf-8")
    ran = hubpress("release", "--all", "--models", own_models, "--build-dir", build / "new", "--quiet", *tiny)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    rows = [line.split()[:2] for line in ran.out.splitlines() if line.strip().startswith("broken")]
    assert rows == [["broken-recipe", "failed"], ["broken-records", "failed"]]


def test_models_says_how_far_each_is(hubpress: Command, build: Path) -> None:
    """The list of models names the stages that have left a receipt."""
    rows = {row["model"]: row for row in json.loads(hubpress("models", "--build-dir", build, "--json").out)}
    assert len(rows) == 5
    assert rows["conference-titles"]["done"] == [
        *("data", "train", "assemble", "evaluate", "card", "space", "check", "verify", "verify space"),
    ]
    none = json.loads(hubpress("models", "--build-dir", build / "none", "--json").out)
    assert [row["done"] for row in none] == [[]] * 5


def test_check_lists_every_problem_of_a_folder(hubpress: Command, build: Path) -> None:
    """check takes any folder: all its problems, one a line, then their number; exit code 1, or 0 without any."""
    repo = build / "conference-titles" / "repo"
    good = hubpress("check", repo)
    assert (good.code, good.err) == (0, f"No problems in {repo}.\n")
    (repo / "notes.bin").write_bytes(b"\x80\x04pickle")
    (repo / "tokenizer.json").unlink()
    bad = hubpress("check", repo)
    assert bad.code == 1
    *problems, count = bad.err.splitlines()
    assert count == f"{len(problems)} problem(s) in {repo}."
    assert {line.split(":")[0] for line in problems} >= {"notes.bin", "tokenizer.json"}


def test_help_answers_at_once() -> None:
    """--help needs no heavy import: the best of five runs is under half a second."""
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hubpress", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["release"], "no model named"),
        (["release", "conference-titles", "--publish"], "--publish needs --owner"),
        (["release", "confrence-titles"], "Did you mean 'conference-titles'?"),
        (["train", "conference-titles", "--threads", "0"], "'0' is not a whole number of at least 1"),
        (["publish"], "no such command 'publish'"),
    ],
)
def test_wrong_usage_exits_with_2(hubpress: Command, words: list[str], says: str) -> None:
    """Words that do not fit end with exit code 2 and say what would."""
    ran = hubpress(*words)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err
