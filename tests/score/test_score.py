"""`hubpress score` from files to answers: every format, what is answered again and what is not, and every death."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pyarrow as pa
import pytest
from pyarrow import parquet
from transformers import pipeline

from helpers.pipeline import texts
from helpers.processes import Command, unmeasured, until
from hubpress.hub.client import Hub
from hubpress.hub.ids import RepoId
from hubpress.hub.ownership import Foreign
from hubpress.layout import WEIGHTS
from hubpress.manifest import Manifest
from hubpress.rehearsal.store import Store
from hubpress.schemas.scoring import ScoredPart
from hubpress.score.crew import Crew
from hubpress.score.rows import Answered, Chunk, Orders, Row
from score.conftest import answers_in, bad_rows_in, write

pytestmark = pytest.mark.slow
FILES = ("a.parquet", "b.csv.gz", "c.jsonl")


def records(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Return records with ids from *start* on."""
    titles = texts(count)
    return [
        {"id": start + place, "title": title, "container_title": "Web data", "abstract": titles[-place]}
        for place, title in enumerate(titles)
    ]


def scored(run: Command, model: Path, folder: Path, *words: str) -> dict[str, Any]:
    """Score the files of a folder with two workers, and return what the command says."""
    fixed = ["--input", folder / "*.*", "--output", folder / "out", "--workers", "2", "--rows-per-part", "40"]
    ran = run("score", model, *fixed, "--quiet", "--json", *words)
    assert ran.code == 0, ran.err
    said: dict[str, Any] = json.loads(ran.out)
    return said


def written(folder: Path) -> dict[str, int]:
    """Return when each part of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}


def test_files_of_all_formats_are_answered_once(hubpress: Command, subjects: Path, tmp_path: Path) -> None:
    """As the published pipeline answers; then nothing is answered again but what has changed."""
    for place, name in enumerate(FILES):
        write(tmp_path / name, records(90, 1000 * place))
    said, out = scored(hubpress, subjects, tmp_path), tmp_path / "out"
    assert [said[name] for name in ("answered", "bad", "parts", "kept", "stale")] == [270, 0, 9, 0, 0]
    rows = answers_in(out)
    assert Counter(row["id"] for row in rows) == Counter(
        str(1000 * file + row) for file in range(3) for row in range(90)
    )
    classify = pipeline(model=str(subjects), trust_remote_code=True, device="cpu")
    given = {str(one["id"]): {k: v for k, v in one.items() if k != "id"} for one in records(90, 1000)}
    for expected, found in zip(
        classify(list(given.values()), parents=True), [row for row in rows if row["id"] in given], strict=True
    ):
        assert found["labels"] == [entry["label"] for entry in expected["labels"]]
        assert [entry["label"] for entry in found["parents"]] == [entry["label"] for entry in expected["parents"]]
    first = written(out)
    assert scored(hubpress, subjects, tmp_path)["kept"] == 9
    assert written(out) == first
    write(tmp_path / FILES[1], records(95, 5000))
    said = scored(hubpress, subjects, tmp_path)
    assert [said[name] for name in ("answered", "parts", "kept", "stale")] == [275, 9, 6, 3]
    assert sum(written(out)[name] == moment for name, moment in first.items()) == 6
    assert len({row["id"] for row in answers_in(out)}) == 275
    (tmp_path / FILES[2]).unlink()
    ran = hubpress("score", subjects, "--input", tmp_path / "*.*", "--output", out, "--rows-per-part", "40", "--quiet")
    assert ran.code == 2
    assert f"out: holds answers of {tmp_path / FILES[2]}, which --input does not find." in ran.err


def test_a_file_is_one_by_whatever_name(
    hubpress: Command, subjects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By relative paths, patterns and links, and from another folder; so is what was answered before."""
    write(tmp_path / "in" / FILES[1], records(3))
    write(tmp_path / "in" / FILES[2], records(2, 3))
    (tmp_path / "linked").symlink_to(tmp_path / "in")
    (tmp_path / "in" / f"z-{FILES[2]}").symlink_to(tmp_path / "in" / FILES[2])
    fixed = ["score", subjects, "--output", tmp_path / "out", "--workers", "1", "--quiet", "--json"]
    monkeypatch.chdir(tmp_path / "in")
    names = [f"../in/./{FILES[1]}", f"../linked/{FILES[1]}", FILES[1], "*.*", "../in/../linked/*.jsonl"]
    ran = hubpress(*fixed, *(word for name in names for word in ("--input", name)))
    assert ran.code == 0, ran.err
    assert [int(row["id"]) for row in answers_in(tmp_path / "out")] == list(range(5))
    monkeypatch.chdir(tmp_path)
    ran = hubpress(*fixed, "--input", "linked/[bc]*")
    assert ran.code == 0, ran.err
    assert (json.loads(ran.out)["kept"], json.loads(ran.out)["parts"]) == (2, 2)


def test_ids_stay_the_numbers_that_they_are(hubpress: Command, subjects: Path, tmp_path: Path) -> None:
    """Also of 64 bits without a sign; as texts where a file has these, and a second negative ones."""
    ids = {"a": ("uint64", [2**63 + 1, 2]), "b": ("int64", [-5, 2**63 - 1])}
    for name, (kind, values) in ids.items():
        table = pa.Table.from_pylist(records(len(values))).set_column(0, "id", pa.array(values, type=kind))
        parquet.write_table(table, tmp_path / f"{name}.parquet")
    for names, expected in {
        "a": ids["a"][1],
        "ab": [str(one) for one in (*ids["a"][1], *ids["b"][1])],
    }.items():
        words = ["--input", tmp_path / f"[{names}].parquet", "--output", tmp_path / names, "--workers", "1", "--quiet"]
        ran = hubpress("score", subjects, *words)
        assert ran.code == 0, ran.err
        assert [row["id"] for row in answers_in(tmp_path / names)] == expected


def test_another_decision_answers_all_again(hubpress: Command, subjects: Path, tmp_path: Path) -> None:
    """Ids are whole numbers where parquet has them; answers of another model are refused."""
    model = shutil.copytree(subjects, tmp_path / "model")
    write(tmp_path / "in" / FILES[0], records(50))
    assert scored(hubpress, model, tmp_path / "in")["parts"] == 2
    before = answers_in(tmp_path / "in" / "out")
    assert [row["id"] for row in before] == list(range(50))
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    config["decision"] = {"rule": "top_k", "top_k": 2}
    (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
    said = scored(hubpress, model, tmp_path / "in")
    assert (said["kept"], said["stale"]) == (0, 2)
    after = answers_in(tmp_path / "in" / "out")
    assert {len(row["labels"]) for row in after} == {2}
    assert [row["id"] for row in after] == list(range(50))
    ran = hubpress("score", subjects, "--input", tmp_path / "in" / FILES[0], "--output", tmp_path / "in" / "out")
    assert ran.code == 2
    assert f"holds answers of {model}, not of {subjects}." in ran.err


def test_a_model_of_a_hub_answers_files_elsewhere(
    hubpress: Command, subjects: Path, url: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the commit of a tag, with none of its code downloaded; without ids, file and row stand for one."""
    repo, target = RepoId("rehearsal/subjects"), Hub(url, store.write_token)
    sha = target.push(subjects, Manifest.of_folder(subjects), repo, message="one", tag="v1.0.0").sha
    later = shutil.copytree(subjects, tmp_path / "later")
    (later / "config.json").write_text("{}", encoding="utf-8")
    target.push(later, Manifest.of_folder(later), repo, message="two", foreign=Foreign.TAKE_OVER)
    monkeypatch.setenv("HF_ENDPOINT", url)
    fields = {"title": "Streaming search", "container_title": "Web data", "abstract": "A cache"}
    fsspec.filesystem("memory").pipe("/works/a.jsonl", "\n".join([json.dumps(fields)] * 3).encode())
    words = ["--revision", "v1.0.0", "--input", "memory://works/*.jsonl", "--output", tmp_path / "out", "--quiet"]
    ran = hubpress("score", "rehearsal/subjects", *words)
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"3 records answered by rehearsal/subjects at {sha[:7]} in 1 part of ")
    rows = answers_in(tmp_path / "out")
    assert [(row["file"], row["row"]) for row in rows] == [("memory:///works/a.jsonl", number) for number in (1, 2, 3)]
    receipt = ScoredPart.load(tmp_path / "out" / "receipts" / "part-00000.json")
    assert (receipt.model.commit, receipt.model.decision.rule, receipt.answered) == (sha, "threshold", 3)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        ".lock", "part-00000.parquet", "receipts", "score.json",
    ]  # fmt: skip
    fsspec.filesystem("memory").pipe("/works/a.jsonl", b"not JSON\n" + json.dumps(fields).encode())
    ran = hubpress("score", "rehearsal/subjects", *words)
    assert (ran.code, len(answers_in(tmp_path / "out")), len(bad_rows_in(tmp_path / "out"))) == (1, 1, 1)
    ran = hubpress("score", "rehearsal/subjects", *words[2:])
    assert ran.code == 1
    assert "hubpress: rehearsal/subjects: its config.json lacks `id2label`" in ran.err
    ran = hubpress("score", "build/subjects", *words[2:])
    assert ran.code == 1
    assert "'build/subjects' is no folder here, and no model that the Hub gave: " in ran.err


def started(model: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a run that goes on for a while, and return when its first part is complete."""
    words = ["score", model, "--input", folder / "a.jsonl", "--output", folder / "out", "--rows-per-part", "200"]
    command = [sys.executable, "-m", "hubpress", *map(str, words), "--workers", "2", "--quiet"]
    process = subprocess.Popen(command, env=unmeasured(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until(lambda: process.poll() is not None or (folder / "out" / "receipts" / "part-00000.json").is_file())
    assert process.poll() is None
    return process


def workers_of(driver: int) -> list[int]:
    """Return the processes that answer for a run: what its keepers have started."""
    below = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            below[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return [one for one, parent in below.items() if below.get(parent) == driver]


def test_kills_lose_and_double_nothing(subjects: Path, tmp_path: Path) -> None:
    """A worker's rows are answered by a new one; a run that is killed leaves no worker, and goes on where it was."""
    write(tmp_path / "a.jsonl", records(3000))
    process = started(subjects, tmp_path)
    first, other = workers_of(process.pid)
    os.kill(first, signal.SIGKILL)
    [new] = until(lambda: set(workers_of(process.pid)) - {first, other})
    assert process.poll() is None
    process.kill()
    process.communicate()
    until(lambda: not any(Path(f"/proc/{one}").is_dir() for one in (first, other, new)))
    before = written(tmp_path / "out")
    assert len(answers_in(tmp_path / "out")) < 3000
    words = ["--input", tmp_path / "a.jsonl", "--output", tmp_path / "out", "--rows-per-part", "200", "--json"]
    command = [sys.executable, "-m", "hubpress", "score", subjects, *words, "--quiet"]
    ran = subprocess.run(list(map(str, command)), capture_output=True, check=True, env=unmeasured())
    assert json.loads(ran.stdout)["kept"] >= 1
    assert written(tmp_path / "out")[min(before)] == before[min(before)]
    assert Counter(row["id"] for row in answers_in(tmp_path / "out")) == Counter(map(str, range(3000)))
    assert bad_rows_in(tmp_path / "out") == []


def test_rows_of_which_three_workers_die_are_put_aside(subjects: Path) -> None:
    """What stands before and behind them is answered."""
    endless = (
        "{% for a in title %}{% for b in title %}{% for c in title %}{% endfor %}{% endfor %}{% endfor %}{{ title }}"
    )
    orders = Orders(subjects, WEIGHTS, "labels", endless, None)
    chunks = [
        Chunk(0, place, [Row(place, None, {"title": "Web" * length})]) for place, length in enumerate((1, 50_000, 1))
    ]
    found: list[tuple[Chunk, Answered]] = []
    with Crew(orders, 1) as crew:
        thread = Thread(target=lambda: found.extend(crew.answers([chunks])))
        thread.start()
        killed: set[int] = set()
        while len(killed) < 3:
            [group] = until(
                lambda: [one for one, chunk in crew.busy.items() if chunk is chunks[1] and one not in killed]
            )
            os.killpg(group, signal.SIGKILL)
            killed.add(group)
        thread.join()
    assert [len(answers.rows) for _, answers in found] == [1, 0, 1]
    assert set(found[0][1].columns) == {"labels", "scores", "parents"}
    [bad] = found[1][1].bad
    assert bad.reason == "3 workers died while they answered it and its neighbours (ended by signal 9)."
