"""One function a command: from parsed words to calls, results and an exit code."""

from __future__ import annotations

import json
import os
import shlex
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from hubpress.cli.output import complain, print_table, report
from hubpress.content import content_dir
from hubpress.errors import HubpressError, UsageError
from hubpress.hub import client as hub
from hubpress.manifest import Manifest
from hubpress.recipe.load import load_recipe, model_folders
from hubpress.recipe.recipe import Recipe
from hubpress.recipe.scaffold import new_model
from hubpress.release.job import Job
from hubpress.release.push import push
from hubpress.release.receipts import Receipt
from hubpress.release.release import release
from hubpress.release.runner import StageResult, locked, run_stages
from hubpress.release.stages import STAGES
from hubpress.release.targets import Target
from hubpress.verify.proof import Proof

REHEARSAL_OWNER = "rehearsal"
_SPACES = "spaces/"
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


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
    stages = (*(stage.name for stage in STAGES), "verify", "verify space")
    rows: list[dict[str, Any]] = []
    for name in model_folders(arguments.models):
        recipe = _recipe(arguments, name)
        receipts = arguments.build_dir / name / "receipts"
        done = [stage for stage in stages if Receipt.read(receipts / f"{stage}.json")]
        rows.append({"model": name, "task": recipe.task, "title": recipe.title, "done": done})
    if arguments.json:
        print(json.dumps(rows))
    else:
        cells = [[row["model"], row["task"], row["title"], ", ".join(row["done"]) or "nothing yet"] for row in rows]
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
    job = _job(arguments, arguments.name)
    target = _published_target(arguments)
    outcomes = run_stages(job, until="check")
    with locked(job.folder):
        pushing, pushes = push(job, target)
    remote_code = {job.recipe.repo_name} if job.recipe.custom_pipeline else set()
    report(arguments, {arguments.name: [*outcomes, *pushing]}, {arguments.name: pushes}, remote_code=remote_code)
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
    from hubpress.rehearsal.server import running
    from hubpress.rehearsal.store import Store

    store = Store(arguments.build_dir / "hub")
    if arguments.owner:
        store.add_organisation(arguments.owner)
    with running(store.folder) as url:
        target = Target(url, store.write_token, "rehearsal", private=arguments.private or None, tag=arguments.tag)
        return _release_each(arguments, names, target)


def _release_each(arguments: Namespace, names: list[str], target: Target) -> int:
    """Release one model after the other; a failure, of its recipe too, stops that model only."""
    outcomes: dict[str, list[StageResult]] = {}
    pushes: dict[str, list[hub.PushResult]] = {}
    failures: dict[str, HubpressError] = {}
    remote_code: set[str] = set()
    for name in names:
        if len(names) > 1 and not arguments.quiet:
            print(f"== {name}", file=sys.stderr)
        try:
            job = _job(arguments, name)
            outcomes[name], pushes[name] = release(job, target, isolated=arguments.isolated)
            remote_code |= {job.recipe.repo_name} if job.recipe.custom_pipeline else set()
        except HubpressError as error:
            if len(names) == 1:
                raise
            failures[name] = error
            complain(error)
    endpoint = None if arguments.publish else target.endpoint
    report(arguments, outcomes, pushes, failures=failures, rehearsed_on=endpoint, remote_code=remote_code)
    return 1 if failures else 0


def verify_command(arguments: Namespace) -> int:
    """Prove a published model with its Space, or a Space alone, on HF_ENDPOINT or else on the rehearsal Hub.

    The rehearsal Hub is asked where HF_ENDPOINT is not set and it has the repository.
    """
    space_alone = arguments.repo_id.startswith(_SPACES)
    arguments.repo_id = arguments.repo_id.removeprefix(_SPACES)
    if arguments.repo_id.count("/") != 1:
        raise UsageError(f"{arguments.repo_id!r} is not of the form OWNER/REPO, or {_SPACES}OWNER/REPO.")
    folder = arguments.build_dir / "hub"
    kind = "spaces" if space_alone else "models"
    if "HF_ENDPOINT" in os.environ or not (folder / "repositories" / kind / arguments.repo_id).is_dir():
        return _verify_on(arguments, os.environ.get("HF_ENDPOINT"), None, space_alone=space_alone)
    from hubpress.rehearsal.server import running
    from hubpress.rehearsal.store import Store

    print(f"Verifying on the rehearsal Hub in {folder} (HF_ENDPOINT is not set).", file=sys.stderr)
    with running(folder) as url:
        return _verify_on(arguments, url, Store(folder).write_token, space_alone=space_alone)


def _verify_on(arguments: Namespace, endpoint: str | None, token: str | None, *, space_alone: bool) -> int:
    where: dict[str, Any] = {"endpoint": endpoint, "token": token, "repo_type": "space"}
    proofs = [] if space_alone else [_proof_of_model(arguments, endpoint, token)]
    # A model at an older revision is not what its Space runs now; one that fails is to be mended first.
    if space_alone or (
        arguments.revision is None and not proofs[0].differences and hub.exists(arguments.repo_id, **where)
    ):
        sha = hub.head(arguments.repo_id, revision=arguments.revision, **where)
        proofs.append(_proof_of_space(arguments, sha, endpoint, token))
    if arguments.json:
        told = {proof.kind: proof.as_json() for proof in proofs}
        print(json.dumps({**told.get("model", {}), **({"space": told["space"]} if "space" in told else {})}))
    for proof in proofs:
        proof.raise_if_failed()
        if not arguments.json:
            print(proof.table())
    return 0


def _proof_of_model(arguments: Namespace, endpoint: str | None, token: str | None) -> Proof:
    from hubpress.verify.model import verify

    job = _job(arguments, _model_of(arguments), owner=arguments.repo_id.split("/")[0])
    sha = hub.head(arguments.repo_id, endpoint=endpoint, token=token, revision=arguments.revision)
    run_stages(job, until="data")
    return verify(
        arguments.repo_id,
        sha=sha,
        endpoint=endpoint,
        token=token,
        recipe=job.recipe,
        data_folder=job.data,
        scratch=job.folder / "verify",
        manifest=_pushed_manifest(job, sha, is_head=arguments.revision is None),
        threads=arguments.threads,
    )


def _proof_of_space(arguments: Namespace, sha: str, endpoint: str | None, token: str | None) -> Proof:
    from hubpress.verify.space import verify_space

    # What was pushed from here, by whichever model's release; nothing is known of what others pushed.
    pushed = next(arguments.build_dir.glob(f"*/pushed/spaces/{arguments.repo_id}/{sha}.json"), None)
    return verify_space(
        arguments.repo_id,
        sha=sha,
        endpoint=endpoint,
        token=token,
        scratch=arguments.build_dir / f"verify-space-{arguments.repo_id.replace('/', '-')}",
        manifest=Manifest.load(pushed) if pushed else None,
        isolated=arguments.isolated,
    )


def _pushed_manifest(job: Job, sha: str, *, is_head: bool) -> Manifest | None:
    """Return what was pushed from here as this commit, or last of all when the head is by somebody else.

    None where nothing was: then the published list speaks, which leaves out the card.
    """
    known = sorted(job.pushed.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    exact = [path for path in known if path.stem == sha]
    chosen = exact or (known[-1:] if is_head else [])
    return Manifest.load(chosen[0]) if chosen else None


def _model_of(arguments: Namespace) -> str:
    """Return the name of the model whose recipe publishes as the repository asked for."""
    wanted = arguments.repo_id.split("/")[1]
    if arguments.model:
        return str(arguments.model)
    for name in model_folders(arguments.models):
        if _recipe(arguments, name).repo_name == wanted:
            return name
    hint = "Say which with --model NAME, or where with --models DIR."
    raise UsageError(f"no recipe publishes as {wanted!r}.", hint=hint)


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
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    if arguments.sample and not arguments.force and not endpoint.startswith(_LOOPBACK):
        hint = "Release without --sample, or insist with --force."
        raise HubpressError(f"a sample release is not meant for {endpoint}.", hint=hint)
    return Target(endpoint, os.environ.get("HF_TOKEN"), endpoint, private=arguments.private or None, tag=arguments.tag)
