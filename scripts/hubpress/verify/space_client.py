"""A running Space, asked as its users ask: by gradio_client."""

from __future__ import annotations

import csv
import io
import re
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx  # gradio_client's own

from hubpress.errors import HubpressError, VerifyFailed
from hubpress.inference.inputs import TEXTS
from hubpress.layout import APP
from hubpress.schemas.answers import Answer, EntitySpan, Example, LabelScore, WidgetAnswer
from hubpress.space.build import ENDPOINTS
from hubpress.verify.proof import WIDGET_TOLERANCE, compare

_SECONDS = 60
_BUSY = (502, 504)
_LONGEST = 200  # characters of what a Space says instead of an answer


@dataclass(frozen=True)
class SpaceAnswer:
    """What a Space answers to one example: as evaluation.json has it, and the labels or spans that it decides for."""

    answer: Answer
    decided: tuple[LabelScore, ...] | tuple[EntitySpan, ...]


class SpaceClient:
    """A running app's endpoints. *task* is the task of its settings; files are downloaded into a new folder."""

    def __init__(self, url: str, task: str, downloads: Path) -> None:
        from gradio_client import Client

        downloads.mkdir()
        self.endpoint = ENDPOINTS.get(task, "classify")
        """The name of the endpoint that answers one text."""
        self._folder = downloads
        # What it downloads itself goes through a folder that it leaves behind where temporary files are.
        self._client = Client(url, download_files=False, verbose=False)

    @property
    def has_tools(self) -> bool:
        """Whether the app offers its endpoints as tools of the Model Context Protocol."""
        return bool(self._client.config.get("mcp_server"))

    def asked(self, example: WidgetAnswer) -> str | dict[str, str]:
        """Return what the endpoint is given of an example."""
        return example.text if self.endpoint == "tag" else example.record or example.given

    def read(self, found: Any) -> SpaceAnswer:
        """Return what an endpoint answered; it raises whatever there is to be raised of another form."""
        return _ANSWERED.get(self.endpoint, _classified)(found)

    def answer(self, example: WidgetAnswer) -> SpaceAnswer:
        """Return the answer to an example of the widget.

        Raises VerifyFailed where there is none, as all methods raise HubpressError for an app that is too busy for one.
        """
        try:
            return self.read(self._client.predict(self.asked(example), api_name=f"/{self.endpoint}"))
        except Exception as error:
            text = f"/{self.endpoint} does not answer {example.example_title!r}: {error}"
            _raise_if_busy(error, text)
            raise VerifyFailed(text) from error

    def batch_differences(self, examples: Sequence[WidgetAnswer], answers: Sequence[SpaceAnswer]) -> list[str]:
        """Return what of a batch of all examples is not as their single answers are."""
        from gradio_client import handle_file

        file = self._folder / "examples.csv"
        file.write_text(csv_of(examples), encoding="utf-8", newline="")
        try:
            summary, answered = self._client.predict(handle_file(file), None, api_name="/batch")
            lines = list(csv.DictReader(io.StringIO(self._content_of(answered), newline="")))
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
            _raise_if_busy(error, f"/batch does not answer: {error}")
            return [f"it does not answer: {error}"]
        return self._differences_of(answers, summary, lines)

    def told_differences(self, answers: Sequence[SpaceAnswer], summary: Any, address: str) -> list[str]:
        """Return what of a batch, of which a tool told the summary and the address of its results, is not as the single
        *answers* are. It raises whatever there is to be raised of another form."""
        results = self._content_of({"url": address})
        return self._differences_of(answers, summary, list(csv.DictReader(io.StringIO(results, newline=""))))

    def _differences_of(
        self, answers: Sequence[SpaceAnswer], summary: Any, lines: Sequence[dict[str, str]]
    ) -> list[str]:
        differences = compare(len(answers), summary["rows"], "rows", 0)
        for number, answer in enumerate(answers, start=1):
            of_row = [line for line in lines if line["row"] == str(number)]
            found = self._of_batch(of_row, answer)
            differences += compare(answer.decided, found, f"row {number}", WIDGET_TOLERANCE)
        return differences

    def _of_batch(
        self, lines: Sequence[dict[str, str]], answer: SpaceAnswer
    ) -> Sequence[LabelScore] | Sequence[EntitySpan]:
        """Return what the lines of a text in a batch's results say."""
        if self.endpoint == "predict":
            return _numbers_of(lines, answer)
        return _spans_of(lines) if self.endpoint == "tag" else _labels_of(lines, answer)

    def _content_of(self, answered: Any) -> str:
        """Return the text of a file that the app answered with. Raises ValueError for what is none of its own."""
        address = str(answered["url"])
        if not address.startswith(self._client.src):
            raise ValueError(f"{address[:_LONGEST]} is no file of this app")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=_SECONDS) as file:
            return str(file.read().decode("utf-8"))

    def refusal_differences(self) -> list[str]:
        """Return what is wrong with how an empty text is refused."""
        try:
            found = self._client.predict(" ", api_name=f"/{self.endpoint}")
        except Exception as error:  # noqa: BLE001 - whatever a client raises, the Space does not do as it should
            said = str(error)
            _raise_if_busy(error, f"/{self.endpoint} does not answer an empty text: {said}")
            return [] if "cannot be read" in said else [f"it is refused with {said[:_LONGEST]!r}"]
        return [f"it is answered: {str(found)[:_LONGEST]}"]


def csv_of(examples: Sequence[Example]) -> str:
    """Return examples as a CSV file of their texts."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    is_pair = any(example.text_pair is not None for example in examples)
    writer.writerow(TEXTS if is_pair else TEXTS[:1])
    writer.writerows([example.text, example.text_pair] if is_pair else [example.text] for example in examples)
    return stream.getvalue()


def _raise_if_busy(error: BaseException, text: str) -> None:
    """Raise HubpressError for an app that had no time to answer, which says nothing of what it would have said."""
    from gradio_client.utils import QueueError  # what it makes of a 503

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _BUSY or isinstance(error, QueueError | httpx.TimeoutException | TimeoutError):
        raise HubpressError(text, where=APP, passes=True) from error


def _tagged(found: Any) -> SpaceAnswer:
    spans = tuple(EntitySpan.model_validate(entity) for entity in found["entities"])
    return SpaceAnswer(Answer(output=spans), spans)


def _classified(found: Any) -> SpaceAnswer:
    scores = tuple(LabelScore.model_validate(entry) for entry in found["scores"])
    decided = tuple(LabelScore(label=entry["label"], score=entry["score"]) for entry in found["answer"])
    return SpaceAnswer(Answer(output=scores, answer=tuple(entry.label for entry in decided)), decided)


def _numbered(found: Any) -> SpaceAnswer:
    numbers = tuple(LabelScore.model_validate(entry) for entry in found["answer"])
    return SpaceAnswer(Answer(output=numbers), numbers)


_ANSWERED = {"tag": _tagged, "predict": _numbered}


def _spans_of(lines: Sequence[dict[str, str]]) -> list[EntitySpan]:
    """Return the entities of a text from their lines in a batch's results."""
    return [
        EntitySpan(
            entity_group=line["type"],
            score=float(line["score"]),
            word=line["entity"],
            start=int(line["start"]),
            end=int(line["end"]),
        )
        for line in lines
        if line["entity"]
    ]


def _numbers_of(lines: Sequence[dict[str, str]], answer: SpaceAnswer) -> list[LabelScore]:
    """Return the numbers of a text from its line in a batch's results, of which each has a column."""
    names = [entry.label for entry in answer.decided if isinstance(entry, LabelScore)]
    # A column of the file that is called alike comes first, and the number's own gets another name.
    columns = {name: f"model_{name}" if f"model_{name}" in line else name for line in lines for name in names}
    return [LabelScore(label=name, score=float(line[columns[name]])) for line in lines for name in names]


def _labels_of(lines: Sequence[dict[str, str]], answer: SpaceAnswer) -> list[LabelScore]:
    """Return the labels and scores of a text from its line in a batch's results.

    Several stand in one cell, and labels may hold any character: the single answer's labels are taken off one by one.
    """
    expected = [entry.label for entry in answer.decided if isinstance(entry, LabelScore)]
    found = []
    for line in lines:
        rest, scores = line.get("labels", line.get("label", "")), line.get("scores", line.get("score", ""))
        for label, score in zip(expected, re.findall(r"[0-9.]+", scores), strict=False):
            if not rest.startswith(label):
                return [LabelScore(label=rest, score=float(score))]
            rest = re.sub(r"^(; | \| | ¦ |\n)", "", rest.removeprefix(label))
            found.append(LabelScore(label=label, score=float(score)))
        if rest:
            found.append(LabelScore(label=rest, score=0.0))
    return found
