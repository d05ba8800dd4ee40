"""An adapter of peft that is trained already: what its files say, and the base under it, at one commit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubpress.bases.find import find_base
from hubpress.errors import HubError
from hubpress.files import JsonObject
from hubpress.hub.formats import Format, formats_of
from hubpress.hub.ids import not_an_id
from hubpress.inference.adapter import refuse_without_peft
from hubpress.layout import ADAPTER_CONFIG, CONFIG
from hubpress.recipe.blocks import BaseModelSpec
from hubpress.text import listed
from hubpress.trained.checkpoint import Checkpoint, in_folder, on_hub, refuse_code, tokenizer_names
from hubpress.trained.weights import adapter_weights, read_weights

_MERGED = ("LORA", "ADALORA", "LOHA", "LOKR", "IA3")  # of which each merges into the base's own weights
_TASKS = {"SEQ_CLS": "SequenceClassification", "TOKEN_CLS": "TokenClassification"}
_MATRICES = ("lora_", "hada_", "lokr_", "ia3_", "lora_magnitude_vector")
_SIZES = ("hidden_size", "d_model", "dim", "n_embd", "emb_dim")
_HINT = "Name the base in the recipe, or by --set: base_model.path=FOLDER, or base_model.id=OWNER/REPO."


@dataclass(frozen=True)
class AdapterCheckpoint(Checkpoint):
    """An adapter with its base: its own files, and beneath them those of the base that it lacks."""

    own: tuple[str, ...] = ()
    """The names of the adapter's own files."""
    base: Checkpoint | None = None
    settings: JsonObject | None = None
    """Its adapter_config.json."""
    outputs: int | None = None
    """How many labels its head has; None where it has none, so that the base's own goes on."""

    @property
    def below(self) -> Checkpoint:
        """Return the base."""
        assert self.base is not None
        return self.base

    def whose(self, name: str) -> str:
        """Return in words whose file of that name is meant: the adapter's own, or its base's."""
        return super().whose(name) if name in self.own else f"its base's {name}"

    def source(self, name: str) -> str:
        """Return the same as the source of a fact."""
        return super().source(name) if name in self.own else f"{name} of the base"

    def file(self, name: str) -> Path:
        """Return a file of the adapter on this machine, or of its base where it has none. Raises HubError."""
        return super().file(name) if name in self.own else self.below.file(name)

    def json(self, name: str) -> JsonObject:
        """Return a JSON file; of config.json what the whole model's says, whose head is the adapter's.

        No adapter says what its labels are called: they are numbered, unless it comes with a config.json of its own.
        """
        found = super().json(name)
        if name != CONFIG or name in self.own or self.outputs is None:
            return found
        other = {"id2label", "label2id", "num_labels", "problem_type", "architectures"}
        config = {key: value for key, value in found.items() if key not in other}
        config["id2label"] = {str(number): f"LABEL_{number}" for number in range(self.outputs)}
        head = _TASKS.get(str((self.settings or {}).get("task_type")))
        return {**config, "architectures": [f"ModelFor{head}"]} if head else config


def with_base(
    found: Checkpoint, named: BaseModelSpec | None, *, recipe_folder: Path, folder_first: bool = False
) -> AdapterCheckpoint:
    """Return an adapter with the base that its adapter_config.json names, or the one *named* in the recipe.

    Where that name could be a folder on this machine or a model on the Hub it is refused, unless *folder_first*.
    Raises HubpressError for an adapter that cannot be merged, or is of no classifier, and for a base that is missing,
    quantised or needs code of its own; HubError where it cannot be read.
    """
    settings = found.json(ADAPTER_CONFIG)
    _refuse_other_kinds(found, settings)
    weights = adapter_weights(found)
    base = _base(found, settings, named, recipe_folder, folder_first=folder_first)
    _refuse_other_bases(found, base)
    below = [name for name in (CONFIG,) if name not in found.names]
    if not tokenizer_names(found):
        below += tokenizer_names(base)
    names = tuple(sorted({*found.names, *below}))
    config = base.json(CONFIG)
    outputs = _outputs(found, weights, config)
    if outputs is None and not any("Classification" in str(head) for head in config.get("architectures") or ()):
        raise found.error(
            "has no head among its weights (modules_to_save), and its base is no classifier.",
            "Save the adapter with its head: task_type SEQ_CLS or TOKEN_CLS of peft does so.",
        )
    refuse_without_peft("an adapter", where=found.place)  # last, since what else is wrong is mended without it
    return AdapterCheckpoint(
        found.place, names, found.folder, found.id, found.commit, found.names, base, settings, outputs
    )


def _refuse_other_kinds(found: Checkpoint, settings: JsonObject) -> None:
    kind, task = settings.get("peft_type"), settings.get("task_type")
    if kind is None:
        raise found.error(
            f"its {ADAPTER_CONFIG} says no peft_type, so that it is no adapter of peft.", "Save it by peft."
        )
    if kind not in _MERGED:
        raise found.error(
            f"is an adapter of the kind {kind}, which cannot be merged into its base.",
            f"Take one of {listed(_MERGED, 'or')}.",
        )
    if task is not None and task not in _TASKS:
        raise found.error(
            f"is an adapter for {task} (task_type), not for a classifier.", f"Take one for {' or '.join(_TASKS)}."
        )
    if settings.get("megatron_config"):
        raise found.error("needs another library (megatron_config), which hubpress does not load.", "Train it without.")


def _base(
    found: Checkpoint, settings: JsonObject, named: BaseModelSpec | None, recipe_folder: Path, *, folder_first: bool
) -> Checkpoint:
    if named:
        if named.path or named.package:
            base = find_base(named, recipe_folder=recipe_folder)
            return in_folder(Path(base.name_or_path), f"base_model {str(named.path or 'package')!r}")
        revision = named.revision
        if revision is None and named.id == settings.get("base_model_name_or_path"):
            revision = settings.get("revision")
        return on_hub(str(named.id), revision, f"base_model {named.id!r}")
    name = settings.get("base_model_name_or_path")
    if not isinstance(name, str) or not name.strip():
        raise found.error("does not say which base it is for (base_model_name_or_path).", _HINT)
    places, may_be_on_hub = _places_of(name, found, recipe_folder), not not_an_id(name) and not _is_path(name)
    folders = [place for place in places if (place / CONFIG).is_file()]
    looked = f"no {CONFIG} in {listed([repr(str(place)) for place in places], 'or')}"
    if len(folders) > 1:
        which = listed([repr(str(folder)) for folder in folders], "or")
        raise found.error(f"is for the base in the folder {name!r}, which may be {which}.", _HINT)
    if not folders and not may_be_on_hub:
        raise found.error(f"is for the base in the folder {name!r}, which is not here: there is {looked}.", _HINT)
    if folders and (folder_first or not may_be_on_hub):
        return in_folder(folders[0], f"base model {name!r}")
    if folders:
        raise found.error(
            f"is for the base {name!r}, which may be the folder {str(folders[0])!r} or a model on the Hub.", _HINT
        )
    try:
        return on_hub(name, settings.get("revision"), f"base model {name!r}")
    except HubError as error:
        what = f"is for the base {name!r}, no folder here ({looked}), and the Hub did not give it: {error.what}"
        raise HubError(what, where=found.place, hint=_HINT, passes=error.passes) from error


def _is_path(name: str) -> bool:
    return name.startswith((".", "~")) or Path(name).is_absolute()


def _places_of(name: str, found: Checkpoint, recipe_folder: Path) -> list[Path]:
    """Return where on this machine the base of that *name* may be, whether it is there or not.

    A relative name counts from where the adapter was trained, which is nowhere written down: here, beside the recipe,
    or beside the adapter's folder. Nowhere else is looked: what is found far away is another model.
    """
    beside = [found.folder.resolve().parent] if found.folder else []
    places = (start / Path(name).expanduser() for start in (Path.cwd(), recipe_folder, *beside))
    return list(dict.fromkeys(place.resolve() for place in places))


def _refuse_other_bases(found: Checkpoint, base: Checkpoint) -> None:
    forms = formats_of(base.names)
    if Format.ADAPTER in forms:
        raise base.error("is an adapter itself.", "Merge the two adapters first, or name the model under both.")
    if CONFIG not in base.names:
        raise base.error("has no config.json, so that it is no model of transformers.", _HINT)
    config = base.json(CONFIG)
    if config.get("quantization_config"):
        raise base.error(
            "has quantised weights, into which no adapter is merged without a loss.",
            "Name the model before it was quantised as base_model.",
        )
    refuse_code(base)


def _outputs(found: Checkpoint, weights: str, config: JsonObject) -> int | None:
    """Return how many labels the head among an adapter's weights has; None where there is no head.

    The layers of a head before its last are as wide as the model.
    """
    shapes = _shapes(found, weights)
    rows = [shape[0] for name, shape in shapes.items() if len(shape) == 2 and not _is_matrix(name)]
    widths = {config.get(name) for name in _SIZES}
    last = sorted({count for count in rows if count not in widths})
    if len(last) > 1:
        raise found.error(
            f"its weights hold layers of {listed(list(map(str, last)))} outputs, so that its head cannot be told.",
            "Merge it into its base yourself (merge_and_unload), and name that folder.",
        )
    return last[0] if last else (rows[0] if rows else None)


def _is_matrix(name: str) -> bool:
    return any(f".{part}" in name for part in _MATRICES)


def _shapes(found: Checkpoint, weights: str) -> dict[str, tuple[int, ...]]:
    state, _ = read_weights(found, (weights,))
    return {name: tuple(tensor.shape) for name, tensor in state.items()}
