"""A report as HTML: a table whose rows unfold their arithmetic."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kerasbook.checks import printable
from kerasbook.report.text import HEADINGS, called, cells, title, totals, worked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.report.model_report import ModelReport
    from kerasbook.report.rows import ReportRow

__all__ = ["STYLE", "to_html", "to_page", "unfolding"]

# Colours are the reader's own, so that the table is legible in light and dark notebooks alike.
STYLE = """
.kerasbook-report { overflow-x: auto; }
.kerasbook-report table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.kerasbook-report caption { text-align: left; font-weight: bold; padding: .25em 0; }
.kerasbook-report th, .kerasbook-report td { text-align: left; vertical-align: top;
  padding: .2em 1em .2em 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%,
  transparent); }
.kerasbook-report .number { text-align: right; }
.kerasbook-report summary { cursor: pointer; }
.kerasbook-report dt { font-weight: bold; float: left; clear: left; margin-right: .5em; }
.kerasbook-report dd { margin: 0; }
.kerasbook-report .depth-1 { padding-left: 1.5em; }
.kerasbook-report .depth-2 { padding-left: 3em; }
.kerasbook-report .depth-3 { padding-left: 4.5em; }
"""
_DEEPEST_INDENT = 3
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem;
  padding: 0 1rem; }}
</style>
</head>
<body>
<main>
{report}
</main>
</body>
</html>
"""


def to_html(report: ModelReport) -> str:
    """A table for a notebook or a page; a click on a number shows where it comes from."""
    head = "".join(f'<th scope="col"{_align(n)}>{text}</th>' for n, text in enumerate(HEADINGS))
    body = "\n".join(_row(row) for row in report.rows)
    sums = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in totals(report)
    )
    return f"""<div class="kerasbook-report">
<style>{STYLE}</style>
<table>
<caption>{escape(title(report))}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
<dl>
{sums}
</dl>
</div>"""


def to_page(report: ModelReport) -> str:
    """A whole page that needs nothing else."""
    name = escape(printable(report.name))
    return _PAGE.format(title=f"{name}: its arithmetic", report=to_html(report))


def _row(row: ReportRow) -> str:
    name, output, params, macs, field = (escape(text.strip()) for text in cells(row))
    notes = "; ".join(_notes(row))
    first = unfolding(name, escape(notes)) if notes else name
    if row.params and not row.is_model and not row.shared:
        params = unfolding(params, escape(worked(row)))
    formula = row.macs_formula
    if formula is not None and formula.value != 0 and not row.is_model:
        macs = unfolding(macs, escape(formula.text))
    depth = f' class="depth-{min(row.depth, _DEEPEST_INDENT)}"' if row.depth else ""
    return (
        f'<tr><th scope="row"{depth}>{first}</th><td>{output}</td>'
        f'<td class="number">{params}</td><td class="number">{macs}</td><td>{field}</td></tr>'
    )


def _notes(row: ReportRow) -> Iterator[str]:
    if row.connected_from:
        yield printable(f"from {', '.join(row.connected_from)}")
    if row.calls > 1:
        yield f"called {called(row)}"
    if row.jump is not None and any(row.jump) and row.receptive_field is not None:
        yield f"jump {'×'.join(f'{each:g}' for each in row.jump)}"
    if row.logical_params is not None:
        yield f"stands for {row.logical_params:,} parameters of the plain layer"
    if row.reason:
        yield printable(f"unknown: {row.reason}")


def unfolding(summary: str, inside: str) -> str:
    """A text that a click opens; both are HTML."""
    return f"<details><summary>{summary}</summary>{inside}</details>"


def _align(column: int) -> str:
    return ' class="number"' if column in (2, 3) else ""
