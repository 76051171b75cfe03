"""The graph of a network as a sketch: blocks in boxes, frames around them, arrows between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.diagrams.block_words import block_words, frame_words
from kerasbook.diagrams.candidates import PAGE, candidates
from kerasbook.diagrams.graph_layout import ItemSize, place_scene
from kerasbook.diagrams.picture import Picture, scene_notes
from kerasbook.diagrams.scene import Block
from kerasbook.diagrams.sketch import Label, Line, Shape, Sketch, arrow, rectangle
from kerasbook.diagrams.words import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.diagrams.block_words import Look, Words
    from kerasbook.diagrams.network import Network
    from kerasbook.diagrams.scene import Frame, Scene
    from kerasbook.diagrams.sketch import Mark, Point, Style
    from kerasbook.drawing.ruler import Ruler

__all__ = ["graph_picture"]

_MOST_BLOCKS = 80
_POINTS = {"heading": 8.5, "text": 8.0, "muted": 8.0}
_LINE = {"heading": 0.155, "text": 0.145, "muted": 0.145}  # inches
_TEXT_WIDTHS = 1.95, 1.75, 1.5  # what a block's text may take, tried in this order
_LEAST_TEXT = 0.8
_PAD, _STRIPE = 0.06, 0.07
_HEADER = 0.17  # of a line in the header of a frame
_FRAME_PAD = 0.12


def graph_picture(network: Network, ruler: Ruler) -> Picture:
    """The most of a network that fits a page."""
    picture = Picture(Sketch(0.0, 0.0, ()))
    for scene in candidates(network):
        if scene.size > _MOST_BLOCKS:
            continue
        for most in _TEXT_WIDTHS:
            sketch = _Drawing(ruler, most).scene(scene, room=PAGE).sketch
            picture = Picture(sketch, tuple(scene.blocks), scene_notes(scene))
            if sketch.width <= PAGE[0] and sketch.height <= PAGE[1]:
                return picture
    return picture


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A scene drawn, with where edges come in and leave."""

    sketch: Sketch
    entries: tuple[Point, ...]
    exits: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class _Drawing:
    ruler: Ruler
    most: float = _TEXT_WIDTHS[0]  # width of a block's text

    def scene(self, scene: Scene, *, room: tuple[float, float], depth: int = 0) -> _Sheet:
        """A scene with all in it; frames within frames darker."""
        sheets: list[_Sheet] = []
        for item in scene.items:
            if isinstance(item.content, Block):
                sheets.append(_Sheet(self._block(item.content), (), ()))
            else:
                sheets.append(self._frame(item.content, room=room, depth=depth))
        cells = [
            ItemSize(
                sheet.sketch.width,
                sheet.sketch.height,
                tuple(x - sheet.sketch.width / 2 for x, _ in sheet.entries),
                tuple(x - sheet.sketch.width / 2 for x, _ in sheet.exits),
            )
            for sheet in sheets
        ]
        placed = place_scene(scene, cells, room=room)
        marks: list[Mark] = []
        for points, at_item in placed.edges:
            marks += arrow(points, toward="down") if at_item else [Line(points)]
        for sheet, corner in zip(sheets, placed.corners, strict=True):
            marks += sheet.sketch.moved(*corner)
        sketch = Sketch(placed.width, placed.height, tuple(marks))
        return _Sheet(sketch, placed.entries, placed.exits)

    def _block(self, block: Block) -> Sketch:
        """A box with the lines of a block."""
        lines = [line for words in block_words(block) for line in self._lines(words)]
        width = max(_LEAST_TEXT, *map(self._width, lines)) + _STRIPE + 2 * _PAD
        marks: list[Mark] = []
        y = _PAD
        for line in lines:
            tall = max(_LINE[look] for _, look in line)
            y += tall
            x = _STRIPE + _PAD
            for text, look in line:
                label = Label(
                    x,
                    y - 0.25 * tall,
                    text,
                    _POINTS[look],
                    color="muted" if look == "muted" else "text",
                    bold=look == "heading",
                    ha="left",
                    va="baseline",
                )
                marks.append(label)
                x += self._width([(f"{text} ", look)])
        height = y + _PAD
        return Sketch(width, height, (*_box(block, width, height), *marks))

    def _lines(self, words: Words) -> list[Words]:
        """Words in lines of runs that look alike, none wider than a box may be."""
        lines: list[Words] = []
        pieces = (
            (piece, look)
            for text, look in words
            for piece in self.ruler.loosened(
                [text], _POINTS[look], most=self.most, bold=look == "heading"
            )
        )
        for text, look in pieces:
            short = self.ruler.fitted(text, _POINTS[look], most=self.most, bold=look == "heading")
            longer = _joined(lines[-1], short, look) if lines else []
            if lines and self._width(longer) <= self.most:
                lines[-1] = longer
            else:
                lines.append([(short, look)])
        return lines

    def _width(self, line: Words) -> float:
        spaces = sum(self.ruler.width(" ", _POINTS[look]) for _, look in line[:-1])
        return spaces + sum(
            self.ruler.width(text, _POINTS[look], bold=look == "heading") for text, look in line
        )

    def _frame(self, frame: Frame, *, room: tuple[float, float], depth: int) -> _Sheet:
        """A frame with its header and the scene inside."""
        less = room[0] - 2 * _FRAME_PAD, room[1] - 3 * _HEADER - 2 * _FRAME_PAD
        inside = self.scene(frame.scene, room=less, depth=depth + 1)
        wide = max(inside.sketch.width, self.most)
        lines = self._titles(frame, wide)
        width, header = wide + 2 * _FRAME_PAD, _HEADER * len(lines) + _PAD
        left, top = (width - inside.sketch.width) / 2, header + _FRAME_PAD / 2
        height = top + inside.sketch.height + _FRAME_PAD
        order = 0.5 + 0.1 * depth
        marks: list[Mark] = [
            Shape(rectangle((0.0, 0.0), width, height), "grid", 0.25, edge="muted", order=order),
            Shape(
                rectangle((0.0, 0.0), width, header), "grid", 0.7, edge="muted", order=order + 0.05
            ),
        ]
        for number, line in enumerate(lines):
            y = _PAD / 2 + _HEADER * (number + 0.5)
            marks.append(Label(_FRAME_PAD, y, line, 8.0, bold=number == 0, ha="left"))
        entries = tuple((x + left, y + top) for x, y in inside.entries)
        exits = tuple((x + left, y + top) for x, y in inside.exits)
        marks += [Line(((x, header), (x, y))) for x, y in entries]
        marks += [Line(((x, y), (x, height))) for x, y in exits]
        marks += inside.sketch.moved(left, top)
        return _Sheet(Sketch(width, height, tuple(marks)), entries, exits)

    def _titles(self, frame: Frame, wide: float) -> list[str]:
        """The header: the name of the model or how often, and the parameters."""
        titles, totals = frame_words(frame)
        both = f"{titles[0]} · {totals[0]}"
        if self.ruler.width(both, 8.0, bold=True) <= wide:
            return [both]
        return [
            self.ruler.first(titles, 8.0, most=wide, bold=True),
            self.ruler.first(totals, 8.0, most=wide),
        ]


def _joined(line: Words, text: str, look: Look) -> Words:
    """A line with one more word, in the last run if that looks the same."""
    if line and line[-1][1] == look:
        return [*line[:-1], (f"{line[-1][0]} {text}", look)]
    return [*line, (text, look)]


def _box(block: Block, width: float, height: float) -> Iterator[Shape]:
    """The border of a block and the stripe of its family; broken where weights are shared."""
    color = FAMILIES[block.family][0]
    style: Style = "--" if block.head.shared else "-"
    thick = 1.8 if block.head.layers > 1 else 0.9
    tint = 0.0 if block.elided else 0.1
    yield Shape(
        rectangle((0.0, 0.0), width, height), color, tint, edge="muted", width=thick, style=style
    )
    if not block.elided:
        yield Shape(rectangle((0.0, 0.0), _STRIPE, height), color, 1.0, order=3.1)
