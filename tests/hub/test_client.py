"""Pushing to and reading from a Hub, through the real huggingface_hub, over a wire that counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.hub import CARD, Fault, Press, listed, staged
from helpers.processes import SECONDS
from hubpress.errors import HubError, HubpressError, UsageError
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest

REPO = "rehearsal/titles"


def test_one_commit_holds_the_manifest_and_nothing_else(press: Press) -> None:
    manifest = staged(press.folder)
    (press.folder / ".env").write_text("SECRET=1")
    (press.folder / "__pycache__").mkdir()
    (press.folder / "__pycache__" / "x.pyc").write_bytes(b"\0")
    result = press.push(manifest)
    paths = {entry.path for entry in manifest.files}
    assert (result.changed, set(result.uploaded), result.removed) == (True, paths, ())
    assert result.uploaded_bytes == sum(entry.size for entry in manifest.files)
    assert press.commits() == ["release", "initial commit"]
    assert set(press.api.list_repo_files(press.repo)) == paths | {".gitattributes"}
    assert result.sha == press.api.model_info(press.repo).sha
    assert result.url == f"{press.wire.url}/{press.repo}"


def test_unchanged_push_only_asks(press: Press) -> None:
    manifest = staged(press.folder)
    first = press.push(manifest)
    again = press.push(manifest)
    assert again == PushResult(press.repo, first.sha, False, (), (), 0, first.url)
    assert press.wire.writes() == []
    assert press.wire.sent < 5_000
    assert len(press.commits()) == 2


def test_one_changed_file_sends_that_file_only(press: Press) -> None:
    press.push(staged(press.folder))
    (press.folder / "README.md").write_text(CARD + "One more sentence.\n")
    result = press.push(Manifest.of_folder(press.folder))
    assert result.uploaded == ("README.md",)
    assert result.uploaded_bytes == (press.folder / "README.md").stat().st_size
    assert press.wire.sent < 20_000
    assert not [line for line in press.wire.requests if "lfs" in line]


def test_weights_the_hub_has_already_are_not_sent_again(press: Press) -> None:
    """A revert: the commit names them, no byte of them travels."""
    old = (press.push(staged(press.folder)), (press.folder / "model.safetensors").read_bytes())[1]
    (press.folder / "model.safetensors").write_bytes(os.urandom(300_000))
    press.push(listed(press.folder))
    (press.folder / "model.safetensors").write_bytes(old)
    result = press.push(listed(press.folder))
    assert result.uploaded == ("manifest.json", "model.safetensors")
    assert result.uploaded_bytes == (press.folder / "manifest.json").stat().st_size
    assert press.wire.sent < 20_000


def test_files_of_earlier_releases_go_except_gitattributes(press: Press) -> None:
    press.push(staged(press.folder, old__json=b"{}", extra__bin=b"\0\1"))
    (press.folder / "old.json").unlink()
    (press.folder / "extra.bin").unlink()
    manifest = listed(press.folder)
    result = press.push(manifest)
    assert (result.removed, result.uploaded, result.kept) == (("extra.bin", "old.json"), ("manifest.json",), ())
    assert set(press.api.list_repo_files(press.repo)) == {".gitattributes", *manifest.by_path()}


@pytest.mark.parametrize(
    ("token", "words"),
    [(None, "No token"), ("hf_" + "x" * 34, "does not know this token"), ("read", "may only read")],
    ids=["missing", "unknown", "read-only"],
)
def test_a_token_that_cannot_write_is_one_clear_line(press: Press, token: str | None, words: str) -> None:
    manifest = staged(press.folder)
    token = press.store.read_token if token == "read" else token
    with pytest.raises(HubError, match=words) as caught:
        Hub(press.wire.url, token).push(press.folder, manifest, RepoId(press.repo), message="m")
    assert "\n" not in str(caught.value)
    assert "HF_TOKEN" in str(caught.value)
    assert token is None or token not in str(caught.value)
    assert press.wire.writes() == []


def test_token_and_endpoint_come_from_the_environment(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with the line end that a file or a secret of CI brings along."""
    monkeypatch.setenv("HF_TOKEN", f"{press.store.write_token}\n")
    monkeypatch.setenv("HF_ENDPOINT", press.wire.url)
    hub = Hub.of_environment()
    result = hub.push(press.folder, staged(press.folder), RepoId(press.repo), message="release")
    assert hub.head(RepoId(press.repo)) == result.sha


def test_foreign_namespace_is_refused_and_an_own_organisation_is_not(press: Press) -> None:
    manifest = staged(press.folder)
    with pytest.raises(HubError, match=r"may not do that.*namespace .foreign.*write access"):
        press.push(manifest, repo=RepoId("foreign/titles"))
    press.store.add_organisation("acme")
    assert press.push(manifest, repo=RepoId("acme/titles")).changed


def test_private_is_made_kept_and_changed(press: Press) -> None:
    manifest = staged(press.folder)
    press.push(manifest)
    assert press.api.model_info(press.repo).private is False
    with pytest.raises(HubError, match=r"is public, and --private would hide it.*--private --hide-public"):
        press.push(manifest, private=True)
    assert press.api.model_info(press.repo).private is False
    press.push(manifest, private=True, hide_public=True)
    assert press.api.model_info(press.repo).private is True
    press.push(manifest)
    assert press.api.model_info(press.repo).private is True
    with pytest.raises(HubError, match="not there, or this token may not see it"):
        press.head()
    press.push(manifest, repo=RepoId(f"{press.repo}-2"), private=True)
    assert press.api.model_info(f"{press.repo}-2").private is True
    press.push(manifest, private=False)
    assert press.api.model_info(press.repo).private is False


def test_tag_goes_on_the_commit_and_never_moves(press: Press) -> None:
    manifest = staged(press.folder)
    result = press.push(manifest, tag="v1.0.0")
    assert press.head("v1.0.0") == result.sha
    assert press.push(manifest, tag="v1.0.0").changed is False
    (press.folder / "README.md").write_text(CARD + "New.\n")
    with pytest.raises(HubError, match=r"tag v1\.0\.0 .* another commit.*A tag never moves"):
        press.push(Manifest.of_folder(press.folder), tag="v1.0.0")
    assert press.wire.writes() == []
    assert press.push(Manifest.of_folder(press.folder), tag="v1.0.1").changed


def test_a_tag_with_the_name_of_a_branch_is_refused_before_anything_is_sent(press: Press) -> None:
    """Of the branch that every repository has, and of one that only the Hub knows."""
    press.push(staged(press.folder))
    head = [{"name": "next", "ref": "refs/heads/next", "targetCommit": "0" * 40}]
    body = json.dumps({"branches": head, "tags": [], "converts": []})
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    press.wire.faults.append(Fault("GET .*/refs", answer=answer.encode()))
    (press.folder / "README.md").write_text(CARD + "New.\n")
    for name in ("main", "next"):
        with pytest.raises(UsageError, match="branch"):
            press.push(Manifest.of_folder(press.folder), tag=name)
        assert press.wire.writes() == []


def test_a_folder_that_changed_since_it_was_checked_is_not_pushed(press: Press) -> None:
    manifest = staged(press.folder)
    (press.folder / "config.json").write_text("{}")
    with pytest.raises(HubError, match=r"No longer as it was checked: config\.json"):
        press.push(manifest)
    assert press.wire.writes() == []


def test_a_card_that_the_hub_refuses_is_one_line(press: Press) -> None:
    manifest = staged(press.folder, README__md=b"---\nlicense: no-such\n---\n")
    with pytest.raises(HubError, match=r"Invalid metadata in README\.md.*license") as caught:
        press.push(manifest)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("repo_id", ["no spaces allowed", "a/b/c", "rehearsal/--x"])
def test_a_repository_name_that_cannot_be_is_one_line(press: Press, repo_id: str) -> None:
    with pytest.raises(HubpressError):
        press.push(staged(press.folder), repo=RepoId(repo_id))


def test_a_space_takes_its_sdk_from_its_card(press: Press) -> None:
    press.folder.mkdir()
    (press.folder / "README.md").write_text("---\ntitle: T\nsdk: gradio\nsdk_version: 6.31.0\napp_file: app.py\n---\n")
    (press.folder / "app.py").write_text("print()\n")
    result = press.push(Manifest.of_folder(press.folder), repo=RepoId(press.repo, "space"))
    assert result.url == f"{press.wire.url}/spaces/{press.repo}"
    assert press.api.space_info(press.repo).sdk == "gradio"
    (press.folder / "README.md").write_text("---\ntitle: T\n---\n")
    with pytest.raises(HubError, match="sdk"):
        press.push(Manifest.of_folder(press.folder), repo=RepoId(f"{press.repo}-2", "space"))


def test_head_finds_branch_tag_and_commit(press: Press) -> None:
    sha = press.push(staged(press.folder), tag="v1").sha
    for revision in (None, "main", "v1", sha):
        assert press.head(revision) == sha
    with pytest.raises(HubError, match="no such revision"):
        press.head("v2")
    with pytest.raises(HubError, match="not there"):
        Hub(press.wire.url, press.store.write_token).head(RepoId("rehearsal/nothing"))


def test_listed_and_downloaded_files_are_those_pushed(press: Press, tmp_path: Path) -> None:
    manifest = staged(press.folder)
    sha = press.push(manifest, private=True).sha
    hub, repo = Hub(press.wire.url, press.store.read_token), RepoId(press.repo)
    files = hub.list_files(repo, sha)
    weights = manifest.by_path()["model.safetensors"]
    assert (files["model.safetensors"].size, files["model.safetensors"].sha256) == (weights.size, weights.sha256)
    assert files["README.md"].sha256 is None
    press.wire.faults.append(Fault("HEAD .*/resolve/"))
    dest = hub.download(repo, sha, tmp_path / "fresh" / "copy")
    assert Manifest.of_folder(dest, leave_out=[".gitattributes"]) == manifest
    with pytest.raises(HubError, match="exists already"):
        hub.download(repo, sha, dest)
    with pytest.raises(HubError, match="not there, or this token may not see it"):
        Hub(press.wire.url).download(repo, sha, tmp_path / "other")
    assert sorted(path.name for path in (tmp_path / "fresh").iterdir()) == ["copy"]


_PUSH = """
import sys
from pathlib import Path
from hubpress import Hub, RepoId
from hubpress.manifest import Manifest
folder = Path(sys.argv[1])
hub = Hub.of_environment()
result = hub.push(folder, Manifest.of_folder(folder), RepoId(sys.argv[2]), message="release")
print(result.sha, result.uploaded_bytes)
"""


@pytest.mark.parametrize("xet", ["on", "off", "behind a proxy"])
def test_xet_on_and_off(press: Press, xet: str) -> None:
    """Xet on, against this Hub without Xet storage, falls back to plain LFS in the same process: one commit.

    A proxy that is set for the world outside, here one that nobody runs, is not asked about this machine.
    """
    manifest = staged(press.folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {
        "HF_ENDPOINT": press.wire.url,
        "HF_TOKEN": press.store.write_token,
        "HF_HOME": str(press.folder.parent / "home"),
    }
    if xet == "off":
        environment["HF_HUB_DISABLE_XET"] = "1"
    if xet == "behind a proxy":
        environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    ran = subprocess.run(
        [sys.executable, "-c", _PUSH, str(press.folder), press.repo],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    sha, sent = ran.stdout.split()
    assert (press.commits(), int(sent)) == (["release", "initial commit"], sum(file.size for file in manifest.files))
    assert press.head() == sha
    assert any("xet-write-token" in line for line in press.wire.requests) == (xet != "off")
    assert "Xet" not in ran.stderr
