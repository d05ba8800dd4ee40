"""The classification Space, run where torch and transformers cannot be imported: answers, batches, bad files, load."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from huggingface_hub import HfApi

from helpers.pipeline import AREAS, SUBJECTS, TEMPLATE, custom, save_model, texts
from helpers.processes import SECONDS
from helpers.space import INT8, Served, assemble_space, export_onnx, served, space_settings
from hubpress.inference.onnx import computing_by
from hubpress.recipe.kinds import CUSTOM_PIPELINES
from hubpress.rehearsal.server import running
from hubpress.rehearsal.store import Store

# One worker: each would serve the Spaces for itself.
pytestmark = pytest.mark.xdist_group("space-classification")

KIND = "text-classification"
FLOORS = [0.5 + (number % 10) / 25 for number in range(len(SUBJECTS))]
RECORDS: list[Any] = [
    {"title": "Streaming search", "container_title": "Data", "abstract": "An index of the web. " * 60},
    {"title": "Query cache"},
    "wireless amplifier circuits, given as a text",
    {"title": "<script>alert(1)</script> rendering", "abstract": "  tabs\tand\n lines, é, 🎉 "},
]
BATCH = 'text,label,id\nquery cache,A,1\n,B,2\n"streaming, data",C,3\n'


@dataclass(frozen=True)
class Space:
    """A Space that runs, its model, and a client of it."""

    at: Served
    model: Path
    client: Client

    def batch(self, file: Path | None = None, lines: str | None = None) -> tuple[dict[str, Any], list[list[str]]]:
        """Return the summary of a batch, and its whole results."""
        given = None if file is None else handle_file(str(file))
        summary, results = self.client.predict(given, lines, api_name="/batch")
        with Path(results).open(encoding="utf-8", newline="") as stream:
            return summary, list(csv.reader(stream))


@pytest.fixture(scope="module")
def subjects(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    """Many labels with a threshold each, parents, records of three fields; fp32."""
    folder = tmp_path_factory.mktemp("subjects")
    model = save_model(
        folder / "model",
        tiny_base,
        SUBJECTS,
        CUSTOM_PIPELINES["multi-label"].files,
        problem_type="multi_label_classification",
        decision={"rule": "threshold", "threshold": FLOORS},
        parents=AREAS,
        input_template=TEMPLATE,
        custom_pipelines=custom("multi-label-threshold", CUSTOM_PIPELINES["multi-label"].impl),
    )
    export_onnx(model, KIND)
    limits = {"rows": 10_000, "file_mb": 2, "characters": 20_000}
    space = assemble_space(folder / "space", space_settings(KIND, limits=limits))
    with served(space, model) as at:
        yield Space(at, model, Client(at.url, verbose=False, download_files=str(folder / "downloads")))


@pytest.fixture(scope="module")
def interest(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    """Two labels and one threshold, one field; int8."""
    folder = tmp_path_factory.mktemp("interest")
    model = save_model(
        folder / "model",
        tiny_base,
        ("not interesting", "interesting"),
        CUSTOM_PIPELINES["binary"].files,
        problem_type="single_label_classification",
        decision={"rule": "threshold", "threshold": 0.31, "positive": "interesting"},
        input_template="{{ abstract }}",
        custom_pipelines=custom("binary-threshold", CUSTOM_PIPELINES["binary"].impl),
    )
    export_onnx(model, KIND)
    space = assemble_space(folder / "space", space_settings(KIND, onnx=INT8))
    with served(space, model) as at:
        yield Space(at, model, Client(at.url, verbose=False, download_files=str(folder / "downloads")))


def remote_code(model: Path) -> Any:
    """Return the pipeline that the model's card promises."""
    from transformers import pipeline

    return pipeline(model=str(model), trust_remote_code=True)


def test_answers_are_those_of_the_remote_code(subjects: Space) -> None:
    """Labels, scores and parents of /classify equal the pipeline's, for records and texts."""
    pipe = remote_code(subjects.model)
    for given in RECORDS:
        found = subjects.client.predict(given, api_name="/classify")
        expected = pipe(given, parents=True)
        assert [entry["label"] for entry in found["answer"]] == [entry["label"] for entry in expected["labels"]]
        for name, entries in (("answer", expected["labels"]), ("parents", expected["parents"])):
            assert [entry["score"] for entry in found[name]] == pytest.approx(
                [entry["score"] for entry in entries], abs=1e-5
            )
        best = pipe(given, top_k=10)
        assert [entry["label"] for entry in found["scores"]] == [entry["label"] for entry in best]
    assert subjects.client.predict(RECORDS[0], api_name="/classify")["cut"] is True


def test_a_binary_model_answers_by_its_threshold(interest: Space) -> None:
    """The answer has the remote code's form, and its scores are the int8 file's, which differ a little.

    On every processor: how far they may be on one text depends on it, and on a random model it is much.
    """
    pipe, differences = remote_code(interest.model), []
    with computing_by(pipe, interest.model / INT8):
        by_file = [pipe(text)["score"] for text in texts(8)]
    for text, score in zip(texts(8), by_file, strict=True):
        answer = interest.client.predict(text, api_name="/classify")["answer"][0]
        expected = pipe(text)
        assert answer.keys() == expected.keys() and answer["threshold"] == expected["threshold"] == 0.31
        assert answer["score"] == pytest.approx(score, abs=1e-5)
        assert answer["label"] == ("interesting" if answer["score"] >= 0.31 else "not interesting")
        differences.append(abs(answer["score"] - expected["score"]))
    assert sum(differences) / len(differences) < 0.1


def test_curl_needs_two_lines_and_no_client(subjects: Space) -> None:
    """The command that the page shows runs as it is and prints the answer."""
    code = "import sys; from api_tab import snippets; print(snippets('acme/tiny', *sys.argv[1:], 'query')[1])"
    space = subjects.model.parent / "space"
    made = subprocess.run(
        [sys.executable, "-c", code, subjects.at.url, "classify"],
        cwd=space,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    ran = subprocess.run(["bash", "-c", made.stdout], capture_output=True, text=True, check=True, timeout=SECONDS)
    assert "event: complete" in ran.stdout and '"answer"' in ran.stdout


def test_a_batch_answers_as_single_texts_do(interest: Space, tmp_path: Path) -> None:
    """Int8 scores depend on a batch: here each text is alone. Columns stay, names do not collide, gaps are noted."""
    file = tmp_path / "inputs.csv"
    file.write_text("\ufeff" + BATCH, encoding="utf-8")
    summary, rows = interest.batch(file)
    assert rows[0] == ["row", "text", "label", "id", "model_label", "score", "note"]
    assert summary["rows"] == summary["lines"] == 3 and summary["columns"] == rows[0] and summary["preview"] == rows[1:]
    alone = interest.at.call("classify", "streaming, data")["answer"][0]
    assert rows[3] == ["3", "streaming, data", "C", "3", alone["label"], f"{alone['score']:.6f}", ""]
    assert rows[2][4:6] == ["", ""] and "empty" in rows[2][6]


def test_batches_take_records_as_csv_jsonl_and_lines(subjects: Space, tmp_path: Path) -> None:
    """The same records give the same answers in every form; a semicolon will do for a comma."""
    records: list[dict[str, str | None]] = [
        {"title": "Query cache", "abstract": "streaming"},
        {"title": "Wireless", "abstract": None},
    ]
    jsonl, table = tmp_path / "a.jsonl", tmp_path / "a.csv"
    lines = "\n".join(json.dumps({"id": number, **record}) for number, record in enumerate(records))
    jsonl.write_text(lines + "\n\n", encoding="utf-8")
    table.write_text("title;abstract\nQuery cache;streaming\nWireless;\n", encoding="utf-8")
    found = [subjects.batch(jsonl), subjects.batch(table), subjects.batch(lines=lines)]
    answers = [[row[rows[0].index("labels") :] for row in rows[1:]] for _, rows in found]
    assert answers[0] == answers[1] == answers[2] and len(answers[0]) == 2 and answers[0][0][0]
    assert found[0][1][0] == ["row", "id", "title", "abstract", "labels", "scores", "parents", "note"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("binary.csv", b"\x89PNG\r\n\x00\x01\x02" * 50, "binary file"),
        ("latin-1.csv", "title\ncaf\u00e9\n".encode("latin-1"), "no text in UTF-8"),
        ("utf-16.csv", "title\nabc\n".encode("utf-16"), "binary file or not in UTF-8"),
        ("other-columns.csv", b"id,name\n1,a\n", "no column 'title' or 'container_title' or 'abstract' or 'text'"),
        ("no-header.csv", b"A first title\nA second\n", "first line, which has to name the columns, is: A first title"),
        ("column-twice.csv", b"title,title\na,b\n", "two columns named 'title'"),
        ("header-only.csv", b"title,abstract\n", "has no rows"),
        ("empty.csv", b"", "is empty"),
        ("extra-cell.csv", b"title,abstract\na,b\nc,d,e\n", "line 3: there are 3 values for 2 columns"),
        ("open-quote.csv", b'title,abstract\na,b\n"c,d\n', "line 3: this is not CSV"),
        ("long-cell.csv", b"title\n" + b"a" * 20_001 + b"\n", "this is not CSV (field larger than field limit"),
        ("many-rows.csv", b"title\n" + b"a\n" * 10_001, "more than 10,000 rows"),
        ("broken.jsonl", b'{"title": "a"}\n{"title": \n', "line 2: this is not JSON"),
        ("number.jsonl", b'{"title": "a"}\n3\n', "line 2: this is neither a text nor an object with 'title'"),
        ("deep.jsonl", b"[" * 100_000 + b"\n", "line 1: this JSON cannot be read"),
        ("other-keys.jsonl", b'{"name": "a"}\n', "line 1: this is neither"),
        ("long-text.jsonl", json.dumps({"title": "a" * 20_001}).encode(), "20,001 characters; the limit is 20,000"),
        ("book.xlsx", b"PK\x03\x04", "not a file of a kind that is read here: .csv"),
    ],
)  # fmt: skip
def test_a_bad_file_gets_one_clear_sentence(
    subjects: Space, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    """The sentence names the file, the place and what to do; nothing is answered."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(AppError) as raised:
        subjects.batch(file)
    assert told in str(raised.value) and name in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "the text is empty"),
        ({}, "the record is empty"),
        (None, "it is None, neither a text nor a record"),
        ({"titel": "a"}, "unknown field 'titel'"),
        ("a" * 20_001, "The text has 20,001 characters; the limit is 20,000."),
        (["a"], "it is of type list"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(subjects: Space, given: Any, told: str) -> None:
    """/classify answers with an error, not with the scores of nothing."""
    with pytest.raises(RuntimeError, match=told.replace(".", r"\.")):
        subjects.at.call("classify", given)


def test_a_huge_upload_is_refused_before_it_is_read(subjects: Space) -> None:
    """Neither disk nor memory takes what is over the limit, be it a file or the JSON of a call."""
    before = psutil.Process(subjects.at.pid).memory_info().rss
    for path, kind in (("upload", "multipart/form-data; boundary=x"), ("call/classify", "application/json")):
        headers = {"Content-Type": kind, "Content-Length": str(1 << 30)}
        request = urllib.request.Request(f"{subjects.at.url}/gradio_api/{path}", b"x", headers)
        with pytest.raises(urllib.error.HTTPError, match="413"):
            urllib.request.urlopen(request, timeout=SECONDS)
    assert psutil.Process(subjects.at.pid).memory_info().rss - before < 20e6


def test_two_hundred_requests_at_once(interest: Space) -> None:
    """All are answered, the same as alone, and memory stays below what a free Space has many times over."""
    asked = texts(20)
    alone = [interest.at.call("classify", text)["answer"] for text in asked]
    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(lambda number: interest.at.call("classify", asked[number % 20])["answer"], range(200)))
    assert found == [alone[number % 20] for number in range(200)]
    assert psutil.Process(interest.at.pid).memory_info().rss < 600e6


def test_only_the_named_endpoints_are_open(subjects: Space) -> None:
    """What the page uses for itself is no promise to anybody."""
    assert set(subjects.client.view_api(return_format="dict")["named_endpoints"]) == {"/classify", "/batch"}


@pytest.mark.slow
def test_the_model_comes_from_its_repository_at_its_commit(
    subjects: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later commit changes nothing, and only the four files are fetched."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    store = Store(tmp_path / "store")
    with running(tmp_path / "store", port=0) as url:
        api = HfApi(endpoint=url, token=store.write_token)
        api.create_repo("rehearsal/tiny")
        commit = api.upload_folder(repo_id="rehearsal/tiny", folder_path=subjects.model)
        api.upload_file(path_or_fileobj=b"{}", path_in_repo="config.json", repo_id="rehearsal/tiny")
        settings = space_settings(KIND, model="rehearsal/tiny", revision=commit.oid)
        space = assemble_space(tmp_path / "space", settings)
        home = tmp_path / "home"
        with served(space, None, HF_ENDPOINT=url, HF_HUB_DISABLE_XET="1", HF_HOME=str(home)) as at:
            assert at.call("classify", "query")["answer"] == subjects.at.call("classify", "query")["answer"]
        fetched = {path.name for path in home.glob("hub/models--rehearsal--tiny/snapshots/*/**/*") if path.is_file()}
        assert fetched == {"config.json", "tokenizer.json", "tokenizer_config.json", "model.onnx"}


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(interest: Space, tmp_path: Path) -> None:
    """10,000 rows need no more memory than 1,000 did, and every one has its line in the results."""
    process, peaks = psutil.Process(interest.at.pid), []
    for count in (1_000, 10_000):
        file = tmp_path / f"{count}.csv"
        words = "streaming query cache data " * 10
        file.write_text("id,text\n" + "".join(f"{n},{words}{n}\n" for n in range(count)), encoding="utf-8")
        job = interest.client.submit(handle_file(str(file)), None, api_name="/batch")
        peak = 0
        while not job.done():
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.02)
        peaks.append(peak)
        summary, results = job.result()
        assert summary["rows"] == count and len(summary["preview"]) == 100
        with Path(results).open(encoding="utf-8", newline="") as stream:
            assert sum(1 for _ in csv.reader(stream)) == count + 1
    assert peaks[1] - peaks[0] < 15e6, peaks
