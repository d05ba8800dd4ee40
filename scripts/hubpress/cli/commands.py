"""One function a command: from parsed words to calls, results and an exit code."""

from __future__ import annotations

import json
import os
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from hubpress.cli.output import complain, print_table, report
from hubpress.content import content_dir
from hubpress.errors import HubpressError, UsageError
from hubpress.hub.client import PushResult
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.scaffold import new_model
from hubpress.release.api import push_model, release_model
from hubpress.release.job import REHEARSAL_OWNER, Job
from hubpress.release.overview import list_models
from hubpress.release.runner import StageResult, run_stages
from hubpress.release.targets import Target
from hubpress.release.verification import verify_repository


def new_command(arguments: Namespace) -> int:
    """Write the folder of a new model, and say what to type next."""
    # Never the models that ship with hubpress: below an installed package is no place for anybody's own.
    models_dir = arguments.models or Path("models")
    written = new_model(arguments.name, template=arguments.task, models_dir=models_dir)
    if arguments.json:
        print(json.dumps({"folder": str(written.folder), "files": written.files}))
        return 0
    for file in written.files:
        print(written.folder / file)
    # In a checkout ./models is where models are looked for anyway.
    found = models_dir.resolve() == content_dir("models").resolve()
    options = "" if found else f" --models {shlex.quote(str(models_dir))}"
    print("\nRelease it on its sample records, then see what its recipe makes of yours:")
    print(f"  hubpress release {arguments.name}{options} --sample")
    print(f"  hubpress data {arguments.name}{options} --data FILE")
    return 0


def models(arguments: Namespace) -> int:
    """Show what can be released, and which stages of each have left a receipt."""
    rows = list_models(
        models_dir=arguments.models,
        build_dir=arguments.build_dir,
        sample=arguments.sample,
        data=arguments.data,
        overrides=arguments.set,
    )
    if arguments.json:
        print(json.dumps([{"model": row.name, "task": row.task, "title": row.title, "done": row.done} for row in rows]))
    else:
        cells = [[row.name, row.task, row.title, ", ".join(row.done) or "nothing yet"] for row in rows]
        print_table(["Model", "Task", "Title", "Done"], cells)
    return 0


def stage(arguments: Namespace) -> int:
    """Run one stage of one model and what it needs."""
    if arguments.stage == "check" and Path(arguments.name).is_dir():
        return _check_folder(Path(arguments.name))
    job = _job(arguments, arguments.name)
    if arguments.stage == "train" and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from hubpress.release.distributed import train_on_many

        outcomes = train_on_many(job)
    else:
        outcomes = run_stages(job, until=arguments.stage)
    if outcomes:  # rank 0 alone has some
        report(arguments, {arguments.name: outcomes})
    return 0


def space_command(arguments: Namespace) -> int:
    """Build the Space of one model and, with --serve, run it here on the model that is staged."""
    job = _job(arguments, arguments.name)
    outcomes = run_stages(job, until="space")
    if not job.recipe.has_space:
        raise HubpressError(
            "the recipe wants no Space.", where=arguments.name, hint="Set onnx.export and space.publish to true."
        )
    report(arguments, {arguments.name: outcomes})
    if arguments.serve:
        from hubpress.space.process import serve_app

        serve_app(job.space, model=job.repo, port=arguments.port)
    return 0


def _check_folder(folder: Path) -> int:
    from hubpress.check.folder import check_folder

    problems = check_folder(folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problem(s) in {folder}." if problems else f"No problems in {folder}.", file=sys.stderr)
    return 1 if problems else 0


def push_command(arguments: Namespace) -> int:
    """Publish one model on HF_ENDPOINT, after the stages that it needs."""
    recipe = _recipe(arguments, arguments.name)
    pushed = push_model(
        recipe,
        _published_target(arguments),
        build_dir=arguments.build_dir,
        owner=arguments.owner,
        threads=arguments.threads,
        quiet=arguments.quiet,
    )
    remote_code = {recipe.repo_name} if recipe.custom_pipeline else set()
    report(
        arguments,
        {arguments.name: list(pushed.stages)},
        {arguments.name: list(pushed.pushes)},
        remote_code=remote_code,
    )
    return 0


def release_command(arguments: Namespace) -> int:
    """Release models with all stages, on the rehearsal Hub or with --publish on HF_ENDPOINT."""
    names = list(model_folders(arguments.models)) if arguments.all else arguments.names
    if not names:
        raise UsageError("no model named.", hint="Name one or more (see `hubpress models`), or give --all.")
    if arguments.publish and not arguments.owner:
        raise UsageError("--publish needs --owner, the user or organisation to publish under.")
    if arguments.publish:
        return _release_each(arguments, names, _published_target(arguments))
    owner = arguments.owner or REHEARSAL_OWNER
    private = arguments.private or None
    with Target.rehearsal(arguments.build_dir, owner=owner, private=private, tag=arguments.tag) as target:
        return _release_each(arguments, names, target)


def _release_each(arguments: Namespace, names: list[str], target: Target) -> int:
    """Release one model after the other; a failure, of its recipe too, stops that model only."""
    outcomes: dict[str, list[StageResult]] = {}
    pushes: dict[str, list[PushResult]] = {}
    failures: dict[str, HubpressError] = {}
    remote_code: set[str] = set()
    for name in names:
        if len(names) > 1 and not arguments.quiet:
            print(f"== {name}", file=sys.stderr)
        try:
            recipe = _recipe(arguments, name)
            released = release_model(
                recipe,
                build_dir=arguments.build_dir,
                owner=arguments.owner or REHEARSAL_OWNER,
                target=target,
                isolated=arguments.isolated,
                threads=arguments.threads,
                quiet=arguments.quiet,
            )
            outcomes[name], pushes[name] = list(released.stages), list(released.pushes)
            remote_code |= {recipe.repo_name} if recipe.custom_pipeline else set()
        except HubpressError as error:
            if len(names) == 1:
                raise
            failures[name] = error
            complain(error)
    endpoint = None if arguments.publish else target.hub.endpoint
    report(arguments, outcomes, pushes, failures=failures, rehearsed_on=endpoint, remote_code=remote_code)
    return 1 if failures else 0


def verify_command(arguments: Namespace) -> int:
    """Prove a published model with its Space, or a Space alone, on HF_ENDPOINT or else on the rehearsal Hub."""
    proofs = verify_repository(
        arguments.repo_id,
        build_dir=arguments.build_dir,
        model=arguments.model,
        models_dir=arguments.models,
        sample=arguments.sample,
        data=arguments.data,
        overrides=arguments.set,
        revision=arguments.revision,
        isolated=arguments.isolated,
        threads=arguments.threads,
        quiet=arguments.quiet,
    )
    if arguments.json:
        documents = {proof.kind: proof.as_json() for proof in proofs}
        space = {"space": documents["space"]} if "space" in documents else {}
        print(json.dumps({**documents.get("model", {}), **space}))
    for proof in proofs:
        proof.raise_if_failed()
        if not arguments.json:
            print(proof.table())
    return 0


def hub_command(arguments: Namespace) -> int:
    """Keep the rehearsal Hub running in the foreground."""
    from hubpress.rehearsal.server import serve
    from hubpress.rehearsal.store import Store

    store = Store(arguments.build_dir / "hub")
    if arguments.print_token:
        print(store.write_token)
        return 0

    def ready(url: str) -> None:
        token = f"$(hubpress hub --print-token --build-dir {arguments.build_dir})"
        print(f"The rehearsal Hub of {store.folder} is at {url}; Ctrl-C stops it.")
        print(f"  to read:  export HF_ENDPOINT={url}")
        print(f"  to write as {REHEARSAL_OWNER!r}:  export HF_TOKEN={token} HF_HUB_DISABLE_XET=1", flush=True)

    serve(store.folder, port=arguments.port, ready=ready)
    return 0


def _recipe(arguments: Namespace, name: str) -> Recipe:
    return load_recipe(
        name, models_dir=arguments.models, sample=arguments.sample, data=arguments.data, overrides=arguments.set
    )


def _job(arguments: Namespace, name: str, *, owner: str | None = None) -> Job:
    return Job(
        recipe=_recipe(arguments, name),
        folder=arguments.build_dir / name,
        owner=owner or getattr(arguments, "owner", None) or REHEARSAL_OWNER,
        quiet=arguments.quiet,
        threads=arguments.threads,
    )


def _published_target(arguments: Namespace) -> Target:
    """Return the Hub of HF_ENDPOINT. Raises HubpressError for a sample on its way to a real Hub."""
    target = Target.published(private=arguments.private or None, tag=arguments.tag, force=arguments.force)
    if arguments.sample:
        target.refuse_samples()
    return target
