"""By what the page of a static Space computes: Transformers.js and ONNX Runtime, pinned by version and hash."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hubpress.content import content_dir
from hubpress.errors import HubpressError
from hubpress.files import integrity_of
from hubpress.layout import VENDOR
from hubpress.schemas.static_page import PinnedFile, PinnedRuntime, Runtime, RuntimeFile

NODE_MODULES = "HUBPRESS_NODE_MODULES"
"""The variable that names a folder with the packages, as npm installs them; without it they are fetched by npm."""

_CDN = "https://cdn.jsdelivr.net/npm"  # which Transformers.js's documentation names; its files are those of npm
_SECONDS = 600


def pinned_runtime() -> PinnedRuntime:
    """Return the packages, versions and hashes that ``spaces/static/runtime.json`` names."""
    return PinnedRuntime.load(content_dir("spaces") / "static" / "runtime.json")


def on_cdn(pinned: PinnedRuntime) -> Runtime:
    """Return the files where the CDN has them."""
    return _runtime(pinned, lambda file: f"{_CDN}/{file.package}@{file.version}/{file.file}")


def in_space(pinned: PinnedRuntime) -> Runtime:
    """Return the files where a Space has them that carries them."""
    return _runtime(pinned, lambda file: f"{VENDOR}/{file.name}")


def copy_runtime(pinned: PinnedRuntime, folder: Path, *, beside: Path | None = None) -> None:
    """Copy the files to *folder*: from *beside*, a folder that has them already, else from npm.

    Raises HubpressError where they cannot be had, or are not what was pinned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _packages(pinned, beside) as found:
        for file in pinned.files:
            source = beside / file.name if beside else found / file.package / file.file
            if not source.is_file():
                hint = f"Install {file.package}@{file.version} there, or unset {NODE_MODULES}: npm fetches it then."
                raise HubpressError(f"there is no {source}.", where="space.vendor", hint=hint)
            if integrity_of(source) != file.integrity:
                what = f"{source} is not the {file.name} of {file.package} {file.version}."
                raise HubpressError(what, where="space.vendor", hint=f"Install {file.package}@{file.version} anew.")
            shutil.copyfile(source, folder / file.name)


def _runtime(pinned: PinnedRuntime, address: Callable[[PinnedFile], str]) -> Runtime:
    def at(file: PinnedFile) -> RuntimeFile:
        return RuntimeFile(url=address(file), bytes=file.bytes, integrity=file.integrity)

    return Runtime(
        transformers=at(pinned.transformers), onnx_module=at(pinned.onnx_module), onnx_wasm=at(pinned.onnx_wasm)
    )


@contextmanager
def _packages(pinned: PinnedRuntime, beside: Path | None) -> Iterator[Path]:
    """Yield a folder that has the packages by their names."""
    named = os.environ.get(NODE_MODULES)
    if named or beside:
        yield Path(named or ".")
        return
    with tempfile.TemporaryDirectory() as folder:
        for package in dict.fromkeys((file.package, file.version) for file in pinned.files):
            _fetch(*package, Path(folder))
        yield Path(folder)


def _fetch(package: str, version: str, folder: Path) -> None:
    """Fetch a package by npm, which runs nothing of it, and unpack it below *folder*."""
    npm, hint = shutil.which("npm"), f"Install npm, or name a folder that has the packages in {NODE_MODULES}."
    if npm is None:
        raise HubpressError("npm is not installed, and `space.vendor` copies from it.", where="space.vendor", hint=hint)
    with tempfile.TemporaryDirectory() as packed:
        command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", packed, f"{package}@{version}"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=packed)
        archives = list(Path(packed).glob("*.tgz"))
        if ran.returncode or len(archives) != 1:
            said = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise HubpressError(f"npm does not give {package}@{version}: {said}", where="space.vendor", hint=hint)
        with tarfile.open(archives[0]) as archive:
            archive.extractall(Path(packed), filter="data")
        (folder / package).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(packed) / "package", folder / package)
