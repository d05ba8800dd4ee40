"""The options that commands share, each written once, in the groups in which commands take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

import hubpress
from hubpress.errors import UsageError
from hubpress.text import quoted

if TYPE_CHECKING:
    from hubpress import Job, Recipe, Target
    from hubpress.hub.ownership import Foreign


def refuse_bad_words(argv: Sequence[str]) -> None:
    """Raise UsageError for words that no text can hold: bytes that are not UTF-8."""
    for word in argv:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            hint = "Type it in UTF-8; rename a file that has such a name."
            raise UsageError(f"{quoted(word)} holds bytes that are not UTF-8.", hint=hint)


def positive(value: str | int) -> int:
    """Return a whole number of at least 1. Raises typer.BadParameter for anything else."""
    return _whole_number(value, limits="of at least 1")


def port_number(value: str | int) -> int:
    """Return a port's number. Raises typer.BadParameter for anything else."""
    return _whole_number(value, limits="from 1 to 65535", most=65535)


def _whole_number(value: str | int, *, limits: str, most: int | None = None) -> int:
    text = str(value)
    # isdigit() alone also takes digits that int() refuses, such as a raised 2.
    if not (text.isascii() and text.isdigit()) or int(text) < 1 or (most and int(text) > most):
        raise typer.BadParameter(f"{text!r} is not a whole number {limits}")
    return int(text)


def model_names(context: typer.Context) -> list[str]:
    """Return what completes the name of a model: those that ship with hubpress, or of the folder in --models."""
    from hubpress.recipe.load import model_folders

    folder = context.params.get("models")
    with suppress(hubpress.HubpressError, OSError):
        return list(model_folders(Path(folder) if folder else None))
    return []


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="the model: the name of its folder", autocompletion=model_names)
]
Owner = Annotated[
    str | None, typer.Option(metavar="OWNER", help="the user or organisation that is named (default: rehearsal)")
]
Threads = Annotated[
    int | None, typer.Option(parser=positive, metavar="N", help="CPU threads of torch (default: torch's choice)")
]
Isolated = Annotated[
    bool,
    typer.Option("--isolated", help="run the Space in a fresh environment with only its requirements (installs them)"),
]
ModelsDir = Annotated[Path | None, typer.Option("--models", metavar="DIR", help="a folder of your own models")]
BuildDir = Annotated[Path, typer.Option("--build-dir", metavar="DIR", help="where stages write")]
Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]
Adopt = Annotated[
    bool,
    typer.Option("--adopt", help="replace what others put under names that the release needs, and keep the rest"),
]
TakeOver = Annotated[bool, typer.Option("--take-over", help="replace what others put there, and remove the rest of it")]

BUILD = Path("build")


@dataclass(frozen=True)
class RecipeOptions:
    """Which recipe is meant, and what is laid over it."""

    sample: Annotated[
        bool, typer.Option("--sample", help="use the sample records and a small base model that needs no download")
    ] = False
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="read these records instead of the recipe's: a file, a glob, a URL, or a folder of data.files or "
            "save_to_disk",
        ),
    ] = None
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY.PATH=VALUE", help="override a value of the recipe; repeatable"),
    ] = None
    models: ModelsDir = None

    def load(self, name: str) -> Recipe:
        """Return the recipe of a model under these options."""
        return hubpress.load_recipe(
            name, models_dir=self.models, sample=self.sample, data=self.data, overrides=self.overrides or ()
        )


@dataclass(frozen=True)
class RunOptions:
    """Where stages write, and what is printed."""

    build_dir: BuildDir = BUILD
    quiet: Annotated[bool, typer.Option("--quiet", help="print no progress")] = False
    json: Json = False


@dataclass(frozen=True)
class PublishOptions:
    """How a repository is published."""

    private: Annotated[
        bool, typer.Option("--private", help="publish for the owner alone; a public repository stops this")
    ] = False
    hide_public: Annotated[
        bool, typer.Option("--hide-public", help="with --private: hide a public repository, too")
    ] = False
    public: Annotated[bool, typer.Option("--public", help="make the repository public")] = False
    adopt: Adopt = False
    take_over: TakeOver = False
    tag: Annotated[str | None, typer.Option(metavar="NAME", help="tag the commit, for example v1.0.0")] = None
    force: Annotated[bool, typer.Option("--force", help="let a sample release go to a real Hub")] = False

    def target(self, recipe: RecipeOptions) -> Target:
        """Return the Hub of HF_ENDPOINT with the token of HF_TOKEN. Raises HubpressError for samples on a real Hub."""
        target = replace(hubpress.Target.published(tag=self.tag, force=self.force), **self._wishes())
        if recipe.sample:
            target.refuse_samples()
        return target

    @contextmanager
    def rehearsal(self, run: RunOptions, owner: str) -> Iterator[Target]:
        """Yield the rehearsal Hub, which runs while the block does."""
        wishes = self._wishes()
        with hubpress.Target.rehearsal(run.build_dir, owner=owner, tag=self.tag) as target:
            yield replace(target, **wishes)

    def _wishes(self) -> dict[str, Any]:
        """Return what is asked of visibility and of people's files. Raises UsageError for what contradicts itself."""
        if self.private and self.public:
            raise UsageError("--private and --public contradict each other.", hint="Give one of them.")
        if self.hide_public and not self.private:
            raise UsageError("--hide-public says how far --private goes.", hint="Give both, or neither.")
        foreign = foreign_of(adopt=self.adopt, take_over=self.take_over)
        private = True if self.private else False if self.public else None
        return {"private": private, "hide_public": self.hide_public, "foreign": foreign}


def foreign_of(*, adopt: bool, take_over: bool) -> Foreign:
    """Return what is to be done with people's files. Raises UsageError for two answers at once."""
    from hubpress.hub.ownership import Foreign

    if adopt and take_over:
        raise UsageError("--take-over does what --adopt does, and more.", hint="Give one of them.")
    return Foreign.TAKE_OVER if take_over else Foreign.ADOPT if adopt else Foreign.STOP


def job_of(
    name: str, recipe: RecipeOptions, run: RunOptions, *, owner: str | None = None, threads: int | None = None
) -> Job:
    """Return the job of a model, which *owner* is to publish, under these options."""
    return hubpress.Job.of(
        recipe.load(name),
        build_dir=run.build_dir,
        owner=default_owner() if owner is None else owner,
        quiet=run.quiet,
        threads=threads,
    )


def refuse_bad_owner(owner: str) -> None:
    """Raise UsageError for what cannot be a user or an organisation, such as nothing at all."""
    from hubpress.release.job import refuse_bad_owner as refuse

    refuse(owner)


def default_owner() -> str:
    """Return under whom models are published where nobody is named: the user of the rehearsal Hub."""
    from hubpress.release.job import REHEARSAL_OWNER

    return REHEARSAL_OWNER


def grouped(function: Callable[..., None]) -> Callable[..., None]:
    """Return *function* as typer takes it: every group of options among its parameters becomes the options in it."""
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        group = hints[parameter.name]
        if not is_dataclass(group):
            parameters.append(parameter.replace(annotation=group, kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = group
        inner = get_type_hints(group, include_extras=True)
        for field in fields(group):
            default = inspect.Parameter.empty if field.default is MISSING else field.default
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(inspect.Parameter(field.name, kind, default=default, annotation=inner[field.name]))

    def command(**values: Any) -> None:
        made = {
            name: group(**{field.name: values.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        function(**values, **made)

    command.__name__, command.__doc__ = function.__name__, function.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def examples(*lines: str) -> str:
    """Return what stands below the help of a command: one or more commands to copy."""
    # Plain help joins the lines of a paragraph unless it begins with a backspace; on a terminal that is not printed.
    return "\n".join(["\b", f"Example{'s' if len(lines) > 1 else ''}:", *(f"  {line}" for line in lines)])
