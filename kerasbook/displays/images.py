"""`ImageGridDisplay`: images side by side, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from kerasbook.checks import positive_integer
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.grid import draw_pictures, grid_for
from kerasbook.drawing.images import read_images
from kerasbook.drawing.labels import read_classes
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.images import DataFormat
    from kerasbook.drawing.theme import ThemeName

__all__ = ["ImageGridDisplay"]

_WIDEST_NAME = 1.3  # inches in the picture; `captions_` has it all


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImageGridDisplay(Display["Axes"]):
    """The first of some images, each with the name of its class below.

    Attributes:
        pictures: (n, height, width) or (n, height, width, 3 or 4) the images, within 0..1.
        captions_: the name of each image's class; none without labels.
        total: how many images were given.
    """

    pictures: NDArray[np.float32]
    captions_: tuple[str, ...]
    total: int

    @classmethod
    def from_arrays(
        cls,
        images: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        class_names: Sequence[str] | None = None,
        n: int = 10,
        data_format: DataFormat = "auto",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """The first images of an array.

        Args:
            images: (N, height, width), or with 1, 3 or 4 channels, last or first.
            labels: (N,) or (N, 1) class indices, or (N, C) one-hot; no captions if left out.
            class_names: a name for each class.
            n: how many; all if there are fewer.
            data_format: `"channels_last"` or `"channels_first"`, where that is not plain.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: a shape or a value does not fit, or leaves open what it means.

        Examples:
            >>> import numpy as np
            >>> images = np.linspace(0, 1, 3 * 8 * 8).reshape(3, 8, 8)
            >>> display = ImageGridDisplay.from_arrays(
            ...     images, [1, 0, 1], class_names=("cat", "dog")
            ... )
            >>> display, display.captions_
            (<ImageGridDisplay: 3 images of 8 × 8 pixels>, ('dog', 'cat', 'dog'))
            >>> ImageGridDisplay.from_arrays(images, [1, 0])
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: labels must have one entry for each of the 3 images;
                received labels=<int64 array of shape (2,)>.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        every = read_images("images", images, data_format=data_format, value_range=value_range)
        n = min(positive_integer("n", n), len(every))
        pictures = every.pictures(np.arange(n))
        if labels is None:
            return cls(pictures, (), len(every))
        classes, names = read_classes(labels, length=len(every), class_names=class_names)
        return cls(pictures, tuple(names[label] for label in classes[:n]), len(every))

    @property
    def title(self) -> str:
        """How many images are shown, of how many, and how large they are."""
        shown, (height, width) = len(self.pictures), self.pictures.shape[1:3]
        first = "" if shown == self.total else f"The first {shown:,} of "
        return f"{first}{counted(self.total, 'image')} of {height} × {width} pixels"

    @property
    def alt_text(self) -> str:
        """How many images there are, and their classes in order."""
        kind = "grey" if self.pictures.ndim == 3 else "colour"  # noqa: PLR2004  (n, h, w)
        classes = f": {listed(self.captions_, most=20)}" if self.captions_ else ""
        return f"Grid of {kind} pictures. {self.title}{classes}."

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the images row by row.

        Args:
            ax: axes to draw on; a new figure's, large enough, if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        ruler = Ruler()
        names = [ruler.fitted(name, 9, most=_WIDEST_NAME) for name in self.captions_]
        longest = max((ruler.width(name, 9) for name in names), default=0)
        grid = grid_for(
            len(self.pictures),
            aspect=self.pictures.shape[1] / self.pictures.shape[2],
            cell_width=max(1.2, longest + 0.1),
            caption=0.32 if names else 0.12,
        )
        width, height = (grid.scale * side for side in grid.size)
        page = open_axes(ax, size=(width + 0.3, height + 0.6), theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width * page.scale)
        draw_pictures(page.ax, self.pictures, grid)
        points = page.theme.small * grid.scale * page.scale
        for place, name in enumerate(names):
            left, right, bottom, _ = grid.box(place)
            page.ax.text(
                (left + right) / 2,
                bottom + 0.05,
                name,
                ha="center",
                va="top",
                fontsize=points,
                color=page.theme.text,
                parse_math=False,
            )
        return self._drawn(page)
