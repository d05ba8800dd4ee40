"""hubpress: a press for models on the Hugging Face Hub.

What the command line does can be called from Python: ``hubpress.release_model(hubpress.load_recipe("my-model"))``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.2.0.dev0"

# Where each public name is defined. It is imported when it is asked for, so that `import hubpress` loads nothing.
_HOMES = {
    "AuditFinding": "hubpress.schemas.audit",
    "AuditReport": "hubpress.schemas.audit",
    "Claim": "hubpress.verify.proof",
    "Collected": "hubpress.hub.collections",
    "DataReport": "hubpress.schemas.data_report",
    "Drafted": "hubpress.draft.draft",
    "Evaluation": "hubpress.schemas.evaluation",
    "FamilyResult": "hubpress.release.family",
    "Hub": "hubpress.hub.client",
    "HubpressError": "hubpress.errors",
    "Job": "hubpress.release.job",
    "ModelStatus": "hubpress.release.overview",
    "NewModel": "hubpress.recipe.scaffold",
    "PreviewedRecord": "hubpress.data.preview",
    "Problem": "hubpress.check.problem",
    "Proof": "hubpress.verify.proof",
    "PushResult": "hubpress.hub.client",
    "PushedRelease": "hubpress.release.push",
    "Recipe": "hubpress.recipe.recipe",
    "ReleaseResult": "hubpress.release.release",
    "Released": "hubpress.schemas.released",
    "RepoId": "hubpress.hub.ids",
    "ScoreResult": "hubpress.score.score",
    "StageResult": "hubpress.release.meter",
    "Target": "hubpress.release.targets",
    "VersionDiff": "hubpress.schemas.version_diff",
    "Withdrawal": "hubpress.versions.withdraw",
    "audit_repository": "hubpress.audit.repository",
    "build_space": "hubpress.release.api",
    "check_folder": "hubpress.check.folder",
    "collect_releases": "hubpress.release.family",
    "diff_model": "hubpress.release.versions",
    "draft_model": "hubpress.draft.draft",
    "evaluate_model": "hubpress.release.api",
    "list_models": "hubpress.release.overview",
    "load_recipe": "hubpress.recipe.load",
    "new_model": "hubpress.recipe.scaffold",
    "preview_records": "hubpress.release.api",
    "promote_model": "hubpress.release.promote",
    "push_model": "hubpress.release.api",
    "release_model": "hubpress.release.api",
    "render_card": "hubpress.release.api",
    "report_data": "hubpress.release.api",
    "roll_back_space": "hubpress.release.versions",
    "run_stages": "hubpress.release.runner",
    "score_files": "hubpress.score.score",
    "verify_repository": "hubpress.release.verification",
    "write_family_page": "hubpress.release.family",
    "yank_version": "hubpress.release.versions",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from hubpress.audit.repository import audit_repository as audit_repository
    from hubpress.check.folder import check_folder as check_folder
    from hubpress.check.problem import Problem as Problem
    from hubpress.data.preview import PreviewedRecord as PreviewedRecord
    from hubpress.draft.draft import Drafted as Drafted
    from hubpress.draft.draft import draft_model as draft_model
    from hubpress.errors import HubpressError as HubpressError
    from hubpress.hub.client import Hub as Hub
    from hubpress.hub.client import PushResult as PushResult
    from hubpress.hub.collections import Collected as Collected
    from hubpress.hub.ids import RepoId as RepoId
    from hubpress.recipe.load import load_recipe as load_recipe
    from hubpress.recipe.recipe import Recipe as Recipe
    from hubpress.recipe.scaffold import NewModel as NewModel
    from hubpress.recipe.scaffold import new_model as new_model
    from hubpress.release.api import build_space as build_space
    from hubpress.release.api import evaluate_model as evaluate_model
    from hubpress.release.api import preview_records as preview_records
    from hubpress.release.api import push_model as push_model
    from hubpress.release.api import release_model as release_model
    from hubpress.release.api import render_card as render_card
    from hubpress.release.api import report_data as report_data
    from hubpress.release.family import FamilyResult as FamilyResult
    from hubpress.release.family import collect_releases as collect_releases
    from hubpress.release.family import write_family_page as write_family_page
    from hubpress.release.job import Job as Job
    from hubpress.release.meter import StageResult as StageResult
    from hubpress.release.overview import ModelStatus as ModelStatus
    from hubpress.release.overview import list_models as list_models
    from hubpress.release.promote import promote_model as promote_model
    from hubpress.release.push import PushedRelease as PushedRelease
    from hubpress.release.release import ReleaseResult as ReleaseResult
    from hubpress.release.runner import run_stages as run_stages
    from hubpress.release.targets import Target as Target
    from hubpress.release.verification import verify_repository as verify_repository
    from hubpress.release.versions import diff_model as diff_model
    from hubpress.release.versions import roll_back_space as roll_back_space
    from hubpress.release.versions import yank_version as yank_version
    from hubpress.schemas.audit import AuditFinding as AuditFinding
    from hubpress.schemas.audit import AuditReport as AuditReport
    from hubpress.schemas.data_report import DataReport as DataReport
    from hubpress.schemas.evaluation import Evaluation as Evaluation
    from hubpress.schemas.released import Released as Released
    from hubpress.schemas.version_diff import VersionDiff as VersionDiff
    from hubpress.score.score import ScoreResult as ScoreResult
    from hubpress.score.score import score_files as score_files
    from hubpress.verify.proof import Claim as Claim
    from hubpress.verify.proof import Proof as Proof
    from hubpress.versions.withdraw import Withdrawal as Withdrawal


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hubpress.environment import settle_environment

    settle_environment()  # before anything imports torch or huggingface_hub, which read it once
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
