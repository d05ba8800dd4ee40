"""A published adapter's base: told by its files, and downloaded at its commit, to be seen beside the adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from hubpress.errors import HubError
from hubpress.files import found_json
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.layout import ADAPTER_CONFIG, CONFIG, TRAINING
from hubpress.schemas.training import TrainingFacts
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.published import PublishedCommit

# What transformers loads, the first that there is.
_WEIGHTS = (
    ("model*.safetensors", "model.safetensors.index.json"),
    ("pytorch_model*.bin", "pytorch_model.bin.index.json"),
)


def base_of(release: DownloadedRelease, dest: Path) -> list[tuple[PublishedCommit, Path]]:
    """Return the commit of an adapter's base with its files, which are downloaded into *dest*; none for whole weights.

    It is looked for on the release's own Hub, then on the one of HF_ENDPOINT: a rehearsal Hub need not have it. Raises
    HubError where neither has it.
    """
    base = release.training.base_model
    if not release.recipe.is_adapter or not base.id or not base.commit:
        return []
    repo = RepoId(base.id)
    try:
        return [_downloaded(PublishedCommit(release.commit.hub, repo, base.commit), dest)]
    except HubError:
        return [_downloaded(PublishedCommit(Hub.of_environment(), repo, base.commit), dest)]


def _downloaded(commit: PublishedCommit, dest: Path) -> tuple[PublishedCommit, Path]:
    names = [name for name in commit.hub.list_files(commit.repo, commit.sha) if "/" not in name]
    found = (_matching(names, patterns) for patterns in _WEIGHTS)
    weights = next((some for some in found if some), [])
    return commit, commit.download(dest, only=[*weights, *(name for name in names if name == CONFIG)])


def _matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def unlike_training(release: DownloadedRelease) -> Iterator[str]:
    """Yield what an adapter's settings say otherwise than training.json: its base, its commit, its matrices."""
    training = release.training
    if not release.recipe.is_adapter:
        return
    settings = found_json(release.files / ADAPTER_CONFIG)
    if not isinstance(settings, dict) or not isinstance(training, TrainingFacts) or training.lora is None:
        yield f"{ADAPTER_CONFIG} or {TRAINING} tells of no adapter"
        return
    told = training.lora.as_json()
    wanted = {**told, "base_model_name_or_path": training.base_model.id, "revision": training.base_model.commit}
    for key, value in {**wanted, "peft_type": "LORA"}.items():
        if settings.get(key) != value:
            yield f"{key} is {settings.get(key)!r} in {ADAPTER_CONFIG} and {value!r} in {TRAINING}"
