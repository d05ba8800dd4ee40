"""What a version changes against the published one: told by `diff`, and asked by a release."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

import hubpress
from helpers.hub import Fault, listed, wired
from helpers.paths import TITLES
from helpers.processes import Command
from hubpress.errors import MovedOn
from hubpress.hub.client import Hub
from hubpress.rehearsal.repository import Repository
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

pytestmark = pytest.mark.slow
NAME = "conference-titles"
MODEL = "rehearsal/conference-titles"


# A word that tells each conference, so that the tiny base learns them.
TOLD = {"VLDB": "data", "ISCAS": "circuit", "SIGGRAPH": "image", "INFOCOM": "network", "WWW": "web"}


@pytest.fixture(scope="module")
def easy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Titles that say which conference they are of."""
    path = tmp_path_factory.mktemp("easy") / "titles.csv"
    with TITLES.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["Title", "Conference"])
        for number, row in enumerate(csv.DictReader(source)):
            conference, word = list(TOLD.items())[number % len(TOLD)]
            rows.writerow([f"{f'{word} ' * 6}{row['Title']}", conference])
    return path


@pytest.fixture(scope="module")
def build(quick: list[str], easy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with v1.0.0 of a model on its rehearsal Hub."""
    folder = tmp_path_factory.mktemp("versions") / "build"
    overrides = [word for word in quick if "=" in word]
    recipe = hubpress.load_recipe(NAME, sample=True, data=str(easy), overrides=[*overrides, "version=1.0.0"])
    with hubpress.Target.rehearsal(folder) as target:
        hubpress.push_model(recipe, target, build_dir=folder, quiet=True)
    return folder


def published(build: Path) -> Repository:
    """Return the published model as its Hub keeps it."""
    return Store(build / "hub").repository("models", MODEL)


def noted(build: Path, revision: str) -> bytes:
    """Return the changelog that a revision of the published model has."""
    repository = published(build)
    return repository.content_path(repository.commit(revision).files["CHANGELOG.md"]).read_bytes()


@contextmanager
def hub_of(build: Path) -> Iterator[HfApi]:
    with running(build / "hub") as url:
        yield HfApi(url, token=Store(build / "hub").write_token)


def test_a_worse_version_is_told_and_stopped(build: Path, easy: Path, quick: list[str], hubpress: Command) -> None:
    """By figures, settings and files; nothing of it comes to the Hub."""
    first = noted(build, "v1.0.0")
    assert re.search(r"\n## v1\.0\.0 - \d{4}-\d\d-\d\d\n\nFirst release\.\n", first.decode())
    words = [NAME, *quick, "--data", easy, "--set", "version=1.1.0", "--build-dir", build, "--quiet"]
    same = hubpress("diff", *[word if word != "version=1.1.0" else "version=1.0.0" for word in words])
    assert (same.code, "holds these very files" in same.out) == (0, True), same.err
    # A model that has learnt next to nothing.
    words += ["--set", "training.learning_rate=1e-9"]
    told = hubpress("diff", *words, "--json")
    assert told.code == 0, told.err
    found = json.loads(told.out)
    assert (found["tag"], found["version"], found["same_test_records"]) == ("v1.0.0", "1.1.0", True)
    main = found["figures"][0]
    assert main["is_main"] and main["after"] < main["before"] and main["test"]["p_value"] < 0.05
    assert {"key": "training.learning_rate", "before": 0.01, "after": 1e-9} in found["settings"]
    assert "model.safetensors" in found["files"]["changed"]
    table = hubpress("diff", *words)
    assert "worse" in table.out and "training.learning_rate" in table.out
    stopped = hubpress("release", *words)
    assert stopped.code == 1
    assert "fell beyond noise since v1.0.0: " in stopped.err and "--accept-worse" in stopped.err
    assert noted(build, "main") == first
    unpublished = hubpress("diff", *words, "--owner", "nobody")
    assert unpublished.code == 1


def test_what_changed_is_published(build: Path, easy: Path, quick: list[str], hubpress: Command) -> None:
    """As the message of commit and tag, and above what others wrote into the changelog; a second time nothing is."""
    by_hand = noted(build, "main").replace(b"First release.", b"First release.\r\n\r\nThanks to all *readers*!")
    with hub_of(build) as api:
        api.create_commit(
            MODEL, [CommitOperationAdd("CHANGELOG.md", by_hand), CommitOperationAdd("CITATION.cff", b"title: x\n")],
            commit_message="By hand",
        )  # fmt: skip
    words = [NAME, *quick, "--data", easy, "--set", "version=1.1.0", "--build-dir", build]
    words += ["--set", "training.learning_rate=1e-9", "--set", "space.publish=false", "--accept-worse"]
    done = hubpress("release", *words)
    assert done.code == 0, done.err
    changelog = noted(build, "main").decode()
    above, _, rest = changelog.partition("## v1.1.0")
    section, _, below = rest.partition("## v1.0.0")
    assert f"{above}## v1.0.0{below}".encode() == by_hand
    body = section.partition("\n\n")[2].strip()
    for piece in ("| worse |", "- training.learning_rate: 0.01 -> 1e-09", "- files changed: ", "v1.0.0 ("):
        assert piece in body, body
    assert "CITATION.cff" not in body
    assert done.err.index(body) < done.err.index("push: ")
    with hub_of(build) as api:
        newest = api.list_repo_commits(MODEL)[0]
        assert re.search(r"v1\.1\.0: \S+ \d\.\d{4} -> \d\.\d{4}, worse", newest.title), newest.title
        assert body in newest.message
        assert api.file_exists(MODEL, "CITATION.cff")
    messages = published(build).settings.tag_messages
    assert body in messages["v1.1.0"] and "First release." in messages["v1.0.0"]
    again = hubpress("release", *words)
    assert again.code == 0 and "unchanged, no commit" in again.err, again.err
    with hub_of(build) as api:
        assert api.list_repo_commits(MODEL)[0].commit_id == newest.commit_id


@pytest.mark.usefixtures("prover")
@pytest.mark.parametrize("publish", [hubpress.release_model, hubpress.push_model], ids=["release", "push"])
def test_a_version_that_lands_meanwhile_stays_in_the_changelog(
    build: Path,
    easy: Path,
    quick: list[str],
    tmp_path: Path,
    publish: Callable[..., object],
) -> None:
    """Between the look at main and the push: it ends in one line, and the same release then tells of both."""
    shutil.copytree(build, tmp_path / "build")
    overrides = [word for word in quick if "=" in word]
    recipe = hubpress.load_recipe(NAME, sample=True, data=str(easy), overrides=[*overrides, "version=2.0.0"])
    store, other = Store(tmp_path / "build" / "hub"), tmp_path / "other"

    def land() -> None:
        """Release another version, as somebody else does."""
        shutil.copytree(tmp_path / "build" / NAME / "repo", other)
        text = noted(tmp_path / "build", "main").replace(b"\n## v", b"\n## v1.9.0 - 2026-01-01\n\nNew.\n\n## v", 1)
        (other / "CHANGELOG.md").write_bytes(text)
        Hub(wire.url, store.write_token).push(other, listed(other), hubpress.RepoId(MODEL), message="Release v1.9.0")

    with running(store.folder, port=0) as url, wired(url) as wire:
        target = hubpress.Target(Hub(wire.url, store.write_token), "here")
        release = partial(publish, recipe, build_dir=tmp_path / "build", target=target, quiet=True)
        # The token is asked for ahead, and again before anything is pushed.
        wire.faults += [Fault("GET /api/whoami", before=lambda: None), Fault("GET /api/whoami", before=land)]
        with pytest.raises(MovedOn, match=r"somebody else committed meanwhile \([0-9a-f]{7}\)\. Look at it") as stopped:
            release()
        assert "\n" not in str(stopped.value)
        assert re.findall(r"## (v\S+)", noted(tmp_path / "build", "main").decode())[0] == "v1.9.0"
        release()
    versions = re.findall(r"## (v\S+)", noted(tmp_path / "build", "main").decode())
    assert versions[:2] == ["v2.0.0", "v1.9.0"] and versions[-1] == "v1.0.0"
