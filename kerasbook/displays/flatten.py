"""`FlattenDisplay`: how an image becomes a row of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kerasbook.checks import reject
from kerasbook.drawing.arrays import Summary, as_array, evenly_spaced
from kerasbook.drawing.base import Display, add_text, open_axes
from kerasbook.drawing.images import read_images
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import counted, significant
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.images import DataFormat
    from kerasbook.drawing.theme import ThemeName

__all__ = ["FlattenDisplay"]

_PIXELS = 3  # whose numbers are written out
_PICTURE, _ROW = 2.3, 4.7  # inches across, and between them a gap
_LEFT = _PICTURE + 0.35
_STRIP = 2048  # numbers that a strip has room for
_CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FlattenDisplay(Display["Axes"]):
    """An image, its first pixels as numbers, and the row that all of its numbers make.

    The order is that of Keras's `Flatten`: row by row, in a row pixel by pixel, in a pixel channel
    by channel.

    Attributes:
        picture: (height, width) or (height, width, 3 or 4) the image, within 0..1.
        values: (height·width·channels,) its numbers as they came, in order.
        shape: height, width and channels of the image as it came.
        value_range: the values of black and white.
    """

    picture: NDArray[np.float32]
    values: NDArray[Any]
    shape: tuple[int, int, int]
    value_range: tuple[float, float]

    @classmethod
    def from_image(
        cls,
        image: ArrayLike,
        *,
        data_format: DataFormat = "auto",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """The row of numbers that an image becomes.

        Args:
            image: (height, width), or with 1, 3 or 4 channels, last or first.
            data_format: `"channels_last"` or `"channels_first"`, where that is not plain.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: a shape or a value does not fit, or leaves open what it means.

        Examples:
            >>> import numpy as np
            >>> display = FlattenDisplay.from_image(np.zeros((32, 32, 3)))
            >>> display
            <FlattenDisplay: 32 · 32 · 3 = 3,072 numbers>
            >>> display.values.shape
            (3072,)
            >>> FlattenDisplay.from_image(np.zeros(3072))
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: image must have shape (height, width), or also 1, 3 or 4
                channels, last or first; received image=<float64 array of shape (3072,)>.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        array = as_array("image", image)
        if array.ndim not in {2, 3}:
            form = "have shape (height, width), or also 1, 3 or 4 channels, last or first"
            reject("image", form, Summary(array))
        read = read_images("image", array[None], data_format=data_format, value_range=value_range)
        if read.data_format == "grey":
            array = array[..., None]  # (h, w) -> (h, w, 1)
        elif read.data_format == "channels_first":
            array = np.moveaxis(array, 0, -1)  # (c, h, w) -> (h, w, c), as Flatten does
        height, width, channels = array.shape
        return cls(
            picture=read.pictures(np.array([0]))[0],
            values=array.reshape(-1),  # (h, w, c) -> (h·w·c,)
            shape=(height, width, channels),
            value_range=read.value_range,
        )

    @property
    def title(self) -> str:
        """The sizes, and their product."""
        return f"{' · '.join(map(str, self.shape))} = {counted(len(self.values), 'number')}"

    @property
    def alt_text(self) -> str:
        """The sizes, the order, and the numbers of the first pixel."""
        height, width, channels = self.shape
        first = [
            f"{name} {significant(float(value), digits=2)}"
            for name, value in zip(_CHANNELS[channels], self.values, strict=False)
        ]
        return (
            f"An image of {height} × {width} pixels with {counted(channels, 'channel')} beside "
            f"the row of numbers that flattening makes of it: {self.title}. They come row by row, "
            f"pixel by pixel, channel by channel; the first pixel is {', '.join(first)}."
        )

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw the image, its first pixels as numbers, and the whole row in shades of grey.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        page = open_axes(ax, size=(7.4, 3.0), theme=theme, frame="none")
        side = _PICTURE  # in the axes' units, which are inches in a new figure
        tall = self.picture.shape[0] / self.picture.shape[1]
        width, height = (side, side * tall) if tall <= 1 else (side / tall, side)
        page.ax.imshow(self.picture, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0))
        self._draw_pixels(page, height / self.shape[0])
        self._draw_strip(page)
        add_title(page.ax, page.theme, self.title, inches=7 * page.scale)
        page.ax.set_xlim(-0.05, _LEFT + _ROW + 0.05)
        page.ax.set_ylim(side + 0.1, -0.1)
        page.ax.set_aspect("equal")
        return self._drawn(page)

    def _draw_pixels(self, page: Page[Axes], pixel: float) -> None:
        """The first pixels, framed in the image and written out, a cell a channel."""
        from matplotlib.patches import Rectangle  # noqa: PLC0415  only drawing needs it

        _, columns, channels = self.shape
        shown, color = min(_PIXELS, columns), page.theme.wrong
        frame = Rectangle((0, 0), shown * pixel, pixel, fill=False, edgecolor=color, linewidth=1.5)
        page.ax.add_patch(frame)
        cell = min((_ROW - 0.2) / (shown * channels), 0.75)
        add_text(page, "its first pixels", at=(_LEFT, 0.1), color="muted", ha="left")
        for place, value in enumerate(self.values[: shown * channels]):
            left, name = _LEFT + place * cell, _CHANNELS[channels][place % channels]
            page.ax.add_patch(
                Rectangle(
                    (left, 0.3),
                    cell,
                    0.4,
                    facecolor=page.theme.background,
                    edgecolor=color if place % channels == 0 else page.theme.grid,
                    linewidth=1.2,
                )
            )
            add_text(page, significant(float(value), digits=2), at=(left + cell / 2, 0.5))
            add_text(page, name, at=(left + cell / 2, 0.83), color="muted")
        add_text(page, "…", at=(_LEFT + shown * channels * cell + 0.1, 0.5))

    def _draw_strip(self, page: Page[Axes]) -> None:
        """The whole row: as many of its numbers as can be told apart, evenly spaced."""
        shown = evenly_spaced(len(self.values), _STRIP)
        low, high = self.value_range
        page.ax.imshow(
            self.values[shown].astype(float)[None],  # (n,) -> (1, n)
            cmap="gray",
            vmin=min(low, high),
            vmax=max(low, high),
            extent=(_LEFT, _LEFT + _ROW, 1.95, 1.5),
            aspect="auto",
            interpolation="nearest",
        )
        words = f"all {counted(len(self.values), 'number')}, black to white"
        add_text(page, words, at=(_LEFT, 1.34), color="muted", ha="left")
        add_text(page, "1", at=(_LEFT, 2.1), color="muted", ha="left")
        add_text(page, f"{len(self.values):,}", at=(_LEFT + _ROW, 2.1), color="muted", ha="right")
