"""Pictures side by side on one axes: the layout that all grids of images share.

The unit of the axes is an inch, as planned, so that text and pictures keep their proportions. Where
there is less room, on the user's axes or for very many pictures, both shrink alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["Grid", "draw_pictures", "grid_for"]

_TALLEST = 2.0  # height of a picture by the width that it may take
_LEAST_PICTURE = 0.2  # inches down for a picture, however thin it is
_LEAST_INCHES = 4.0  # the width of a new figure
_MOST_INCHES = 30.0  # the side of a new figure; very many pictures get smaller


@dataclass(frozen=True, slots=True)
class Grid:
    """Where each of some equal pictures goes, in inches from the top left.

    Attributes:
        rows: how many rows.
        columns: how many pictures a full row has.
        cell: width and height of a picture with its margins and its caption.
        picture: width and height of a picture.
        left: room to the left of all, for names of the rows.
    """

    rows: int
    columns: int
    cell: tuple[float, float]
    picture: tuple[float, float]
    left: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Planned width and height of all, wide enough for a title."""
        width = self.left + self.columns * self.cell[0]
        return max(width, _LEAST_INCHES), self.rows * self.cell[1]

    @property
    def scale(self) -> float:
        """How much smaller than planned a new figure is, for very many pictures."""
        return min(1.0, _MOST_INCHES / max(self.size))

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of a picture, y pointing down."""
        row, column = divmod(index, self.columns)
        left = self.left + column * self.cell[0] + (self.cell[0] - self.picture[0]) / 2
        top = row * self.cell[1]
        return left, left + self.picture[0], top + self.picture[1], top


def grid_for(
    count: int,
    *,
    aspect: float,
    cell_width: float,
    caption: float = 0.0,
    columns: int | None = None,
    left: float = 0.0,
) -> Grid:
    """The grid of so many pictures.

    Args:
        count: how many pictures.
        aspect: height of a picture by its width.
        cell_width: of a picture with its margins, in inches.
        caption: height below a picture, in inches.
        columns: how many a row; about twice as many as rows if left out, and 5 for ten.
        left: room to the left of all, in inches.
    """
    if columns is None:
        columns = max(1, min(count, max(5, round(sqrt(2 * count)))))
    width = 0.88 * cell_width
    height = min(width * aspect, _TALLEST * width)
    return Grid(
        rows=max(1, ceil(count / columns)),
        columns=columns,
        cell=(cell_width, max(height, _LEAST_PICTURE) + caption),
        picture=(height / aspect, height),
        left=left,
    )


def draw_pictures(
    ax: Axes, pictures: NDArray[Any], grid: Grid, *, places: Sequence[int] | None = None
) -> None:
    """Draw each picture in its place, and make the axes fit them all.

    Args:
        ax: the axes.
        pictures: (n, height, width) or (n, height, width, 3 or 4), within 0..1.
        grid: where the places are.
        places: the place of each picture; one after the other if left out.
    """
    for place, picture in zip(places or range(len(pictures)), pictures, strict=True):
        # "antialiased" keeps the pixels of small images and averages those of large ones.
        ax.imshow(
            picture,
            extent=grid.box(place),
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="antialiased",
        )
    width, height = grid.size
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
