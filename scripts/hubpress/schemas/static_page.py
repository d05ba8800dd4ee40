"""page.json: what the page of a static Space needs beside space.json: how it reads records, and by what it computes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field, JsonValue, PositiveInt

from hubpress.schemas.document import Document, Part


class Template(Part):
    """An input template: its fields, and the steps that make a text of them."""

    fields: tuple[str, ...]
    body: tuple[JsonValue, ...]


class Reads(Part):
    """What a model reads: the fields of its templates, one for each text."""

    fields: tuple[str, ...]
    plain: bool
    """The model reads texts just as they are given."""
    templates: tuple[Template, ...]


Integrity = Annotated[str, Field(pattern=r"^sha384-[A-Za-z0-9+/]{64}$")]
"""A hash as subresource integrity has it: the browser refuses what is anything else."""


class RuntimeFile(Part):
    """A file that computes: where it is, from the page's own address on or elsewhere, its size and its hash."""

    url: str
    bytes: PositiveInt
    integrity: Integrity


class Runtime(Part):
    """Transformers.js, and ONNX Runtime's two files: the module that starts it, and what it is compiled to."""

    transformers: RuntimeFile
    onnx_module: RuntimeFile
    onnx_wasm: RuntimeFile


class StaticPage(Document):
    """What the page of a static Space needs beside space.json."""

    reads: Reads
    runtime: Runtime


class PinnedFile(Part):
    """A file of a package of npm, in one version."""

    package: str
    version: str
    file: str
    """Its path inside of the package."""
    bytes: PositiveInt
    integrity: Integrity

    @property
    def name(self) -> str:
        """The file's name without its path."""
        return PurePosixPath(self.file).name


class PinnedRuntime(Document):
    """runtime.json: what Transformers.js and ONNX Runtime are by version and hash, wherever they are read from."""

    transformers: PinnedFile
    onnx_module: PinnedFile
    onnx_wasm: PinnedFile

    @property
    def files(self) -> tuple[PinnedFile, ...]:
        """All of them."""
        return (self.transformers, self.onnx_module, self.onnx_wasm)
