"""A report as text for a terminal of 80 columns, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import Bytes, number
from kerasbook.checks import printable
from kerasbook.report.columns import columns, filled, fitted, widest, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.arithmetic import Number
    from kerasbook.report.deployment import Deployment
    from kerasbook.report.model_report import ModelReport
    from kerasbook.report.rows import ReportRow
    from kerasbook.rules import Shape

__all__ = [
    "HEADINGS",
    "called",
    "cells",
    "count",
    "field_text",
    "labelled",
    "shape_text",
    "title",
    "to_markdown",
    "to_text",
    "totals",
    "worked",
]

HEADINGS = ("Layer (class)", "Output", "Parameters", "MACs", "Sees")
# The longest an output and a receptive field may be in a terminal; the names take what is left.
_LONGEST_WORDS = 11
_SHORTEST_NAME = 12
_INDENT = "  "
_DEEPEST_INDENT = 8


def to_text(report: ModelReport, *, width: int = 80) -> str:
    """A table of the layers with the arithmetic of each below it, and the totals."""
    rule = "─" * (width - 1)
    table = [HEADINGS, *map(cells, report.rows)]
    widths = _widths(table, width - 1)
    lines = [*wrapped(title(report), width - 1), rule, _line(HEADINGS, widths), rule]
    previous = ""
    for row, texts in zip(report.rows, table[1:], strict=True):
        lines.append(_line(texts, widths))
        lines.extend(_details(row, previous, width))
        previous = row.own_name
    lines.append(rule)
    below = list(totals(report))
    name_width = max(len(name) for name, _ in below)
    for name, text in below:
        first, *rest = wrapped(text, width - name_width - 3)
        lines.append(f"{name:<{name_width}}  {first}")
        lines.extend(" " * (name_width + 2) + part for part in rest)
    return "\n".join(lines)


def to_markdown(report: ModelReport) -> str:
    """The same as Markdown, with the arithmetic in the cells: for a pull request."""
    table: list[tuple[str, ...]] = [HEADINGS, ("---", "---", "---:", "---:", "---")]
    for row in report.rows:
        name, output, _, _, field = cells(row)
        params = count(row.params) if row.is_model else worked(row)
        macs = "?" if row.macs_formula is None else row.macs_formula.text
        texts = map(escaped, (name.strip(), output, params, macs, field))
        table.append(("&emsp;" * row.depth + next(texts), *texts))
    lines = [f"**{escaped(report.name)}** ({escaped(report.class_name)})", ""]
    lines.extend("| " + " | ".join(line) + " |" for line in table)
    lines.append("")
    lines.extend(f"- {name}: {escaped(text)}" for name, text in totals(report))
    return "\n".join(lines) + "\n"


def title(of: ModelReport | Deployment) -> str:
    """The model that something is said of: its name and class."""
    return printable(f"{of.name} ({of.class_name})")


def cells(row: ReportRow) -> tuple[str, str, str, str, str]:
    """What the columns say of one layer, as short texts."""
    return (
        _indent(row) + printable(f"{row.own_name} ({row.class_name})"),
        " ".join(map(shape_text, row.output_shapes)),
        "shared" if row.shared else count(row.params),
        _macs_cell(row),
        field_text(row.receptive_field),
    )


def totals(report: ModelReport) -> Iterator[tuple[str, str]]:
    """What is said below the table: a name and a text each."""
    least = "" if report.params_known else "at least "
    params = report.params
    split = f"{params.trainable:,} trainable, {params.non_trainable:,} not"
    if not report.trainable_known:
        split = f"at least {params.trainable:,} trainable"
    yield "Parameters", f"{least}{params:,} ({split})"
    least = "" if report.macs_known else "at least "
    macs = report.macs
    yield "MACs", f"{least}{macs:,} for one sample"
    yield "FLOPs", f"{least}2·{macs:,} = {macs.flops:,}"
    weights = [
        f"{Bytes(number(size)).human} of {dtype}" for dtype, size in report.weights_bytes.items()
    ]
    yield "Weights", ", ".join(weights) or "none"
    memory = report.memory()
    least = "" if memory.known else "at least "
    optimizer = report.optimizer.class_name if report.optimizer else "Adam"
    yield (
        "Memory, batch 1",
        (
            f"{least}{memory.inference_bytes.human} for inference, "
            f"{least}{memory.training_bytes.human} to train with {optimizer}"
        ),
    )
    if report.unspecified:
        names = printable(", ".join(report.unspecified))
        yield "Unspecified", f"the MACs of {names}: give input_shapes="
    if report.reason:
        yield "Unknown", printable(f"{report.name}: {report.reason}")
    for row in report.rows:
        if row.reason:
            yield "Unknown", printable(f"{row.name}: {row.reason}")


def count(value: Number | None) -> str:
    """A number with separators; a question mark if it is unknown."""
    return "?" if value is None else f"{value:,}"


def shape_text(shape: Shape | None) -> str:
    """A shape without its batch: `32×32×3`; a question mark for what is not known."""
    return "?" if shape is None else _sizes_text(shape[1:], "?") or "1"


def field_text(receptive_field: tuple[int | None, ...] | None) -> str:
    """A receptive field: `7×7`; nothing where no window describes it."""
    return _sizes_text(receptive_field or (), "all")


def _sizes_text(sizes: Sequence[int | None], unspecified: str) -> str:
    return "×".join(map(str, sizes)).replace("None", unspecified)


def _macs_cell(row: ReportRow) -> str:
    if row.macs_formula is None:
        return "?"
    return "symbolic" if row.macs is None else count(row.macs)


def _widths(table: Sequence[Sequence[str]], width: int) -> tuple[int, ...]:
    """Widths of the columns: numbers whole, words as far as there is room."""
    longest = [widest(column) for column in zip(*table, strict=True)]
    output, field = (min(longest[n], _LONGEST_WORDS) for n in (1, 4))
    taken = output + longest[2] + longest[3] + field + len(HEADINGS) - 1
    name = min(longest[0], max(width - taken, _SHORTEST_NAME))
    return name, output, longest[2], longest[3], field


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    """One line of the table: two columns of words, two of numbers, one of words."""
    name, output, params, macs, field = texts
    n, o, p, m, f = widths
    words = f"{filled(fitted(name, n), n)} {filled(fitted(output, o), o)}"
    return f"{words} {params.rjust(p)} {macs.rjust(m)} {fitted(field, f)}".rstrip()


def _details(row: ReportRow, previous: str, width: int) -> Iterator[str]:
    """The lines under a layer: where it comes from, and its arithmetic."""
    indent = _indent(row) + 2 * _INDENT
    if row.connected_from not in ((), (previous,)):
        yield from labelled("from ", ", ".join(row.connected_from), indent, width=width)
    if row.calls > 1:
        yield from labelled("called ", called(row), indent, width=width)
    if row.params and not row.is_model and not row.shared:
        counted = "" if row.params_origin == "ruled" else f", {row.params_origin}"
        yield from labelled("params ", worked(row) + counted, indent, width=width)
        if row.logical_params is not None:
            yield f"{indent}stands for {row.logical_params:,} of the plain layer"
    if row.macs_formula is not None and not row.is_model and row.macs_formula.value != 0:
        traced = "" if row.macs_origin == "ruled" else f", {row.macs_origin}"
        yield from labelled("MACs ", row.macs_formula.text + traced, indent, width=width)
    if row.reason:
        yield from labelled("unknown: ", row.reason, indent, width=width)


def called(row: ReportRow) -> str:
    """How often a layer is called, and what it puts out each time if that differs."""
    shapes = (" ".join(map(shape_text, each)) for each in row.shapes_of_calls)
    text = f"{row.calls} times"
    return f"{text}, to {', '.join(shapes)}" if row.shapes_of_calls else text


def worked(row: ReportRow) -> str:
    """The arithmetic of a layer's parameters, and how many of them are not trained."""
    params = row.params
    if params is None:
        return "?"
    if not row.trainable_known:
        return f"{params.text}, which of them are trained is not known"
    rest = params.non_trainable
    return f"{params.text}, {rest:,} not trainable" if rest else params.text


def labelled(label: str, text: str, indent: str, *, width: int) -> list[str]:
    """Lines of a text after its label."""
    label, text = printable(label), printable(text)
    below = " " * columns(label)
    lines = wrapped(text, width - 1 - len(indent) - columns(label))
    return [f"{indent}{below if n else label}{line}" for n, line in enumerate(lines)]


def _indent(row: ReportRow) -> str:
    """The space before what is said of a layer: deeper than that it would leave no room."""
    return _INDENT * min(row.depth, _DEEPEST_INDENT)


# What Markdown, or HTML inside it, would read as a sign.
_SIGNS = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*_[]|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)


def escaped(text: str) -> str:
    """A text that means itself in Markdown, also in a table."""
    return printable(text).translate(_SIGNS)
