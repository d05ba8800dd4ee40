"""Pull requests and discussions on the rehearsal Hub, by the real huggingface_hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from helpers.pages import Ask
from helpers.rehearsal import WEIGHTS, commit
from hubpress.rehearsal.store import Store


def propose(api: HfApi, repo: str, files: dict[str, bytes], title: str = "A new figure") -> CommitInfo:
    additions = [CommitOperationAdd(path, content) for path, content in files.items()]
    return api.create_commit(
        repo, additions, commit_message=title, commit_description="The proof of it.", create_pr=True
    )


def read(api: HfApi, repo: str, path: str, revision: str) -> bytes:
    return Path(api.hf_hub_download(repo, path, revision=revision)).read_bytes()


def test_a_pull_request_holds_its_files_and_main_stays(api: HfApi, repo: str) -> None:
    before = api.model_info(repo).sha
    made = propose(api, repo, {"new.txt": b"proposed", "more.safetensors": WEIGHTS[::-1]})
    assert (made.pr_num, made.pr_revision) == (1, "refs/pr/1")
    assert api.model_info(repo).sha == before
    assert "new.txt" not in api.list_repo_files(repo)
    for revision in ("refs/pr/1", made.oid, made.oid[:8]):
        assert api.model_info(repo, revision=revision).sha == made.oid
        assert read(api, repo, "new.txt", revision) == b"proposed"
        assert read(api, repo, "more.safetensors", revision) == WEIGHTS[::-1]
    assert [one.commit_id for one in api.list_repo_commits(repo, revision="refs/pr/1")][:2] == [made.oid, before]
    assert api.list_repo_refs(repo).pull_requests is None
    pulls = api.list_repo_refs(repo, include_pull_requests=True).pull_requests
    assert [(ref.name, ref.ref, ref.target_commit) for ref in pulls or ()] == [("1", "refs/pr/1", made.oid)]
    told = api.get_discussion_details(repo, 1)
    assert (told.title, told.status, told.is_pull_request) == ("A new figure", "open", True)
    assert [event.type for event in told.events] == ["comment", "commit"]
    assert (told.conflicting_files, told.target_branch) == ([], "refs/heads/main")
    assert "a/new.txt" in str(told.diff)
    with pytest.raises(RevisionNotFoundError):
        api.model_info(repo, revision="refs/pr/2")


def test_more_commits_on_it_and_a_merge_by_a_commit_of_its_own(api: HfApi, repo: str) -> None:
    first = propose(api, repo, {"new.txt": b"one"})
    second = api.create_commit(
        repo, [CommitOperationAdd("new.txt", b"two"), CommitOperationDelete("README.md")],
        commit_message="Better", revision="refs/pr/1", parent_commit=first.oid,
    )  # fmt: skip
    with pytest.raises(HfHubHTTPError, match="A commit has happened since"):
        api.create_commit(
            repo, [CommitOperationAdd("x", b"x")], commit_message="m", revision="refs/pr/1", parent_commit=first.oid
        )
    before = api.model_info(repo).sha
    api.merge_pull_request(repo, 1, comment="Proved")
    told, head = api.get_discussion_details(repo, 1), api.model_info(repo)
    assert (told.status, told.merge_commit_oid) == ("merged", head.sha)
    assert head.sha not in (first.oid, second.oid)
    newest, parent = api.list_repo_commits(repo)[:2]
    assert (newest.title, parent.commit_id) == ("A new figure (#1)", before)
    assert second.oid in newest.message
    files = {path: read(api, repo, path, "main") for path in api.list_repo_files(repo)}
    assert files == {path: read(api, repo, path, second.oid) for path in api.list_repo_files(repo, revision=second.oid)}
    assert read(api, repo, "new.txt", "main") == b"two"
    for again in (lambda: api.merge_pull_request(repo, 1), lambda: api.change_discussion_status(repo, 1, "closed")):
        with pytest.raises(HfHubHTTPError, match="merged already"):
            again()
    with pytest.raises(HfHubHTTPError, match="no more commits"):
        api.create_commit(repo, [CommitOperationAdd("x", b"x")], commit_message="m", revision="refs/pr/1")


def test_main_moved_is_merged_with_and_a_conflict_is_refused(api: HfApi, repo: str) -> None:
    propose(api, repo, {"new.txt": b"mine", "README.md": b"---\nlicense: mit\n---\n# Mine\n"})
    commit(api, repo, {"other.txt": b"theirs"})
    assert api.get_discussion_details(repo, 1).conflicting_files == []
    moved = commit(api, repo, {"new.txt": b"theirs"})
    assert api.get_discussion_details(repo, 1).conflicting_files == ["new.txt"]
    with pytest.raises(HfHubHTTPError, match=r"conflicts in new\.txt") as caught:
        api.merge_pull_request(repo, 1)
    assert caught.value.response.status_code == 409
    assert api.model_info(repo).sha == moved
    commit(api, repo, {"new.txt": b"mine"})
    api.merge_pull_request(repo, 1)
    assert read(api, repo, "other.txt", "main") == b"theirs"
    assert b"# Mine" in read(api, repo, "README.md", "main")


def test_a_pull_request_from_an_older_commit(api: HfApi, repo: str) -> None:
    first = str(api.model_info(repo).sha)
    commit(api, repo, {"later.txt": b"later"})
    made = api.create_commit(
        repo, [CommitOperationAdd("a", b"a")], commit_message="From before", create_pr=True, parent_commit=first
    )
    assert "later.txt" not in api.list_repo_files(repo, revision=made.oid)


def test_opened_without_commits_it_is_a_draft(api: HfApi, repo: str) -> None:
    draft = api.create_pull_request(repo, "By hand", description="Soon.")
    assert (draft.status, draft.git_reference, draft.events[0].content) == ("draft", "refs/pr/1", "Soon.")  # type: ignore[attr-defined]
    commit_to_it = [CommitOperationAdd("a", b"a")]
    api.create_commit(repo, commit_to_it, commit_message="Here", revision=draft.git_reference)
    with pytest.raises(HfHubHTTPError, match="draft mode"):
        api.merge_pull_request(repo, 1)
    assert api.change_discussion_status(repo, 1, "open").new_status == "open"
    api.merge_pull_request(repo, 1)
    assert "a" in api.list_repo_files(repo)


def test_comments_titles_and_lists(api: HfApi, repo: str) -> None:
    propose(api, repo, {"a.txt": b"a"})
    talk = api.create_discussion(repo, "What is this?", description="Tell me")
    assert (talk.num, talk.is_pull_request) == (2, False)
    said = api.comment_discussion(repo, 1, "First word")
    assert (said.content, said.edited) == ("First word", False)
    better = api.edit_discussion_comment(repo, 1, said.id, "Second word")
    assert (better.content, better.edited, better.number_of_edits) == ("Second word", True, 2)
    with pytest.warns(UserWarning, match="irreversible"):
        assert api.hide_discussion_comment(repo, 1, said.id).hidden
    assert api.rename_discussion(repo, 1, "A better title").new_title == "A better title"
    description = api.get_discussion_details(repo, 1).events[0]
    api.edit_discussion_comment(repo, 1, description.id, "The whole proof")
    told = api.get_discussion_details(repo, 1)
    assert (told.title, told.events[0].content) == ("A better title", "The whole proof")  # type: ignore[attr-defined]
    api.change_discussion_status(repo, 2, "closed", comment="Answered")
    for number in range(11):
        api.create_discussion(repo, f"Number {number}")
    assert [one.num for one in api.get_repo_discussions(repo)] == list(range(13, 0, -1))
    assert [one.num for one in api.get_repo_discussions(repo, discussion_status="closed")] == [2]
    assert [one.num for one in api.get_repo_discussions(repo, discussion_type="pull_request")] == [1]
    assert not list(api.get_repo_discussions(repo, author="somebody"))


def test_who_may_propose_and_who_may_merge(api: HfApi, url: str, store: Store, repo: str) -> None:
    visitor, reader = HfApi(endpoint=url, token=store.add_user("visitor")), HfApi(endpoint=url, token=store.read_token)
    assert visitor.whoami()["name"] == "visitor"
    made = propose(visitor, repo, {"gift.bin": b"\0gift"}, "A gift")
    assert api.get_discussion_details(repo, 1).author == "visitor"
    with pytest.raises(HfHubHTTPError, match="rights to write"):
        visitor.merge_pull_request(repo, 1)
    with pytest.raises(HfHubHTTPError, match="rights to write"):
        commit(visitor, repo, {"a": b"a"})
    for attempt in (lambda: propose(reader, repo, {"b": b"b"}), lambda: reader.comment_discussion(repo, 1, "x")):
        with pytest.raises(HfHubHTTPError, match="may only read"):
            attempt()
    api.merge_pull_request(repo, 1)
    assert api.list_repo_commits(repo)[0].commit_id != made.oid
    assert "gift.bin" in api.list_repo_files(repo)


def test_created_private_it_is_there_for_its_owner_only(api: HfApi, url: str, store: Store) -> None:
    repo = "rehearsal/kept-to-myself"
    api.create_repo(repo, private=True)
    made = propose(api, repo, {"a.txt": b"a"})
    visitor, nobody = HfApi(endpoint=url, token=store.add_user("visitor")), HfApi(endpoint=url, token=False)
    asks: list[Callable[[HfApi], object]] = [
        lambda one: one.model_info(repo, revision=made.oid),
        lambda one: one.hf_hub_download(repo, "a.txt", revision="refs/pr/1"),
        lambda one: one.get_discussion_details(repo, 1),
        lambda one: list(one.get_repo_discussions(repo)),
    ]
    for ask in asks:
        for stranger, status in ((visitor, 404), (nobody, 401)):
            with pytest.raises(RepositoryNotFoundError) as caught:
                ask(stranger)
            assert caught.value.response.status_code == status
    with pytest.raises(HfHubHTTPError) as refused:
        propose(visitor, repo, {"b": b"b"})
    assert refused.value.response.status_code == 404
    api.merge_pull_request(repo, 1)
    api.update_repo_settings(repo, private=False)
    assert nobody.model_info(repo).private is False


def test_people_see_it_on_pages(api: HfApi, repo: str, get: Ask) -> None:
    propose(api, repo, {"new.txt": b"mine", "notes.md": b"# Notes"}, "Figures <measured> again")
    api.comment_discussion(repo, 1, "**Proved**: <script>alert(1)</script> all of it")
    commit(api, repo, {"new.txt": b"theirs"})
    page = get(f"/{repo}/discussions/1")
    assert page.status_code == 200
    assert "Figures <measured> again" in page.page.text and "new.txt" in page.page.text
    assert "cannot be merged" in page.page.text
    assert "<strong>Proved</strong>" in page.text and "<script" not in page.text
    assert f"/{repo}/discussions/1" in get(f"/{repo}").page.links()
    assert get(f"/{repo}/tree/refs/pr/1").status_code == 200
    commit(api, repo, {"new.txt": b"mine"})
    api.merge_pull_request(repo, 1)
    assert "merged" in get(f"/{repo}/discussions/1").page.text
    api.create_discussion(repo, "A question of mine")
    assert "A question of mine" in get(f"/{repo}/discussions/2").page.text
    assert get(f"/{repo}/discussions/3").status_code == 404
    api.update_repo_settings(repo, private=True)
    assert get(f"/{repo}/discussions/1").status_code == 404
