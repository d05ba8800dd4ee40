"""What goes to a machine that has no hubpress: its code as files, and a script with pinned requirements."""

from __future__ import annotations

import importlib.metadata
import platform
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

import hubpress
from hubpress.content import content_dir
from hubpress.hub.script import SCRIPT_TEXT

PARCEL, RESULT = "parcel.tar", "result.tar"
BUILD = "build"
"""The folder of a parcel whose one folder the script hands to the module that it runs."""
_CODE = "code"


def add_code(tar: tarfile.TarFile) -> None:
    """Put hubpress as it is here into a parcel: what runs there is what is checked here."""
    for root, name in _code():
        tar.add(root, f"{_CODE}/{name}", filter=_source)


def script_of(
    module: str, folder: str, *, title: str, script: str, packages: Iterable[str], back: Sequence[str] = ()
) -> str:
    """Return the script that runs a *module* of hubpress on a *folder* of a parcel, and leaves the files named *back*.

    Its requirements (PEP 723) are *packages* with all that they need, at the versions of this environment.
    """
    lines = "".join(f'#   "{one}",\n' for one in requirements(packages))
    version = ".".join(platform.python_version_tuple()[:2])
    return SCRIPT_TEXT.format(
        python=version, requirements=lines, title=title, version=hubpress.__version__, script=script, name=folder,
        module=module, back=tuple(back), parcel=PARCEL, result=RESULT,
    )  # fmt: skip


def requirements(names: Iterable[str]) -> list[str]:
    """Return packages with all that they need, each at the version that is installed here."""
    found: dict[str, str] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        key = wanted.name.lower().replace("_", "-").replace(".", "-")
        extras = {"", *wanted.extras}
        marked = f"{key}[{','.join(sorted(wanted.extras))}]"
        if marked in found or (not wanted.extras and key in found):
            continue
        try:
            distribution = importlib.metadata.distribution(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform than its marker says
        # A build of torch for processors alone is torch for whatever is there.
        found[key] = found[marked] = f"{key}=={Version(distribution.version).public}"
        needed = [Requirement(line) for line in distribution.requires or ()]
        waiting += [
            one
            for one in needed
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
        ]
    found.pop("hubpress", None)
    return sorted({one for one in found.values() if not one.startswith("hubpress==")})


def _code() -> list[tuple[Path, str]]:
    """Return where the parts of hubpress lie here, each with its name in a checkout."""
    package = Path(hubpress.__file__).parent
    pipelines = content_dir("models") / "pipelines"
    below = "scripts/hubpress"
    parts = [(package, below)]
    if not pipelines.is_relative_to(package):  # a checkout, which has them beside the package
        parts.append((pipelines, "models/pipelines"))
    return parts


def _source(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name or member.name.endswith(".pyc") else member
