"""Files that run code when they are loaded: pickles, by their names and by the instructions that they begin with."""

from __future__ import annotations

import pickletools
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from hubpress.check.kind import DATA_SETS, Kind
from hubpress.check.problem import Problem, printable
from hubpress.check.staged import Staged, is_text_by_name

# Names under which nothing but pickles are kept.
_SUFFIXES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill"}
_WEIGHTS = re.compile(r"(diffusion_)?(pytorch_model|adapter_model|pytorch_adapter|pytorch_lora_weights).*\.bin")
_TRAINING_STATE = re.compile(r"(rng_state.*|optimizer|scheduler|scaler)\.(pt|pth|bin)|training_args\.bin")

_BINARY_START = re.compile(rb"\x80[\x02-\x05]")
_ZIP_START = b"PK\x03\x04"
_READ = 1_000_000  # bytes
_OPCODES = 2_000
_CERTAIN = 3  # instructions that no other file happens to begin with
# Instructions that name something to be imported or called: text that happens to read as a pickle has none.
_CALLS = {"GLOBAL", "STACK_GLOBAL", "INST", "REDUCE", "OBJ", "NEWOBJ", "NEWOBJ_EX"}

_ADVICE = {
    Kind.SETFIT: "SetFit keeps its head in no other form: say on the card who made it, and from what.",
    Kind.LIBRARY: "Save the model in a form without code (skops for scikit-learn, else safetensors), and take it out.",
    **dict.fromkeys(DATA_SETS, "Save the records as Parquet, and take it out."),
}
_SAFETENSORS = "Save the weights as safetensors, and take it out."


def pickles(staged: Staged) -> Iterator[Problem]:
    """No file runs code when it is loaded, and none is left over from training."""
    for name, entry in staged.files.items():
        path = PurePosixPath(name)
        if _TRAINING_STATE.fullmatch(path.name):
            text = "It is a state of training, of no use to readers, and pickled. Take it out."
            yield Problem(printable(name), text)
        elif entry.size and is_pickled(entry.path, path):
            advice = _ADVICE.get(staged.kind, _SAFETENSORS)
            yield Problem(printable(name), f"It is pickled, and runs code when it is loaded. {advice}")


def is_pickle_by_name(name: PurePosixPath) -> bool:
    """Tell whether nothing but a pickle is kept under such a name."""
    known = name.suffix.lower() in _SUFFIXES or _WEIGHTS.fullmatch(name.name) or _TRAINING_STATE.fullmatch(name.name)
    return bool(known)


def is_pickled(file: Path, name: PurePosixPath) -> bool:
    """Tell whether a file is a pickle, or holds one: by its name, or by how it begins."""
    if is_pickle_by_name(name):
        return True
    if is_text_by_name(name.as_posix()):
        return False
    with file.open("rb") as stream:
        beginning = stream.read(4)
    if beginning == _ZIP_START:
        return _holds_a_pickle(file)
    return _reads_as_pickle(file, binary=_BINARY_START.match(beginning) is not None)


def _holds_a_pickle(file: Path) -> bool:
    """Tell whether a zip is torch's, which has a pickle inside; .npz, .xlsx, .keras and .skops are zips without one."""
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith(".pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _reads_as_pickle(file: Path, *, binary: bool) -> bool:
    with file.open("rb") as stream:
        beginning = stream.read(_READ)
        more = bool(stream.read(1))
    names: list[str] = []
    try:
        for opcode, _, _ in islice(pickletools.genops(beginning), _OPCODES):
            names.append(opcode.name)
    except Exception:  # noqa: BLE001 - pickletools raises whatever its readers of numbers and texts raise
        return binary and more and len(names) >= _CERTAIN  # an array that is longer than what was read
    return binary or (names[-1:] == ["STOP"] and not _CALLS.isdisjoint(names))
