"""Deployments as text for a terminal of 80 columns, Markdown, HTML, JSON and records."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from kerasbook.checks import integer, printable
from kerasbook.report.columns import filled, fitted, widest, wrapped
from kerasbook.report.html import STYLE, unfolding
from kerasbook.report.records import SCHEMA_VERSION
from kerasbook.report.text import escaped, labelled, title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kerasbook.arithmetic import Bytes
    from kerasbook.report.deployment import Deployment, Scheme, SchemeRow

__all__ = [
    "scheme_html",
    "scheme_markdown",
    "scheme_records",
    "scheme_text",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
]

_HEADINGS = ("Scheme", "Stored", "Moved", "Peak", "Stored, of now")
_LAYER_HEADINGS = ("Layer (class)", "Stored", "Moved", "Peak")
_INDENT = "    "
_MOST_NAMES = 3


# -------------------------------------------------------------------------------- all the schemes


def to_text(deployment: Deployment, *, width: int = 80) -> str:
    """A line a scheme, and below what stays as it is and what is refused."""
    width = integer("width", width, minimum=80)
    lines = wrapped(_title(deployment), width - 1)
    lines += _table([_HEADINGS, *_cells(deployment)], width)
    for label, text in _notes(deployment):
        lines.extend(labelled(f"{label}: ", text, "", width=width))
    return "\n".join(lines)


def to_markdown(deployment: Deployment) -> str:
    """The same as Markdown, for a pull request."""
    name, kind = escaped(deployment.name), escaped(deployment.class_name)
    lines = [f"**{name}** ({kind}), a batch of {deployment.batch_size}"]
    lines += ["", *_markdown_table([_HEADINGS, *_cells(deployment)]), ""]
    lines.extend(f"- {label}: {escaped(text)}" for label, text in _notes(deployment))
    return "\n".join(lines).rstrip() + "\n"


def to_html(deployment: Deployment) -> str:
    """The same as HTML; a click on a scheme shows its layers."""
    rows = [
        (unfolding(cells[0], _html_table(_layer_rows(scheme), _LAYER_HEADINGS)), *cells[1:])
        for scheme, cells in zip(deployment.schemes, _cells(deployment), strict=True)
    ]
    notes = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in _notes(deployment)
    )
    return _framed(_html_table(rows, _HEADINGS, caption=_title(deployment)) + f"<dl>{notes}</dl>")


def to_json(deployment: Deployment, *, indent: int | None = 2) -> str:
    """The same as JSON text, with the layers of each scheme."""
    record = {
        "schema_version": SCHEMA_VERSION,
        "name": deployment.name,
        "class_name": deployment.class_name,
        "batch_size": deployment.batch_size,
        "schemes": [
            {
                "name": scheme.name,
                "stored_bytes": int(scheme.stored),
                "moved_bytes": int(scheme.moved),
                "peak_bytes": int(scheme.peak),
                "stored_known": scheme.stored_known,
                "known": scheme.known,
                "layers": scheme_records(scheme),
            }
            for scheme in deployment.schemes
        ],
        "refused": dict(deployment.refused),
    }
    return json.dumps(record, indent=indent, ensure_ascii=False)


def _title(deployment: Deployment) -> str:
    return f"{title(deployment)}, a batch of {deployment.batch_size}"


def _cells(deployment: Deployment) -> Iterator[tuple[str, ...]]:
    """What the columns say of each scheme."""
    now = deployment.schemes[0].stored
    for scheme in deployment.schemes:
        share = f"{scheme.stored / now:,.1%}".replace("%", " %") if now else ""
        yield scheme.name, *_totals(scheme)[1:], share


def _notes(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """What stays as it is, said once for all the schemes that say the same."""
    said: dict[str, list[str]] = {}
    for scheme in deployment.schemes:
        for reason, names in scheme.kept.items():
            said.setdefault(f"{_listed(names)} as now: {reason}", []).append(scheme.name)
    for text, schemes in said.items():
        yield ", ".join(schemes), printable(text)
    for name, why in deployment.refused.items():
        yield name, printable(f"Keras raises an error because of {why}")


def _listed(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - _MOST_NAMES
    first = ", ".join(names[:_MOST_NAMES])
    return f"{first} and {more} more" if more > 0 else first


# ------------------------------------------------------------------------------------ one scheme


def scheme_text(scheme: Scheme, *, width: int = 80) -> str:
    """A line a layer with its arithmetic below, and the totals."""
    width = integer("width", width, minimum=80)
    rows = list(_shown(scheme))
    table = [_LAYER_HEADINGS, *map(_layer_cells, rows), _totals(scheme)]
    first, rule, *lines, total, end = _table(table, width)[1:]
    text = [f"{scheme.name}, a batch of {scheme.batch_size}", end, first, rule]
    for row, line in zip(rows, lines, strict=True):
        text.append(line)
        for label, arithmetic in _arithmetic(row):
            text.extend(labelled(f"{label} ", arithmetic, _INDENT, width=width))
    return "\n".join([*text, end, total])


def scheme_markdown(scheme: Scheme) -> str:
    """The same as a Markdown table, with the arithmetic in the cells."""
    table = [_LAYER_HEADINGS]
    for row in _shown(scheme):
        peak = "" if row.peak is None else row.peak.text
        table.append((_layer_cells(row)[0], row.stored.text, row.moved.text, peak))
    table.append(_totals(scheme))
    title = f"**{escaped(scheme.name)}**, a batch of {scheme.batch_size}"
    return "\n".join([title, "", *_markdown_table(table)]) + "\n"


def scheme_html(scheme: Scheme) -> str:
    """The same as HTML; a click on a number shows where it comes from."""
    title = f"{scheme.name}, a batch of {scheme.batch_size}"
    return _framed(_html_table(_layer_rows(scheme), _LAYER_HEADINGS, caption=title))


def scheme_records(scheme: Scheme) -> list[dict[str, Any]]:
    """One flat dict a layer."""
    return [
        {
            "scheme": scheme.name,
            "name": row.name,
            "class_name": row.class_name,
            "stored_bytes": int(row.stored),
            "stored_text": row.stored.text,
            "moved_bytes": int(row.moved),
            "moved_text": row.moved.text,
            "peak_bytes": None if row.peak is None else int(row.peak),
            "kept": row.kept,
            "stored_known": row.stored_known,
            "known": row.known,
        }
        for row in scheme.rows
    ]


def _shown(scheme: Scheme) -> Iterator[SchemeRow]:
    """The rows that something can be said of."""
    return (row for row in scheme.rows if row.stored or row.moved or not row.known)


def _layer_cells(row: SchemeRow) -> tuple[str, str, str, str]:
    peak = "" if row.peak is None else row.peak.human
    stored = f"{_least(row.stored_known)}{row.stored.human}"
    return (
        printable(f"{row.name} ({row.class_name})"),
        stored,
        f"{_least(row.known)}{row.moved.human}",
        peak,
    )


def _totals(scheme: Scheme) -> tuple[str, str, str, str]:
    least = _least(scheme.known)
    stored = f"{_least(scheme.stored_known)}{scheme.stored.human}"
    return "all", stored, f"{least}{scheme.moved.human}", f"{least}{scheme.peak.human}"


def _least(known: bool) -> str:  # noqa: FBT001  one question
    return "" if known else "≥ "


def _arithmetic(row: SchemeRow) -> Iterator[tuple[str, str]]:
    """What is said below a layer: a label and a text each."""
    if row.stored:
        yield "stored", row.stored.text
    if row.moved:
        yield "moved", row.moved.text
    if row.kept:
        yield "as now:", row.kept


def _layer_rows(scheme: Scheme) -> list[tuple[str, ...]]:
    """The rows of the HTML table, whose numbers unfold."""
    rows: list[tuple[str, ...]] = []
    for row in _shown(scheme):
        name, *cells = map(escape, _layer_cells(row))
        first = unfolding(name, escape(f"as now: {row.kept}")) if row.kept else name
        sizes: tuple[Bytes | None, ...] = (row.stored, row.moved, row.peak)
        unfolded = [
            unfolding(cell, escape(size.text)) if size else cell
            for cell, size in zip(cells, sizes, strict=True)
        ]
        rows.append((first, *unfolded))
    return [*rows, tuple(map(escape, _totals(scheme)))]


# -------------------------------------------------------------------------------------- tables


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lines of a table whose first column is words and whose others are numbers."""
    first, *others = zip(*rows, strict=True)
    widths = [widest(column) for column in others]
    room = width - 1 - sum(widths) - 2 * len(widths)
    name = min(widest(first), room)
    rule = "─" * (width - 1)
    lines = [
        filled(fitted(words, name), name)
        + "".join(
            "  " + filled(text, size, align=">") for text, size in zip(texts, widths, strict=True)
        )
        for words, *texts in rows
    ]
    return [rule, lines[0], rule, *(line.rstrip() for line in lines[1:]), rule]


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    aligned = ("---", *["---:"] * (len(rows[0]) - 1))
    return [f"| {' | '.join(map(escaped, row))} |" for row in (rows[0], aligned, *rows[1:])]


def _html_table(
    rows: Sequence[Sequence[str]], headings: Sequence[str], *, caption: str = ""
) -> str:
    """A table of cells that are HTML already."""

    def line(tag: str, scope: str, cells: Sequence[str]) -> str:
        first, *others = cells
        numbers = "".join(f'<{tag} class="number">{cell}</{tag}>' for cell in others)
        return f'<tr><th scope="{scope}">{first}</th>{numbers}</tr>'

    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "\n".join(line("td", "row", row) for row in rows)
    head = line("th", "col", headings)
    return f"<table>{title}<thead>{head}</thead><tbody>\n{body}\n</tbody></table>"


def _framed(inside: str) -> str:
    return f'<div class="kerasbook-report">\n<style>{STYLE}</style>\n{inside}\n</div>'
