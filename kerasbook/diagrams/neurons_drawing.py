"""Columns of units as a sketch: circles, squares for bias units, and lines between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.diagrams.block_words import total_text
from kerasbook.diagrams.candidates import PAGE
from kerasbook.diagrams.neurons import shown_units
from kerasbook.diagrams.picture import Picture
from kerasbook.diagrams.scene import Block
from kerasbook.diagrams.sketch import Label, Line, Shape, Sketch, rectangle
from kerasbook.diagrams.words import FAMILIES
from kerasbook.drawing.text import counted, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from kerasbook.diagrams.block_words import Look
    from kerasbook.diagrams.neurons import UnitLayer
    from kerasbook.diagrams.sketch import Mark
    from kerasbook.drawing.ruler import Ruler

__all__ = ["Weights", "neurons_picture"]

_RADIUS, _APART = 0.1, 0.28  # inches, of units
_ELIDED = 0.62  # where units are left out
_BIAS = 0.42  # from a bias unit to the first unit
_COLUMN = 1.75  # at most
_POINTS: dict[Look, float] = {"heading": 8.5, "text": 8.0, "muted": 8.0}
_COLORS: dict[Look, Literal["text", "muted"]] = {
    "heading": "text",
    "text": "text",
    "muted": "muted",
}
_LINE = 0.145
_MOST_COLUMNS, _ENDS = 7, 3  # drawn; of more, so many at each end
_MOST_NUMBERS = 10  # weights of a unit that are written out
_THIN, _THICK = 0.5, 2.6  # points
_CORNERS = 24  # of a circle


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weights between the units that are drawn.

    Attributes:
        kernel: (inputs drawn, units drawn).
        bias: (units drawn,); `None` if there is none.
    """

    kernel: NDArray[Any]
    bias: NDArray[Any] | None

    @property
    def most(self) -> float:
        """The largest of them, whatever its sign."""
        every = [abs(self.kernel).max(initial=0)]
        return float(max([*every, *(abs(self.bias) if self.bias is not None else ())]))


def neurons_picture(
    layers: Sequence[UnitLayer], weights: Sequence[Weights] | None, ruler: Ruler
) -> Picture:
    """The columns from left to right; of many layers the first and the last."""
    columns = _columns(layers)
    width = min(_COLUMN, PAGE[0] / len(columns))
    most = max((each.most for each in weights or ()), default=0.0) or 1.0
    tallest = max(column.height for column in columns)
    middle = _BIAS + tallest / 2
    marks: list[Mark] = []
    text = middle + tallest / 2 + 0.3
    bottom = text
    for place, column in enumerate(columns):
        x = width * (place + 0.5)
        lines = _lines(column, ruler, most=width - 0.1)
        bottom = max(bottom, text + _LINE * len(lines))
        for number, (line, look) in enumerate(lines):
            bold, color = look == "heading", _COLORS[look]
            y = text + _LINE * number
            marks.append(Label(x, y, line, _POINTS[look], color=color, bold=bold))
        marks += column.marks(x, middle)
        after = columns[place + 1] if place + 1 < len(columns) else None
        if after is not None and after.layer is not None and column.layer is not None:
            chosen = weights[after.number - 1] if weights is not None else None
            marks += _connections(column, after, chosen, at=((x, middle), width), most=most)
    blocks = tuple(Block((column.layer.parts,)) for column in columns if column.layer is not None)
    sketch = Sketch(width * len(columns), bottom, tuple(marks))
    return Picture(sketch, blocks, tuple(_notes(columns, weights, most)))


@dataclass(frozen=True, slots=True)
class _Column:
    """A layer in its place, or the layers that are left out."""

    number: int
    layer: UnitLayer | None
    left_out: tuple[UnitLayer, ...] = ()
    biased: bool = False

    @property
    def heights(self) -> list[float]:
        """The units that are drawn, from the first down."""
        if self.layer is None:
            return [0.0]
        shown = shown_units(self.layer.units)
        heights = [_APART * n for n in range(len(shown))]
        if len(shown) != self.layer.units:
            half = len(shown) // 2
            heights[half:] = [height + _ELIDED - _APART for height in heights[half:]]
        return heights

    @property
    def height(self) -> float:
        """From the first unit to the last."""
        return self.heights[-1]

    def ys(self, middle: float) -> list[float]:
        """The heights of the units that are drawn, around a middle."""
        return [middle - self.height / 2 + height for height in self.heights]

    def bias(self, middle: float) -> float:
        """The height of the bias unit."""
        return self.ys(middle)[0] - _BIAS

    def marks(self, x: float, middle: float) -> Iterator[Mark]:
        """Units, the bias unit, and how many units are left out."""
        if self.layer is None:
            yield Label(x, middle, "⋯", 16.0, bold=True)
            return
        color = FAMILIES[self.layer.head.family][0]
        for y in self.ys(middle):
            yield Shape(_circle(x, y), color, 0.35, edge="text")
        if self.biased:
            y = self.bias(middle)
            corner = x - _RADIUS, y - _RADIUS
            yield Shape(rectangle(corner, 2 * _RADIUS, 2 * _RADIUS), "background", 1.0, "text")
            yield Label(x, y, "1", 8.0)
        shown = len(self.heights)
        if shown != self.layer.units:
            units = self.layer.units
            text = "⋮ ?" if units is None else f"⋮ {units - shown:,} more"
            yield Label(x, middle, text, 8.0, covers=True)


def _columns(layers: Sequence[UnitLayer]) -> list[_Column]:
    every = [
        _Column(n, layer, biased=n + 1 < len(layers) and layers[n + 1].head.bias)
        for n, layer in enumerate(layers)
    ]
    if len(every) <= _MOST_COLUMNS:
        return every
    left_out = _Column(_ENDS, None, tuple(layers[_ENDS:-_ENDS]))
    return [*every[:_ENDS], left_out, *every[-_ENDS:]]


def _lines(column: _Column, ruler: Ruler, *, most: float) -> list[tuple[str, Look]]:
    """The text below a column."""
    words: list[tuple[str, Look]]
    if column.layer is not None:
        words = column.layer.words
    else:
        parts = [part for layer in column.left_out for part in layer.parts]
        words = [
            (f"⋯ {counted(len(parts), 'layer')}", "heading"),
            (total_text(part.params for part in parts), "text"),
        ]
    return [
        (ruler.fitted(line, _POINTS[look], most=most), look)
        for text, look in words
        for line in ruler.lines(text.split(" "), _POINTS[look], most=most)
    ]


def _connections(
    column: _Column,
    after: _Column,
    weights: Weights | None,
    *,
    at: tuple[tuple[float, float], float],
    most: float,
) -> Iterator[Mark]:
    """A line from each unit, and from the bias unit, to each unit of the next layer."""
    (x, middle), width = at
    starts = list(enumerate(column.ys(middle)))
    ends = list(enumerate(after.ys(middle)))
    few = len(ends) == 1 and len(starts) < _MOST_NUMBERS
    for unit, end in ends:
        to = x + width - _RADIUS, end
        for source, start in starts:
            value = None if weights is None else float(weights.kernel[source, unit])
            yield from _connection((x + _RADIUS, start), to, value, most=most, told=few)
        if after.layer is not None and after.layer.head.bias:
            value = None
            if weights is not None and weights.bias is not None:
                value = float(weights.bias[unit])
            corner = x + _RADIUS, column.bias(middle)
            yield from _connection(corner, to, value, most=most, told=few)


def _connection(
    start: tuple[float, float],
    end: tuple[float, float],
    value: float | None,
    *,
    most: float,
    told: bool,
) -> Iterator[Mark]:
    if value is None:
        yield Line((start, end), "muted", _THIN)
        return
    share = value / most
    yield Line(
        (start, end),
        width=_THIN + (_THICK - _THIN) * abs(share),
        style="-" if value >= 0 else "--",
        order=2.0 + abs(share) / 2,
        value=share,
    )
    if told:
        x, y = (0.6 * one + 0.4 * two for one, two in zip(start, end, strict=True))
        yield Label(x, y, significant(value), 8.0, covers=True)


def _notes(
    columns: Sequence[_Column], weights: Sequence[Weights] | None, most: float
) -> Iterator[str]:
    if any(column.biased for column in columns):
        yield "Squares: bias units, always 1."
    if any(c.layer is not None and len(c.heights) != c.layer.units for c in columns):
        yield "⋮: units that are not drawn."
    if weights is not None:
        yield (
            "Lines: weights, the stronger the further from 0; solid above 0, broken below; the "
            f"strongest drawn is {significant(most)} from 0."
        )


def _circle(x: float, y: float) -> tuple[tuple[float, float], ...]:
    angles = (2 * pi * step / _CORNERS for step in range(_CORNERS))
    return tuple((x + _RADIUS * cos(a), y + _RADIUS * sin(a)) for a in angles)
