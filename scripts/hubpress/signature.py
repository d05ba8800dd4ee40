"""model.sig: a release signed by OpenSSF model-signing, and what such a signature is worth.

It is over every file but the card, whose bytes manifest.json names, and over manifest.json too. A sentence that a
person changes in the published card leaves it as it is. Anybody can verify it with model-signing alone.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError, first_line
from hubpress.files import sha256_file
from hubpress.layout import ATTRIBUTES, CARD, MANIFEST, SIGNATURE

KEY = "HUBPRESS_SIGNING_KEY"
"""The variable that names the file of the private key."""
PASSWORD = "HUBPRESS_SIGNING_KEY_PASSWORD"
_INSTALL = "Install it: pip install 'hubpress[signing]'."
_MAKE = "Make one: openssl ecparam -name prime256v1 -genkey -noout -out signing-key.pem"
_EXTRACT = "It is what `openssl ec -in signing-key.pem -pubout` writes."
_CURVES = ("secp256r1", "secp384r1", "secp521r1")  # those that model-signing takes


class SignatureError(HubpressError):
    """A key that cannot be used, or a signature that is torn or not over these files."""


def is_installed() -> bool:
    """Return whether model-signing is there."""
    return importlib.util.find_spec("model_signing") is not None


def refuse_no_key() -> None:
    """Raise SignatureError unless there is a key to sign with, and what signs."""
    if not is_installed():
        raise SignatureError("model-signing is not installed.", where="provenance.sign", hint=_INSTALL)
    signing_key_hint()


def signing_key_hint() -> str:
    """Return the sha256 of the public half of the key to sign with, by which a signature names its key.

    Raises SignatureError where HUBPRESS_SIGNING_KEY names none that can be used.
    """
    return hashlib.sha256(_public_half()).hexdigest()


def sign_release(repo: Path) -> None:
    """Write the signature of a staged release; one by the same key over the same files stays as it is.

    Raises SignatureError where there is no key to sign with.
    """
    from model_signing import hashing, signing

    path, public_key = repo / SIGNATURE, _public_half()
    if path.is_file():
        try:
            verify_signature(repo, public_key)
            return
        except SignatureError:
            path.unlink()
    files = hashing.Config().set_ignored_paths(paths=[CARD, SIGNATURE, ATTRIBUTES], ignore_git_paths=True)
    with _one_sentence(str(repo), "cannot be signed"):
        config = signing.Config().set_hashing_config(files)
        config.use_elliptic_key_signer(private_key=_key_file(), password=_password()).sign(repo, path)


def read_public_key(path: Path) -> bytes:
    """Return the public key in a file, as PEM. Raises SignatureError for what is none, or not of a curve that signs."""
    where = f"--public-key {str(path)!r}"
    if not is_installed():
        raise SignatureError("model-signing is not installed.", where=where, hint=_INSTALL)
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    with _one_sentence(where, "is no public key that can be used", hint=_EXTRACT):
        return _pem(load_pem_public_key(path.read_bytes()))


@dataclass(frozen=True)
class Signed:
    """What a signature says of itself, whoever made it."""

    hint: str | None
    """The sha256 of the public key's PEM; None of one that was made otherwise, such as by sigstore."""
    digests: Mapping[str, str]
    """The sha256 of each file that it is over, by its path."""

    @classmethod
    def load(cls, repo: Path) -> Signed:
        """Read the signature of a release. Raises SignatureError where it is torn, or of another form."""
        try:
            bundle = json.loads((repo / SIGNATURE).read_text(encoding="utf-8"))
            statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
            resources = statement["predicate"]["resources"]
            digests = {str(one["name"]): str(one["digest"]) for one in resources if one["algorithm"] == "sha256"}
            key = bundle["verificationMaterial"].get("publicKey", {}).get("hint")
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise SignatureError(f"{SIGNATURE} is torn, or no signature of model-signing.") from error
        return cls(str(key) if key else None, digests)

    def differences(self, repo: Path) -> list[str]:
        """Return a sentence for each file that it is over and that is missing or another, and for no manifest."""
        left_out = [] if MANIFEST in self.digests else [f"{SIGNATURE} is not over {MANIFEST}"]
        return left_out + [
            f"{name} is not the file that was signed"
            for name, digest in sorted(self.digests.items())
            if not _is_below(repo, name) or not (repo / name).is_file() or sha256_file(repo / name) != digest
        ]


def is_over(repo: Path, name: str) -> bool:
    """Return whether there is a signature by a key, whosever it is, over a file as it lies in a folder."""
    try:
        signed = Signed.load(repo)
    except SignatureError:
        return False
    return signed.hint is not None and signed.digests.get(name) == sha256_file(repo / name)


def verify_signature(repo: Path, public_key: bytes) -> Signed:
    """Return what a signature says that was made by this key (PEM) over the files of a folder; more may lie there.

    Raises SignatureError where it was not.
    """
    import tempfile

    from model_signing import verifying

    signed = Signed.load(repo)
    if differences := signed.differences(repo):
        raise SignatureError("; ".join(differences))
    with _one_sentence(SIGNATURE, "does not hold"), tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(public_key)
        file.flush()
        config = verifying.Config().use_elliptic_key_verifier(public_key=file.name)
        config.set_ignore_unsigned_files(True).verify(repo, repo / SIGNATURE)
    return signed


def public_key_of_signer() -> bytes | None:
    """Return the public half of the key to sign with, as PEM; None where HUBPRESS_SIGNING_KEY names none.

    Raises SignatureError for a file that is no key.
    """
    return _public_half() if os.environ.get(KEY, "").strip() and is_installed() else None


def _key_file() -> Path:
    named = os.environ.get(KEY, "").strip()
    if not named:
        what = f"the release is to be signed, and {KEY} names no private key."
        raise SignatureError(what, where="provenance.sign", hint=f"Let it name the file of one. {_MAKE}")
    path = Path(named).expanduser()
    if not path.is_file():
        raise SignatureError("there is no such file.", where=f"{KEY} {named!r}", hint=_MAKE)
    return path


def _password() -> Any:
    # model-signing hands it on to cryptography as it is, which takes bytes.
    return os.environ[PASSWORD].encode() if os.environ.get(PASSWORD) else None


def _public_half() -> bytes:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = _key_file()
    with _one_sentence(f"{KEY} {str(path)!r}", "is no private key that can be used", hint=_MAKE):
        return _pem(load_pem_private_key(path.read_bytes(), _password()).public_key())


def _pem(key: Any) -> bytes:
    """Return a public key as PEM. Raises ValueError for one that model-signing does not take."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name not in _CURVES:
        raise ValueError(f"it is not of one of the curves {', '.join(_CURVES)}")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _is_below(repo: Path, name: str) -> bool:
    return (repo / name).resolve().is_relative_to(repo.resolve())


@contextmanager
def _one_sentence(where: str, what: str, *, hint: str | None = None) -> Iterator[None]:
    """Turn whatever model-signing and cryptography raise inside into one SignatureError, silent otherwise."""
    try:
        yield
    except SignatureError:
        raise
    except Exception as error:  # a signature is anybody's bytes, and each format raises its own
        raise SignatureError(f"{what} ({first_line(error)}).", where=where, hint=hint) from error
