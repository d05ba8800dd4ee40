"""Verification by somebody who has neither the recipe nor the build folder, of a release that nobody here knows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from helpers.paths import TITLES
from helpers.processes import Command, Ran
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from hubpress.release.runner import locked

END = "<!-- hubpress: end how-to-use -->"
REPO = "rehearsal/conference-titles"
NEEDS_RECORDS = ["data", "figures", "model-index", "released epoch", "widget"]
SPY = """
```python
import json, os, pathlib

own = sorted(name for name, value in os.environ.items() if "canary" in value or name.endswith("_TOKEN"))
home = sorted(path.name for path in pathlib.Path.home().iterdir())
raise RuntimeError(json.dumps({"own": own, "home": home}))
```
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hub(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HfApi]:
    """A Hub with the release, far from the folder that it was built in."""
    folder = shutil.copytree(released / "hub", tmp_path_factory.mktemp("far") / "hub")
    store = Store(folder)
    with running(folder, port=0) as url:
        yield HfApi(endpoint=url, token=store.write_token)


@pytest.fixture
def verify(hub: HfApi, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Verify on a machine with no models, with a token and other secrets in its environment and a file in HOME."""
    (tmp_path / "models").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "canary").write_text("a person's own", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("HF_TOKEN", str(hub.token))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    where = ["--models", tmp_path / "models", "--build-dir", tmp_path / "build"]
    return lambda *words: hubpress("verify", REPO, *where, "--quiet", *words)


def states(ran: Ran) -> dict[str, bool | None]:
    """Return of each claim whether it holds; None where it could not be tried."""
    return {row["claim"]: row["holds"] for row in json.loads(ran.out)["proof"]}


def test_without_the_records_the_rest_is_proved_and_nothing_is_run(hub: HfApi, verify: Callable[..., Ran]) -> None:
    """What stays unproved is named with what to give; it is no failure."""
    sha = hub.model_info(REPO).sha
    ran = verify("--json", "--revision", str(sha))
    assert ran.code == 0, ran.err
    assert [claim for claim, holds in states(ran).items() if holds is None] == ["recipe", *NEEDS_RECORDS, "snippets"]
    assert [claim for claim, holds in states(ran).items() if holds] == [
        "files", "card", "pictures", "code", "model", "settings", "notebook",
    ]  # fmt: skip
    unproved = json.loads(ran.out)["unproved"]
    assert "recipe: no recipe at hand published it, so that its own was taken at its word; name one " in str(unproved)
    assert "figures: the records are not here; give them with --data FILE" in unproved
    assert "snippets: they are not run; --run-code runs what was not pushed from here" in unproved


def test_two_at_once_in_one_folder_do_not_disturb_each_other(verify: Callable[..., Ran], tmp_path: Path) -> None:
    """The second is told so, and takes nothing away from the first."""
    with locked(tmp_path / "build" / f"verify-{REPO.replace('/', '-')}"):
        ran = verify("--revision", "main")
    assert (ran.code, "another hubpress command is working here" in ran.err) == (1, True)


def test_with_the_records_every_figure_is_measured_again(
    hub: HfApi, verify: Callable[..., Ran], tmp_path: Path
) -> None:
    """The recipe is the release's own; records that are others are told from those it was measured on."""
    sha = str(hub.model_info(REPO).sha)
    ran = verify("--json", "--revision", sha, "--data", str(TITLES))
    assert ran.code == 0, ran.err
    assert [claim for claim, holds in states(ran).items() if not holds] == ["recipe", "snippets"]
    other = tmp_path / "other.csv"
    other.write_text("".join(TITLES.read_text(encoding="utf-8").splitlines(keepends=True)[:-9]), encoding="utf-8")
    ran = verify("--revision", sha, "--data", str(other))
    assert ran.code == 1
    assert "the test split at hand is not the one that the card was measured on" in ran.err


def test_what_others_wrote_is_run_only_where_one_insists(hub: HfApi, verify: Callable[..., Ran]) -> None:
    """And then with nothing of a person: no token, no secret of the environment, no file of HOME."""
    card = Path(hub.hf_hub_download(REPO, "README.md")).read_text(encoding="utf-8")
    operations = [CommitOperationAdd("README.md", card.replace(END, f"{SPY}\n{END}").encode())]
    sha = str(hub.create_commit(REPO, operations, commit_message="A snippet of somebody's own").oid)
    ran = verify("--json", "--revision", sha)
    assert ran.code == 1
    assert states(ran)["snippets"] is None
    assert "snippet 3 (python) of the card is not one that its facts give" in ran.err
    insisted = verify("--json", "--revision", sha, "--run-code")
    assert insisted.code == 1
    told = json.loads(insisted.out)["differences"][-1]
    assert told.startswith("snippets: snippet 3 fails: RuntimeError: ")
    seen = json.loads(told.partition("RuntimeError: ")[2])
    assert seen == {"own": ["HF_HUB_DISABLE_IMPLICIT_TOKEN"], "home": []}
