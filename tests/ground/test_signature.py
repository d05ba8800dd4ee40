"""A signature over a release: made by a key, known by its other half, and by no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("model_signing", reason="needs pip install 'hubpress[signing]'")

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from huggingface_hub import HfApi

from hubpress.errors import HubpressError
from hubpress.hub.client import Hub, PushResult
from hubpress.hub.ids import RepoId
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.signature import (
    KEY,
    PASSWORD,
    SignatureError,
    Signed,
    read_public_key,
    sign_release,
    signing_key_hint,
    verify_signature,
)
from hubpress.verify.signature import claims_of_signature


def _key(path: Path, *, password: bytes | None = None) -> Path:
    """Write a private key, and beside it the public one; return the latter's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    kept = BestAvailableEncryption(password) if password else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kept))
    public = path.with_suffix(".pub")
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return public


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The public key of the one that this machine signs with."""
    monkeypatch.setenv(KEY, str(tmp_path / "own.pem"))
    return _key(tmp_path / "own.pem")


@pytest.fixture
def repo(tmp_path: Path, public: Path) -> Path:
    """A signed release, as small as can be."""
    folder = tmp_path / "repo"
    (folder / "onnx").mkdir(parents=True)
    for name in ("README.md", "manifest.json", "model.safetensors", "onnx/model.onnx"):
        (folder / name).write_text(f"the content of {name}")
    sign_release(folder)
    return folder


def _row(repo: Path, public: Path | None, *, is_asked: bool = False) -> tuple[str, list[str]]:
    (claim,) = claims_of_signature(repo, is_asked=is_asked, public_key=read_public_key(public) if public else None)
    return claim.how, list(claim.differences)


def test_a_signature_holds_for_its_key_and_stays_while_nothing_changes(repo: Path, public: Path) -> None:
    hint = signing_key_hint()
    assert _row(repo, public) == (f"over 3 files, all but README.md, by the key sha256:{hint[:16]}…", [])
    before = (repo / "model.sig").read_bytes()
    (repo / "README.md").write_text("another sentence")
    sign_release(repo)
    assert (repo / "model.sig").read_bytes() == before
    (repo / "manifest.json").write_text("another list")
    sign_release(repo)
    assert (repo / "model.sig").read_bytes() != before
    assert Signed.load(repo).digests.keys() == {"manifest.json", "model.safetensors", "onnx/model.onnx"}


def test_model_signing_verifies_it_without_hubpress(repo: Path, public: Path) -> None:
    (repo / ".cache").mkdir()
    (repo / ".cache" / "of-a-download").write_text("x")
    words = ["verify", "key", ".", "--signature", "model.sig", "--public_key", str(public), "--ignore-paths", ".cache"]
    done = subprocess.run([sys.executable, "-m", "model_signing", *words], cwd=repo, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_signing_machine_knows_its_own_signature(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _row(repo, None)[1] == []
    monkeypatch.delenv(KEY)
    (claim,) = claims_of_signature(repo, is_asked=True, public_key=None)
    assert (claim.state, list(claim.differences)) == ("unproved", [])
    assert "--public-key FILE" in str(claim.unproved)


def _weights(repo: Path) -> None:
    (repo / "model.safetensors").write_text("other weights")


def _gone(repo: Path) -> None:
    (repo / "onnx" / "model.onnx").unlink()


def _torn(repo: Path) -> None:
    (repo / "model.sig").write_bytes((repo / "model.sig").read_bytes()[:700])


def _other_json(repo: Path) -> None:
    (repo / "model.sig").write_text('{"dsseEnvelope": []}')


def _forged(repo: Path) -> None:
    """The list of another signature, under the signature of this one."""
    bundle = json.loads((repo / "model.sig").read_text())
    (repo / "model.safetensors").write_text("other weights")
    sign_release(repo)
    other = json.loads((repo / "model.sig").read_text())
    other["dsseEnvelope"]["signatures"] = bundle["dsseEnvelope"]["signatures"]
    (repo / "model.sig").write_text(json.dumps(other))


@pytest.mark.parametrize("change", [_weights, _gone, _torn, _other_json, _forged])
def test_what_was_changed_fails(repo: Path, public: Path, change: object) -> None:
    assert callable(change)
    change(repo)
    _, differences = _row(repo, public)
    assert len(differences) == 1
    assert "\n" not in differences[0]


@pytest.mark.parametrize("change", [_weights, _gone, _torn, _other_json])
def test_what_needs_no_key_fails_without_one(repo: Path, monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    monkeypatch.delenv(KEY)
    assert callable(change)
    change(repo)
    assert _row(repo, None)[1] != []


def test_another_key_and_a_taken_away_signature_fail(repo: Path, public: Path, tmp_path: Path) -> None:
    assert "does not hold" in _row(repo, _key(tmp_path / "other.pem"))[1][0]
    (repo / "model.sig").unlink()
    assert _row(repo, public)[1] == ["model.sig is missing"]
    assert _row(repo, None, is_asked=True)[1] == ["model.sig is missing"]
    assert claims_of_signature(repo, is_asked=False, public_key=None) == []


def test_a_later_release_replaces_its_own_signature_and_nobody_elses(repo: Path, store: Store, url: str) -> None:
    hub, name = Hub(url, store.write_token), RepoId("rehearsal/signed")
    (repo / "evaluation.json").write_text("{}")
    (repo / "README.md").write_text("---\nlicense: mit\n---\n# A model\n")

    def push(weights: str) -> PushResult:
        (repo / "model.safetensors").write_text(weights)
        left_out = {"manifest.json", "model.sig"}
        Manifest.of_folder(repo, leave_out=left_out).save(repo / "manifest.json")
        sign_release(repo)
        return hub.push(repo, Manifest.of_folder(repo), name, message="release")

    first = push("the first weights")
    assert set(push("the second weights").uploaded) == {"manifest.json", "model.safetensors", "model.sig"}
    # Somebody signs it otherwise.
    HfApi(url, store.write_token).upload_file(path_or_fileobj=b"mine", path_in_repo="model.sig", repo_id=name.id)
    with pytest.raises(HubpressError, match=r"model\.sig"):
        push("the third weights")
    assert len(first.sha) == 40


def test_a_key_with_a_password_signs(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = _key(tmp_path / "locked.pem", password=b"open it")
    monkeypatch.setenv(KEY, str(tmp_path / "locked.pem"))
    with pytest.raises(SignatureError, match="is no private key that can be used"):
        sign_release(repo)
    monkeypatch.setenv(PASSWORD, "open it")
    sign_release(repo)
    verify_signature(repo, read_public_key(public))


def test_what_is_no_key_is_named(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = rsa.generate_private_key(65537, 2048)
    (tmp_path / "rsa.pem").write_bytes(wrong.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for name, said in {
        "": "names no private key",
        "gone.pem": "no such file",
        "rsa.pem": "not of one of the curves",
    }.items():
        monkeypatch.setenv(KEY, str(tmp_path / name) if name else "")
        with pytest.raises(SignatureError) as caught:
            sign_release(repo)
        assert said in str(caught.value)
        assert "openssl ecparam" in str(caught.value)
    with pytest.raises(SignatureError, match="is no public key"):
        read_public_key(tmp_path / "own.pem")
    with pytest.raises(SignatureError, match="is no public key"):
        read_public_key(tmp_path / "gone.pub")
