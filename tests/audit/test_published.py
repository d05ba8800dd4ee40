"""Audits of repositories on a Hub: as little as will do is fetched, and the licences of base models are asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import HfApi
from safetensors.numpy import save

from helpers.paths import TESTS
from helpers.rehearsal import commit
from hubpress.audit.repository import audit_repository
from hubpress.errors import HubError, UsageError
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store

CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "id2label": {"0": "a", "1": "b"},
    "label2id": {"a": 0, "b": 1},
}
CARDS = TESTS / "samples" / "card"
CALL = b"cposix\nsystem\n(S'id'\ntR."


def card(**fields: Any) -> bytes:
    front = "".join(f"{name}: {value}\n" for name, value in {"language": "en", **fields}.items())
    return f"---\nlibrary_name: transformers\n{front}---\n\n# Words\n\nAccuracy on the test split: 0.5\n".encode()


@pytest.fixture(scope="module")
def hub(url: str, store: Store) -> Hub:
    return Hub(url, store.write_token)


@pytest.fixture(scope="module")
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.token)


@pytest.fixture(scope="module")
def published(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A private model with large weights that have three outputs for two labels, and pickles large and small."""
    weights = {"encoder": np.zeros(1_000_000, np.float32), "classifier.weight": np.zeros((3, 2), np.float32)}
    files = {
        "README.md": card(license="mit"),
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer_config.json": b"{}",
        "vocab.txt": b"[UNK]\n",
        "model.safetensors": save(weights),
        "small.pkl": CALL,
        "large.pkl": CALL + bytes(1_200_000),
        "onnx/model.onnx": bytes(300_000),
    }
    folder = tmp_path_factory.mktemp("words")
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return hub.push(folder, Manifest.of_folder(folder), RepoId("rehearsal/words"), message="words", private=True).sha


def test_heads_are_read_and_pickles_up_to_a_size(hub: Hub, published: str) -> None:
    """The header of the weights tells of their outputs; what was read in part is named, and not judged."""
    report = audit_repository("rehearsal/words", hub=hub, max_size=1)
    assert (report.revision, report.endpoint) == (published, hub.endpoint)
    assert report.read_in_part == ("large.pkl", "model.safetensors", "onnx/model.onnx")
    told = [(each.severity, each.where) for each in report.findings if "README" not in each.path]
    assert told == [
        ("error", "model.safetensors"),
        ("error", "small.pkl"),
        ("warning", "large.pkl"),
        ("warning", "large.pkl"),
        ("warning", "small.pkl"),
    ]
    assert "3 outputs" in report.findings[0].text and "posix.system" in report.findings[1].text


def test_sizes_are_those_of_the_whole_files(hub: Hub, tmp_path: Path) -> None:
    """What evaluation.json says of large files is held against the files, and not against what was read of them.

    What the Hub itself adds is nothing that a release forgot to list.
    """
    evaluation = json.loads((CARDS / "conference-titles" / "evaluation.json").read_text(encoding="utf-8"))
    for file, size in zip(evaluation["onnx"]["files"], (400_000, 300_000, 200_001), strict=True):
        file["bytes"] = size
        (tmp_path / file["path"]).parent.mkdir(exist_ok=True)
        (tmp_path / file["path"]).write_bytes(bytes(size // 10 * 10))
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    (tmp_path / "README.md").write_bytes(card(license="mit"))
    Manifest.of_folder(tmp_path, leave_out={"README.md"}).save(tmp_path / "manifest.json")
    hub.push(tmp_path, Manifest.of_folder(tmp_path), RepoId("rehearsal/sizes"), message="sizes", private=True)
    assert ".gitattributes" in hub.list_files(RepoId("rehearsal/sizes"), "main")
    findings = audit_repository("rehearsal/sizes", hub=hub).findings
    assert not [each for each in findings if "not listed" in each.text]
    assert [each.text for each in findings if "bytes for" in each.text] == [
        "`onnx.files` says 200001 bytes for onnx/model_quantized.onnx, which has 200000. Evaluate the model again."
    ]


def test_a_private_repository_needs_its_token(url: str, hub: Hub, published: str) -> None:
    """Who may not see it is told so in one line."""
    with pytest.raises(HubError, match="not there, or this token may not see it"):
        audit_repository("rehearsal/words", hub=Hub(url))
    with pytest.raises(HubError, match="no such revision"):
        audit_repository("rehearsal/words", hub=hub, revision="v9")


@pytest.mark.parametrize(
    ("own", "base", "severity", "words"),
    [
        ("mit", "cc-by-nc-4.0", "error", "is under cc-by-nc-4.0, which asks that what is made from it is not used"),
        ("apache-2.0", "gemma", "error", "asks that its limits of use go on"),
        ("mit", "gpl-3.0", "error", "shared under the same licence"),
        ("cc-by-nc-4.0", "cc-by-nd-4.0", "error", "does not allow that changed versions are shared"),
        ("cc-by-nc-sa-4.0", "cc-by-nc-4.0", None, ""),
        ("mit", "apache-2.0", None, ""),
        ("llama3.1", "llama3.1", None, ""),
        ("mit", "other", "note", "cannot be told"),
    ],
)
def test_licences_beside_the_base(
    hub: Hub, api: HfApi, tmp_path: Path, own: str, base: str, severity: str | None, words: str
) -> None:
    """What the base's licence asks must go on; where nobody knows what it asks, that is said."""
    name = f"rehearsal/base-{base}"
    if not api.repo_exists(name):
        api.create_repo(name)
        commit(api, name, {"README.md": card(license=base)})
    (tmp_path / "README.md").write_bytes(card(license=own, base_model=name))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    found = [each for each in audit_repository(tmp_path, hub=hub, online=True).findings if "licences/" in each.rule]
    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all(words in each.text for each in found)


def test_a_base_that_cannot_be_asked_is_a_note(hub: Hub, tmp_path: Path) -> None:
    """A base that this Hub does not have contradicts nothing."""
    (tmp_path / "README.md").write_bytes(card(license="mit", base_model="rehearsal/nowhere"))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (found,) = [each for each in audit_repository(tmp_path, hub=hub, online=True).findings if "licences/" in each.rule]
    assert found.severity == "note" and "could not be asked" in found.text


def test_links_to_the_web_are_asked_when_wished(hub: Hub, tmp_path: Path) -> None:
    """Not without being asked for, and never inside of a private network."""
    (tmp_path / "README.md").write_bytes(card(license="mit") + b"\n[here](http://10.0.0.1/page)\n")
    rules = [each.rule for each in audit_repository(tmp_path).findings]
    assert "web-links/web-links" not in rules
    (found,) = [each for each in audit_repository(tmp_path, links=True).findings if each.rule == "web-links/web-links"]
    assert "private network" in found.text and found.where == "README.md:11"


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere", "a/b/c", "spaces/acme/app", "words", "acme/a b"])
def test_what_is_no_repository_is_refused(name: str) -> None:
    """Neither a folder nor a model's name: wrong usage."""
    with pytest.raises(UsageError):
        audit_repository(name)
