"""Spaces that run while the rehearsal Hub does."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import httpx

from helpers.pages import APP, BROWSER, SPACE_CARD, Ask, browser, push
from helpers.processes import SECONDS, until
from helpers.rehearsal import SERVE
from hubpress.files import read_json
from hubpress.rehearsal.server import find_running, running
from hubpress.rehearsal.store import Store


def wait_for(get: Ask, path: str, words: str) -> Any:
    """Open a page again and again, as its waiting state does, until it shows *words*."""

    def shown() -> Any:
        answer = get(path)
        if words in answer.text:
            return answer
        assert 'http-equiv="refresh"' in answer.text, answer.page.text
        return None

    return until(shown)


def gone(pid: int) -> bool:
    """Wait until a process has ended; a zombie has."""

    def ended() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    return until(ended)


def test_a_space_runs_while_the_hub_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    for name in ("HF_TOKEN", "SECRET_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "secret-value")
    store = Store(tmp_path / "store")
    with running(store.folder, port=0) as url:
        api, get = HfApi(endpoint=url, token=store.write_token), browser(url)
        path = "/spaces/rehearsal/try"
        sha = push(api, "rehearsal/try", {"README.md": SPACE_CARD, "app.py": APP, "more/words.txt": "x"}, kind="space")
        # Neither a page elsewhere nor a question about the page starts anything.
        assert "does not run" in get(path, **{"sec-fetch-site": "cross-site"}).page.text
        assert httpx.head(f"{url}{path}", headers=BROWSER, timeout=SECONDS).status_code == 200
        elsewhere = {"sec-fetch-site": "cross-site"}
        assert httpx.post(f"{url}{path}/start", headers=elsewhere, timeout=SECONDS).status_code == 403
        assert not (store.folder / "apps").exists()

        first = get(path)
        assert first.page.all("form") == [] and "is starting" in first.page.text
        page = wait_for(get, path, "<iframe")
        (frame,) = page.page.all("iframe")
        assert page.headers["content-security-policy"].endswith(f"frame-src {frame['src']}")
        assert "Try titles" in page.page.text and f"{path}/tree/{sha}" in page.page.links()
        assert f"{path}/resolve/{sha}/app.py" in page.page.links()
        told = httpx.get(frame["src"], timeout=SECONDS).json()
        assert "secret-value" not in str(told["env"]) and store.write_token not in str(told)
        assert (told["env"]["HF_ENDPOINT"], told["argv"]) == (url, ["app.py"])
        assert {"app.py", "README.md", "more"} <= set(told["here"])
        assert told["env"]["HF_HOME"].startswith(str(store.folder / "apps"))
        # Opened again it is the same one; an older revision is shown without it.
        assert httpx.get(get(path).page.all("iframe")[0]["src"], timeout=SECONDS).json()["pid"] == told["pid"]
        older = api.list_repo_commits("rehearsal/try", repo_type="space")[1].commit_id
        assert get(f"{path}/tree/{older}").page.all("iframe") == []

        # A new commit replaces it.
        push(api, "rehearsal/try", {"app.py": f"{APP}\n# changed\n"}, kind="space")
        again = httpx.get(wait_for(get, path, "<iframe").page.all("iframe")[0]["src"], timeout=SECONDS).json()
        assert again["pid"] != told["pid"] and gone(told["pid"])
    assert gone(again["pid"])
    assert not Path(again["cwd"]).exists()


def test_a_failing_app_shows_its_log(api: HfApi, get: Ask, url: str) -> None:
    app = "print('\\x1b[31mhello <script>\\x1b[0m')\nimport no_such_module\n"
    push(api, "rehearsal/fails", {"README.md": SPACE_CARD, "app.py": app}, kind="space")
    path = "/spaces/rehearsal/fails"
    page = wait_for(get, path, "does not run").page
    assert "exit code 1" in page.text and "No module named 'no_such_module'" in page.text
    assert "hello <script>" in page.text and "\x1b" not in page.text and not page.all("iframe")
    # It is not tried again by itself, but on demand.
    assert "does not run" in get(path).text
    assert [form["action"] for form in page.all("form")] == [f"{path}/start"]
    answer = httpx.post(f"{url}{path}/start", headers={"sec-fetch-site": "same-origin"}, timeout=SECONDS)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "is starting" in get(path).text or "does not run" in get(path).text


def test_a_space_without_an_app_says_so(api: HfApi, get: Ask) -> None:
    push(api, "rehearsal/empty", {"README.md": SPACE_CARD}, kind="space")
    page = get("/spaces/rehearsal/empty").page
    assert "There is no app.py in this Space" in page.text and not page.all("form")


def test_few_apps_run_at_once(api: HfApi, get: Ask, store: Store) -> None:
    """The one whose page was not looked at for the longest makes room."""
    quiet = "import time; time.sleep(600)"
    for number in range(4):
        push(api, f"rehearsal/many-{number}", {"README.md": SPACE_CARD, "app.py": quiet}, kind="space")
        assert "is starting" in get(f"/spaces/rehearsal/many-{number}").page.text
    assert len(list((store.folder / "apps").iterdir())) == 3
    elsewhere = {"sec-fetch-site": "cross-site"}
    seen = ["is starting" in get(f"/spaces/rehearsal/many-{number}", **elsewhere).page.text for number in range(4)]
    assert seen == [False, True, True, True]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_an_app_ends_with_its_hub_however_that_ends(
    tmp_path: Path, sent: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    store = Store(tmp_path / "store")
    with running(store.folder, port=0) as url:
        push(HfApi(endpoint=url, token=store.write_token), "rehearsal/try", {"app.py": APP}, kind="space")
    hub = subprocess.Popen([sys.executable, "-c", SERVE, str(store.folder)])
    try:
        found = until(lambda: find_running(store.folder))
        assert read_json(store.folder / "server.json")["pid"] == hub.pid
        (frame,) = wait_for(browser(found), "/spaces/rehearsal/try", "<iframe").page.all("iframe")
        pid = httpx.get(frame["src"], timeout=SECONDS).json()["pid"]
    finally:
        hub.send_signal(sent)
        hub.wait()
    assert gone(pid)
    with running(store.folder, port=0):
        assert not (store.folder / "apps").exists()
