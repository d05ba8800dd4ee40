"""A published commit -> proof, or the list of what is not as its card says: fresh processes, an empty cache, by sha."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hubpress import hub
from hubpress.data import DataFacts
from hubpress.errors import HubpressError, VerifyFailed
from hubpress.files import CARD, EVALUATION, MANIFEST, TRAINING, Manifest, read_json, write_json
from hubpress.recipe import Recipe
from hubpress.stages import card_text
from hubpress.tasks.kinds import METRIC_NAMES

WIDGET_TOLERANCE = 1e-3
_SECONDS = 900  # for one snippet, or for measuring the whole test split


@dataclass
class Proof:
    """What was tried on a published commit, and what did not hold."""

    repo_id: str
    sha: str
    rows: list[tuple[str, str, bool]] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def add(self, what: str, how: str, differences: list[str]) -> None:
        """Add one row: what is claimed, how it was tried, and the differences found (none: it holds)."""
        self.rows.append((what, how, not differences))
        self.differences += [f"{what}: {difference}" for difference in differences]

    def holds(self, claim: str) -> bool:
        """Return whether a claim was tried and holds."""
        return any(what == claim and holds for what, _, holds in self.rows)

    @property
    def count(self) -> int:
        """How many claims were tried."""
        return len(self.rows)

    def table(self) -> str:
        """Return the proof table as plain text."""
        width = max(len(what) for what, _, _ in self.rows)
        lines = [f"Proof of {self.repo_id} at {self.sha}"]
        lines += [f"  {'holds' if holds else 'FAILS'}  {what.ljust(width)}  {how}" for what, how, holds in self.rows]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the proof as JSON-able values."""
        rows = [{"claim": what, "how": how, "holds": holds} for what, how, holds in self.rows]
        return {"repo_id": self.repo_id, "sha": self.sha, "proof": rows, "differences": self.differences}

    def raise_if_failed(self) -> None:
        """Raise VerifyFailed with the table and every difference when a claim does not hold."""
        if self.differences:
            listed = "\n".join(f"  {difference}" for difference in self.differences)
            raise VerifyFailed(f"{self.table()}\n{len(self.differences)} difference(s):\n{listed}")


def verify(
    repo_id: str,
    *,
    sha: str,
    endpoint: str | None,
    token: str | None,
    recipe: Recipe,
    data_folder: Path,
    scratch: Path,
    manifest: Manifest | None = None,
    threads: int | None = None,
) -> Proof:
    """Download a commit and try every claim of its card; return the proof, whatever it says.

    Everything is downloaded below *scratch*, which is emptied first and taken away in the end. *manifest* is the local
    list of what was pushed, with the card, when there is one; *data_folder* holds the splits that the card was measured
    on. Raises HubpressError when the commit cannot be downloaded or is no release of ours.
    """
    proof = Proof(repo_id, sha)
    with _emptied(scratch):
        files = hub.download(repo_id, sha, scratch / "files", endpoint=endpoint, token=token)
        downloaded = Manifest.of_folder(files, leave_out={".gitattributes"})  # the Hub's own
        room = _Room.make(scratch, endpoint=endpoint, token=token)
        evaluation, front = _read(files, EVALUATION), _front_matter(files)
        proof.add(
            "files", f"{len(downloaded.files)} files against the manifest", _compare_files(files, downloaded, manifest)
        )
        proof.add(
            "card",
            "every table and figure rendered again from evaluation.json and training.json",
            _compare_card(recipe, repo_id, files),
        )
        proof.add(
            "data",
            f"fingerprints of the splits, {evaluation['data']['count']} test records",
            _compare_data(evaluation, data_folder),
        )
        if proof.holds("data"):
            measured = _remeasured(room, recipe, repo_id, sha, data_folder, front.get("widget", []), threads=threads)
            tolerance = float(evaluation["tolerance"])
            keys = ("metrics", "intervals", "per_class", "confusion", "baselines")
            count = sum(1 for key in keys for _ in _leaves(evaluation[key], key))
            proof.add(
                "figures",
                f"{count} figures measured again through pipeline(), within {tolerance:g}",
                [line for key in keys for line in _compare(evaluation[key], measured[key], key, tolerance)],
            )
            proof.add(
                "model-index",
                f"{len(evaluation['metrics'])} values of the front matter against the same measurement",
                _compare_index(front, measured, tolerance),
            )
            proof.add(
                "released epoch",
                f"validation metrics of the training table, within {tolerance:g}",
                _compare_epoch(_read(files, TRAINING), measured, tolerance),
            )
            proof.add(
                "widget",
                f"{len(measured['widget'])} answers reproduced within {WIDGET_TOLERANCE:g}",
                _compare(front.get("widget"), measured["widget"], "widget", WIDGET_TOLERANCE),
            )
        snippets = list(python_snippets((files / CARD).read_text(encoding="utf-8")))
        proof.add(
            "snippets",
            f"{len(snippets)} Python snippet(s) of the card run as they stand",
            _run_snippets(room, repo_id, sha, snippets),
        )
    return proof


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """Give an empty folder for a while. What a kill left in it, weights among others, goes with the next start."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _Room:
    """A place where published code runs: its own HF_HOME, nothing of this machine's caches or logins."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, scratch: Path, *, endpoint: str | None, token: str | None) -> _Room:
        scratch = scratch.resolve()
        folder = scratch / "room"
        folder.mkdir()
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_", "PYTHONSTARTUP"))
        }
        environment |= {
            "HF_HOME": str(scratch / "home"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }
        endpoint = endpoint or os.environ.get("HF_ENDPOINT")
        if endpoint:
            environment["HF_ENDPOINT"] = endpoint
        if token or os.environ.get("HF_TOKEN"):
            environment["HF_TOKEN"] = token or os.environ["HF_TOKEN"]
        return cls(folder, environment)

    def run(self, arguments: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env={**self.environment, **changes},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 1, "", f"did not end within {_SECONDS} seconds")


def _read(files: Path, name: str) -> Any:
    try:
        return read_json(files / name)
    except (OSError, ValueError) as error:
        raise HubpressError(
            f"{name} cannot be read, so there is nothing to measure against.",
            where="the published revision",
            hint="Publish with `hubpress release` or `hubpress push`.",
        ) from error


def _front_matter(files: Path) -> dict[str, Any]:
    text = (files / CARD).read_text(encoding="utf-8") if (files / CARD).is_file() else ""
    found = re.match(r"---\n(.*?)\n---\n", text, flags=re.DOTALL)
    document = yaml.safe_load(found.group(1)) if found else None
    if not isinstance(document, dict):
        raise HubpressError("README.md has no front matter.", where="the published revision", hint="Publish it again.")
    return document


def _compare_files(files: Path, downloaded: Manifest, manifest: Manifest | None) -> list[str]:
    """Compare with the published manifest, which leaves out the card, and with the local one, which has it."""
    try:
        claims = Manifest.load(files / MANIFEST).by_path()
    except (OSError, ValueError):
        return [f"{MANIFEST} is missing or unreadable"]
    leaves_out = {CARD, MANIFEST}
    if manifest is not None:
        claims, leaves_out = manifest.by_path(), set()
    there = downloaded.by_path()
    differences = [f"{name} is missing" for name in sorted(claims.keys() - there.keys())]
    differences += [f"{name} is not in the manifest" for name in sorted(there.keys() - claims.keys() - leaves_out)]
    differences += [
        f"{name} has other bytes than were pushed"
        for name in sorted(claims.keys() & there.keys())
        if claims[name] != there[name]
    ]
    return differences


def _compare_card(recipe: Recipe, repo_id: str, files: Path) -> list[str]:
    """Render the card again from the published facts: every row of every table and every picture must be there."""
    text, drawn = card_text(recipe, repo_id, files)
    published, rendered = ((files / CARD).read_text(encoding="utf-8").splitlines(), text.splitlines())
    rows = [line for line in published if line.startswith("|")]
    expected = [line for line in rendered if line.startswith("|")]
    differences = [f"the card says {line!r}, which its facts do not give" for line in rows if line not in expected]
    differences += [f"the card lacks {line!r}, which its facts give" for line in expected if line not in rows]
    for picture in drawn.values():
        if f"({picture.path})" not in "\n".join(published) or not (files / picture.path).is_file():
            differences.append(f"the figure {picture.path} is missing")
    return differences


def _compare_data(evaluation: dict[str, Any], data_folder: Path) -> list[str]:
    facts = DataFacts.load(data_folder)
    if facts.fingerprints["test"] == evaluation["data"]["fingerprint"]:
        return []
    return [
        "the test split at hand is not the one that the card was measured on; give the same records (--sample, --data)"
    ]


def _remeasured(
    room: _Room,
    recipe: Recipe,
    repo_id: str,
    sha: str,
    data_folder: Path,
    widget: list[dict[str, Any]],
    *,
    threads: int | None,
) -> dict[str, Any]:
    job, out = room.folder / "job.json", room.folder / "measured.json"
    write_json(
        job,
        {
            "recipe": recipe.model_dump(mode="json"),
            "repo_id": repo_id,
            "sha": sha,
            "threads": threads,
            "data_folder": str(data_folder.resolve()),
            "widget": [{"text": example["text"], "example_title": example["example_title"]} for example in widget],
        },
    )
    done = room.run(["-m", "hubpress.remeasure", str(job), str(out)])
    if done.returncode != 0:
        raise VerifyFailed(f"{repo_id} at {sha[:7]} cannot be measured: {_last_line(done.stderr)}")
    measured: dict[str, Any] = read_json(out)
    return measured


def _leaves(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield every single value with its place, such as ``metrics.accuracy``."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{where}[{index}]")
    else:
        yield where, value


def _compare(claimed: Any, measured: Any, where: str, tolerance: float) -> list[str]:
    """Return a sentence for every value that differs: numbers by more than *tolerance*, everything else at all."""
    claims, found = dict(_leaves(claimed, where)), dict(_leaves(measured, where))
    differences = []
    for place in sorted(claims.keys() | found.keys()):
        one, other = claims.get(place), found.get(place)
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if (abs(one - other) > tolerance) if numbers else (one != other):  # type: ignore[operator]
            differences.append(f"{place}: published {one}, measured {other}")
    return differences


def _compare_index(front: dict[str, Any], measured: dict[str, Any], tolerance: float) -> list[str]:
    claimed = {
        metric.get("name"): metric.get("value")
        for model in front.get("model-index", [])
        for result in model.get("results", [])
        for metric in result.get("metrics", [])
    }
    return _compare(
        claimed,
        {METRIC_NAMES[name].title: value for name, value in measured["metrics"].items()},
        "model-index",
        tolerance,
    )


def _compare_epoch(training: dict[str, Any], measured: dict[str, Any], tolerance: float) -> list[str]:
    released = [row["metrics"] for row in training["epochs"] if row["epoch"] == training["best_epoch"]]
    return _compare(released, [measured["validation"]], "epoch", tolerance)


def python_snippets(card: str) -> Iterator[str]:
    """Yield the code of every Python block of a card."""
    for found in re.finditer(r"^```(?:python|py)\s*\n(.*?)^```\s*$", card, flags=re.DOTALL | re.MULTILINE):
        yield found.group(1)


def _run_snippets(room: _Room, repo_id: str, sha: str, snippets: list[str]) -> list[str]:
    """Run each snippet as it stands. It names no revision, so that an older commit is pinned in the cache for it."""
    pinned = {}
    if hub.head(repo_id, endpoint=room.environment.get("HF_ENDPOINT"), token=room.environment.get("HF_TOKEN")) != sha:
        main = Path(room.environment["HF_HOME"]) / "hub" / f"models--{repo_id.replace('/', '--')}" / "refs" / "main"
        main.parent.mkdir(parents=True, exist_ok=True)
        main.write_text(sha)
        pinned = {"HF_HUB_OFFLINE": "1"}
    differences = []
    for number, code in enumerate(snippets, start=1):
        script = room.folder / f"snippet_{number}.py"
        script.write_text(code, encoding="utf-8")
        done = room.run([script.name], **pinned)
        if done.returncode != 0:
            differences.append(f"snippet {number} fails: {_last_line(done.stderr)}")
    return differences


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"
