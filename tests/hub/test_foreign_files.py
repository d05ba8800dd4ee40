"""What people have in a repository: it stays, or a push stops and shows what they would lose."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from helpers.hub import CARD, Press, listed, staged
from hubpress.errors import HubError
from hubpress.hub.clashes import ForeignFiles
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.layout import CARD as README

BY_HAND = b"---\nlicense: mit\n---\n# By hand\n"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0" + bytes(range(256)) * 4


def by_hand(press: Press, files: dict[str, bytes | None], *, kind: str = "model") -> str:
    """Commit as a person does; None deletes."""
    press.api.create_repo(press.repo, repo_type=kind, exist_ok=True, space_sdk="docker" if kind == "space" else None)
    operations = [
        CommitOperationDelete(name) if content is None else CommitOperationAdd(name, io.BytesIO(content))
        for name, content in files.items()
    ]
    return str(press.api.create_commit(press.repo, operations, commit_message="by hand", repo_type=kind).oid)


def contents(api: HfApi, repo: str, kind: str = "model") -> dict[str, bytes]:
    """Every file of main but the Hub's own."""
    names = set(api.list_repo_files(repo, repo_type=kind)) - {".gitattributes"}
    return {name: Path(api.hf_hub_download(repo, name, repo_type=kind)).read_bytes() for name in names}


def change(press: Press, name: str = README, text: str = CARD + "Released anew.\n") -> None:
    (press.folder / name).write_text(text, encoding="utf-8")


def test_files_beside_a_release_stay_byte_for_byte_and_are_named(press: Press) -> None:
    """Of any kind and in any folder, also the card's, however often the release changes."""
    theirs = {
        "CITATION.cff": b"cff-version: 1.2.0\n",
        "figures/own.png": PICTURE,
        "notes [1]*.txt": b"brackets\r\n",
        "gguf/model.gguf": b"GGUF\0" + bytes(400_000),
    }
    press.push(staged(press.folder))
    by_hand(press, dict(theirs))
    change(press)
    (press.folder / "figures" / "curve.png").unlink()
    result = press.push(listed(press.folder))
    assert (result.kept, result.removed, result.taken) == (tuple(sorted(theirs)), ("figures/curve.png",), ())
    there = contents(press.api, press.repo)
    assert {name: there[name] for name in theirs} == theirs
    assert there.keys() - theirs.keys() == {entry.path for entry in listed(press.folder).files}
    assert press.push(listed(press.folder)).kept == result.kept


def test_a_card_edited_on_the_hub_stops_the_push_with_a_diff(press: Press) -> None:
    press.push(staged(press.folder))
    edited = by_hand(press, {README: (CARD + "Mended \x1b[31mby hand.\n").encode()})
    change(press)
    with pytest.raises(ForeignFiles, match=r"README\.md.*Nothing was changed.*--adopt.*--take-over") as caught:
        press.push(listed(press.folder))
    assert (press.wire.writes(), press.head()) == ([], edited)
    assert caught.value.names == ("README.md",)
    lines = caught.value.differences
    assert "--- README.md on the Hub" in lines and "+Released anew." in lines
    assert "-Mended \N{REPLACEMENT CHARACTER}[31mby hand." in lines, "a terminal would obey it"


def test_adopt_shows_the_diff_takes_the_names_over_and_keeps_the_rest(
    press: Press, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand(press, {README: BY_HAND, "LICENSE": b"text\n", "model.safetensors": bytes(200_000)})
    result = press.push(staged(press.folder), foreign=Foreign.ADOPT)
    assert (result.taken, result.kept, result.removed) == (("README.md", "model.safetensors"), ("LICENSE",), ())
    said = capsys.readouterr().err
    assert "-# By hand" in said and "model.safetensors on the Hub: 200,000 bytes, sha256" in said
    assert contents(press.api, press.repo)["LICENSE"] == b"text\n"
    change(press)
    again = press.push(listed(press.folder))
    assert (again.taken, again.kept) == ((), ("LICENSE",)), "what was taken over is the release's from now on"


def test_take_over_leaves_the_release_alone(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand(press, {README: BY_HAND, "LICENSE": b"text\n"})
    manifest = staged(press.folder)
    result = press.push(manifest, foreign=Foreign.TAKE_OVER)
    assert (result.taken, result.kept, result.removed) == (("LICENSE", "README.md"), (), ("LICENSE",))
    assert contents(press.api, press.repo).keys() == manifest.by_path().keys()
    assert "-text" in capsys.readouterr().err


def test_a_file_of_an_earlier_release_that_a_person_changed_is_theirs_now(press: Press) -> None:
    press.push(staged(press.folder, extra__txt=b"ours\n"))
    by_hand(press, {"extra.txt": b"theirs\n"})
    (press.folder / "extra.txt").unlink()
    result = press.push(listed(press.folder))
    assert (result.kept, result.removed) == (("extra.txt",), ())
    assert contents(press.api, press.repo)["extra.txt"] == b"theirs\n"


def test_a_file_that_a_person_deleted_comes_back(press: Press) -> None:
    press.push(staged(press.folder))
    by_hand(press, {"config.json": None})
    assert press.push(listed(press.folder)).uploaded == ("config.json",)


@pytest.mark.parametrize(
    "published",
    [
        b'{"name": "An app", "icons": []}',
        b'{"files": [',
        b"[" * 2_000,
        json.dumps({"files": [{"path": "README.md", "size": 8, "sha256": "0" * 64}]}, indent=2).encode() + b"\n",
    ],
    ids=["web app", "torn", "deep", "no release"],
)
def test_a_list_that_no_release_wrote_makes_nothing_ours(press: Press, published: bytes) -> None:
    by_hand(press, {"manifest.json": published, "CITATION.cff": b"cff-version: 1.2.0\n"})
    with pytest.raises(ForeignFiles) as caught:
        press.push(staged(press.folder))
    assert caught.value.names == ("manifest.json",)
    assert press.wire.writes() == []


def test_a_persons_file_where_the_release_has_a_folder_stops_it(press: Press) -> None:
    by_hand(press, {"figures": b"see the paper\n"})
    with pytest.raises(ForeignFiles, match="figures"):
        press.push(staged(press.folder))
    assert press.push(listed(press.folder), foreign=Foreign.ADOPT).removed == ("figures",)


def test_the_same_bytes_by_hand_are_no_clash(press: Press) -> None:
    manifest = staged(press.folder)
    by_hand(press, {README: CARD.encode()})
    assert press.push(manifest).taken == ()


def space_folder(press: Press) -> None:
    for name, text in {
        README: "---\ntitle: T\nsdk: gradio\nsdk_version: 6.31.0\napp_file: app.py\n---\n",
        "app.py": "print()\n",
        "space.json": "{}\n",
    }.items():
        press.folder.mkdir(exist_ok=True)
        (press.folder / name).write_text(text, encoding="utf-8")


def test_a_space_of_somebody_else_is_not_overwritten(press: Press) -> None:
    space_folder(press)
    theirs = {"Dockerfile": b"FROM python:3.11\n", "server.py": b"print('a demo')\n"}
    by_hand(press, dict(theirs), kind="space")
    repo = RepoId(press.repo, "space")
    with pytest.raises(ForeignFiles, match=rf"spaces/{press.repo}.*README\.md"):
        press.push(listed(press.folder), repo=repo)
    assert press.wire.writes() == []
    assert press.push(listed(press.folder), repo=repo, foreign=Foreign.ADOPT).kept == ("Dockerfile", "server.py")
    there = contents(press.api, press.repo, "space")
    assert {name: there[name] for name in theirs} == theirs


def test_what_the_hub_wrote_into_a_new_space_is_nobodys(press: Press) -> None:
    """As a first push leaves it that was broken off between making the Space and its commit."""
    press.api.create_repo(press.repo, repo_type="space", space_sdk="gradio")
    space_folder(press)
    result = press.push(listed(press.folder), repo=RepoId(press.repo, "space"))
    assert (result.changed, result.taken) == (True, ())
    (press.folder / "app.py").write_text("print(1)\n")
    by_hand(press, {"app.py": b"print(2)\n"}, kind="space")
    with pytest.raises(ForeignFiles, match=r"app\.py"):
        press.push(listed(press.folder), repo=RepoId(press.repo, "space"))


def test_asked_ahead_it_says_the_same_and_changes_nothing(press: Press) -> None:
    """With what is staged, with nothing staged yet, and of a repository that would be hidden."""
    hub, repo = Hub(press.wire.url, press.store.write_token), RepoId(press.repo)
    hub.look_ahead(repo, {README: None})
    press.push(staged(press.folder))
    hub.look_ahead(repo, {README: None, "not-there.txt": None}, tag="v1")
    by_hand(press, {README: BY_HAND})
    press.wire.requests.clear()
    with pytest.raises(ForeignFiles) as caught:
        hub.look_ahead(repo, {README: None})
    assert "-# By hand" in caught.value.differences
    hub.look_ahead(repo, {README: None}, foreign=Foreign.ADOPT)
    with pytest.raises(HubError, match="--hide-public"):
        hub.look_ahead(repo, {}, private=True)
    (press.folder / README).write_bytes(BY_HAND)
    hub.look_ahead(repo, {README: press.folder / README}, private=True, hide_public=True)
    assert press.wire.writes() == []
