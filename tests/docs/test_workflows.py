"""The workflows of docs/ci.md: as a service reads them, and with each of their steps run before a Hub on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from helpers.paths import ROOT
from helpers.processes import RELEASE_SECONDS, environment
from helpers.trusted import PROOF, Trusting, trusting
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store
from hubpress.yaml12 import parse

FOLDER = ROOT / "docs" / "workflows"
WORKFLOWS = ("release-model.yml", "verify-models.yml")
MODEL = "rehearsal/desk"
NOT_A_PUBLISHER = {"HF_OIDC_ID_TOKEN": ""}
_PINNED = re.compile(r"^ +- uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def _workflow(name: str) -> Any:
    return parse((FOLDER / name).read_text(encoding="utf-8")).value


def _steps(name: str) -> list[Any]:
    (job,) = _workflow(name)["jobs"].values()
    return list(job["steps"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_is_read_and_its_actions_are_pinned(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    used = [line for line in text.splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not _PINNED.match(line)] == []
    ours = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert {line.strip() for line in used} <= {line.strip() for line in ours.splitlines()}  # the same versions
    assert _workflow(name)["permissions"] == {"contents": "read"}
    # What comes from outside reaches a step as a variable: in a script it would be run.
    assert [step for step in _steps(name) if "${{" in step.get("run", "")] == []


def test_the_page_shows_both_workflows() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for name in WORKFLOWS:
        assert f'--8<-- "workflows/{name}"' in page
        assert f"(workflows/{name})" in page


@dataclass(frozen=True)
class Runner:
    """A machine of a CI service: a checkout, and foreign programs as scripts that note how they are called."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the steps of a workflow, each as the service does; return the last one that ran."""
        told = self.folder / "github-env"
        told.write_text("")
        top = {key: str(value) for key, value in _workflow(name).get("env", {}).items()}
        for step in (step for step in _steps(name) if "run" in step):
            later = dict(line.split("=", 1) for line in told.read_text().splitlines())
            own = {key: re.sub(r"\$\{\{.*?\}\}", self._said, value) for key, value in step.get("env", {}).items()}
            done = self.execute(step["run"], {**top, **self.variables, **more, **later, **own, "GITHUB_ENV": str(told)})
            if done.returncode:
                break
        return done

    def execute(self, script: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a script as the service does."""
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self.folder,
            env={**environment(), **self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=RELEASE_SECONDS,
            check=False,
        )

    def _said(self, expression: re.Match[str]) -> str:
        known = {"secrets.SIGNING_KEY": self.variables.get("KEY", ""), "github.token": "of-the-job"}
        return known[expression[0].strip("${} ")]

    def calls(self, program: str) -> list[str]:
        """Return how a program was called, oldest first."""
        log = self.folder / f"{program}.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusting]:
    """A Hub with two empty repositories, which take the job as their trusted publisher."""
    store = Store(tmp_path_factory.mktemp("hub"))
    with running(store.folder, port=0) as url:
        api = HfApi(url, store.write_token)
        api.create_repo(MODEL)
        api.create_repo(MODEL, repo_type="space", space_sdk="gradio")
        with trusting(url, store.write_token, MODEL, f"spaces/{MODEL}") as found:
            yield found


@pytest.fixture(scope="module")
def runner(hub: Trusting, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A checkout with the model "desk" on the tiny base, whose releases are signed."""
    pytest.importorskip("model_signing", reason="needs pip install 'hubpress[signing]'")
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "models" / "templates" / "single-label", folder / "models" / "desk")
    recipe = folder / "models" / "desk" / "recipe.yaml"
    text = recipe.read_text(encoding="utf-8").replace('"my-model"', '"desk"')
    text = re.sub(r"<fill in: ([^<>]+)>", r"It is told \1.", text)
    text = re.sub(r"  id: google.*\n  revision: .*", f"  path: {tiny_base}", text, count=1)
    text = text.replace("num_train_epochs: 4", "num_train_epochs: 1").replace(
        "learning_rate: 5e-5", "learning_rate: 0.01"
    )
    text = text.replace("max_length: 128", "max_length: 64")
    text += "\nprovenance: {sign: true}\n"
    recipe.write_text(text.replace("evaluation:", "evaluation:\n  bootstrap_samples: 100"), encoding="utf-8")
    programs = folder / "programs"
    programs.mkdir()
    for name, says in {
        "pip": "",
        "gh": 'if [ "$1 $2" = "issue list" ]; then cat number 2>/dev/null || true; fi',
    }.items():
        script = f'#!/bin/sh\necho "$@" >> {folder}/{name}.log\n{says}\n'
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    (programs / "hubpress").write_text(f'#!/bin/sh\nexec {sys.executable} -m hubpress "$@"\n')
    (programs / "hubpress").chmod(0o755)
    key = ec.generate_private_key(ec.SECP256R1())
    return Runner(
        folder,
        {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "scripts"),
            "RUNNER_TEMP": str(folder),
            "OWNER": "rehearsal",
            "KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "REPOSITORIES": f"rehearsal/gone {MODEL}",
            "HF_ENDPOINT": hub.url,
            "HF_OIDC_ID_TOKEN": PROOF,
            "GITHUB_REF_NAME": "desk-v1.2.0",
        },
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: apt-get install -y jq")
def test_a_tag_releases_and_a_week_later_a_broken_proof_opens_an_issue(hub: Trusting, runner: Runner) -> None:
    done = runner.run("release-model.yml")
    assert done.returncode == 0, done.stderr
    assert set(hub.exchanged) == {MODEL, f"spaces/{MODEL}"}
    assert set(hub.refused) <= {"GET /api/whoami-v2"}  # such a token is nobody's
    api = HfApi(hub.hub, hub.token)
    assert {ref.name for ref in api.list_repo_refs(MODEL).tags} == {"v1.2.0"}
    assert {"model.sig", "sbom.cdx.json"} <= set(api.list_repo_files(MODEL))
    assert re.search(r"holds +signature +over \d+ files", done.stderr)
    assert "app.py" in api.list_repo_files(MODEL, repo_type="space")
    assert PROOF not in done.stdout + done.stderr

    # That a repository is not there is no broken proof.
    assert runner.run("verify-models.yml", REPOSITORIES="rehearsal/gone", **NOT_A_PUBLISHER).returncode == 1
    assert runner.calls("gh") == []

    # Somebody changes a figure on the card.
    card = Path(api.hf_hub_download(MODEL, "README.md", local_dir=runner.folder / "changed"))
    text = card.read_text(encoding="utf-8")
    changed = re.sub(r"^(\| Accuracy[^|]*\| \**)[\d.]+", r"\g<1>0.9999", text, count=1, flags=re.MULTILINE)
    assert changed != text
    api.upload_file(path_or_fileobj=changed.encode(), path_in_repo="README.md", repo_id=MODEL)
    assert runner.run("verify-models.yml", **NOT_A_PUBLISHER).returncode == 1
    proofs = json.loads((runner.folder / "proofs.json").read_text())["repositories"]
    assert [proof["repo_id"] for proof in proofs] == ["rehearsal/gone", MODEL]
    assert "error" in proofs[0]
    assert any("0.9999" in difference for difference in proofs[1]["differences"])
    listed, opened = runner.calls("gh")
    # Whose the signature is cannot be told here, which is no broken proof; the list that it is over has the old card.
    assert not any(difference.startswith("signature") for difference in proofs[1]["differences"])
    assert listed.startswith("issue list --state open")
    assert opened == f"issue create --title No longer as published: {MODEL} --body-file body.md"
    assert "0.9999" in (runner.folder / "body.md").read_text()

    # A week later it is still so.
    (runner.folder / "number").write_text("7")
    step = _steps("verify-models.yml")[-1]["run"]
    again = runner.execute(step, {"FAILED": "true", "GH_TOKEN": "of-the-job"})
    assert again.returncode == 1
    assert runner.calls("gh")[-1] == "issue comment 7 --body-file body.md"
