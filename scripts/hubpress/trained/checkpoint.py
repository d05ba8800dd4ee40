"""Where a trained model is, which files it has, and whether they are those of a model that transformers loads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hubpress.errors import HubpressError
from hubpress.files import JsonObject, read_json
from hubpress.hub.client import Hub
from hubpress.hub.formats import Format, formats_of
from hubpress.hub.ids import RepoId
from hubpress.hub.messages import one_line
from hubpress.layout import CONFIG, TOKENIZER, TOKENIZER_CONFIG, TOKENIZER_FILES
from hubpress.recipe.blocks import BaseModelSpec, TrainedModel
from hubpress.text import counted, listed

STATE, ARGUMENTS, README = "trainer_state.json", "training_args.bin", "README.md"
_CHECKPOINT = re.compile(r"checkpoint-\d+")
_OTHERS: dict[Format, tuple[str, str]] = {
    Format.SETFIT: (
        "is a SetFit model, whose head is one of scikit-learn and not of transformers.",
        "Train such a head of transformers by hubpress: its encoder as base_model, without trained, and "
        "training.method: linear_probe, with training.contrastive for what SetFit does (docs/few-records.md).",
    ),
    Format.SENTENCE_TRANSFORMERS: (
        "is a sentence-transformers model that makes vectors of texts; it has no labels.",
        "Name it as base_model, without trained, to train a classifier of it.",
    ),
    Format.DIFFUSERS: ("is a diffusers model, which reads no texts as a classifier does.", "Name a text classifier."),
    Format.GGUF: (
        "is a GGUF file, whose weights cannot be loaded by transformers as they were trained.",
        "Name the transformers model that it was made from.",
    ),
}


@dataclass(frozen=True)
class Checkpoint:
    """A trained model's place and the names of its files, those in its folder alone."""

    place: str
    """Where an error of it is."""
    names: tuple[str, ...]
    folder: Path | None = None
    id: str | None = None
    commit: str | None = None

    def file(self, name: str) -> Path:
        """Return a file on this machine. Raises HubError where it has to be fetched and cannot be."""
        if self.folder:
            return self.folder / name
        from huggingface_hub import constants, get_token, hf_hub_download

        with one_line(constants.ENDPOINT, get_token(), str(self.id)):
            return Path(hf_hub_download(str(self.id), name, revision=self.commit))

    def matching(self, *patterns: str) -> list[str]:
        """Return the names of files by patterns of the shell."""
        return [name for name in self.names if any(fnmatch(name, pattern) for pattern in patterns)]

    def whose(self, name: str) -> str:
        """Return in words whose file of that name is meant, as a sentence about the model has it."""
        return f"its {name}"

    def source(self, name: str) -> str:
        """Return the same as the source of a fact."""
        return name

    def json(self, name: str) -> JsonObject:
        """Return the object in a JSON file, an empty one where there is no such file.

        Raises HubpressError for a file that holds none.
        """
        if name not in self.names:
            return {}
        try:
            found: Any = read_json(self.file(name))
        except (OSError, ValueError) as error:
            raise self.error(f"its {name} cannot be read as JSON.", "Save the model again.") from error
        if not isinstance(found, dict):
            raise self.error(f"its {name} is no JSON object.", "Save the model again.")
        return found

    def error(self, what: str, hint: str) -> HubpressError:
        """Return an error of it: what is wrong, and what to do."""
        return HubpressError(what, where=self.place, hint=hint)


def find_checkpoint(
    spec: TrainedModel, *, recipe_folder: Path, base: BaseModelSpec | None = None, folder_first: bool = False
) -> Checkpoint:
    """Return a trained model's place, of one on the Hub at the commit that its revision means now.

    An adapter comes with its base: the one that it names, or *base* of the recipe. Where its name of the base may be a
    folder or a model on the Hub it is refused, or with *folder_first* taken for the folder.

    Raises HubpressError for a folder that is missing, and for files that are no model of transformers, or of one that
    needs code of its own; HubError for a repository that cannot be read.
    """
    if spec.path:
        found = in_folder(recipe_folder / spec.path.expanduser(), f"trained.path {str(spec.path)!r}")
    else:
        found = on_hub(str(spec.id), spec.revision, f"trained.id {spec.id!r}")
    if Format.ADAPTER in formats_of(found.names):
        from hubpress.trained.adapter import with_base  # which is made of two of these

        return with_base(found, base, recipe_folder=recipe_folder, folder_first=folder_first)
    _refuse_other_formats(found)
    refuse_code(found)
    return found


def tokenizer_names(found: Checkpoint) -> list[str]:
    """Return the names of the files of a model's tokenizer."""
    wanted = {TOKENIZER, TOKENIZER_CONFIG, *TOKENIZER_FILES}
    return [name for name in found.names if name in wanted or name.endswith((".model", ".bpe", ".spm"))]


def in_folder(folder: Path, place: str) -> Checkpoint:
    """Return the files of a model in a folder. Raises HubpressError where there is none."""
    if not folder.is_dir():
        what = "is a file, not the folder of a model." if folder.is_file() else "there is no such folder."
        raise HubpressError(what, where=place, hint="Name the folder that the model was saved into.")
    names = tuple(sorted(path.name for path in folder.iterdir() if path.is_file()))
    found = Checkpoint(place, names, folder=folder)
    if CONFIG not in names and not formats_of(names):
        inside = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
        _refuse_no_config(found, inside)
    return found


def on_hub(repo_id: str, revision: str | None, place: str) -> Checkpoint:
    """Return the files of a model on the Hub at one commit. Raises HubpressError where there is none, and HubError."""
    hub, repo = Hub.of_environment(), RepoId(repo_id)
    commit = hub.head(repo, revision)
    every = hub.list_files(repo, commit)
    found = Checkpoint(place, tuple(sorted(name for name in every if "/" not in name)), id=repo_id, commit=commit)
    if CONFIG not in found.names and not formats_of(found.names):
        parts = (name.split("/") for name in every if name.endswith(f"/{CONFIG}"))
        _refuse_no_config(found, sorted(part[0] for part in parts if len(part) == 2))
    return found


def _refuse_no_config(found: Checkpoint, inside: Sequence[str]) -> None:
    """Raise HubpressError for a folder without a config.json, by what lies in folders *inside* of it."""
    several = sorted(filter(_CHECKPOINT.fullmatch, inside), key=lambda name: int(name.partition("-")[2]))
    if several:
        named = f"{several[0]!r}" if len(several) == 1 else listed(several)
        raise found.error(
            f"has no model at its top, but {counted(len(several), 'checkpoint')} of a training in it: {named}.",
            f"Name the one that is meant, such as {several[-1]!r} in it.",
        )
    if inside:
        raise found.error(f"has no config.json, but {listed(inside)} in it has one.", "Name that folder.")
    raise found.error(
        "has no config.json, so that nothing says which model its weights are of.",
        "Save the model with save_pretrained(), or its config beside its weights (config.save_pretrained()).",
    )


def _refuse_other_formats(found: Checkpoint) -> None:
    for form in formats_of(found.names):
        if form is Format.SENTENCE_TRANSFORMERS and _is_cross_encoder(found):
            continue
        what, hint = _OTHERS[form]
        raise found.error(what, hint)


def _is_cross_encoder(found: Checkpoint) -> bool:
    """Tell whether a folder of sentence-transformers holds one whole classifier of transformers."""
    kind = found.json("config_sentence_transformers.json").get("model_type")
    heads = found.json(CONFIG).get("architectures")
    return kind == "CrossEncoder" or (isinstance(heads, list) and any("Classification" in str(head) for head in heads))


def refuse_code(found: Checkpoint) -> None:
    """Raise HubpressError for a model that needs code of its own, or packages to unpack its weights."""
    for name in (CONFIG, TOKENIZER_CONFIG):
        code = found.json(name).get("auto_map")
        if code:
            which = ", ".join(str(one) for one in code.values()) if isinstance(code, dict) else str(code)
            raise found.error(
                f"needs code of its own to be loaded (`auto_map` in its {name}: {which}), which hubpress does not run.",
                "Read that code, load the model with it yourself, and save it as a class of transformers.",
            )
    if "quantization_config" in found.json(CONFIG):
        raise found.error(
            "has quantised weights (`quantization_config` in its config.json), which stock code does not load alike.",
            "Name the model before it was quantised.",
        )
