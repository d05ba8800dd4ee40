"""One family of errors: what is wrong, where, what to do next. Only the command line turns them into an exit code."""

from __future__ import annotations

from hubpress.tokens import without_tokens


class HubpressError(Exception):
    """A problem that is the user's to solve.

    ``str()`` gives one message: *where* first when it is known, then what is wrong, then what to do. *passes* says that
    nothing is wrong that could be mended: whoever was asked had no answer, and may have one for the same command later.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None, passes: bool = False) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        self.passes = passes
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.hint}" if self.hint else text


def first_line(error: BaseException) -> str:
    """Return the first line of what a library raised, without a token, at most 300 characters.

    Where it says nothing that is its kind.
    """
    # Before it is cut: of half a token nobody could tell what it is.
    line = without_tokens((str(error).strip().splitlines() or [type(error).__name__])[0])
    return line[:300]


def root_cause(error: BaseException) -> BaseException:
    """Return the error with which it began: libraries wrap what the system says."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


class UsageError(HubpressError):
    """The words of the command do not fit: an unknown model, an option without a value."""

    exit_code = 2


class RecipeError(HubpressError):
    """A recipe that cannot be used; holds every problem found, one a line."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class PackageMissing(HubpressError):
    """A package that an extra of hubpress brings is not installed."""


class DataError(HubpressError):
    """Records that cannot be read, labelled or split as the recipe says."""


class HubError(HubpressError):
    """The Hub refused, or could not be reached."""


class MovedOn(HubError):
    """Somebody else committed meanwhile; nothing of theirs was overwritten."""


class CheckFailed(HubpressError):
    """A staged folder has problems; they have been printed one a line."""


class VerifyFailed(HubpressError):
    """A published revision does not do what its card says."""
