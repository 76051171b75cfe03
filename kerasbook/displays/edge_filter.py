"""`EdgeFilterDisplay`: a photo, a kernel made by hand, and what it finds in the photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from kerasbook.checks import reject
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.cells import draw_cells, draw_picture, number_text, units_in_inches
from kerasbook.drawing.images import read_images
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.text import CHARACTER, listed, shortened
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import ThemeName

__all__ = ["EdgeFilterDisplay"]

_MOST = 12  # kernels, a row each
_MOST_TAPS = 9  # along a side, for the weights to be written out
_PHOTO = 2.55  # inches across
_TALLEST = 5.0
_KERNEL = 1.3
_GAP = 0.4
_LINE = 0.3  # for the words above and below a picture
_LEGIBLE = 5.0  # points
_EXTREME = 0.995  # the share of pixels that the greys tell apart


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EdgeFilterDisplay(Display["Axes"]):
    """A photo before and after each of some kernels.

    Grey stands for 0, brighter for a match, darker for its opposite; after a kernel without
    negative weights, black stands for 0. The strongest half per cent of the pixels are drawn as
    white or black, so that one glint does not leave all else grey.

    Attributes:
        photo: (height, width) or (height, width, 3) the image, within 0..1.
        names: of the kernels.
        kernels: (height, width) each.
        filtered: (height, width) each, the mean over the channels, in the scale of the image.
        image_size: height and width of the image; `photo` is smaller where that is large.
    """

    photo: NDArray[np.float32]
    names: tuple[str, ...]
    kernels: tuple[NDArray[Any], ...]
    filtered: tuple[NDArray[Any], ...]
    image_size: tuple[int, int]

    @classmethod
    def from_image(
        cls,
        image: ArrayLike,
        kernels: str | Sequence[str | ArrayLike] = ("horizontal", "vertical"),
        *,
        strides: int | Sequence[int] = 1,
        padding: Literal["same", "valid"] = "same",
        value_range: tuple[float, float] | None = None,
    ) -> Self:
        """An image, filtered by each of some kernels.

        Args:
            image: grey of shape (height, width) or (height, width, 1), colour of shape
                (height, width, 3).
            kernels: names of `kerasbook.filters.kernel_names()` or arrays; at most 12.
            strides: as for `kerasbook.filters.filter_image`.
            padding: likewise; the zeros around the image of `"same"` look like edges.
            value_range: the values of black and white, where they are not plainly 0..1 or 0..255.

        Raises:
            ArgumentError: the image has another shape, or there is no such kernel.

        Examples:
            >>> photo = [[255] * 4, [255] * 4, [0] * 4, [0] * 4]  # bright above dark
            >>> display = EdgeFilterDisplay.from_image(photo, padding="valid")
            >>> display
            <EdgeFilterDisplay: 4×4 pixels, filtered by horizontal and vertical>
            >>> display.filtered[0]
            array([[765., 765.],
                   [765., 765.]])
            >>> EdgeFilterDisplay.from_image(photo, "sobel")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: kernel must be 'horizontal', ... received
                kernel='sobel'. Did you mean 'sobel_y'?
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        from kerasbook.filters import filter_image  # noqa: PLC0415  brings NumPy
        from kerasbook.filters.images import read_image  # noqa: PLC0415  likewise
        from kerasbook.filters.kernels import read_kernel  # noqa: PLC0415  likewise

        pixels = read_image(image)
        chosen = [kernels] if isinstance(kernels, str) else kernels
        if not isinstance(chosen, list | tuple) or not 0 < len(chosen) <= _MOST:
            reject("kernels", f"be 1 to {_MOST} names or arrays, in a list or tuple", kernels)
        read = tuple(read_kernel(kernel) for kernel in chosen)
        filtered = (filter_image(pixels, k, strides=strides, padding=padding) for k in read)
        return cls(
            photo=read_images("image", pixels[None], value_range=value_range).pictures(
                np.arange(1)
            )[0],
            names=tuple(
                kernel if isinstance(kernel, str) else f"kernel {place}"
                for place, kernel in enumerate(chosen, start=1)
            ),
            kernels=read,
            filtered=tuple(f.mean(axis=2) if f.ndim == 3 else f for f in filtered),  # noqa: PLR2004  (h, w, c)
            image_size=pixels.shape[:2],
        )

    @property
    def limits(self) -> tuple[tuple[float, float], ...]:
        """For each kernel the values that are drawn as black and as white."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        ends = []
        for kernel, filtered in zip(self.kernels, self.filtered, strict=True):
            size = np.abs(filtered)
            most = float(np.quantile(size, _EXTREME)) or float(size.max()) or 1.0
            ends.append((-most if kernel.min() < 0 else 0.0, most))  # a blur has no opposite
        return tuple(ends)

    @property
    def title(self) -> str:
        """The size of the photo and the names of the kernels."""
        names = [shortened(name, 24) for name in self.names]
        return f"{_size(self.image_size)} pixels, filtered by {listed(names, most=3)}"

    @property
    def alt_text(self) -> str:
        """What each kernel is, what it shows, and how strongly it answers."""
        from kerasbook.filters import KERNELS  # noqa: PLC0415  brings NumPy

        told = []
        for name, kernel, filtered in zip(self.names, self.kernels, self.filtered, strict=True):
            rows = "; ".join(" ".join(number_text(float(v)) for v in row) for row in kernel)
            weights = f"rows {rows}" if max(kernel.shape) <= _MOST_TAPS else _size(kernel.shape)
            shows = f", shows {KERNELS[name].shows}" if name in KERNELS else ""
            low, high = number_text(float(filtered.min())), number_text(float(filtered.max()))
            told.append(f"{name} ({weights}){shows}: values from {low} to {high}.")
        return (
            f"A photo of {_size(self.image_size)} pixels, before and after each filter. "
            + " ".join(told)
        )

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw a row for each kernel: the photo, the kernel, and the filtered photo.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        width = 2 * _PHOTO + _KERNEL + 2 * _GAP
        height = len(self.names) * self._row
        page = open_axes(ax, size=(width + 0.3, height + 0.5), theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=width)
        scale = min(1.0, units_in_inches(page, (width, height)))
        for index in range(len(self.names)):
            self._draw_row(page, index, scale=scale)
        return self._drawn(page)

    @property
    def _row(self) -> float:
        """Height of a row, in inches."""
        return max(_drawn_size(self.image_size)[1], _KERNEL) + 2 * _LINE

    def _draw_row(self, page: Page[Axes], index: int, *, scale: float) -> None:
        name, kernel = shortened(self.names[index], 24), self.kernels[index]
        low, high = self.limits[index]
        middle = index * self._row + self._row / 2
        _draw_picture(page.ax, self.photo, left=0, middle=middle, limits=(0, 1))
        side = _KERNEL / max(kernel.shape)
        left = _PHOTO + _GAP + (_KERNEL - side * kernel.shape[1]) / 2
        longest = max(len(number_text(float(weight))) for weight in kernel.flat)
        points = min(page.theme.small, 0.85 * side / CHARACTER / longest) * scale
        draw_cells(
            page.ax,
            kernel,
            left=left,
            top=middle - side * kernel.shape[0] / 2,
            theme=page.theme,
            points=points if points >= _LEGIBLE else 0,
            side=side,
            colors=("gray", -float(abs(kernel).max()) or -1, float(abs(kernel).max()) or 1),
        )
        after = _PHOTO + _KERNEL + 2 * _GAP
        _draw_picture(page.ax, self.filtered[index], left=after, middle=middle, limits=(low, high))
        ends = f"black {number_text(low)}, {'grey 0, ' * (low < 0)}white {number_text(high)}"
        above, below = (middle + sign * (self._row / 2 - _LINE + 0.08) for sign in (-1, 1))
        for text, x, y, color in (
            ("∗", _PHOTO + _GAP / 2, middle, page.theme.text),
            ("=", after - _GAP / 2, middle, page.theme.text),
            (f"photo, {_size(self.image_size)}", _PHOTO / 2, above, page.theme.text),
            (name, _PHOTO + _GAP + _KERNEL / 2, above, page.theme.text),
            (
                f"filtered, {_size(self.filtered[index].shape)}",
                after + _PHOTO / 2,
                above,
                page.theme.text,
            ),
            (ends, after + _PHOTO / 2, below, page.theme.muted),
        ):
            page.ax.text(
                x,
                y,
                text,
                color=color,
                fontsize=(page.theme.small if len(text) > 1 else 16) * scale,
                ha="center",
                va="center",
                parse_math=False,
            )


def _draw_picture(
    ax: Axes,
    picture: NDArray[Any],
    *,
    left: float,
    middle: float,
    limits: tuple[float, float],
) -> None:
    width, height = _drawn_size(picture.shape)
    box = (left + (_PHOTO - width) / 2, middle - height / 2, width, height)
    draw_picture(ax, picture, box=box, colors=("gray", *limits))


def _drawn_size(shape: tuple[int, ...]) -> tuple[float, float]:
    """Width and height of a photo in the picture, in inches."""
    height = min(_PHOTO * shape[0] / shape[1], _TALLEST)
    return height * shape[1] / shape[0], height


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]}×{shape[1]}"
