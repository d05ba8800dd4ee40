"""Who may do what: the rehearsal Hub's two tokens, kept in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import string
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from hubpress.files import read_json

USER = "rehearsal"
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Account:
    """What one token stands for: its user, that user's organisations, and a role, ``write`` or ``read``."""

    user: str
    role: str
    orgs: tuple[str, ...]

    def belongs_to(self, namespace: str) -> bool:
        """Return whether the user is, or is a member of, this namespace."""
        return namespace == self.user or namespace in self.orgs


class Accounts:
    """The tokens of a store. The file is read at each question, so that it can be changed while a server runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            tokens = {_new_token(): asdict(Account(USER, role, ())) for role in ("write", "read")}
            self._write({"upload_key": secrets.token_hex(32), "tokens": tokens}, replace=False)

    def of(self, token: str) -> Account | None:
        """Return the account of a token, or None when it is unknown."""
        for known, entry in read_json(self.path)["tokens"].items():
            if hmac.compare_digest(known.encode(), token.encode()):
                return Account(entry["user"], entry["role"], tuple(entry["orgs"]))
        return None

    def token(self, role: str) -> str:
        """Return the user's token of this role: ``write`` or ``read``. Raises ``KeyError`` if there is none."""
        for token, entry in read_json(self.path)["tokens"].items():
            if entry["role"] == role:
                return str(token)
        raise KeyError(role)

    def add_organisation(self, name: str) -> None:
        """Make the user a member of an organisation, for all tokens."""
        document = read_json(self.path)
        for entry in document["tokens"].values():
            entry["orgs"] = sorted({*entry["orgs"], name})
        self._write(document, replace=True)

    def sign(self, text: str) -> str:
        """Return a signature of *text* that only this store can make; it outlives a restart."""
        key = read_json(self.path)["upload_key"].encode()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def _write(self, document: object, *, replace: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600, and a rename keeps it.
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".tokens.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream, indent=2)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            if replace:
                Path(temporary).replace(self.path)
            else:
                # Two processes may start at once: the first link wins, and both read the winner's tokens.
                self.path.hardlink_to(temporary)
        except FileExistsError:
            pass
        finally:
            Path(temporary).unlink(missing_ok=True)


def _new_token() -> str:
    return "hf_" + "".join(secrets.choice(_ALPHABET) for _ in range(34))
