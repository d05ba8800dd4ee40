"""A report as one page for a browser: nothing on it is fetched, and whatever records say stands there as text."""

from __future__ import annotations

from pathlib import Path

from hubpress.content import templates
from hubpress.data.splitting import SPLITS
from hubpress.report.findings import percent
from hubpress.report.summary import summary
from hubpress.schemas.data_report import DataReport
from hubpress.text import counted

_TEMPLATE = "data.html.j2"
_SHOWN = 20
"""So many labels stand open, the others folded."""
_MOST_SHOWN = 1_000

_KINDS = {
    "exact": "The same text",
    "normalised": "The same text but for case, white space or Unicode form",
    "near": "Nearly the same text",
}


def render_page(title: str, report: DataReport) -> str:
    """Return the page of a model's records; *title* is the model's."""
    environment = templates(Path(__file__).parent, autoescape=True)
    environment.filters |= {"percent": percent, "number": lambda value: f"{value:,}", "many": counted}
    totals = report.label_totals
    by_size = sorted(totals, key=lambda label: (-totals[label], label))
    return environment.get_template(_TEMPLATE).render(
        title=title,
        splits=SPLITS,
        kinds=_KINDS,
        sampled=any(split.measured < report.counts[name] for name, split in report.lengths.splits.items()),
        report=report,
        summary=list(summary(report)),
        totals=totals,
        largest=max(totals.values(), default=0) or 1,
        open_labels=by_size[:_SHOWN],
        folded_labels=by_size[_SHOWN:_MOST_SHOWN],
        unlisted=max(0, len(by_size) - _MOST_SHOWN),
    )
