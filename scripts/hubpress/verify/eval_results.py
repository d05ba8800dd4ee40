"""What a release gives to the leaderboard of a benchmark, held against its facts and against what is measured again."""

from __future__ import annotations

from hubpress.card.eval_results import eval_results, values_of_tasks
from hubpress.hub.loose_values import as_list, as_mapping
from hubpress.layout import EVAL_RESULTS
from hubpress.schemas.evaluation import Remeasured
from hubpress.text import counted
from hubpress.verify.downloaded import DownloadedRelease
from hubpress.verify.proof import Claim, compare
from hubpress.yaml12 import YamlError, parse

_FILE, _VALUES = "eval results", "benchmark"


def claims_of_results_file(release: DownloadedRelease) -> list[Claim]:
    """Render the file again, where the recipe names a benchmark, and compare it; one without that is no release's."""
    expected, found = eval_results(release.recipe, release.evaluation), _published(release)
    if expected is None and found is None:
        return []
    differences = [] if found == expected else [f"{EVAL_RESULTS} is not the one that the facts give"]
    return [Claim(_FILE, f"{EVAL_RESULTS} made again from recipe and evaluation.json", differences)]


def measured_results(release: DownloadedRelease, measured: Remeasured) -> list[Claim]:
    """Hold the values of the file against what was measured again."""
    text = _published(release)
    if text is None:
        return []
    try:
        entries = [as_mapping(entry) for entry in as_list(parse(text).value)]
    except YamlError:  # of which the other claim tells
        entries = []
    claimed = {str(as_mapping(one.get("dataset")).get("task_id")): one.get("value") for one in entries}
    values = values_of_tasks(release.recipe, measured.metrics)
    differences = compare(claimed, values, EVAL_RESULTS, release.evaluation.tolerance)
    return [Claim(_VALUES, _words(release), differences)]


def unmeasured_results(release: DownloadedRelease, why: str) -> list[Claim]:
    """Return the same claim where nothing could be measured again, and why not."""
    return [] if _published(release) is None else [Claim(_VALUES, _words(release), unproved=why)]


def _words(release: DownloadedRelease) -> str:
    values = counted(len(release.recipe.evaluation.eval_results), "value")
    return f"{values} of {EVAL_RESULTS} against the same measurement"


def _published(release: DownloadedRelease) -> str | None:
    path = release.files / EVAL_RESULTS
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
