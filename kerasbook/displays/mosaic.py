"""`ClassMosaicDisplay`: a row of images for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from kerasbook.checks import positive_integer
from kerasbook.drawing.arrays import generator
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.grid import draw_pictures, grid_for
from kerasbook.drawing.images import read_images
from kerasbook.drawing.labels import read_classes
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, listed, shortened
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.images import DataFormat
    from kerasbook.drawing.theme import ThemeName

__all__ = ["ClassMosaicDisplay"]

_LONGEST_NAME = 20
_CELL = 0.58  # inches


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClassMosaicDisplay(Display["Axes"]):
    """Some images of each class, a row a class: what a data set looks like.

    Attributes:
        pictures: (n, height, width) or (n, height, width, 3 or 4) the images shown, class by
            class, within 0..1.
        indices: (n,) their places in the images given.
        labels: (n,) their classes.
        class_names: a name for each class.
        counts: (classes,) how many images of each class were given.
        per_class: how many of each were asked for.
    """

    pictures: NDArray[np.float32]
    indices: NDArray[np.intp]
    labels: NDArray[np.intp]
    class_names: tuple[str, ...]
    counts: NDArray[np.intp]
    per_class: int

    @classmethod
    def from_arrays(
        cls,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        class_names: Sequence[str] | None = None,
        per_class: int = 10,
        rng: int | np.random.Generator | None = None,
        data_format: DataFormat = "auto",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """Some images of each class.

        Args:
            images: (N, height, width), or with 1, 3 or 4 channels, last or first.
            labels: (N,) or (N, 1) class indices, or (N, C) one-hot.
            class_names: a name for each class.
            per_class: how many of each class; all of a class that has fewer.
            rng: a seed or a NumPy generator, to choose at random; the first of each class if left
                out.
            data_format: `"channels_last"` or `"channels_first"`, where that is not plain.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: a shape or a value does not fit, or leaves open what it means.

        Examples:
            >>> import numpy as np
            >>> images = np.linspace(0, 1, 5 * 8 * 8).reshape(5, 8, 8)
            >>> display = ClassMosaicDisplay.from_arrays(
            ...     images, [[1], [0], [1], [1], [0]], class_names=("cat", "dog"), per_class=2
            ... )
            >>> display
            <ClassMosaicDisplay: 2 images of each of 2 classes>
            >>> display.indices
            array([1, 4, 0, 2])
            >>> ClassMosaicDisplay.from_arrays(images, [0, 1, 2, 0, 1], class_names=("cat", "dog"))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: class_names must have one name per class (3);
                received 2: class_names=('cat', 'dog').
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        every = read_images("images", images, data_format=data_format, value_range=value_range)
        classes, names = read_classes(labels, length=len(every), class_names=class_names)
        per_class = positive_integer("per_class", per_class)
        order = np.arange(len(every)) if rng is None else generator(rng).permutation(len(every))
        chosen = np.concatenate(
            [np.sort(order[classes[order] == index][:per_class]) for index in range(len(names))]
        )
        return cls(
            pictures=every.pictures(chosen),
            indices=chosen,
            labels=classes[chosen],
            class_names=names,
            counts=np.bincount(classes, minlength=len(names)),
            per_class=per_class,
        )

    @property
    def title(self) -> str:
        """How many images of how many classes."""
        classes = counted(len(self.class_names), "class", "classes")
        if (self.counts >= self.per_class).all():
            return f"{counted(self.per_class, 'image')} of each of {classes}"
        return f"up to {counted(self.per_class, 'image')} of each of {classes}"

    @property
    def alt_text(self) -> str:
        """The classes, and how many images of each there are and are shown."""
        given = [
            f"{name} {count:,}" for name, count in zip(self.class_names, self.counts, strict=True)
        ]
        return (
            f"Mosaic with a row for each class: {self.title}, "
            f"out of {counted(int(self.counts.sum()), 'image')}: {listed(given, most=30)}."
        )

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the images, a row a class, its name on the left.

        Args:
            ax: axes to draw on; a new figure's, large enough, if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        names = [
            shortened(name, _LONGEST_NAME) + ("" if count else ": none")
            for name, count in zip(self.class_names, self.counts, strict=True)
        ]
        columns = min(self.per_class, int(self.counts.max()))
        grid = grid_for(
            columns * len(names),
            aspect=self.pictures.shape[1] / self.pictures.shape[2],
            cell_width=_CELL,
            caption=0.12 * _CELL,
            columns=columns,
            left=max(Ruler().width(name, 10) for name in names) + 0.15,
        )
        width, height = (grid.scale * side for side in grid.size)
        page = open_axes(ax, size=(width + 0.3, height + 0.6), theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width * page.scale)
        draw_pictures(page.ax, self.pictures, grid, places=self._places(columns))
        points = page.theme.medium * grid.scale * page.scale
        for row, name in enumerate(names):
            left, _, bottom, top = grid.box(row * columns)
            page.ax.text(
                left - 0.1,
                (top + bottom) / 2,
                name,
                ha="right",
                va="center",
                fontsize=points,
                color=page.theme.text,
                parse_math=False,
            )
        return self._drawn(page)

    def _places(self, columns: int) -> list[int]:
        """Where each picture goes: the next place in the row of its class."""
        places: list[int] = []
        for row, count in enumerate(self.counts):
            start = row * columns
            places += range(start, start + min(int(count), self.per_class))
        return places
