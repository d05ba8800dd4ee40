"""Secrets of other services are found by their formats, and what a release is full of is taken for none."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from hubpress.check.folder import check_folder

# Put together here, so that no search of this repository finds them.
HEX = hashlib.md5(b"none of anybody's").hexdigest()
LETTERS = (HEX + HEX.upper() + HEX)[:64]


def _web_token() -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, {"sub": "somebody"})]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2lnbmVkLi4u"])


SECRETS = {
    "an AWS secret key": f'aws_secret_access_key = "{LETTERS[:40]}"',
    "an Azure storage key": f"AccountKey={(LETTERS * 2)[:86]}==",
    "a Discord token": f"N{LETTERS[:23]}.{LETTERS[:6]}.{LETTERS[:27]}",
    "a JSON web token": _web_token(),
    "a Mailchimp key": f"{HEX}-us12",
    "a SendGrid key": f"SG.{LETTERS[:22]}.{LETTERS[:43]}",
    "a Slack token": f"https://hooks.slack.com/services/T{HEX[:8]}/B{HEX[:8]}/{HEX[:24]}",
    "a Square secret": f"sq0csp-{LETTERS[:43]}",
    "a Stripe key": f"sk_live_{LETTERS[:24]}",
    "a Twilio key": f"SK{HEX}",
    "a Telegram token": f"123456789:AA{LETTERS[:33]}",
    "a GitLab token": f"glrt-{LETTERS[:20]}",
    "a Hugging Face token": f"hf_jwt_{LETTERS[:30]}.{LETTERS[:20]}",
}


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_named_with_four_letters_of_it(what: str, tmp_path: Path) -> None:
    secret = SECRETS[what]
    (tmp_path / "notes.txt").write_text(f"first line\nthe key is {secret} as it was\n")
    told = [str(problem) for problem in check_folder(tmp_path) if "looks like" in str(problem)]
    assert len(told) == 1, told
    assert f"looks like {what} (" in told[0]
    assert told[0].startswith("notes.txt:2")
    assert LETTERS[:20] not in told[0]
    assert HEX not in told[0]


def test_what_releases_are_full_of_is_no_secret(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    facts = {
        "sha256": digest,
        "commit": digest[:40],
        "fingerprints": {"test": digest, "train": digest[::-1]},
        "signature": base64.b64encode(digest.encode() * 20).decode(),
        "bom-ref": f"pkg:pypi/tokenizers@0.23.3?checksum=sha256:{digest}",
        "sequence": "ACCATTGACCAGTTACGATCAKIAVLLPTGE",
        "checksums": f"20240101:{digest[:40]}, HMAC{HEX}, {HEX}-ush",
        "password": "the label of a record about passwords",
    }
    (tmp_path / "facts.json").write_text(json.dumps(facts, indent=1))
    assert [problem for problem in check_folder(tmp_path) if "looks like" in str(problem)] == []
