"""The folder as the rules see it: entries, texts, JSON documents and card, each read once and when asked for."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hubpress.check.clutter import folder_clutter
from hubpress.check.kind import OURS, Kind, Recognised, recognise
from hubpress.check.onnx_graph import Graph, read_graph
from hubpress.check.problem import Problem, printable
from hubpress.files import JsonObject, fetched_by, sha256_file
from hubpress.hub.loose_values import as_mapping
from hubpress.hub.readme import Card, read_card
from hubpress.hub.vocabulary import HEAD_TAGS
from hubpress.layout import CARD, CONFIG, EVALUATION, MANIFEST, PAGE_SETTINGS, SPACE, TRAINING
from hubpress.manifest import Manifest
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import SpaceSettings
from hubpress.schemas.static_page import StaticPage
from hubpress.schemas.training import TrainingFacts, training_kind

_TEXT_SUFFIXES = {
    *(".md", ".rst", ".txt", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".yaml", ".yml", ".toml", ".ini", ".cfg"),
    *(".cff", ".bib", ".py", ".ipynb", ".jinja", ".j2", ".html", ".htm", ".css", ".js", ".ts", ".sh", ".xml", ".svg"),
}
_TEXT_NAMES = {"license", "notice", "dockerfile", "makefile", ".gitattributes", ".gitignore", ".dockerignore"}
_BINARY_SUFFIXES = {".safetensors", ".onnx", ".gguf", ".png", ".jpg", ".jpeg", ".gif", ".webp"}
_SNIFFED = 8192
_LARGEST_POINTER = 1024

_TOKENIZER_FILE = re.compile(
    r"tokenizer\.json|tokenizer_config\.json|vocab\.(txt|json)|tekken\.json|.*\.(bpe|spm|tiktoken)"
    r"|(sentencepiece\.bpe|spiece|spm|tokenizer|source|target)\.(model|spm)"
)
# JSON with comments, as the tools that read these files allow it.
_COMMENTED_JSON = re.compile(r"(?:.*/)?(?:ts|js)config(?:\.\w+)*\.json")

# The documents that hubpress writes into a model's folder, and into a Space's. Whoever edits one by hand is told what
# is missing.
_OURS: Mapping[Kind, Mapping[str, type[Any]]] = {
    Kind.RELEASE: {EVALUATION: Evaluation, TRAINING: TrainingFacts, MANIFEST: Manifest},
    Kind.OWN_SPACE: {SPACE: SpaceSettings, PAGE_SETTINGS: StaticPage},
    Kind.OWN_DATA_SET: {MANIFEST: Manifest},
}


# What ``hf download --local-dir`` keeps beside the files.
_DOWNLOADS = Path(".cache", "huggingface")
_OF_DOWNLOADS = {"download", ".gitignore", "CACHEDIR.TAG"}


@dataclass(frozen=True)
class Entry:
    """One entry of the folder: its path inside (posix), what ``lstat`` says of it, and the bytes of the whole file."""

    name: str
    path: Path
    mode: int
    size: int

    @property
    def is_link(self) -> bool:
        """Tell whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_file(self) -> bool:
        """Tell whether it is a plain file."""
        return stat.S_ISREG(self.mode)

    @cached_property
    def fetched_by(self) -> str | None:
        """The command that fetches the file for which this one, a pointer of Git's, stands; None for others."""
        if not self.is_file or self.size > _LARGEST_POINTER:
            return None
        try:
            with self.path.open("rb") as stream:
                return fetched_by(stream.read(_LARGEST_POINTER))
        except OSError:
            return None

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder."""
        return stat.S_ISDIR(self.mode)


@dataclass(frozen=True)
class Document:
    """A JSON file: its value, or ``None`` with what is wrong with it."""

    value: Any
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Staged:
    """A staged folder. Whatever cannot be read is simply absent here; `hygiene` and `documents` say so."""

    folder: Path
    manifest: Manifest | None = None
    revision: str | None = None
    """The commit of the model that a Space must be pinned to; ``None`` when any will do."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many bytes those files have of which only the beginning is in the folder."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Return every file, folder and link below the folder, sorted by name.

        Links are not followed, nor folders entered that do not belong here (`.git`, checkpoints): they go as a whole.
        What huggingface_hub notes of a download it never uploads, and it is none of them.
        """
        found = []
        for root, folders, files in os.walk(self.folder):
            if Path(root) == self.folder and _is_of_download(self.folder / _DOWNLOADS.parent):
                folders.remove(_DOWNLOADS.parent.name)
            children = [*folders, *files]
            folders[:] = [name for name in folders if not folder_clutter(name)]
            for child in children:
                path = Path(root, child)
                try:
                    status = path.lstat()
                except OSError:  # gone since the walk, or in a folder that may be listed but not entered
                    continue
                name = path.relative_to(self.folder).as_posix()
                found.append(Entry(name, path, status.st_mode, self.sizes.get(name, status.st_size)))
        return tuple(sorted(found, key=lambda entry: entry.name))

    @cached_property
    def files(self) -> Mapping[str, Entry]:
        """Return the plain files that we may read, by name: no links, no pipes (reading one would wait for ever)."""
        return {entry.name: entry for entry in self.entries if entry.is_file and os.access(entry.path, os.R_OK)}

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Return the text of every file that is not binary, by name; bytes that are not UTF-8 are replaced."""
        return {name: raw.decode("utf-8", "replace") for name, raw in self.raw_texts.items()}

    @cached_property
    def raw_texts(self) -> Mapping[str, bytes]:
        """Return the bytes of every file that is text by its name, or else has no NUL near its beginning, by name."""
        raw = {}
        for name, entry in self.files.items():
            if entry.path.suffix.lower() in _BINARY_SUFFIXES:
                continue
            # A file of the system's own (/proc) may be there and give nothing to read.
            with suppress(OSError), entry.path.open("rb") as stream:
                beginning = stream.read(_SNIFFED)
                if is_text_by_name(name) or b"\0" not in beginning:
                    raw[name] = beginning + stream.read()
        return raw

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """Return every JSON file of the folder, parsed, by name; an empty one is absent."""
        return {
            name: _parse(name, text)
            for name, text in self.texts.items()
            if name.endswith(".json") and text.strip() and not _COMMENTED_JSON.fullmatch(name)
        }

    @cached_property
    def card(self) -> Card | None:
        """Return the card, or ``None`` when there is none or it is empty."""
        text = self.texts.get(CARD, "")
        return read_card(text.removeprefix("\ufeff")) if text.strip() else None

    @property
    def is_static(self) -> bool:
        """Tell whether it is a Space of hubpress that is a page, and no app."""
        return PAGE_SETTINGS in self.files

    @property
    def runtime_files(self) -> frozenset[str]:
        """Return what others have published, and a static Space carries to compute by: page.json has its hashes."""
        runtime = as_mapping(self.mapping(PAGE_SETTINGS).get("runtime"))
        return frozenset(str(as_mapping(one).get("url")) for one in runtime.values())

    @property
    def card_problems(self) -> list[Problem]:
        """Return what is wrong with the card's front matter as a whole, by line; nothing when there is no card."""
        return [Problem(f"{CARD}:{fault.line}", fault.text) for fault in self.card.faults] if self.card else []

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the fields of the card's front matter; none when there is no card or its YAML cannot be read."""
        return self.card.data if self.card else {}

    def where(self, *place: str | int) -> str:
        """Return file and line of a value of the front matter."""
        return self.card.where(*place) if self.card else CARD

    def mapping(self, name: str) -> JsonObject:
        """Return a JSON file that holds an object; an empty one when it is missing or broken."""
        document = self.documents.get(name)
        return document.value if document and isinstance(document.value, dict) else {}

    @cached_property
    def recognised(self) -> Recognised:
        """Return what kind of folder it is, and by which sign."""
        return recognise(self)

    @property
    def kind(self) -> Kind:
        """Return what kind of folder it is."""
        return self.recognised.kind

    @property
    def is_ours(self) -> bool:
        """Tell whether hubpress made the folder: its own documents and forms are asked of no other."""
        return self.kind in OURS

    @property
    def has_tokenizer(self) -> bool:
        """Tell whether a tokenizer lies at the root, in any of the forms that transformers loads."""
        return any(_TOKENIZER_FILE.fullmatch(name) for name in self.files)

    @property
    def has_processor(self) -> bool:
        """Tell whether the model takes pictures or sound, for which its processor is there."""
        return not self.files.keys().isdisjoint(("preprocessor_config.json", "processor_config.json"))

    @cached_property
    def ours(self) -> Mapping[str, Any]:
        """Return each document that hubpress writes, by name: as its schema reads it, else the ValidationError.

        One that is missing, or no JSON, is absent. Nothing is read as something else: a number in quotes is a text.
        Files of these names in folders that others made are theirs, and absent too.
        """
        found: JsonObject = {}
        for name, schema in _OURS.get(self.kind, {}).items():
            document = self.documents.get(name)
            if document and not document.problems:
                try:
                    text = self.texts[name].removeprefix("\ufeff")
                    schema = training_kind(document.value) if name == TRAINING else schema
                    found[name] = TypeAdapter(schema).validate_json(text, strict=True)
                except ValidationError as error:
                    found[name] = error
        return found

    @property
    def evaluation(self) -> Evaluation | None:
        """Return evaluation.json; ``None`` when it is missing, or not as hubpress writes it."""
        found = self.ours.get(EVALUATION)
        return found if isinstance(found, Evaluation) else None

    @property
    def own_manifest(self) -> Manifest | None:
        """Return the folder's own manifest.json; ``None`` when it is missing, or not as hubpress writes it."""
        found = self.ours.get(MANIFEST)
        return found if isinstance(found, Manifest) else None

    @cached_property
    def settings(self) -> JsonObject:
        """Return a Space's space.json, or an empty mapping."""
        return self.mapping(SPACE)

    @cached_property
    def graphs(self) -> Mapping[str, Graph | str]:
        """Return what every ONNX file takes and gives, or what is wrong with it, by name; empty ones are absent."""
        return {
            name: read_graph(entry.path)
            for name, entry in self.files.items()
            if entry.path.suffix.lower() == ".onnx" and entry.size
        }

    @cached_property
    def config(self) -> JsonObject:
        """Return config.json, or an empty mapping."""
        return self.mapping(CONFIG)

    @property
    def architecture(self) -> str:
        """Return the model's class as config.json names it, or an empty text."""
        names = self.config.get("architectures")
        return names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""

    @property
    def is_classifier(self) -> bool:
        """Tell whether the model's class is one that gives labels."""
        return self.architecture.endswith(tuple(HEAD_TAGS))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the label names of config.json in the order of their ids; empty when they cannot be read."""
        table = self.config.get("id2label")
        if not isinstance(table, dict) or not all(re.fullmatch(r"[0-9]{1,9}", key) for key in table):
            return ()
        return tuple(str(table[key]) for key in sorted(table, key=int))

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return a cache for `digest`: weights are hashed once, whoever asks."""
        return {}

    def digest(self, name: str) -> str:
        """Return the sha256 (hex) of one of ``files``."""
        if name not in self.digests:
            self.digests[name] = sha256_file(self.files[name].path)
        return self.digests[name]


def is_text_by_name(name: str) -> bool:
    """Tell whether a file of this name is one that people and tools read as text."""
    path = PurePosixPath(name.lower())
    return path.suffix in _TEXT_SUFFIXES or path.name in _TEXT_NAMES


Rule = Callable[[Staged], Iterable[Problem]]
"""One thing to ask of a folder; its docstring says what is promised where it has no problem."""


def _parse(name: str, text: str) -> Document:
    constants: list[str] = []
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=constants.append)
    except json.JSONDecodeError as error:
        problem = Problem(f"{printable(name)}:{error.lineno}", f"This is not valid JSON ({error.msg}). Write it anew.")
        return Document(None, (problem,))
    except (ValueError, RecursionError) as error:  # integers of over 4,300 digits; brackets nested without end
        return Document(None, (Problem(printable(name), f"This is not usable JSON ({error}). Write it anew."),))
    if constants:
        text = f"It holds {constants[0]}, which is not JSON and which no browser reads. Write null, or leave it out."
        return Document(value, (Problem(printable(name), text),))
    return Document(value)


def _is_of_download(cache: Path) -> bool:
    """Tell whether a folder holds nothing but what huggingface_hub notes of a download."""
    try:
        inside, noted = {path.name for path in cache.iterdir()}, (cache / _DOWNLOADS.name).iterdir()
        return inside == {_DOWNLOADS.name} and {path.name for path in noted} <= _OF_DOWNLOADS
    except OSError:
        return False
