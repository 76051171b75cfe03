"""The volumes of a network as a sketch: what each block puts out, to scale, row by row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kerasbook.diagrams.block_words import beside_words, frame_words
from kerasbook.diagrams.candidates import PAGE, candidates
from kerasbook.diagrams.main_path import main_way
from kerasbook.diagrams.picture import Picture, scene_notes
from kerasbook.diagrams.sketch import Label, Line, Shape, Sketch, arrow, rectangle
from kerasbook.diagrams.volume_rows import (
    HEADER,
    LINE,
    MARGIN,
    POINTS,
    SIDE,
    TRACK,
    columns_of,
    rows_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.diagrams.main_path import Way
    from kerasbook.diagrams.network import Network
    from kerasbook.diagrams.sketch import Mark
    from kerasbook.diagrams.volume_rows import Arc, VolumeRow
    from kerasbook.drawing.ruler import Ruler

__all__ = ["volumes_picture"]

_TEXT_WIDTHS = 1.3, 1.1  # inches that a column's text may take, tried in this order
_MOST_BLOCKS = 64
_ARROW = 0.04  # between an arrow and what it points at


def volumes_picture(network: Network, ruler: Ruler) -> Picture:
    """The most of a network that fits a page."""
    picture = Picture(Sketch(0.0, 0.0, ()))
    for scene in candidates(network):
        if scene.size > _MOST_BLOCKS:
            continue
        way = main_way(scene)
        for most in _TEXT_WIDTHS:
            sketch = _sketch(way, ruler, most=most)
            picture = Picture(sketch, way.blocks, (*_notes(way), *scene_notes(scene)))
            if sketch.width <= PAGE[0] and sketch.height <= PAGE[1]:
                return picture
    return picture


def _notes(way: Way) -> Iterator[str]:
    """How sizes are drawn, as far as there are any."""
    extents = [block.parts[-1].extent for block in way.blocks]
    sides = "heights and widths as square roots of the sizes, depths and bars"
    yield f"To scale: {sides if any(extents) else 'bars'} as logarithms of channels and units."
    if any(block.head.kernel and None not in block.parts[-1].extent for block in way.blocks):
        yield "Small windows: what a kernel covers."
    if any(None in (shape or (None,)) for shape in (b.parts[-1].shape for b in way.blocks)):
        yield "Broken outlines: sizes that are not known."
    if any(len(bypass.blocks) > 1 for bypass in way.bypasses):
        yield "Lines above sum up branches; kind='graph' shows their layers."


def _sketch(way: Way, ruler: Ruler, *, most: float) -> Sketch:
    rows = rows_of(way, columns_of(way, ruler, most=most), widest=PAGE[0])
    width = SIDE + max(row.lefts[n] + c.width for row in rows for n, c in row.columns.items())
    marks: list[Mark] = []
    for row in rows:
        marks += _frames(row, ruler)
        for arc in row.arcs:
            marks += _arc(arc, row, width, ruler=ruler)
        for number in row.columns:
            marks += _column(row, number)
        marks += _flow(row, len(way.blocks), width) if way.connected else []
    return Sketch(width, rows[-1].bottom, tuple(marks))


def _column(row: VolumeRow, number: int) -> Iterator[Mark]:
    """A glyph and its text."""
    column = row.columns[number]
    yield from column.glyph.marks(row.glyph_left(number), row.middle)
    for place, (text, look) in enumerate(column.lines):
        y = row.text + LINE * (place + 0.8)
        yield Label(
            row.center(number),
            y,
            text,
            POINTS[look],
            color="muted" if look == "muted" else "text",
            bold=look == "heading",
            va="baseline",
        )


def _flow(row: VolumeRow, count: int, width: float) -> Iterator[Mark]:
    """From each glyph to the next; from and to the rows before and after."""
    numbers = list(row.columns)
    for one, two in pairwise(numbers):
        yield from _step(row, one, two)
    y = row.middle
    if numbers[0] > 0:
        yield from arrow(((0.05, y), (row.glyph_left(numbers[0]) - _ARROW, y)), toward="right")
    if numbers[-1] < count - 1:
        start = _right(row, numbers[-1]) + _ARROW
        yield from arrow(((start, y), (width - 0.05, y)), toward="right")


def _step(row: VolumeRow, one: int, two: int) -> Iterator[Mark]:
    """An arrow; from the window of a kernel lines to what is computed from it."""
    glyph, head = row.columns[one].glyph, row.columns[two].glyph.block.head
    end = row.glyph_left(two) - _ARROW / 2, row.middle
    extent = glyph.block.parts[-1].extent
    # The share of a side that a kernel covers needs the side.
    if head.kernel and glyph.kind == "box" and glyph.deep and None not in extent:
        window = tuple(glyph.window(row.glyph_left(one), row.middle, head.kernel))
        yield Shape(window, "background", 0.0, edge="text", width=0.8, order=3.4)
        for corner in window:
            yield Line((corner, end), "muted", 0.6, order=3.3)
    else:
        start = _right(row, one) + _ARROW
        yield from arrow(((start, row.middle), end), toward="right")


def _right(row: VolumeRow, number: int) -> float:
    return row.glyph_left(number) + row.columns[number].glyph.width


def _frames(row: VolumeRow, ruler: Ruler) -> Iterator[Mark]:
    """Frames around columns, with their titles."""
    for span in row.spans:
        inside = [n for n in row.columns if span.start <= n < span.end]
        inset = 0.04 * span.depth
        left = row.lefts[inside[0]] + 0.04 + inset
        right = row.lefts[inside[-1]] + row.columns[inside[-1]].width - 0.04 - inset
        top = row.top + HEADER * span.depth
        height = row.bottom - inset - top
        order = 0.5 + 0.1 * span.depth
        yield Shape(
            rectangle((left, top), right - left, height), "grid", 0.3, edge="grid", order=order
        )
        titles, totals = frame_words(span.frame)
        wide = right - left - 0.1
        texts = ruler.first(titles, 8.0, most=wide, bold=True), ruler.first(totals, 8.0, most=wide)
        for place, text in enumerate(texts):
            y = top + 0.05 + LINE * (place + 0.8)
            yield Label(left + 0.05, y, text, 8.0, bold=place == 0, ha="left", va="baseline")


def _arc(arc: Arc, row: VolumeRow, width: float, *, ruler: Ruler) -> Iterator[Mark]:
    """A line past the columns, with what is on it."""
    y = row.top + row.header + row.above - TRACK * (arc.level + 1)
    start, end = arc.left, min(arc.right, width - MARGIN)
    for number, x in _starts(arc, row):
        yield Line(((x, _top(row, number)), (x, y)))
    for number, x in _ends(arc, row):
        yield from arrow(((x, y), (x, _top(row, number))), toward="down")
    if arc.right > end or not arc.ends:
        yield from arrow(((start, y), (end, y)), toward="right")
    else:
        yield Line(((start, y), (end, y)))
    if arc.bypass.blocks and arc.named:
        texts, gap = beside_words(arc.bypass.blocks), _widest_gap(arc, row, end=end)
        crossed = ruler.width(texts[0], 8.0) > gap[1] - gap[0] - 0.1
        left, right = (start, end) if crossed else gap
        text = ruler.first(texts, 8.0, most=right - left - 0.1)
        yield Label((left + right) / 2, y - 0.04, text, 8.0, va="baseline", covers=crossed)


def _starts(arc: Arc, row: VolumeRow) -> list[tuple[int, float]]:
    """The columns from which lines go up to an arc, and where they stand."""
    return [(number, row.center(number) + MARGIN) for number in arc.starts]


def _ends(arc: Arc, row: VolumeRow) -> list[tuple[int, float]]:
    """The columns to which arrows go down from an arc, and where they stand."""
    return [(number, row.center(number) - MARGIN) for number in arc.ends]


def _widest_gap(arc: Arc, row: VolumeRow, *, end: float) -> tuple[float, float]:
    """The widest part of an arc that no line to a higher arc crosses."""
    above = [each for each in row.arcs if each.level > arc.level]
    crossing = (x for each in above for _, x in (*_starts(each, row), *_ends(each, row)))
    return max(
        pairwise(sorted([arc.left, *(x for x in crossing if arc.left < x < end), end])),
        key=lambda gap: gap[1] - gap[0],
    )


def _top(row: VolumeRow, number: int) -> float:
    return row.middle - row.columns[number].glyph.height / 2 - 0.02
