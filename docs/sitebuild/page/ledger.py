"""The shape ledger: a model as a table in which each row unfolds its arithmetic."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kerasbook.arithmetic import convolve, covered, minus, number, plus, product
from kerasbook.checks import printable
from kerasbook.graph import graph_rows
from kerasbook.report.layers import cells, shape_text
from kerasbook.rules.views import Scattered, Window
from sitebuild.page.html import arithmetic, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.arithmetic import Formula
    from kerasbook.graph.rows import Row
    from kerasbook.report import ModelReport, ReportRow

__all__ = ["ledger", "output_arithmetic"]

_HEADINGS = ("Layer", "Output", "Parameters", "MACs", "Sees")
_NUMBERS = (2, 3)
_DEEPEST_INDENT = 3


def ledger(report: ModelReport, *, name: str) -> str:
    """The report as HTML: a row per layer with its arithmetic below it, and the totals.

    The arithmetic is folded, and open where no script can unfold it.

    Args:
        report: the report.
        name: makes ids unique where a page has several.
    """
    caption = escape(printable(f"{report.name} ({report.class_name})"))
    head = "".join(
        f'<th scope="col"{_align(place)}>{text}</th>' for place, text in enumerate(_HEADINGS)
    )
    rows = zip(report.rows, graph_rows(report.graph), strict=True)
    body = "\n".join(
        _entry(row, source, f"{name}-{place}") for place, (row, source) in enumerate(rows)
    )
    sums = lines((about, escape(printable(text))) for about, text in report.totals())
    return f"""<div class="kb-ledger" data-widget="ledger">
<button type="button" class="kb-button kb-all kb-live">Unfold all</button>
<div class="kb-scroll" role="region" aria-label="{caption}" tabindex="0">
<table class="kb-table">
<caption>{caption}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
<div class="kb-totals">{sums}</div>
</div>"""


def output_arithmetic(row: Row) -> tuple[Formula, ...]:
    """How the output's sizes follow from the input's, for each axis that a window moves along.

    Args:
        row: a layer of a graph.

    Returns:
        One formula for each such axis; one for all of a `Flatten`; none where every size stays.
    """
    step, views = row.node.steps[0], row.facts.views
    shape = step.input_shapes[0] if step.input_shapes and step.inner is None else None
    if not views or shape is None:
        return ()
    seen = [
        (number(size), view)
        for size, view in zip(shape[1:], views[0], strict=True)
        if size is not None
    ]
    scattered = [size for size, view in seen if isinstance(view, Scattered)]
    if len(scattered) == len(shape) - 1 > 1:
        return (product(*scattered),)
    slid = [_slid(size, view) for size, view in seen if isinstance(view, Window)]
    return tuple(formula for formula in slid if formula is not None)


def _slid(size: Formula, view: Window) -> Formula | None:
    """The length of the output of a window; `None` if it looks at one position, or crops."""
    if view.padding is None or min(view.padding) < 0 or _looks(view) == _looks(Window()):
        return None
    if view.transposed:
        reach = covered(view.kernel_size, view.dilation_rate)
        full = plus(product(minus(size, 1), view.strides), reach)
        return minus(full, *view.padding) if any(view.padding) else full
    return convolve(
        size,
        view.kernel_size,
        strides=view.strides,
        padding=view.padding,
        dilation_rate=view.dilation_rate,
    ).size


def _looks(view: Window) -> tuple[object, ...]:
    """What decides how long the output is: not how dense the taps of a single tap lie."""
    return view.kernel_size, view.strides, view.padding


def _entry(row: ReportRow, source: Row, name: str) -> str:
    """A layer's row, and the row below it with its arithmetic."""
    first, *rest = (escape(printable(text)) for text in cells(row))
    indent = f' class="kb-depth-{min(row.depth, _DEEPEST_INDENT)}"' if row.depth else ""
    others = "".join(f"<td{_align(place)}>{text}</td>" for place, text in enumerate(rest, start=1))
    work = list(_work(row, source))
    if not work:
        return f'<tr><th scope="row"{indent}>{first}</th>{others}</tr>'
    button = (
        f'<button type="button" class="kb-unfold" aria-expanded="false" aria-controls="{name}">'
        f"{first}</button>"
    )
    return (
        f'<tr><th scope="row"{indent}>{button}</th>{others}</tr>\n'
        f'<tr class="kb-work" id="{name}" hidden><td colspan="{len(_HEADINGS)}">'
        f"{lines(work)}</td></tr>"
    )


def _work(row: ReportRow, source: Row) -> Iterator[tuple[str, str]]:
    """What there is to say below a row."""
    if row.connected_from:
        yield "from", escape(printable(", ".join(row.connected_from)))
    if row.calls > 1:
        yield "called", f"{row.calls} times"
    sizes = dict.fromkeys(formula.text for formula in output_arithmetic(source))
    if sizes:
        output = " ".join(shape_text(shape) for shape in row.output_shapes)
        yield f"output {output}", "<br>".join(map(arithmetic, sizes))
    params = row.params
    if params and not row.is_model and not row.shared:
        yield "parameters", arithmetic(params.text)
        if params.non_trainable:
            yield "not trainable", arithmetic(params.non_trainable.text)
    if row.logical_params is not None:
        yield "stands for", f"{row.logical_params:,} parameters of the plain layer"
    formula = row.macs_formula
    if formula is not None and formula.value != 0 and not row.is_model:
        yield "MACs", arithmetic(formula.text)
    if row.jump is not None and any(row.jump) and row.receptive_field is not None:
        jump = "×".join(f"{each:g}" for each in row.jump)
        yield "jump", f"{jump} pixels of the input from one unit to the next"
    if row.reason:
        yield "unknown", escape(printable(row.reason))


def _align(place: int) -> str:
    return ' class="kb-number"' if place in _NUMBERS else ""
