"""Volumes in rows: which columns each row has, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from kerasbook.diagrams.block_words import volume_words
from kerasbook.diagrams.glyphs import scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.diagrams.block_words import Look
    from kerasbook.diagrams.glyphs import Glyph
    from kerasbook.diagrams.main_path import Bypass, Span, Way
    from kerasbook.drawing.ruler import Ruler


__all__ = [
    "HEADER",
    "LINE",
    "MARGIN",
    "POINTS",
    "SIDE",
    "TRACK",
    "Arc",
    "Column",
    "VolumeRow",
    "columns_of",
    "rows_of",
]

POINTS: dict[Look, float] = {"heading": 8.5, "text": 8.0, "muted": 8.0}
LINE = 0.145  # inches, of text
HEADER = 2 * LINE + 0.06  # of a frame
TRACK = 0.22  # between what leads past
MARGIN = 0.05  # beside the middle of a column, and at the sides of a row
SIDE = 0.3  # of a row, for the arrows that come in and leave
_LABEL = 1.8  # of what comes in from outside, or leaves
_FAR = 10**9  # columns: after all of them
_APART = 0.2  # between columns
_ROWS_APART = 0.3
_BELOW = 0.12  # between a glyph and its text


@dataclass(frozen=True, slots=True)
class Column:
    """A block with its text below."""

    glyph: Glyph
    lines: tuple[tuple[str, Look], ...]
    width: float


@dataclass(frozen=True, slots=True)
class Arc:
    """What leads past the columns of a row: from them, or an earlier row; to them, or further.

    Attributes:
        bypass: what it is.
        starts: the columns of the row that it comes from.
        ends: the columns of the row that it goes to.
        left: where it begins, in inches.
        right: where it ends; infinite if it goes on in the next row.
        level: how far above the columns, from 0.
        named: whether this is the row in which it is the longest.
    """

    bypass: Bypass
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    left: float
    right: float
    level: int
    named: bool = True


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """Some columns, and the heights of what is drawn of them.

    Attributes:
        columns: by their numbers.
        lefts: left side of each column, by its number.
        spans: the frames around them.
        arcs: what leads past them.
        top: of all of it.
        header: height of the titles of frames.
        above: height of what leads past.
        glyphs: height of the highest glyph.
        bottom: of all of it.
    """

    columns: dict[int, Column]
    lefts: dict[int, float]
    spans: tuple[Span, ...]
    arcs: tuple[Arc, ...]
    top: float
    header: float
    above: float
    glyphs: float
    bottom: float

    @property
    def middle(self) -> float:
        """The height of the middles of the glyphs."""
        return self.top + self.header + self.above + self.glyphs / 2

    @property
    def text(self) -> float:
        """The height at which the texts begin."""
        return self.top + self.header + self.above + self.glyphs + _BELOW

    def center(self, number: int) -> float:
        """The middle of a column."""
        return self.lefts[number] + self.columns[number].width / 2

    def glyph_left(self, number: int) -> float:
        """The left side of a column's glyph."""
        return self.center(number) - self.columns[number].glyph.width / 2


def columns_of(way: Way, ruler: Ruler, *, most: float) -> list[Column]:
    """A column for each block, its texts in lines of at most a width in inches."""
    scale = scale_of(way.blocks)
    found = []
    for block in way.blocks:
        glyph = scale.glyph(block)
        lines: list[tuple[str, Look]] = []
        for text, look in volume_words(block):
            points, bold = POINTS[look], look == "heading"
            broken = [text]
            if look != "muted":  # a name stays on a line
                broken = ruler.lines(text.split(" "), points, most=most, bold=bold)
            lines += [(ruler.fitted(t, points, most=most, bold=bold), look) for t in broken]
        widths = [ruler.width(text, POINTS[k], bold=k == "heading") for text, k in lines]
        found.append(Column(glyph, tuple(lines), max(glyph.width, *widths) + _APART))
    return found


def rows_of(way: Way, columns: Sequence[Column], *, widest: float) -> list[VolumeRow]:
    """The columns in as few rows as fit a width, all about as wide."""
    rows: list[VolumeRow] = []
    units = _units(way, columns, widest - 2 * SIDE)
    widths = [sum(columns[number].width for number in unit) for unit in units]
    for row in _wrapped(widths, widest - 2 * SIDE):
        numbers = range(units[row.start].start, units[row.stop - 1].stop)
        rows.append(_row(way, columns, numbers, top=rows[-1].bottom + _ROWS_APART if rows else 0.0))
    return [_named(row, rows) for row in rows]


def _named(row: VolumeRow, rows: Sequence[VolumeRow]) -> VolumeRow:
    """The row with the names of what leads past it, each only in the row where it is longest."""
    arcs = []
    for arc in row.arcs:
        start, end = _reach(arc.bypass)
        lengths = [sum(start <= number <= end for number in other.columns) for other in rows]
        arcs.append(replace(arc, named=rows[lengths.index(max(lengths))] is row))
    return replace(row, arcs=tuple(arcs))


def _row(way: Way, columns: Sequence[Column], numbers: range, *, top: float) -> VolumeRow:
    lefts, left = {}, SIDE
    for number in numbers:
        lefts[number] = left
        left += columns[number].width
    spans = tuple(s for s in way.spans if s.start < numbers.stop and s.end > numbers.start)
    arcs = _arcs(way, {n: lefts[n] + columns[n].width / 2 for n in numbers})
    header = HEADER * max((span.depth + 1 for span in spans), default=0)
    above = TRACK * max((arc.level + 1.8 for arc in arcs), default=0)
    glyphs = max(columns[number].glyph.height for number in numbers)
    lines = max(len(columns[number].lines) for number in numbers)
    bottom = top + header + above + glyphs + _BELOW + LINE * lines + (0.1 if spans else 0.0)
    shown = {number: columns[number] for number in numbers}
    return VolumeRow(shown, lefts, spans, arcs, top, header, above, glyphs, bottom)


def _units(way: Way, columns: Sequence[Column], widest: float) -> list[range]:
    """Columns that stay in one row: those in a frame, if they fit."""
    whole: dict[int, int] = {}
    for span in way.spans:
        if sum(columns[n].width for n in range(span.start, span.end)) <= widest:
            whole.setdefault(span.start, span.end)
    found, start = [], 0
    while start < len(columns):
        end = whole.get(start, start + 1)
        found.append(range(start, end))
        start = end
    return found


def _arcs(way: Way, centers: dict[int, float]) -> tuple[Arc, ...]:
    """What leads past some columns, short ways lowest.

    Args:
        way: the way with what leads past it.
        centers: the middle of each column, in inches.
    """
    found: list[Arc] = []
    for bypass in sorted(way.bypasses, key=_length):
        first, last = _reach(bypass)
        if first > max(centers) or last < min(centers):
            continue
        starts = tuple(start for start in bypass.starts if start in centers)
        ends = tuple(end for end in bypass.ends if end in centers)
        left = centers[first] + MARGIN if first in starts else MARGIN
        right = centers[last] - MARGIN if last in ends else inf
        if not bypass.starts and ends:
            left = max(MARGIN, centers[ends[0]] - MARGIN - _LABEL)
        if not bypass.ends and starts:
            right = centers[starts[-1]] + MARGIN + _LABEL
        taken = {arc.level for arc in found if left < arc.right and arc.left < right}
        level = next(n for n in range(len(found) + 1) if n not in taken)
        found.append(Arc(bypass, starts, ends, left, right, level))
    return tuple(found)


def _length(bypass: Bypass) -> tuple[int, int]:
    first, last = _reach(bypass)
    return last - first, first


def _reach(bypass: Bypass) -> tuple[int, int]:
    """First and last column; what comes from outside or leaves reaches to the next."""
    first = bypass.starts[0] if bypass.starts else bypass.ends[0] - 1 if bypass.ends else 0
    last = bypass.ends[-1] if bypass.ends else bypass.starts[-1] + 1 if bypass.starts else _FAR
    return first, last


def _wrapped(widths: Sequence[float], widest: float) -> list[range]:
    """As few rows as can be, the widest of them as narrow as can be."""
    fewest = len(_filled(widths, widest))
    low, high = max(widths), max(widest, *widths)
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if len(_filled(widths, middle)) <= fewest else (middle, high)
    return _filled(widths, high)


def _filled(widths: Sequence[float], widest: float) -> list[range]:
    """Rows that are filled one after the other."""
    rows, start, taken = [], 0, 0.0
    for number, width in enumerate(widths):
        if taken + width > widest and number > start:
            rows.append(range(start, number))
            start, taken = number, 0.0
        taken += width
    return [*rows, range(start, len(widths))]
