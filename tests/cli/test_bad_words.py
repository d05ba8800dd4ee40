"""Words that a command cannot use: refused before anything is run, in one line that says what to type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hubpress as api
from helpers.paths import SAMPLES
from helpers.processes import Command


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["release", "conference-titles", "--sample", "--tag", "a b"], "'a b' cannot be the name of a tag"),
        (["release", "conference-titles", "--sample", "--pr", "--no-gate"], "--no-gate has none. Give one of them."),
        (["card", "conference-titles", "--sample", "--owner", "a b"], "--owner: 'a b' is no user or organisation"),
        (["space", "conference-titles", "--sample", "--port", "7000"], "Give --serve, too."),
        (["data", "conference-titles", "--data", ""], "--data: names no records."),
        (
            ["data", "conference-titles", "--sample", "--set", "sample.training.seed=3"],
            "Say --sample --set training.seed=3: ",
        ),
        (["data", "conference-titles", "--set", "title={{ x }}"], "--set 'title=\"VALUE\"'"),
    ],
    ids=["tag", "pr-without-gate", "owner", "port", "no-data", "set-sample", "set-braces"],
)
def test_is_refused_before_anything_runs(words: list[str], says: str, hubpress: Command, tmp_path: Path) -> None:
    build = tmp_path / "build"
    ran = hubpress(*words, "--build-dir", build)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("hubpress: ") and says in ran.err
    assert not (build / "conference-titles").exists()


def test_check_of_a_folder_is_json_too(hubpress: Command, tmp_path: Path) -> None:
    """A program reads where each problem is, and what to do; without any the list is empty."""
    good = hubpress("check", SAMPLES / "check" / "good", "--json")
    assert (good.code, json.loads(good.out)["problems"]) == (0, [])
    bad = hubpress("check", tmp_path, "--json")
    told = json.loads(bad.out)
    assert bad.code == 1 and told["folder"] == str(tmp_path)
    assert {"where": ".", "text": "The folder is empty. Stage a model into it first."} in told["problems"]


@pytest.mark.parametrize("path", ["nope/folder", "README.md"], ids=["missing", "file"])
def test_check_of_what_is_no_folder(path: str, hubpress: Command, tmp_path: Path) -> None:
    """A path is not taken for a model's name."""
    (tmp_path / "README.md").write_text("# A file\n", encoding="utf-8")
    ran = hubpress("check", tmp_path / path)
    assert ran.code == 1
    assert ran.err.startswith(f"hubpress: {tmp_path / path}: There is no such folder.")


def test_paths_may_be_texts(own_models: Path, tmp_path: Path) -> None:
    """The Python API takes a path as people write it."""
    recipe = api.load_recipe("conference-titles", models_dir=str(own_models), sample=True)
    job = api.Job.of(recipe, build_dir=str(tmp_path))
    assert job.folder == tmp_path / "conference-titles"
    assert api.check_folder(str(SAMPLES / "check" / "good")) == []
    with pytest.raises(api.HubpressError, match="overrides are a list"):
        api.load_recipe("conference-titles", overrides="training.seed=1")


def test_damaged_tokens_of_the_rehearsal_hub_are_named(hubpress: Command, tmp_path: Path) -> None:
    """No traceback: the file, and what taking it away means."""
    assert hubpress("hub", "--print-token", "--build-dir", tmp_path).code == 0
    (tmp_path / "hub" / "tokens.json").write_text("[]", encoding="utf-8")
    ran = hubpress("hub", "--print-token", "--build-dir", tmp_path)
    assert ran.code == 1
    assert "tokens.json: the rehearsal Hub's tokens cannot be read. Take it away" in ran.err


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"HF_ENDPOINT": "127.0.0.1:8899"}, "HF_ENDPOINT is not the address of a Hub: it begins with neither http://"),
        ({"HF_TOKEN": "some secret-4711"}, "HF_TOKEN: the token holds characters that no token has"),
    ],
    ids=["endpoint", "token"],
)
def test_a_variable_that_cannot_be_stops_a_push_at_once(
    variables: dict[str, str], says: str, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ran = hubpress("push", "conference-titles", "--sample", "--owner", "acme", "--force", "--build-dir", tmp_path / "b")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert says in ran.err and "4711" not in ran.err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "words",
    [["data", "nothing"], ["data", "conference-titles", "--set", "license=ours"], ["data", "--no-such-option"]],
    ids=["model", "recipe", "usage"],
)
def test_a_program_is_told_why_a_command_failed(words: list[str], hubpress: Command, tmp_path: Path) -> None:
    """With --json: one object with the sentence that people read."""
    ran = hubpress(*words, "--json", "--build-dir", tmp_path)
    assert ran.code == 2
    assert f"hubpress: {json.loads(ran.out)['error']}" == ran.err.rstrip("\n")


def test_no_complaint_shows_a_token(hubpress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever brings it into a message."""
    monkeypatch.setenv("HF_TOKEN", "secret-4711\n")
    ran = hubpress("data", "secret-4711", "--json")
    assert ran.code == 2 and "4711" not in ran.out + ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["data", "caf\udce9"],
        ["data", "x", "--data", "\udcff.csv"],
        ["data", "x", "--set", "title=\udce9"],
        ["hub", "--\udc80"],
    ],
    ids=["name", "path", "value", "option"],
)
def test_bytes_that_are_no_utf_8_are_named(words: list[str], hubpress: Command) -> None:
    """As Python has them from a shell of another encoding."""
    ran = hubpress(*words, "--json")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert "holds bytes that are not UTF-8. Type it in UTF-8" in ran.err
    assert f"hubpress: {json.loads(ran.out)['error']}" == ran.err.rstrip("\n")


@pytest.mark.parametrize("value", ["[" * 400, "{a: " * 60_000, "[" * 150 + "1" + "]" * 150, '"a\\0b"', '"\\ud800"'])
def test_a_value_that_is_none_is_one_short_line(value: str, hubpress: Command, tmp_path: Path) -> None:
    """Nested too deeply, also where it can just be read; or with characters that stand in no text."""
    ran = hubpress("data", "conference-titles", "--set", f"card.summary={value}", "--build-dir", tmp_path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "the value is not valid YAML: " in ran.err and len(ran.err) < 500


def test_no_variable_may_hold_what_is_no_proxy(hubpress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and what it holds is not: that may be a password."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://me:word-4711@proxy.test")
    ran = hubpress("models", "--json")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert ran.err.startswith("hubpress: HTTPS_PROXY is not the address of a proxy") and "4711" not in ran.err + ran.out


@pytest.mark.parametrize("endpoint", ["hub.test", "http://", "file:///x", "http://hub.test:x"])
def test_a_base_on_the_hub_is_not_asked_of_what_is_no_hub(
    endpoint: str, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the records are read."""
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    ran = hubpress("train", "conference-titles", "--build-dir", tmp_path, "--sample", "--set", "base_model={id: a/b}")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "HF_ENDPOINT is not the address of a Hub: " in ran.err
