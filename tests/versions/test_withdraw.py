"""A version withdrawn on a rehearsal Hub: main goes back by one commit, the history and the tags stay."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from helpers.hub import CARD, staged
from helpers.processes import Command
from hubpress.errors import HubpressError, MovedOn, UsageError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.versions.withdraw import plan_withdrawal, withdraw

SPACE_CARD = "---\ntitle: Pets\nsdk: gradio\napp_file: app.py\n---\n# Pets\n"


@pytest.fixture
def hub(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The rehearsal Hub, as the environment names it."""
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setenv("HF_TOKEN", store.write_token)
    yield Hub(url, store.write_token)


def release(hub: Hub, repo: RepoId, folder: Path, tag: str | None, **files: bytes) -> str:
    """Publish a version whose manifest is in it; return its commit."""
    if repo.type == "space":
        files = {"README__md": SPACE_CARD.encode(), "app__py": b"print()\n", "space__json": b"{}\n", **files}
    staged(folder, **files)
    Manifest.of_folder(folder, leave_out={"manifest.json"}).save(folder / "manifest.json")
    pushed = hub.push(folder, Manifest.of_folder(folder), repo, message=f"Release {tag}", tag=tag)
    return pushed.sha


@pytest.fixture
def model(hub: Hub, tmp_path: Path, request: pytest.FixtureRequest) -> RepoId:
    """A model with three versions, the second of which had a file that the others have not."""
    repo = RepoId(f"rehearsal/{request.node.name.replace('_', '-')[:40].strip('-')}")
    release(hub, repo, tmp_path / "1", "v1.0.0", words__txt=b"one")
    release(hub, repo, tmp_path / "2", "v1.1.0", words__txt=b"two", more__txt=b"more")
    release(hub, repo, tmp_path / "3", "v1.2.0", words__txt=b"three")
    return repo


def test_main_goes_back_by_one_commit(hub: Hub, model: RepoId, hubpress: Command, tmp_path: Path) -> None:
    """To the files of the release before; the tag stays, and the card says it once, below its front matter."""
    api, words = HfApi(hub.endpoint, token=hub.token), ("--build-dir", tmp_path / "build")
    before, tagged = api.list_repo_commits(model.id), hub.head(model, "v1.2.0")
    ran = hubpress("yank", model.id, "v1.2.0", "--yes", *words)
    assert ran.code == 0, ran.err
    assert f"hubpress rollback spaces/{model.id}" in ran.out
    after = api.list_repo_commits(model.id)
    assert [one.commit_id for one in after[1:]] == [one.commit_id for one in before]
    assert after[0].title == "Withdraw v1.2.0: back to v1.1.0"
    assert hub.head(model, "v1.2.0") == tagged
    there = hub.download(model, after[0].commit_id, tmp_path / "there")
    listed = Manifest.load(there / "manifest.json")
    assert Manifest.of_folder(there, leave_out={"manifest.json", ".gitattributes"}) == listed
    old = hub.list_files(model, hub.head(model, "v1.1.0"))
    now = hub.list_files(model, after[0].commit_id)
    assert {path for path in old | now if old.get(path) != now.get(path)} == {"README.md", "manifest.json"}
    front, _, body = CARD.partition("# A model")
    notice = "> **v1.2.0 has been withdrawn. These are the files of v1.1.0.**"
    assert (there / "README.md").read_text(encoding="utf-8") == f"{front}\n{notice}\n\n# A model{body}"


def test_it_goes_back_further_and_never_to_what_was_withdrawn(hub: Hub, model: RepoId, tmp_path: Path) -> None:
    """Each version once; a second time nothing is done; then there is nothing left to go back to."""
    for version, back in (("v1.2.0", "v1.1.0"), ("v1.1.0", "v1.0.0")):
        plan = plan_withdrawal(hub, model, version)
        assert (plan.back_to, plan.is_done) == (back, False)
        withdraw(hub, plan, tmp_path)
        assert plan_withdrawal(hub, model, version).is_done
    with pytest.raises(HubpressError, match=r"no version came before v1\.0\.0"):
        plan_withdrawal(hub, model, "v1.0.0")
    release(hub, model, tmp_path / "4", "v1.3.0", words__txt=b"four")
    assert plan_withdrawal(hub, model, "v1.3.0").back_to == "v1.0.0"


def test_what_cannot_be_withdrawn_is_told(hub: Hub, model: RepoId, hubpress: Command, tmp_path: Path) -> None:
    """A version that main does not hold, one that is not there, one that is none; and nobody to ask."""
    head = hub.head(model)
    for tag, code, says in (
        ("v1.0.0", 1, "main holds v1.2.0"),
        ("v9.0.0", 1, "there is no v9.0.0 on main"),
        ("newest", 2, "'newest' is no version's tag"),
        ("v1.2.0", 2, "hubpress: nobody can be asked without a terminal: give --yes to do it.\n"),
    ):
        ran = hubpress("yank", model.id, tag, "--build-dir", tmp_path / "build")
        assert (ran.code, says in ran.err) == (code, True), ran.err
    assert hub.head(model) == head
    plain = RepoId("rehearsal/no-versions")
    release(hub, plain, tmp_path / "plain", None)
    with pytest.raises(HubpressError, match="tagged with a version"):
        plan_withdrawal(hub, plain)


def test_a_person_on_a_terminal_is_asked(
    hub: Hub, model: RepoId, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for answer, changes in (("n\n", False), ("y\n", True)):
        head = hub.head(model)
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        ran = hubpress("yank", model.id, "v1.2.0", "--build-dir", tmp_path / "build")
        assert "goes back from v1.2.0 to v1.1.0" in ran.err
        assert (ran.code, hub.head(model) != head) == (0, changes)


def test_somebody_elses_commit_is_never_overwritten(hub: Hub, model: RepoId, tmp_path: Path) -> None:
    plan = plan_withdrawal(hub, model, "v1.2.0")
    head = release(hub, model, tmp_path / "4", "v1.3.0", words__txt=b"four")
    with pytest.raises(MovedOn, match="somebody else committed meanwhile"):
        withdraw(hub, plan, tmp_path)
    assert hub.head(model) == head


@pytest.fixture
def space(hub: Hub, tmp_path: Path, request: pytest.FixtureRequest) -> RepoId:
    """A Space with two versions."""
    space = RepoId(f"rehearsal/{request.node.name.replace('_', '-')[:40].strip('-')}", "space")
    for number in (1, 2):
        release(hub, space, tmp_path / str(number), f"v1.{number}.0", app__py=f"print({number})\n".encode())
    return space


def test_a_space_goes_back_alike(hub: Hub, space: RepoId, hubpress: Command, tmp_path: Path) -> None:
    ran = hubpress("rollback", space.path, "--yes", "--json", "--build-dir", tmp_path / "build")
    assert ran.code == 0, ran.err
    there = hub.download(space, hub.head(space), tmp_path / "there")
    assert (there / "app.py").read_text(encoding="utf-8") == "print(1)\n"
    assert "v1.2.0 has been withdrawn" in (there / "README.md").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="is no Space"):
        import hubpress as api

        api.roll_back_space("rehearsal/pets")


def commit(hub: Hub, repo: RepoId, **files: bytes | None) -> None:
    """Let a person change files of main by hand; None deletes one."""
    operations = [
        CommitOperationDelete(name.replace("__", "."))
        if content is None
        else CommitOperationAdd(name.replace("__", "."), content)
        for name, content in files.items()
    ]
    HfApi(hub.endpoint, token=hub.token).create_commit(
        repo.id, operations, commit_message="By hand", repo_type=repo.type
    )


def test_what_people_added_stays_on_the_way_back(hub: Hub, space: RepoId, hubpress: Command, tmp_path: Path) -> None:
    """Each byte as main has it, whenever it was added, edited or deleted; what our release replaced goes back."""
    commit(hub, space, notes__txt=b"one\r\n", logo__svg=b"<svg/>", gone__txt=b"was here")
    release(hub, space, tmp_path / "3", "v1.3.0", app__py=b"print(3)\n", more__txt=b"ours")
    commit(hub, space, notes__txt=b"two", late__txt=b"late\r", gone__txt=None)
    before = hub.list_files(space, hub.head(space))
    ran = hubpress("rollback", space.path, "--yes", "--build-dir", tmp_path / "build")
    assert ran.code == 0, ran.err
    after = hub.list_files(space, hub.head(space))
    assert after["app.py"] == hub.list_files(space, hub.head(space, "v1.2.0"))["app.py"]
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "README.md", "app.py", "manifest.json", "more.txt", "model.safetensors", "figures/curve.png",
    }  # fmt: skip


def test_an_edit_of_a_release_s_file_stops_the_way_back(
    hub: Hub, space: RepoId, hubpress: Command, tmp_path: Path
) -> None:
    """With its diff; --adopt takes the name over and keeps the rest, as at a push."""
    commit(hub, space, app__py=b"print(2)  # faster\n", notes__txt=b"mine")
    head, words = hub.head(space), ("rollback", space.path, "--yes", "--build-dir", tmp_path / "build")
    stopped = hubpress(*words)
    assert (stopped.code, hub.head(space)) == (1, head)
    assert "app.py" in stopped.err and "-print(2)  # faster" in stopped.err and "--adopt" in stopped.err
    adopted = hubpress(*words, "--adopt")
    assert adopted.code == 0, adopted.err
    there = hub.download(space, hub.head(space), tmp_path / "there")
    assert (there / "app.py").read_bytes() == b"print(1)\n" and (there / "notes.txt").read_bytes() == b"mine"
