"""The options of ``hubpress train`` that say where, and by how many processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from hubpress.cli.options import positive
from hubpress.errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from hubpress.release.elsewhere.launch import Launcher

_SSH = "ssh:"


@dataclass(frozen=True)
class LaunchOptions:
    """Where a model is trained, and by how many processes."""

    processes: Annotated[
        int | None,
        typer.Option(
            parser=positive,
            metavar="N",
            help="how many processes train together, on each node of Slurm (default: one; elsewhere one for each GPU)",
        ),
    ] = None
    on: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="WHERE", help="slurm, jobs (of the Hub) or ssh:HOST trains; the weights come back here"
        ),
    ] = None
    launch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="a setting of what --on names, by its own name: timeout_min (slurm), flavor (jobs), "
            "python (ssh) and others; repeatable",
        ),
    ] = None
    upload_records: Annotated[
        bool,
        typer.Option("--upload-records", help="let the prepared records go to where --on jobs and ssh:HOST train"),
    ] = False

    def launcher(self) -> Launcher | None:
        """Return what has the model trained, None where this process does. Raises UsageError for what does not fit."""
        if self.on is None:
            if self.launch or self.upload_records:
                raise UsageError("--launch and --upload-records go with --on.", hint="Say where it is to be trained.")
            return self._here()
        settings = settings_of(self.launch or [])
        if self.on == "slurm":
            from hubpress.release.elsewhere.slurm import Slurm

            return Slurm(settings, self.processes)
        if self.on == "jobs":
            from hubpress.release.elsewhere.jobs import Jobs

            return Jobs(settings, self.processes, upload_records=self.upload_records)
        if self.on.startswith(_SSH) and (host := self.on.removeprefix(_SSH)):
            from hubpress.release.elsewhere.ssh import Ssh

            return Ssh(host, settings, self.processes, upload_records=self.upload_records)
        raise UsageError(f"nothing trains on {self.on!r}.", where="--on", hint="Give slurm, jobs or ssh:HOST.")

    def _here(self) -> Launcher | None:
        if (self.processes or 1) == 1:
            return None
        from hubpress.release.elsewhere.processes import Processes

        return Processes(self.processes or 1)


def settings_of(words: list[str]) -> dict[str, JsonValue]:
    """Return what ``KEY=VALUE`` say, each value read as YAML. Raises UsageError for other words."""
    from hubpress.yaml12 import YamlError, parse

    found: dict[str, JsonValue] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not (key and sign):
            raise UsageError(f"{word!r} is no KEY=VALUE.", where="--launch", hint="Write it as timeout_min=240.")
        try:
            found[key] = parse(value).value
        except YamlError as error:
            raise UsageError(f"{word!r} is no KEY=VALUE: {error}", where="--launch") from error
    return found
