"""A machine that ssh reaches: the parcel goes there through ssh, uv runs its script, and the result comes back."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from hubpress.errors import HubpressError, UsageError
from hubpress.hub.parcel import PARCEL, RESULT
from hubpress.release.elsewhere.order import FOLDER, key_of
from hubpress.release.elsewhere.parcel import SCRIPT, pack, refuse_what_stays, unpack
from hubpress.release.job import Job
from hubpress.tokens import without_tokens

if TYPE_CHECKING:
    from pydantic import JsonValue

_SETTINGS = {"folder": "hubpress-training", "python": "uv run"}
_LOST = 255
"""What ssh ends with where it did not reach the machine, or lost it."""


@dataclass(frozen=True)
class Ssh:
    """Trains on a machine by the plain program ssh, with its own settings and keys."""

    host: str
    settings: Mapping[str, JsonValue]
    processes: int | None = None
    upload_records: bool = False
    name: str = "ssh"
    shows_result: bool = True

    @property
    def _where(self) -> str:
        return f"--on ssh:{self.host}"

    def refuse(self, job: Job) -> None:
        """Raise HubpressError without ssh, for a host that is an option of it, and for what may not be sent."""
        if shutil.which("ssh") is None:
            raise HubpressError("there is no ssh on this machine.", where=self._where, hint="Install OpenSSH.")
        if self.host.startswith("-"):
            raise UsageError(f"{self.host!r} is no machine.", where=self._where, hint="Give ssh:HOST or ssh:USER@HOST.")
        if unknown := next((name for name in self.settings if name not in _SETTINGS), None):
            what = f"a training by ssh has no setting {unknown!r}."
            raise UsageError(what, where="--launch", hint=f"It has {', '.join(_SETTINGS)}.")
        refuse_what_stays(job.recipe, where=self._where, upload_records=self.upload_records)

    def train(self, job: Job) -> str | None:
        """Send the parcel, run its script, and take what it left; the folder there is kept where that failed."""
        given = {**_SETTINGS, **{name: str(value) for name, value in self.settings.items()}}
        there = shlex.quote(f"{given['folder']}/{job.recipe.name}-{key_of(job, self.name)[:12]}")
        with tempfile.TemporaryDirectory(dir=job.folder / FOLDER) as temporary:
            folder = Path(temporary)
            pack(job, folder)
            self._run(f"mkdir -p {there} && rm -f {there}/{RESULT}")
            for name in (PARCEL, SCRIPT):
                with (folder / name).open("rb") as source:
                    self._run(f"cat > {there}/{name}", stdin=source)
            # Its own words are the setting's: "uv run", or an interpreter that has the requirements.
            code = self._run(f"cd {there} && {given['python']} {SCRIPT}", may_fail=True)
            with (folder / RESULT).open("wb") as target:
                missing = self._run(f"cat {there}/{RESULT}", stdout=target, may_fail=True)
            if missing:
                what = f"the training left no result; its script ended with {code}."
                hint = f"What it said stands above; {there} is kept there. It needs uv, or --launch python=PYTHON."
                raise HubpressError(what, where=self._where, hint=hint)
            unpack(job, folder / RESULT)
        if not code:
            self._run(f"rm -rf {there}")
        return f"{self.host}:{given['folder']}" if code else None

    def _run(
        self, command: str, *, stdin: int | IO[bytes] = subprocess.DEVNULL, stdout: int | IO[bytes] | None = None,
        may_fail: bool = False,
    ) -> int:  # fmt: skip
        """Run a command there, show what it says, and return its exit code.

        Raises HubpressError where the machine cannot be reached, and for what fails unless it *may_fail*.
        """
        # Without a terminal nobody could answer; and what is asked for a password would wait for good.
        last = ""
        with subprocess.Popen(
            ["ssh", "-o", "BatchMode=yes", self.host, command],
            stdin=stdin,
            # What the training prints to its standard output is for people, too: ours is for the result.
            stdout=sys.__stderr__.fileno() if stdout is None and sys.__stderr__ else stdout,
            stderr=subprocess.PIPE,
        ) as process:
            for raw in process.stderr or ():
                line = without_tokens(raw.decode("utf-8", "replace"))
                last = line.strip() or last
                sys.stderr.write(line)
        code = process.returncode
        if code == _LOST:
            hint = "Try `ssh` by itself: it must go in without asking."
            raise HubpressError(f"the machine cannot be reached ({last}).", where=self._where, hint=hint)
        if code and not may_fail:
            raise HubpressError(f"a command there failed ({last or code}).", where=self._where, hint=command)
        return code
