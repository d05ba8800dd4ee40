"""A process that answers chunks of rows: ``python -m hubpress.score.worker SOCKET NUMBER``, started by the crew.

It is told once which model, and then given chunks until the socket closes.
"""

from __future__ import annotations

import socket
import sys
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from hubpress.errors import HubpressError, first_line
from hubpress.score.rows import Answered, BadRow, Chunk, Orders

if TYPE_CHECKING:
    from hubpress.score.answers import Entities, Labels, Numbers


def main(address: str, number: int) -> None:
    """Answer until nobody asks any more; *number* is what the crew knows this worker by."""
    from hubpress.environment import settle_environment

    settle_environment()
    channel = socket.socket(socket.AF_UNIX)
    channel.connect(address)
    with Connection(channel.detach()) as crew:
        crew.send(number)
        try:
            orders: Orders = crew.recv()
            answer = loaded(orders)
            crew.send(None)
            while True:
                crew.send(answered(crew.recv(), orders, answer))
        except (EOFError, ConnectionError):
            return
        except HubpressError as error:
            crew.send(error.what if error.where is None else f"{error.where}: {error.what}")
        except Exception as error:  # noqa: BLE001 - it is said where it is heard, whatever it is
            crew.send(f"{type(error).__name__}: {first_line(error)}")


def loaded(orders: Orders) -> Labels | Numbers | Entities:
    """Return the model. Raises HubpressError where it cannot be loaded."""
    from hubpress.score import answers

    kinds: dict[str, type[Labels | Numbers | Entities]] = {
        "labels": answers.Labels,
        "numbers": answers.Numbers,
        "entities": answers.Entities,
    }
    return kinds[orders.kind](orders.folder, orders.weights)


def answered(chunk: Chunk, orders: Orders, answer: Labels | Numbers | Entities) -> Answered:
    """Return what a model says to the rows of a chunk; those that it cannot read are bad ones."""
    from hubpress.content import pipeline_module

    input_texts = pipeline_module("record_text").input_texts
    started = time.process_time()
    rows, texts, bad = [], [], []
    for row in chunk.rows:
        try:
            texts.append(input_texts(orders.template, orders.text_pair, row.values))
        except ValueError as error:
            bad.append(BadRow(row.number, str(error)))
        else:
            rows.append((row.number, row.id))
    columns = answer(texts) if texts else {}
    return Answered(rows, columns, bad, time.process_time() - started)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
