"""The signature of a published commit -> a row of its proof."""

from __future__ import annotations

from pathlib import Path

from hubpress.layout import CARD, SIGNATURE
from hubpress.signature import SignatureError, Signed, public_key_of_signer, verify_signature
from hubpress.verify.proof import Claim


def claims_of_signature(files: Path, *, is_asked: bool, public_key: bytes | None) -> list[Claim]:
    """Return the row of a downloaded commit's signature; none where there is no signature and nobody asks for one.

    *is_asked* says that the recipe wants one. Without a *public_key* (PEM) it is held against the key that this machine
    signs with; without one of these it is held against the files alone, and stays unproved where they are right.
    """
    key = public_key or public_key_of_signer()
    if not (files / SIGNATURE).is_file():
        missing = Claim("signature", "over the whole release", [f"{SIGNATURE} is missing"])
        return [missing] if is_asked or public_key else []
    try:
        signed = verify_signature(files, key) if key else Signed.load(files)
        differences = [] if key else signed.differences(files)
    except SignatureError as error:
        return [Claim("signature", SIGNATURE, [str(error)])]
    over = f"over {len(signed.digests)} files, all but {CARD}"
    if key:
        return [Claim("signature", f"{over}, by the key {_short(signed)}", differences)]
    why = f"that it is by the key {_short(signed)} is told with --public-key FILE"
    return [Claim("signature", over, differences, unproved=None if differences else why)]


def _short(signed: Signed) -> str:
    return f"sha256:{signed.hint[:16]}…" if signed.hint else "of sigstore"
