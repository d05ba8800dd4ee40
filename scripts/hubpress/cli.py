"""Words -> calls. Heavy imports stay inside the commands, so that ``hubpress --help`` answers at once."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubpress import __version__
from hubpress.errors import CheckFailed, HubpressError, UsageError, VerifyFailed

if TYPE_CHECKING:
    from hubpress.hub import PushResult
    from hubpress.recipe import Recipe
    from hubpress.release import Outcome, Target
    from hubpress.stages import Job

REHEARSAL_OWNER = "rehearsal"
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


def entry() -> None:
    """Run the command of this process and exit with its code."""
    _settle_environment()
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run a command; return 0 when it is done, 1 for a problem that is the user's to solve, 2 for wrong usage."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except HubpressError as error:
        return _fail(error)
    except KeyboardInterrupt:
        print("hubpress: stopped. The same command goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        return _fail(HubpressError(f"{error.strerror or error}.", where=error.filename))


def _fail(error: HubpressError) -> int:
    # One process of several speaks; the others would repeat it.
    if os.environ.get("RANK", "0") == "0":
        plain = isinstance(error, CheckFailed | VerifyFailed)
        print(error if plain else "\n".join(f"hubpress: {line}" for line in str(error).splitlines()), file=sys.stderr)
    return error.exit_code


def _settle_environment() -> None:
    """Set what libraries read when they are imported; what the user has set stays."""
    # Waiting OpenMP threads spin by default; beside any other busy process that makes two threads ten times slower
    # than one (measured: 50 s against 5.5 s an epoch of the sample). Passive waiting costs nothing on an idle machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def _models(arguments: argparse.Namespace) -> int:
    from hubpress.receipts import Receipt
    from hubpress.recipe_file import model_folders
    from hubpress.stages import STAGES

    rows = []
    for name in model_folders(arguments.models):
        recipe = _recipe(arguments, name)
        done = [stage for stage in (*(stage.name for stage in STAGES), "verify") if Receipt.read(arguments.build_dir / name / "receipts" / f"{stage}.json")]
        rows.append({"model": name, "task": recipe.task, "title": recipe.title, "done": done})
    if arguments.json:
        print(json.dumps(rows))
    else:
        _table(["Model", "Task", "Title", "Done"], [[row["model"], row["task"], row["title"], ", ".join(row["done"]) or "nothing yet"] for row in rows])
    return 0


def _stage(arguments: argparse.Namespace) -> int:
    """Run one stage of one model and what it needs."""
    from hubpress.release import run_stages

    if arguments.stage == "check" and Path(arguments.name).is_dir():
        return _check_folder(Path(arguments.name))
    job = _job(arguments, arguments.name)
    if arguments.stage == "train" and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from hubpress.distributed import train_on_many

        outcomes = train_on_many(job)
    else:
        outcomes = run_stages(job, until=arguments.stage)
    _report(arguments, {arguments.name: outcomes})
    return 0


def _check_folder(folder: Path) -> int:
    from hubpress.check import check_folder

    problems = check_folder(folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problem(s) in {folder}." if problems else f"No problems in {folder}.", file=sys.stderr)
    return 1 if problems else 0


def _push(arguments: argparse.Namespace) -> int:
    from hubpress.release import locked, push, run_stages

    job = _job(arguments, arguments.name)
    target = _published_target(arguments, job.recipe)
    outcomes = run_stages(job, until="check")
    with locked(job.folder):
        outcome, pushed = push(job, target)
    _report(arguments, {arguments.name: [*outcomes, outcome]}, {arguments.name: pushed})
    return 0


def _release(arguments: argparse.Namespace) -> int:
    from hubpress.recipe_file import model_folders

    names = list(model_folders(arguments.models)) if arguments.all else arguments.names
    if not names:
        raise UsageError("no model named.", hint="Name one or more (see `hubpress models`), or give --all.")
    if arguments.publish and not arguments.owner:
        raise UsageError("--publish needs --owner, the user or organisation to publish under.")
    jobs = {name: _job(arguments, name) for name in names}
    if arguments.publish:
        return _release_all(arguments, jobs, [_published_target(arguments, job.recipe) for job in jobs.values()][0])
    from hubpress.rehearsal.server import running
    from hubpress.rehearsal.store import Store
    from hubpress.release import Target

    store = Store(arguments.build_dir / "hub")
    if arguments.owner:
        store.add_organisation(arguments.owner)
    with running(store.folder) as url:
        target = Target(url, store.write_token, "rehearsal", private=arguments.private or None, tag=arguments.tag)
        return _release_all(arguments, jobs, target)


def _release_all(arguments: argparse.Namespace, jobs: dict[str, Job], target: Target) -> int:
    """Release one model after the other; a failure stops that model only."""
    from hubpress.release import release

    outcomes: dict[str, list[Outcome]] = {}
    pushes: dict[str, PushResult] = {}
    failures: dict[str, HubpressError] = {}
    for name, job in jobs.items():
        if len(jobs) > 1 and not arguments.quiet:
            print(f"== {name}", file=sys.stderr)
        try:
            outcomes[name], pushes[name] = release(job, target)
        except HubpressError as error:
            if len(jobs) == 1:
                raise
            failures[name] = error
            _fail(error)
    _report(arguments, outcomes, pushes, failures=failures, endpoint=target.endpoint, rehearsed=not arguments.publish)
    return 1 if failures else 0


def _verify(arguments: argparse.Namespace) -> int:
    from hubpress.rehearsal.server import running
    from hubpress.rehearsal.store import Store

    if arguments.repo_id.count("/") != 1:
        raise UsageError(f"{arguments.repo_id!r} is not of the form OWNER/REPO.")
    store = arguments.build_dir / "hub"
    rehearsed = (store / "repositories" / "models" / arguments.repo_id).is_dir()
    if "HF_ENDPOINT" not in os.environ and rehearsed:
        with running(store) as url:
            print(f"Verifying on the rehearsal Hub in {store} (HF_ENDPOINT is not set).", file=sys.stderr)
            return _verify_on(arguments, url, Store(store).write_token)
    return _verify_on(arguments, os.environ.get("HF_ENDPOINT"), None)


def _verify_on(arguments: argparse.Namespace, endpoint: str | None, token: str | None) -> int:
    from hubpress import hub
    from hubpress.files import Manifest
    from hubpress.release import run_stages
    from hubpress.verify import verify

    job = _job(arguments, _model_of(arguments), owner=arguments.repo_id.split("/")[0])
    sha = hub.head(arguments.repo_id, endpoint=endpoint, token=token, revision=arguments.revision)
    run_stages(job, until="data")
    pushed_from_here = arguments.revision is None and job.manifest.is_file()
    proof = verify(
        arguments.repo_id, sha=sha, endpoint=endpoint, token=token, recipe=job.recipe, data_folder=job.data,
        manifest=Manifest.load(job.manifest) if pushed_from_here else None, threads=arguments.threads,
    )
    if arguments.json:
        rows = [{"claim": what, "how": how, "holds": holds} for what, how, holds in proof.rows]
        print(json.dumps({"repo_id": proof.repo_id, "sha": proof.sha, "proof": rows, "differences": proof.differences}))
    proof.raise_if_failed()
    if not arguments.json:
        print(proof.table())
    return 0


def _model_of(arguments: argparse.Namespace) -> str:
    """Return the name of the model whose recipe publishes as the repository asked for."""
    from hubpress.recipe_file import model_folders

    wanted = arguments.repo_id.split("/")[1]
    if arguments.model:
        return str(arguments.model)
    for name in model_folders(arguments.models):
        if _recipe(arguments, name).repo_name == wanted:
            return name
    raise UsageError(f"no recipe publishes as {wanted!r}.", hint="Say which with --model NAME, or where with --models DIR.")


def _hub(arguments: argparse.Namespace) -> int:
    from hubpress.rehearsal.server import serve
    from hubpress.rehearsal.store import Store

    store = Store(arguments.build_dir / "hub")

    def ready(url: str) -> None:
        print(f"The rehearsal Hub of {store.folder} is at {url}; Ctrl-C stops it.")
        print(f"  export HF_ENDPOINT={url} HF_HUB_DISABLE_XET=1")
        print(f"  to write as {REHEARSAL_OWNER!r}: export HF_TOKEN=$(hubpress hub --build-dir {arguments.build_dir} --print-token)", flush=True)

    if arguments.print_token:
        print(store.write_token)
        return 0
    serve(store.folder, port=arguments.port, ready=ready)
    return 0


def _recipe(arguments: argparse.Namespace, name: str) -> Recipe:
    from hubpress.recipe_file import load_recipe

    return load_recipe(name, models_dir=arguments.models, sample=arguments.sample, data=arguments.data, overrides=arguments.set)


def _job(arguments: argparse.Namespace, name: str, *, owner: str | None = None) -> Job:
    from hubpress.stages import Job

    return Job(
        recipe=_recipe(arguments, name),
        folder=arguments.build_dir / name,
        owner=owner or getattr(arguments, "owner", None) or REHEARSAL_OWNER,
        quiet=arguments.quiet,
        threads=arguments.threads,
    )


def _published_target(arguments: argparse.Namespace, recipe: Recipe) -> Target:
    """Return the Hub of HF_ENDPOINT. Raises HubpressError for a sample on its way to a real Hub."""
    from hubpress.release import Target

    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if recipe.is_sample and not arguments.force and not endpoint.startswith(_LOOPBACK):
        raise HubpressError(
            f"a sample release is not meant for {endpoint}.", hint="Release without --sample, or insist with --force."
        )
    return Target(endpoint, os.environ.get("HF_TOKEN"), endpoint, private=arguments.private or None, tag=arguments.tag)


def _report(
    arguments: argparse.Namespace,
    outcomes: dict[str, list[Outcome]],
    pushes: dict[str, PushResult] | None = None,
    *,
    failures: dict[str, HubpressError] | None = None,
    endpoint: str | None = None,
    rehearsed: bool = False,
) -> None:
    """Print the table of stages, and where to look."""
    from hubpress.release import as_json

    pushes, failures = pushes or {}, failures or {}
    if arguments.json:
        document: dict[str, Any] = {
            name: {
                "stages": as_json(rows),
                **({"repo_id": pushes[name].repo_id, "sha": pushes[name].sha, "url": pushes[name].url, "uploaded_bytes": pushes[name].uploaded_bytes} if name in pushes else {}),
            }
            for name, rows in outcomes.items()
        }
        print(json.dumps(document | {name: {"error": str(error)} for name, error in failures.items()}))
        return
    many = len(outcomes) + len(failures) > 1
    rows = [
        [*([name] if many else []), row.stage, f"{row.seconds:.1f} s" if row.ran else "unchanged", row.result]
        for name, stage_rows in outcomes.items()
        for row in stage_rows
    ]
    rows += [[name, "failed", "", str(error).splitlines()[0]] for name, error in failures.items()]
    _table([*(["Model"] if many else []), "Stage", "Time", "Result"], rows)
    for pushed in pushes.values():
        print(f"\n{pushed.url}" + ("  (while `hubpress hub` runs)" if rehearsed else ""))
        prefix = f"HF_ENDPOINT={endpoint} " if endpoint and rehearsed else ""
        print(f"""  load it:  {prefix}python -c 'from transformers import pipeline; print(pipeline("text-classification", model="{pushed.repo_id}")("…"))'""")


def _table(header: list[str], rows: list[list[str]]) -> None:
    """Print a table: drawn in a terminal, aligned plain text elsewhere."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Piped output has no width of its own; rich's guess of 80 columns would break every line.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    table = Table(*header, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--sample", action="store_true", help="use the sample records and a small base model that needs no download")
    common.add_argument("--data", metavar="PATH", help="read these records (file, glob, folder or URL) instead of the recipe's")
    common.add_argument("--set", action="append", default=[], metavar="KEY.PATH=VALUE", help="override one value of the recipe; may be repeated")
    common.add_argument("--build-dir", type=Path, default=Path("build"), metavar="DIR", help="where stages write (default: build)")
    common.add_argument("--models", type=Path, metavar="DIR", help="a folder of your own models (default: those that ship)")
    common.add_argument("--threads", type=_positive, metavar="N", help="CPU threads of torch (default: torch's own choice)")
    common.add_argument("--quiet", action="store_true", help="print no progress")
    common.add_argument("--json", action="store_true", help="print the result as JSON")

    publish = argparse.ArgumentParser(add_help=False)
    publish.add_argument("--private", action="store_true", help="make the repository private")
    publish.add_argument("--tag", metavar="NAME", help="tag the commit, for example v1.0.0")
    publish.add_argument("--force", action="store_true", help="let a sample release go to a real Hub")

    parser = argparse.ArgumentParser(prog="hubpress", description="Fine-tune, evaluate, document, publish and prove models, from one folder each.")
    parser.add_argument("--version", action="version", version=f"hubpress {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, text: str, command: Callable[[argparse.Namespace], int], *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[common, *parents])
        added.set_defaults(command=command)
        return added

    add("models", "show what can be released, and how far each is", _models)
    for stage, text in _STAGE_HELP.items():
        staged = add(stage, text, _stage)
        staged.set_defaults(stage=stage)
        staged.add_argument("name", metavar="NAME_OR_FOLDER" if stage == "check" else "NAME")
    pushed = add("push", "publish in one commit on HF_ENDPOINT with HF_TOKEN", _push, publish)
    pushed.add_argument("name", metavar="NAME")
    pushed.add_argument("--owner", required=True, help="the user or organisation to publish under")
    verified = add("verify", "download a published revision and prove what its card says", _verify)
    verified.add_argument("repo_id", metavar="OWNER/REPO")
    verified.add_argument("--revision", metavar="SHA", help="a commit, tag or branch (default: main)")
    verified.add_argument("--model", metavar="NAME", help="the recipe that it was made from (default: the one that publishes as REPO)")
    released = add("release", "run all stages, against the rehearsal Hub or with --publish against HF_ENDPOINT", _release, publish)
    released.add_argument("names", nargs="*", metavar="NAME")
    released.add_argument("--all", action="store_true", help="release every model")
    released.add_argument("--publish", action="store_true", help="publish on HF_ENDPOINT with HF_TOKEN; without it nothing leaves the machine")
    released.add_argument("--owner", help="the user or organisation to publish under (rehearsal default: rehearsal)")
    served = add("hub", "keep the rehearsal Hub running on loopback", _hub)
    served.add_argument("--port", type=_positive, default=8899, help="default: 8899")
    served.add_argument("--print-token", action="store_true", help="print the token that may write, and end")
    return parser


_STAGE_HELP = {
    "data": "read, label and split the records",
    "train": "fine-tune the base model",
    "assemble": "put weights, config and tokenizer together",
    "evaluate": "measure the assembled model on the test split",
    "card": "render README.md and its figures",
    "check": "check the staged files (or any folder) and list every problem",
}


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
