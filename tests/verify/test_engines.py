"""Other engines, asked for a model's answers by their documented protocols; what is not theirs is one sentence."""

from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path

import pytest

from helpers.card import CARDS
from helpers.engines import StandIn, answering
from helpers.processes import SECONDS, Command
from hubpress.errors import UsageError
from hubpress.verify.engines.by_http import NoAnswer, Question, ask
from hubpress.verify.engines.chosen import chosen_engines

LABELS = ("red", "green", "blue")
TEXTS = ("a rose", "a very long text about leaves", "sky", "", "sea", "a meadow", "the sun", "night", "a barn", "clay")


def logits(given: object) -> list[float]:
    """Raw scores that depend on the text, over and below zero."""
    return [math.sin(len(str(given)) * number) * 3 for number in (1, 2, 5)]


def sigmoid(raw: float) -> float:
    return 1 / (1 + math.exp(-raw))


def question(problem_type: str, inputs: tuple[object, ...] = TEXTS) -> Question:
    return Question("acme/tiny", "a" * 40, LABELS, problem_type, inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tei", "vllm", "infinity"])
def test_labels_that_do_not_exclude_one_another_get_a_sigmoid_each(name: str) -> None:
    """In the order of the inputs, for more of them than fit into one request."""
    with answering(StandIn(LABELS, logits)) as address:
        found = ask(name, address, question("multi_label_classification"))
    for text, scores in zip(TEXTS, found.answers, strict=True):
        assert scores == pytest.approx(dict(zip(LABELS, map(sigmoid, logits(text)), strict=True)), abs=1e-9)


@pytest.mark.parametrize("name", ["tei", "vllm"])
def test_labels_that_do_get_a_softmax_and_numbers_nothing(name: str) -> None:
    """The activation is ours, by the model's loss."""
    with answering(StandIn(LABELS, logits)) as address:
        shares = ask(name, address, question("single_label_classification")).answers
        numbers = ask(name, address, question("regression")).answers
    assert all(sum(scores.values()) == pytest.approx(1) for scores in shares)
    assert list(numbers[0].values()) == pytest.approx(logits(TEXTS[0]))


def test_tei_reads_pairs_and_tells_its_commit_and_precision() -> None:
    """Another commit than the one that is proved is told, and half precision."""
    engine = StandIn(LABELS, logits, sha="b" * 40, dtype="float16")
    with answering(engine) as address:
        pair = {"text": "one", "text_pair": "two"}
        found = ask("tei", address, question("single_label_classification", (pair,)))
    assert engine.requests[-1][2]["inputs"] == [["one", "two"]]
    assert found.half_precision and found.other_commit == "b" * 40 and "bbbbbbb in float16" in found.serves


def test_no_token_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither that of the Hub nor a login of this machine goes to an engine, nor does a redirect lead on."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    for name, value in {"HF_TOKEN": "hf_secret", "NETRC": str(tmp_path / ".netrc"), "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    engine = StandIn(LABELS, logits)
    with answering(engine) as address:
        ask("tei", address, question("regression"))
        engine.changes["/info"] = 307
        with pytest.raises(NoAnswer, match=r"/info of .* answers 307"):
            ask("tei", address, question("regression"))
    sent = [f"{headers}{body}" for _, headers, body in engine.requests]
    assert not any(word in one for one in sent for word in ("hf_secret", "hunter2", "uthorization", "ookie"))


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        (StandIn(LABELS, logits, changes={"/info": "<html>a page</html>"}), "does not answer as tei does"),
        (StandIn(LABELS, logits, changes={"/info": '{"data": []}'}), "does not answer as tei does"),
        (StandIn(LABELS, logits, changes={"/predict": "[[[1]]]"}), "does not answer as tei does"),
        (StandIn(LABELS, logits, changes={"/predict": "[]"}), "it gives 0 answers to 10 inputs"),
        (StandIn(LABELS, logits, changes={"/predict": 424}), r"/predict of .* answers 424"),
        (StandIn(("red", "green", "pink"), logits), "its labels are not those of acme/tiny"),
        (StandIn(LABELS, logits, delay=0.6), "does not answer in time"),
    ],
)
def test_what_is_not_that_engine_is_one_sentence(engine: StandIn, words: str) -> None:
    """A page, another form, too few answers, a refusal, another model, and silence."""
    with answering(engine) as address, pytest.raises(NoAnswer, match=words) as told:
        ask("tei", address, question("regression"), seconds=0.3)
    assert "\n" not in str(told.value)


def test_a_server_of_several_models_needs_ours() -> None:
    """The repository's name is taken among many; without it there is none to ask."""
    models = '{"data": [{"id": "other/one"}, {"id": "%s"}]}'
    engine = StandIn(LABELS, logits, changes={"/v1/models": models % "acme/tiny"})
    with answering(engine) as address:
        assert ask("vllm", address, question("regression")).serves == "acme/tiny"
        engine.changes["/v1/models"] = models % "other/two"
        with pytest.raises(NoAnswer, match="it serves other/one, other/two, and none is acme/tiny"):
            ask("vllm", address, question("regression"))


def test_nothing_that_answers_is_one_sentence() -> None:
    """A port where nobody listens."""
    with pytest.raises(NoAnswer, match=r"^nothing answers as vllm at http://127\.0\.0\.1:1"):
        ask("vllm", "http://127.0.0.1:1", question("regression"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("onnx", "'onnx' is no engine that hubpress asks"),
        ("onnxruntime,", "'' is no engine"),
        ("tei", "tei is asked by HTTP, and no address is given"),
        ("vllm=", "nothing stands behind vllm="),
        ("tei=ftp://127.0.0.1", "begins with neither http:// nor https://"),
        ("tei=127.0.0.1:8080", "begins with neither"),
        ("tei=http://", "names no host"),
        ("tei=http://me:hunter2@host", "a name or a password"),
        ("tei=http://host:99999", "port cannot be read"),
        ("tei=http://host?q=1", "more than a scheme"),
        ("onnxruntime=http://host", "takes nothing behind it"),
        ("infinity=/no/such/folder", "no such folder"),
        ("tei=http://a,tei=http://b", "names tei twice"),
    ],
)
def test_bad_words(words: str, said: str, hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence each, before anything is asked; a password is not repeated."""
    with pytest.raises(UsageError, match=re.escape(said)) as told:
        chosen_engines(words)
    assert "hunter2" not in str(told.value)


def test_the_command_reads_them_before_the_hub(
    hubpress: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown engine is told although the Hub cannot be reached; a Space has no answers to compare."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    ran = hubpress("verify", "some/tea", "some/coffee", "--engines", "tensorrt", "--build-dir", tmp_path)
    assert ran.code == 2 and ran.err.count("no engine that hubpress asks") == 1, ran.err
    ran = hubpress("verify", "spaces/some/tea", "--engines", "onnxruntime", "--build-dir", tmp_path)
    assert ran.code == 2 and "this is a Space" in ran.err


def test_the_calls_on_a_card_give_the_right_scores() -> None:
    """The card's own commands, as they stand but for the address: a sigmoid each, where TEI would give shares."""
    card = (CARDS / "asjc-subjects" / "README.md").read_text(encoding="utf-8")
    calls = [one for one in re.findall(r"```bash\n(.*?)```", card, re.DOTALL) if "127.0.0.1" in one]
    engine = StandIn(LABELS, logits, model="acme/asjc-subjects")
    with answering(engine) as address:
        said = [
            subprocess.run(
                ["bash", "-c", re.sub(r"http://127\.0\.0\.1:\d+", address, call)],
                capture_output=True, text=True, timeout=SECONDS, check=True,
            ).stdout
            for call in calls
        ]  # fmt: skip
    (tei, vllm, infinity), texts = said, [request[2] for request in engine.requests]
    [text] = {str(body.get("inputs") or body["input"]).strip("[]'") for body in texts}
    assert text.startswith("title={")
    lines = dict(line.rsplit(" ", 1) for line in tei.splitlines())
    scores = dict(zip(LABELS, map(sigmoid, logits(text)), strict=True))
    assert {label: float(score) for label, score in lines.items()} == pytest.approx(scores)
    assert str(logits(text)[0]) in vllm and all(label in infinity for label in LABELS)
