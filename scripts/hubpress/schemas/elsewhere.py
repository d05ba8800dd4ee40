"""What is kept of a training that other processes do: the order, why it failed, and the job that it was given to."""

from __future__ import annotations

from pydantic import JsonValue

from hubpress.errors import HubpressError
from hubpress.schemas.document import Document


class TrainingOrder(Document):
    """order.json: all that a training needs besides the prepared records."""

    recipe: dict[str, JsonValue]
    """The recipe with everything that was laid over it, without its defaults."""
    processes: int | None = None
    """How many processes train together; None for one a GPU."""
    threads: int | None = None
    quiet: bool = False


class TrainingFailure(Document):
    """failure.json: the error that ended it, as it is told to a person."""

    what: str
    where: str | None = None
    hint: str | None = None

    @classmethod
    def of(cls, error: HubpressError) -> TrainingFailure:
        """Return what is kept of an error."""
        return cls(what=error.what or str(error), where=error.where, hint=error.hint)

    def error(self) -> HubpressError:
        """Return the error, to be raised where the training was asked for."""
        return HubpressError(self.what, where=self.where, hint=self.hint)


class LaunchedTraining(Document):
    """launched.json: which job trains, so that the same command waits for it again and starts no second one."""

    launcher: str
    job: str
    key: str
    """A digest of what it trains."""
    account: str | None = None
    """The account that it runs under."""
    folder: str | None = None
    """The folder of its parcel, and of what it leaves."""
