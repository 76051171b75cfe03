"""A picture as data, in inches with y down: shapes, lines and labels, and the one that draws it.

The layouts make sketches and know nothing of Matplotlib; only `draw_sketch` does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.drawing.cells import units_in_inches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import Theme

__all__ = [
    "Color",
    "Label",
    "Line",
    "Mark",
    "Point",
    "Shape",
    "Sketch",
    "Style",
    "arrow",
    "draw_sketch",
    "rectangle",
]

Point: TypeAlias = "tuple[float, float]"
# A category's number, or what the theme calls it.
Color: TypeAlias = "int | Literal['text', 'muted', 'grid', 'background']"

Style: TypeAlias = Literal["-", "--"]

_REACH = {"light": 0.38, "dark": 0.24}  # from the middle of a diverging map to what is used
_LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text, or several."""

    x: float
    y: float
    text: str
    points: float
    color: Literal["text", "muted"] = "text"
    bold: bool = False
    ha: Literal["left", "center", "right"] = "center"
    va: Literal["top", "center", "bottom", "baseline"] = "center"
    covers: bool = False  # what is behind it

    def moved(self, across: float, down: float) -> Label:
        """The same elsewhere."""
        return replace(self, x=self.x + across, y=self.y + down)


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed polygon."""

    points: tuple[Point, ...]
    fill: Color | None = None
    tint: float = 1.0  # how much of the fill's colour, the rest is background
    edge: Color | None = None
    width: float = 0.8
    style: Style = "-"
    order: float = 3.0  # higher ones cover lower ones

    def moved(self, across: float, down: float) -> Shape:
        """The same elsewhere."""
        return replace(self, points=tuple((x + across, y + down) for x, y in self.points))


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; its colour may also be that of a value from −1 to 1."""

    points: tuple[Point, ...]
    color: Color = "muted"
    width: float = 1.0
    style: Style = "-"
    order: float = 2.0
    value: float | None = None

    def moved(self, across: float, down: float) -> Line:
        """The same elsewhere."""
        return replace(self, points=tuple((x + across, y + down) for x, y in self.points))


Mark: TypeAlias = "Label | Shape | Line"


@dataclass(frozen=True, slots=True)
class Sketch:
    """Marks on a sheet of a size, in inches."""

    width: float
    height: float
    marks: tuple[Mark, ...]

    def moved(self, across: float, down: float) -> Iterable[Mark]:
        """Its marks elsewhere."""
        return (mark.moved(across, down) for mark in self.marks)


def rectangle(corner: Point, width: float, height: float) -> tuple[Point, ...]:
    """The corners of a rectangle, from its left and top one."""
    left, top = corner
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)


def arrow(points: Sequence[Point], *, toward: Literal["down", "right"]) -> list[Mark]:
    """A line with a head at its end.

    Args:
        points: that it goes through.
        toward: where the head points, and where the last stretch of the line goes.
    """
    x, y = points[-1]
    if toward == "down":
        head, neck = ((x, y), (x - 0.04, y - 0.09), (x + 0.04, y - 0.09)), (x, y - 0.05)
    else:
        head, neck = ((x, y), (x - 0.09, y - 0.04), (x - 0.09, y + 0.04)), (x - 0.05, y)
    return [Line((*points[:-1], neck), "muted"), Shape(head, "muted", order=2.5)]


def draw_sketch(page: Page[Axes], sketch: Sketch) -> None:
    """Draw a sketch on a page, smaller if the page is: texts shrink with all else.

    Args:
        page: a page, on which nothing else is drawn.
        sketch: what to draw.
    """
    scale = min(1.0, units_in_inches(page, (sketch.width, sketch.height)))
    for mark in sketch.marks:
        if isinstance(mark, Label):
            _draw_label(page, mark, scale)
        elif isinstance(mark, Shape):
            _draw_shape(page, mark, scale)
        else:
            _draw_line(page, mark, scale)


def _draw_label(page: Page[Axes], label: Label, scale: float) -> None:
    text = page.ax.text(
        label.x,
        label.y,
        label.text,
        color=_color(label.color, page.theme),
        fontsize=label.points * scale,
        weight="bold" if label.bold else "normal",
        ha=label.ha,
        va=label.va,
        parse_math=False,  # a layer may be called "$a and $b"
        zorder=5,
    )
    if label.covers:
        text.set_bbox({"facecolor": page.theme.background, "edgecolor": "none", "pad": 1.5 * scale})


def _draw_shape(page: Page[Axes], shape: Shape, scale: float) -> None:
    from matplotlib.patches import Polygon  # noqa: PLC0415  only drawing needs it

    fill = "none" if shape.fill is None else _tinted(shape.fill, shape.tint, page.theme)
    patch = Polygon(
        shape.points,
        closed=True,
        facecolor=fill,
        edgecolor="none" if shape.edge is None else _color(shape.edge, page.theme),
        linewidth=shape.width * scale,
        linestyle=shape.style,
        joinstyle="round",
        zorder=shape.order,
        clip_on=False,
    )
    page.ax.add_patch(patch)


def _draw_line(page: Page[Axes], line: Line, scale: float) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415  only drawing needs it

    color: object = _color(line.color, page.theme)
    if line.value is not None:
        color = _diverging(line.value, page.theme)
    xs, ys = zip(*line.points, strict=True)
    drawn = Line2D(
        xs,
        ys,
        color=color,  # type: ignore[arg-type]
        linewidth=line.width * scale,
        linestyle=line.style,
        solid_joinstyle="round",
        zorder=line.order,
        clip_on=False,
    )
    page.ax.add_line(drawn)


def _color(color: Color, theme: Theme) -> str:
    return theme.color(color) if isinstance(color, int) else str(getattr(theme, color))


def _diverging(value: float, theme: Theme) -> tuple[float, ...]:
    """The colour of a value from −1 to 1 on the background, from which 0 hardly differs.

    The ends of the theme's map are dark: on a dark background its middle tones are taken.
    """
    import matplotlib as mpl  # noqa: PLC0415  only drawing needs it

    reach = _REACH[theme.name]
    over = mpl.colormaps[theme.diverging](0.5 + (reach if value > 0 else -reach))[:3]
    return _mixed(over, _LEAST_SHARE + (1 - _LEAST_SHARE) * abs(value), theme)


def _tinted(color: Color, tint: float, theme: Theme) -> tuple[float, ...]:
    """A colour mixed into the background: nothing shines through."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415  only drawing needs it

    return _mixed(to_rgb(_color(color, theme)), tint, theme)


def _mixed(over: Sequence[float], share: float, theme: Theme) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb  # noqa: PLC0415  only drawing needs it

    under = to_rgb(theme.background)
    return tuple(share * one + (1 - share) * two for one, two in zip(over, under, strict=True))
