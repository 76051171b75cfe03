"""A table, and how it is drawn as text, Markdown, HTML and JSON: one writer each.

Every result that is shown is such a table: it is made when it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kerasbook.checks import integer, printable
from kerasbook.report.columns import columns, fitted, justified, widest, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Kind: TypeAlias = Literal["words", "number"]

__all__ = ["Cell", "Table", "TableRow", "html_page", "to_html", "to_json", "to_markdown", "to_text"]

# Raised when a key changes its meaning or goes; new keys leave it as it is.
_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what is read at first.
        working: where it comes from, or a table of its parts; `""` if there is nothing to say.
    """

    text: str
    working: str | Table = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table.

    Attributes:
        cells: one for each column.
        below: what a text says below it: labels and texts.
        depth: how far it is indented.
    """

    cells: tuple[Cell, ...]
    below: tuple[tuple[str, str], ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """The title, columns, lines and notes of a result, before it is drawn.

    Attributes:
        title: what it is about, in one line; `""` if it needs none.
        columns: their headings, and what each holds: words or a number. Without columns a table is
            a list, whose lines have a mark and a text.
        lines: from the top.
        notes: what is said below: names and texts.
        name: the beginning of the title that Markdown sets in bold.
        sums: a last line, set apart; none if empty.
        gap: spaces between the columns of a text.
    """

    title: str
    columns: tuple[tuple[str, Kind], ...]
    lines: tuple[TableRow, ...]
    notes: tuple[tuple[str, str], ...] = ()
    name: str = ""
    sums: tuple[Cell, ...] = ()
    gap: int = 2

    @property
    def headings(self) -> list[str]:
        """The headings of the columns."""
        return [heading for heading, _ in self.columns]

    @property
    def kinds(self) -> list[Kind]:
        """The kind of each column: words or a number."""
        return [kind for _, kind in self.columns]


# ------------------------------------------------------------------------------------------ text

# Where a table is too wide: the longest words of any column but the first, which takes the rest.
_LONGEST_WORDS = 11
_SHORTEST_FIRST = 12
_DEEPEST_INDENT = 8
_INDENT = "  "


def to_text(table: Table, *, width: int = 80) -> str:
    """A table for a terminal, with the working below each line.

    Args:
        table: what is shown.
        width: columns of the terminal, at least 80.

    Examples:
        >>> top = TableRow((Cell("top"), Cell("15", "(4 + 1)·3 = 15")), below=(("params ", "5·3"),))
        >>> print(to_text(Table("", (("Layer", "words"), ("Parameters", "number")), (top,))))
        Layer  Parameters
        top            15
            params 5·3
    """
    width = integer("width", width, minimum=80)
    rule = ["─" * (width - 1)] if table.title and table.columns else []
    lines = wrapped(printable(table.title), width - 1) if table.title else []
    if table.columns:
        lines += _aligned(table, rule, width)
    else:
        for line in table.lines:
            mark, said = line.cells
            lines += labelled(mark.text, said.text, "", width=width)
            lines += _below(line, width)
    names = [printable(name) for name, _ in table.notes]
    if names and not rule:
        lines.append("")
    room = min(widest(names), width // 3) if names else 0
    for name, (_, text) in zip(names, table.notes, strict=True):
        label = f"{justified(name, room)}  "
        lines += labelled(label, text, "", width=width)
    return "\n".join(lines)


def _aligned(table: Table, rule: list[str], width: int) -> Iterator[str]:
    """The lines of a table that has columns."""
    texts = [
        [_INDENT * min(line.depth, _DEEPEST_INDENT) + first, *others]
        for line in table.lines
        for first, *others in [_texts(line.cells)]
    ]
    whole = [table.headings, *texts, *([_texts(table.sums)] if table.sums else [])]
    widths = _widths(whole, table, width - 1)
    head, *drawn = (_joined(each, widths, table) for each in whole)
    yield from (*rule, head, *rule)
    for line, text in zip(table.lines, drawn, strict=False):
        yield text
        yield from _below(line, width)
    yield from (*rule, *drawn[len(table.lines) :])


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [printable(cell.text) for cell in cells]


def _widths(rows: Sequence[Sequence[str]], table: Table, width: int) -> list[int]:
    """Widths of the columns: numbers whole, words as far as there is room."""
    first, *others = [widest(column) for column in zip(*rows, strict=True)]
    if first + sum(others) + table.gap * len(others) <= width:
        return [first, *others]
    kinds = table.kinds[1:]
    others = [
        size if kind == "number" else min(size, _LONGEST_WORDS)
        for size, kind in zip(others, kinds, strict=True)
    ]
    room = width - sum(others) - table.gap * len(others)
    return [min(first, max(room, _SHORTEST_FIRST)), *others]


def _joined(texts: Sequence[str], widths: Sequence[int], table: Table) -> str:
    cells = []
    for text, size, kind in zip(texts, widths, table.kinds, strict=True):
        align = ">" if kind == "number" else "<"
        cells.append(justified(fitted(text, size), size, align=align))
    return (" " * table.gap).join(cells).rstrip()


def _below(line: TableRow, width: int) -> Iterator[str]:
    """The notes below a line, each after its label."""
    indent = _INDENT * (min(line.depth, _DEEPEST_INDENT) + 2)
    for label, text in line.below:
        yield from labelled(label, text, indent, width=width)


def labelled(label: str, text: str, indent: str, *, width: int) -> list[str]:
    """Lines of a text after its label."""
    label, text = printable(label), printable(text)
    below = " " * columns(label)
    lines = wrapped(text, width - 1 - len(indent) - len(below))
    return [f"{indent}{below if n else label}{line}" for n, line in enumerate(lines)]


# -------------------------------------------------------------------------------------- Markdown

# What Markdown, or HTML inside it, would read as a sign.
_SIGNS = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*_[]|~$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)


def to_markdown(*tables: Table) -> str:
    """Tables as Markdown, with the working in place of the numbers: for a pull request."""
    return "\n\n".join("\n".join(_markdown(each)) for each in tables) + "\n"


def _markdown(table: Table) -> Iterator[str]:
    if table.title:
        rest = _escaped(table.title.removeprefix(table.name))
        yield from (f"**{_escaped(table.name)}**{rest}" if table.name else rest, "")
    kinds = table.kinds
    yield _markdown_row(map(_escaped, table.headings))
    yield _markdown_row("---:" if kind == "number" else "---" for kind in kinds)
    for line in table.lines:
        first, *others = (
            _escaped(_worked(cell) if kind == "number" else cell.text)
            for cell, kind in zip(line.cells, kinds, strict=True)
        )
        yield _markdown_row(["&emsp;" * line.depth + first, *others])
    if table.sums:
        yield _markdown_row(_escaped(cell.text) for cell in table.sums)
    if table.notes:
        yield ""
        yield from (f"- {_escaped(name)}: {_escaped(text)}" for name, text in table.notes)


def _markdown_row(cells: Iterable[str]) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def _worked(cell: Cell) -> str:
    """The working of a number, or the number itself."""
    return cell.working if cell.working and isinstance(cell.working, str) else cell.text


def _escaped(text: str) -> str:
    """A text that means itself in Markdown, also in a table."""
    return printable(text).translate(_SIGNS)


# ------------------------------------------------------------------------------------------ HTML

# Colours are the reader's own, so that the table is legible in light and dark notebooks alike.
_STYLE = """
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
_DEEPEST_CLASS = 3
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
{body}
</main>
</body>
</html>
"""


def to_html(*tables: Table) -> str:
    """Tables for a notebook or a page; a click on a number unfolds its working."""
    drawn = "\n".join(map(_html, tables))
    return f'<div class="kerasbook-report">\n<style>{_STYLE}</style>\n{drawn}\n</div>'


def html_page(table: Table, *, title: str) -> str:
    """A whole page of one table that needs nothing else."""
    return _PAGE.format(title=_html_text(title), body=to_html(table))


def _html(table: Table) -> str:
    kinds = [' class="number"' if kind == "number" else "" for kind in table.kinds]
    head = "".join(
        f'<th scope="col"{kind}>{_html_text(text)}</th>'
        for text, kind in zip(table.headings, kinds, strict=True)
    )
    lines = [*table.lines, *([TableRow(table.sums)] if table.sums else [])]
    body = "\n".join(_html_line(line, kinds) for line in lines)
    caption = f"<caption>{_html_text(table.title)}</caption>\n" if table.title else ""
    notes = "\n".join(
        f"<dt>{_html_text(name)}</dt><dd>{_html_text(text)}</dd>" for name, text in table.notes
    )
    below = f"\n<dl>\n{notes}\n</dl>" if notes else ""
    rows = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    return f"<table>\n{caption}{rows}\n</table>{below}"


def _html_line(line: TableRow, kinds: Sequence[str]) -> str:
    first, *others = map(_unfolding, line.cells)
    depth = f' class="depth-{min(line.depth, _DEEPEST_CLASS)}"' if line.depth else ""
    cells = "".join(f"<td{kind}>{text}</td>" for text, kind in zip(others, kinds[1:], strict=True))
    return f'<tr><th scope="row"{depth}>{first}</th>{cells}</tr>'


def _unfolding(cell: Cell) -> str:
    """A text that a click opens, if there is something inside."""
    text, working = _html_text(cell.text), cell.working
    if not working:
        return text
    inside = _html_text(working) if isinstance(working, str) else _html(working)
    return f"<details><summary>{text}</summary>{inside}</details>"


def _html_text(text: str) -> str:
    from html import escape  # noqa: PLC0415  only who draws a page

    return escape(printable(text))


# ------------------------------------------------------------------------------------------ JSON


def to_json(record: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """A result's values as JSON text, with a `schema_version`.

    Args:
        record: names and plain values.
        indent: spaces a level; `None` for one line.
    """
    import json  # noqa: PLC0415  only who wants JSON

    versioned = {"schema_version": _SCHEMA_VERSION, **record}
    return json.dumps(versioned, indent=indent, ensure_ascii=False)
