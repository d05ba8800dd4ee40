"""The check of a staged Space: one that was just built gives nothing, and each fault gives its own sentence."""

from __future__ import annotations

import ast
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.check import assert_says, spoil
from helpers.paths import SAMPLES
from helpers.space import SPACES
from hubpress.check.folder import check_folder
from hubpress.cli.main import main
from hubpress.layout import CARD, EVALUATION, ONNX, QUANTIZED, SPACE
from hubpress.manifest import Manifest
from hubpress.recipe.load import load_recipe
from hubpress.schemas.answers import Answer, WidgetAnswer
from hubpress.schemas.evaluation import Evaluation
from hubpress.schemas.space import UNPUBLISHED, Limits, SpaceSettings
from hubpress.space.build import build_space

FAULTS = sorted((SAMPLES / "check_space" / "faults").glob("*.yaml"))
REVISION = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40


def built(folder: Path, model: str = "conference-titles", *, revision: str = REVISION, onnx: str = ONNX) -> Path:
    """Return the Space of a model whose evaluation has two examples."""
    evaluation = Evaluation.load(SAMPLES / "check" / "good" / EVALUATION)
    assert evaluation.onnx
    facts = evaluation.onnx.model_copy(update={"used": onnx, "widget": (Answer(output=()),) * 2})
    widget = tuple(WidgetAnswer(text=f"An example {number}", example_title="One", output=()) for number in range(2))
    evaluation.model_copy(update={"widget": widget, "onnx": facts}).save(folder / "repo" / EVALUATION)
    recipe = load_recipe(model, sample=True, overrides=["space.emoji=🔎"])
    build_space(recipe, folder / "repo", folder / "space", repo_id=f"acme/{model}", revision=revision)
    return folder / "space"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Space of conference-titles that nobody changes."""
    return built(tmp_path_factory.mktemp("made"))


@pytest.fixture
def space(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "space"))


@pytest.mark.parametrize("onnx", [ONNX, QUANTIZED])
@pytest.mark.parametrize("model", ["conference-titles", "scierc-entities"])
def test_good_space(tmp_path: Path, model: str, onnx: str) -> None:
    """A Space has no problems as it was built, with its manifest and its model's commit or without."""
    folder = built(tmp_path, model, onnx=onnx)
    assert check_folder(folder) == []
    assert check_folder(folder, manifest=Manifest.of_folder(folder), revision=REVISION) == []


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_fault(space: Path, path: Path) -> None:
    """Each sample fault gives the sentences that its file expects, at their lines, and nothing else."""
    fault = yaml.safe_load(path.read_text(encoding="utf-8"))
    spoil(space, fault["edits"])
    assert_says(check_folder(space), fault["says"])


@pytest.mark.parametrize("emoji", ["🔎", "✈️", "⚗", "👩‍🔬", "🏳️‍🌈", "🇪🇺", "👍🏽", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🧪", "©️"])
def test_one_emoji(space: Path, emoji: str) -> None:
    """An emoji may be of several characters: joined ones, flags, keys, skin colours."""
    spoil(space, [{"file": CARD, "replace": "🔎", "by": emoji}])
    assert check_folder(space) == []


@pytest.mark.parametrize("text", ["🔎🔎", "search", "🇪", "🔎 ", "a🔎", "1", "->", "\u200d", "🇪🇺🇪🇺"])
def test_not_one_emoji(space: Path, text: str) -> None:
    """Words, two emojis and halves of one are none."""
    spoil(space, [{"file": CARD, "replace": "🔎", "by": text}])
    assert_says(check_folder(space), ["README.md:3 | is not one emoji"])


def test_other_commit(space: Path) -> None:
    """Where the model's commit is known, both places that name one must name it."""
    wrong = ["README.md:22 | fetches the commit 0123456…", f"space.json | but the model to run is at {OTHER}"]
    assert_says(check_folder(space, revision=OTHER), wrong)
    spoil(space, [{"file": SPACE, "replace": REVISION, "by": OTHER}])
    assert_says(check_folder(space, revision=OTHER), wrong[:1])
    spoil(space, [{"file": CARD, "replace": f"model.onnx {REVISION}", "by": f"model.onnx {OTHER}"}])
    assert check_folder(space, revision=OTHER) == []


def test_unpublished_space(tmp_path: Path) -> None:
    """A Space built before its model is published is good when just that is asked, and cannot be published."""
    folder = built(tmp_path, revision=UNPUBLISHED)
    assert check_folder(folder, revision=UNPUBLISHED) == []
    assert_says(check_folder(folder), ["space.json | all zeros"])


def test_mark_of_a_new_model(space: Path) -> None:
    """No Space keeps a mark of what somebody is to fill in; that of a sample has plain words there."""
    spoil(space, [{"file": CARD, "replace": "\nTells which", "by": "\n<fill in: what it tells> which"}])
    assert_says(check_folder(space), ["README.md:30 | '<fill in: what it tells>' is a placeholder"])


def test_changed_since_its_manifest(space: Path) -> None:
    """A Space that changed after its manifest was written says which file did."""
    manifest = Manifest.of_folder(space)
    spoil(space, [{"file": "page.css", "text": "p {}\n"}])
    assert_says(check_folder(space, manifest=manifest), ["page.css | bytes, but the manifest kept beside"])


def test_space_is_recognised_by_either_file(space: Path) -> None:
    """A Space without its space.json, or without its card, is still checked as a Space."""
    (space / CARD).rename(space.parent / CARD)
    assert_says(check_folder(space), ["README.md | how to start the Space"])
    (space.parent / CARD).rename(space / CARD)
    (space / SPACE).unlink()
    assert_says(check_folder(space), ["space.json | the app reads it when it starts"])


def test_check_command(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`hubpress check FOLDER` knows a Space when it sees one."""
    assert main(["check", str(space)]) == 0
    spoil(space, [{"file": "requirements.txt", "replace": "numpy==", "by": "numpy>="}])
    assert main(["check", str(space)]) == 1
    assert "requirements.txt:6: 'numpy>=" in capsys.readouterr().err


def test_keys_are_those_that_the_app_reads() -> None:
    """The schema has what spaces/shared/settings.py takes from space.json, no less and no more."""
    tree = ast.parse((SPACES / "shared" / "settings.py").read_text(encoding="utf-8"))
    fields = {
        node.name: tuple(part.target.id for part in node.body if isinstance(part, ast.AnnAssign))  # type: ignore[union-attr]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
    assert sorted(fields["Settings"]) == sorted(SpaceSettings.model_fields)
    assert sorted(fields["Limits"]) == sorted(Limits.model_fields)


ODD_VALUES: tuple[Any, ...] = (None, True, 0, -1, 10**400, "", "x", "https://[", [], {}, [None], [[]], {"a": None})


@pytest.mark.parametrize("seed", range(3))
def test_odd_values_never_raise(space: Path, seed: int) -> None:
    """Whatever stands in the front matter or in space.json, the answer is a list of problems."""
    chance = random.Random(seed)
    _, block, body = (space / CARD).read_text(encoding="utf-8").split("---\n", 2)
    settings = (space / SPACE).read_text(encoding="utf-8")
    for _ in range(15):
        fields, document = yaml.safe_load(block), json.loads(settings)
        fields[chance.choice(list(fields))] = chance.choice(ODD_VALUES)
        fields[chance.choice([3, "x", "Title"])] = chance.choice(ODD_VALUES)
        inner = chance.choice([document, document["limits"], document["examples"][0]])
        inner[chance.choice(list(inner))] = chance.choice(ODD_VALUES)
        (space / CARD).write_text(f"---\n{yaml.safe_dump(fields)}---\n{body}", encoding="utf-8")
        (space / SPACE).write_text(json.dumps(document), encoding="utf-8")
        for problem in check_folder(space):
            str(problem).encode()


@pytest.mark.parametrize("seed", range(2))
def test_torn_files_never_raise(space: Path, seed: int) -> None:
    """Whatever bytes a file of a Space holds, the answer is a list of problems."""
    chance = random.Random(seed)
    originals = {path: path.read_bytes() for path in sorted(space.iterdir())}
    for _ in range(10):
        for path, original in originals.items():
            start = chance.randrange(len(original))
            content = original[:start] + chance.randbytes(chance.randrange(8)) + original[start + 4 :]
            path.write_bytes(content[: chance.choice((None, start))])
        for problem in check_folder(space):
            str(problem).encode()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static Space that carries its runtime, as it is built."""
    from helpers.static_space import MODULES, needs_transformers_js

    if needs_transformers_js.args[0]:
        pytest.skip(needs_transformers_js.kwargs["reason"])
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(SAMPLES / "card" / "conference-titles", folder / "repo")
    overrides = ["space.sdk=static", "space.vendor=true"]
    recipe = load_recipe("conference-titles", sample=True, overrides=overrides)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUBPRESS_NODE_MODULES", str(MODULES))
        build_space(recipe, folder / "repo", folder / "space", repo_id="acme/titles", revision="1" * 40)
    return folder / "space"


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("README.md", "sdk: static", "sdk: static", ""),
        ("README.md", "sdk: static", "sdk: gradio", "this is a page alone. Write `static`."),
        ("README.md", "app_file: index.html", "app_file: other.html", "'other.html' is not in the folder"),
        ("vendor/ort-wasm-simd-threaded.mjs", "", " ", "is not the file whose hash page.json has"),
        ("page.json", "vendor/transformers.min.js", "vendor/missing.js", "vendor/missing.js: It is missing"),
        ("page.json", '"fields"', '"felder"', "`reads.fields` is missing, and without it the page does not start"),
    ],
)
def test_a_static_space(page: Path, file: str, before: str, after: str, said: str, tmp_path: Path) -> None:
    """As it is built it is fine; what would keep it from running is said."""
    folder = Path(shutil.copytree(page, tmp_path / "space"))
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    changed = text.replace(before, after) if before else text + after
    (folder / file).write_text(changed, encoding="utf-8")
    problems = [str(problem) for problem in check_folder(folder) if "manifest.json" not in str(problem)]
    assert any(said in problem for problem in problems) if said else not problems, problems
