"""Small matrices drawn cell by cell, each with its number: pixels, kernels, sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.text import significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import Theme

__all__ = [
    "cell_side",
    "colors_for",
    "draw_cells",
    "draw_picture",
    "draw_scale",
    "frame_cells",
    "hatch_cell",
    "number_text",
    "text_on",
    "units_in_inches",
]

_DIGITS = 3
_WHOLE = 1000
_PAD = 0.08  # inches beside a number
_NOTHING = 1e-6  # of the largest: what rounding leaves of a sum that is 0
_BLACK_ON = 0.179  # luminance above which black text has more contrast than white


def colors_for(values: NDArray[Any], theme: Theme) -> tuple[str, float, float]:
    """A colour map and its two ends for values: grey from 0 up, or diverging around 0.

    Args:
        values: any shape; at least one.
        theme: whose diverging map is taken where some are negative.
    """
    most = float(abs(values).max()) or 1.0
    return (theme.diverging, -most, most) if values.min() < 0 else ("gray", 0.0, most)


def number_text(value: float, most: float = 0) -> str:
    """A number as a cell has room for: three digits, or whole from 1000 up.

    Args:
        value: the number.
        most: the largest beside it, of which a millionth is written as 0.

    Examples:
        >>> number_text(0.43137255), number_text(-1234.5), number_text(-3e-8, most=2)
        ('0.431', '−1,234', '0')
    """
    if abs(value) < most * _NOTHING:
        return "0"
    return significant(round(value) if abs(value) >= _WHOLE else value, digits=_DIGITS)


def cell_side(values: NDArray[Any], *, points: float, least: float) -> float:
    """The side of a cell in which every number of a matrix has room, in inches.

    Args:
        values: any shape.
        points: the size of the numbers.
        least: the side for short numbers.
    """
    most = float(abs(values).max())
    ruler = Ruler()
    texts = (number_text(float(value), most=most) for value in values.flat)
    return max(least, max(ruler.width(text, points) for text in texts) + _PAD)


def draw_picture(
    ax: Axes,
    picture: NDArray[Any],
    *,
    box: tuple[float, float, float, float],
    colors: tuple[str, float, float],
    alpha: float = 1.0,
) -> None:
    """Draw an image, or numbers as colours, in a place of the axes.

    Args:
        ax: axes whose y points down; their units get equally long across and down.
        picture: (height, width) numbers, or (height, width, 3 or 4) within 0..1.
        box: left, top, width and height.
        colors: a colour map and its two ends, for numbers.
        alpha: opacity, in 0..1.
    """
    left, top, width, height = box
    cmap, low, high = colors
    ax.imshow(
        picture,
        extent=(left, left + width, top + height, top),
        cmap=cmap,
        vmin=low,
        vmax=high,
        alpha=alpha,
        interpolation="antialiased",  # keeps the pixels of small images, averages those of large
        aspect="equal",
    )


def draw_cells(
    ax: Axes,
    values: NDArray[Any],
    *,
    left: float,
    top: float,
    theme: Theme,
    points: float,
    side: float = 1,
    colors: tuple[str, float, float] | None = None,
) -> None:
    """Draw a matrix cell by cell, with the numbers if they can be read.

    Args:
        ax: axes whose y points down.
        values: (height, width).
        left: of the first cell.
        top: of the first cell.
        theme: the colours.
        points: size of the numbers; 0 leaves them out.
        side: of a cell.
        colors: a colour map and its two ends, if not those of `colors_for`.
    """
    import matplotlib as mpl  # noqa: PLC0415  only drawing needs it
    import numpy as np  # noqa: PLC0415  loaded on first use
    from matplotlib.collections import LineCollection  # noqa: PLC0415  only drawing needs it

    cmap, low, high = colors = colors or colors_for(values, theme)
    height, width = (side * count for count in values.shape)
    draw_picture(ax, values, box=(left, top, width, height), colors=colors)
    across = [((left, y), (left + width, y)) for y in _lines(top, side, values.shape[0])]
    down = [((x, top), (x, top + height)) for x in _lines(left, side, values.shape[1])]
    ax.add_collection(LineCollection([*across, *down], colors=theme.grid, linewidths=0.6))
    if not points:
        return
    for (row, column), value in np.ndenumerate(values):
        ax.text(
            left + side * (column + 0.5),
            top + side * (row + 0.5),
            number_text(float(value), most=high),
            color=text_on(mpl.colormaps[cmap]((float(value) - low) / (high - low))),
            fontsize=points,
            ha="center",
            va="center",
        )


def _lines(start: float, side: float, count: int) -> list[float]:
    return [start + side * index for index in range(count + 1)]


def frame_cells(
    ax: Axes, *, box: tuple[float, float, float, float], color: str, around: str
) -> None:
    """Draw a border around some cells that is seen on any colour.

    Args:
        ax: the axes.
        box: left, top, width and height, in cells.
        color: of the border.
        around: the colour beside it.
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it
    from matplotlib.patheffects import Normal, Stroke  # noqa: PLC0415  likewise

    left, top, width, height = box
    border = Rectangle((left, top), width, height, fill=False, clip_on=False, zorder=5)
    border.set(edgecolor=color, linewidth=2.5, joinstyle="miter")
    border.set_path_effects([Stroke(linewidth=4.5, foreground=around), Normal()])
    ax.add_patch(border)


def hatch_cell(ax: Axes, *, left: float, top: float, theme: Theme, points: float) -> None:
    """Draw one cell of padding: hatched, with a 0.

    Args:
        ax: the axes.
        left: of the cell.
        top: of the cell.
        theme: the colours.
        points: size of the 0; 0 leaves it out.
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it

    ax.add_patch(
        Rectangle(
            (left, top),
            1,
            1,
            facecolor=theme.background,
            edgecolor=theme.grid,
            hatch="///",
            linewidth=0.6,
        )
    )
    if points:
        place = (left + 0.5, top + 0.5)
        ax.text(*place, "0", color=theme.muted, fontsize=points, ha="center", va="center")


def draw_scale(
    ax: Axes,
    colors: tuple[str, float, float],
    *,
    box: tuple[float, float, float, float],
    theme: Theme,
    points: float,
) -> None:
    """Draw a bar of a colour map, with the numbers at its ends and, if it is within, at 0.

    Args:
        ax: axes whose y points down.
        colors: a colour map and its two ends.
        box: left, top, width and height of the bar; the numbers stand below.
        theme: the colours of the text.
        points: its size.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    _, low, high = colors
    left, top, width, height = box
    draw_picture(ax, np.linspace(low, high, 256)[None], box=box, colors=colors)
    for value in (low, 0.0, high) if low < 0 < high else (low, high):
        ax.text(
            left + width * (value - low) / (high - low),
            top + height * 1.2,
            number_text(value),
            color=theme.text,
            fontsize=points,
            ha="center",
            va="top",
        )


def text_on(color: tuple[float, ...]) -> str:
    """Black or white, whichever has more contrast on a colour.

    Reference:
        W3C, *Web Content Accessibility Guidelines 2.2*, relative luminance,
        https://www.w3.org/TR/WCAG22/#dfn-relative-luminance.

    Examples:
        >>> text_on((1.0, 1.0, 1.0, 1.0)), text_on((0.0, 0.0, 0.2, 1.0))
        ('#000000', '#FFFFFF')
    """
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB
        for part in color[:3]
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > _BLACK_ON else "#FFFFFF"


def units_in_inches(page: Page[Axes], size: tuple[float, float]) -> float:
    """How long a unit of the axes is on this page, in inches, once they hold so many units.

    Args:
        page: the page; its axes keep equal units across and down.
        size: units across and down.
    """
    page.ax.set_xlim(0, size[0])
    page.ax.set_ylim(size[1], 0)
    page.ax.set_aspect("equal")
    page.figure.draw_without_rendering()  # so that the layout has placed the axes
    across, down = (float(side) / page.figure.dpi for side in page.ax.bbox.size)
    return min(across / size[0], down / size[1])
