"""What a block puts out, as a body to scale: a box, a sheet, a bar.

Heights and widths are as the square roots of the sizes, so that 4 by 4 and 224 by 224 can be seen
in one picture; channels and units as logarithms, as they go from 1 to thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, log2, pi, sin, sqrt
from typing import TYPE_CHECKING

from kerasbook.diagrams.sketch import Label, Shape
from kerasbook.diagrams.words import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.diagrams.scene import Block
    from kerasbook.diagrams.sketch import Mark, Point

__all__ = ["Glyph", "Scale", "scale_of"]

_TALLEST, _LEAST = 1.25, 0.2  # inches, of the largest and of the least side
_PER_CHANNEL, _THINNEST = 0.07, 0.07  # for each doubling of the channels
_PER_UNIT, _BAR = 0.1, 0.13  # for each doubling of the units; width of a bar
_ACROSS, _UP = 0.34, 0.26  # how far an inch of width goes to the right and up
_CIRCLE = 0.15
_DOTS = 0.3
_SYMBOLS = {"Add": "+", "Multiply": "×", "Subtract": "−", "Average": "⌀", "Maximum": "max"}
_LEAST_WINDOW = 0.12  # of a side


@dataclass(frozen=True, slots=True)
class Scale:
    """What the sizes of a network are drawn with.

    Attributes:
        side: inches for the square root of a size.
    """

    side: float

    def length(self, size: int | None) -> float:
        """A height or a width, in inches; one that is not known is of middling length."""
        if size is None:
            return _TALLEST / 2
        return max(_LEAST, self.side * sqrt(size))

    def glyph(self, block: Block) -> Glyph:
        """The body of what a block puts out."""
        part = block.parts[-1]
        if block.elided:
            return Glyph("dots", block, _DOTS, _DOTS, 0.0)
        if block.head.text in _SYMBOLS and len(block.head.sources) > 1:
            return Glyph("circle", block, 2 * _CIRCLE, 2 * _CIRCLE, 0.0)
        channels = 1 if part.channels is None else part.channels
        if part.shape is not None and not part.extent:
            return Glyph("bar", block, _BAR, max(_LEAST, _PER_UNIT * log2(1 + channels)), 0.0)
        thick = max(_THINNEST, _PER_CHANNEL * log2(1 + channels))
        if part.shape is None:
            return Glyph("box", block, thick, self.length(None), self.length(None))
        wide = self.length(part.extent[-1]) if len(part.extent) > 1 else 0.0
        return Glyph("box", block, thick, self.length(part.extent[-2:][0]), wide)


def scale_of(blocks: Sequence[Block]) -> Scale:
    """The scale with which the largest of some blocks is as high as it may be."""
    sides = (size for block in blocks for size in block.parts[-1].extent[-2:] if size)
    return Scale(_TALLEST / sqrt(max(sides, default=1)))


@dataclass(frozen=True, slots=True)
class Glyph:
    """A body.

    Attributes:
        kind: `"box"`, `"bar"`, `"circle"` or `"dots"`.
        block: what it stands for.
        thick: from left to right in front.
        high: from top to bottom in front.
        deep: the width of what it stands for, drawn to the back.
    """

    kind: str
    block: Block
    thick: float
    high: float
    deep: float

    @property
    def width(self) -> float:
        """All of it from left to right."""
        return self.thick + _ACROSS * self.deep

    @property
    def height(self) -> float:
        """All of it from top to bottom."""
        return self.high + _UP * self.deep

    def marks(self, left: float, middle: float) -> list[Mark]:
        """Its shapes, with its middle at a height."""
        top = middle - self.height / 2
        if self.kind == "dots":
            return [Label(left + self.thick / 2, middle, "⋯", 14.0, bold=True)]
        if self.kind == "circle":
            return self._circle(left + _CIRCLE, middle)
        return self._box(left, top)

    def window(self, left: float, middle: float, kernel: Sequence[int]) -> list[Point]:
        """The corners of a kernel's window on the side of the box, in its share of the sides."""
        extent = self.block.parts[-1].extent
        sizes = list(zip(kernel[-2:], extent[-2:], strict=False))
        high, wide = sizes[0], sizes[-1] if len(sizes) > 1 else (1, 1)
        down, back = (min(1.0, max(_LEAST_WINDOW, k / (n or k))) for k, n in (high, wide))
        x, y = left + self.thick, middle - self.height / 2 + _UP * self.deep
        first, start = (1 - back) / 2, (1 - down) / 2 * self.high
        end, last = start + down * self.high, first + back
        return [
            (x + _ACROSS * self.deep * far, y - _UP * self.deep * far + low)
            for far, low in ((first, start), (last, start), (last, end), (first, end))
        ]

    def _box(self, left: float, top: float) -> list[Mark]:
        across, up = _ACROSS * self.deep, _UP * self.deep
        right, front, bottom = left + self.thick, top + up, top + up + self.high
        faces: list[tuple[tuple[Point, ...], float]] = [
            (((left, front), (right, front), (right, bottom), (left, bottom)), 0.45),
            (((left, front), (left + across, top), (right + across, top), (right, front)), 0.3),
            (
                (
                    (right, front),
                    (right + across, top),
                    (right + across, bottom - up),
                    (right, bottom),
                ),
                0.6,
            ),
        ]
        shown = faces if self.deep else faces[:1]
        marks: list[Mark] = [self._face(points, tint) for points, tint in shown]
        if self.block.parts[-1].shape is None:
            marks.append(Label(left + self.thick / 2, front + self.high / 2, "?", 10.0, bold=True))
        return marks

    def _face(self, points: tuple[Point, ...], tint: float) -> Shape:
        part = self.block.parts[-1]
        color = FAMILIES[self.block.family][0]
        known = part.shape is not None and None not in part.shape
        return Shape(
            points,
            color,
            tint,
            edge="text",
            width=1.6 if self.block.head.layers > 1 else 0.8,
            style="-" if known and not self.block.head.shared else "--",
        )

    def _circle(self, x: float, y: float) -> list[Mark]:
        angles = [2 * pi * step / 24 for step in range(24)]
        round_ = tuple((x + _CIRCLE * cos(a), y + _CIRCLE * sin(a)) for a in angles)
        color = FAMILIES[self.block.family][0]
        symbol = _SYMBOLS[self.block.head.text]
        points = 11.0 if len(symbol) == 1 else 8.0
        return [
            Shape(round_, color, 0.3, edge="text"),
            Label(x, y, symbol, points, bold=True),
        ]
