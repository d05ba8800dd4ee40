"""Pull requests over a wire that breaks: none is opened twice, and none merged twice."""

from __future__ import annotations

import json

import pytest
from huggingface_hub import CommitOperationAdd

from helpers.hub import Fault, Press, staged, status
from hubpress.errors import HubError, MovedOn
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest


def hub_of(press: Press) -> Hub:
    return Hub(press.wire.url, press.store.write_token)


@pytest.mark.parametrize("fault", [Fault("POST .*/discussions "), Fault("POST .*/discussions ", answer=status(503))])
def test_one_is_opened_once_whatever_answer_is_lost(press: Press, fault: Fault) -> None:
    press.push(staged(press.folder))
    press.wire.faults.append(fault)
    with hub_of(press).pull_requests(RepoId(press.repo)) as pulls:
        opened = pulls.open("Release titles (0123abcd)", "Words.")
        assert (opened.num, opened.status) == (1, "draft")
        assert pulls.own(r"Release titles \(.*\)") == [opened]
        assert pulls.own("Release") == []
    assert len(list(press.api.get_repo_discussions(press.repo))) == 1


def test_a_branch_takes_a_release_and_a_merge_brings_it_to_main(press: Press) -> None:
    """The merge's answer is lost; so are those of what comes before it."""
    first = press.push(staged(press.folder))
    (press.folder / "config.json").write_text('{"model_type": "other"}\n', encoding="utf-8")
    manifest, hub, repo = Manifest.of_folder(press.folder), hub_of(press), RepoId(press.repo)
    with hub.pull_requests(repo) as pulls:
        pull = pulls.open("A change", "Words.")
        assert pulls.holds(pull, first.sha)
        pushed = hub.push(press.folder, manifest, repo, message="m", revision=pull.branch)
        assert (pushed.uploaded, pulls.head(pull), hub.head(repo)) == (("config.json",), pushed.sha, first.sha)
        press.wire.faults += [Fault("POST .*/edit"), Fault("POST .*/status"), Fault("POST .*/merge")]
        pulls.describe(pull, "Proved.")
        pulls.publish(pull)
        pulls.publish(pull)
        pulls.merge(pull)
        pulls.merge(pull)
        pulls.close(pull, "Merged already.")
        assert pulls.own(".*") == []
    assert hub.list_files(repo, hub.head(repo)) == hub.list_files(repo, pushed.sha)
    told = press.api.get_discussion_details(press.repo, 1)
    assert (told.status, getattr(told.events[0], "content", "")) == ("merged", "Proved.")
    assert press.commits() == ["A change (#1)", "release", "initial commit"]


def test_what_does_not_go_together_with_main_is_one_line(press: Press) -> None:
    """And what was closed meanwhile, by whoever."""
    press.push(staged(press.folder))
    hub, repo = hub_of(press), RepoId(press.repo)
    (press.folder / "config.json").write_text('{"model_type": "mine"}\n', encoding="utf-8")
    with hub.pull_requests(repo) as pulls:
        pull = pulls.open("A change", "Words.")
        hub.push(press.folder, Manifest.of_folder(press.folder), repo, message="m", revision=pull.branch)
        theirs = [CommitOperationAdd("config.json", json.dumps({"model_type": "theirs"}).encode())]
        moved = press.api.create_commit(press.repo, theirs, commit_message="Theirs").oid
        pulls.publish(pull)
        assert not pulls.holds(pull, moved)
        for _ in range(2):
            with pytest.raises(MovedOn, match=r"committed .* meanwhile, or closed") as failed:
                pulls.merge(pull)
            assert "\n" not in str(failed.value)
            pulls.close(pull, "Somebody was quicker.")
    assert hub.head(repo) == moved


def test_a_refusal_is_one_line(press: Press) -> None:
    press.push(staged(press.folder))
    press.wire.faults.append(Fault("POST .*/discussions ", answer=status(403)))
    with (
        pytest.raises(HubError, match="may not do that") as failed,
        hub_of(press).pull_requests(RepoId(press.repo)) as pulls,
    ):
        pulls.open("A change", "Words.")
    assert "\n" not in str(failed.value)
