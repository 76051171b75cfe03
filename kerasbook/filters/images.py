"""Images filtered with one kernel, as Keras computes a convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kerasbook.arithmetic import padding_of
from kerasbook.calculators import weighted_sum
from kerasbook.checks import choice, integer, one_or_per, positive_integer, refuse_palette, reject
from kerasbook.filters.kernels import read_kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from kerasbook.calculators import WeightedSum

__all__ = [
    "ConvolutionStep",
    "ImageAxis",
    "convolution_step",
    "filter_image",
    "image_axes",
    "read_image",
]

_COLOURED = (1, 3)  # channels that an image with a third axis may have


def filter_image(
    image: ArrayLike,
    kernel: str | ArrayLike,
    *,
    strides: int | Sequence[int] = 1,
    padding: Literal["same", "valid"] = "same",
) -> NDArray[np.floating[Any]]:
    r"""The image filtered with a kernel, in the scale of the image.

    With strides $s$, $t$ and with $p$, $q$ zeros added above and on the left, the pixel in row $i$
    and column $j$ is $\sum_{a,b} k_{a,b}\, x_{i s + a - p,\; j t + b - q}$. The kernel is not
    flipped: deep learning calls this a convolution, mathematics a cross-correlation. Up to
    rounding, the result is that of `keras.layers.Conv2D` with this kernel.

    The channels of a colour image are filtered separately, so the result is a colour image. A
    convolutional layer sums over the channels instead: see `edge_filter_layer`.

    Args:
        image: grey of shape (height, width) or (height, width, 1), colour of shape
            (height, width, 3); any scale, such as 0..1 or 0..255.
        kernel: a name of `kernel_names()`, or an array of shape (height, width).
        strides: pixels between two positions of the kernel: one number for both axes, or
            (down, across).
        padding: `"same"` adds zeros around the image, the odd one below and on the right, so that
            with strides 1 the result is as large as the image; `"valid"` adds none.

    Returns:
        An array with the axes and channels of the image: float64 for float64 images and wide
        integers, float32 for all others. It is not clipped: edge kernels give negative values.

    Raises:
        ArgumentError: the image has another shape, contains NaN, or is smaller than the kernel
            with `padding="valid"`.

    Examples:
        >>> step = [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]]  # bright above dark
        >>> filter_image(step, "horizontal", padding="valid")
        array([[3.],
               [3.]])
        >>> filter_image(step, "horizontal", strides=2).shape
        (2, 2)
        >>> filter_image([[1, 1]], "horizontal", padding="valid")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: image.shape must be at least (3, 3), as large as the kernel,
            with padding='valid'; received image.shape=(1, 2). Use padding='same'.

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016,
        https://arxiv.org/abs/1603.07285.
    """
    pixels = read_image(image)
    weights = read_kernel(kernel)
    down, across = image_axes(pixels.shape, weights.shape, strides=strides, padding=padding)
    channels = [(0, 0)] * (pixels.ndim - 2)
    padded = np.pad(pixels, [down.padding, across.padding, *channels])
    # One tap at a time, so that memory does not grow with the size of the kernel.
    result = np.zeros((down.outputs, across.outputs, *pixels.shape[2:]), pixels.dtype)
    term = np.empty_like(result)
    for (row, column), weight in np.ndenumerate(weights.astype(pixels.dtype)):
        if weight:
            np.multiply(padded[down.below_tap(row), across.below_tap(column)], weight, out=term)
            result += term
    return result


# Two steps are equal if they are the same object: NumPy answers `==` with an array.
@dataclass(frozen=True, slots=True, eq=False)
class ConvolutionStep:
    """One position of a kernel on an image, with the weighted sum of the pixels there.

    Attributes:
        row: row of the output pixel, from 0.
        column: column of the output pixel, from 0.
        window: the pixels below the kernel, in its shape; 0 for padding.
        kernel: the weights of the kernel.
        padded: for each pixel of the window, whether it is padding.
        sum: the sum with its terms, row by row.
    """

    row: int
    column: int
    window: NDArray[np.floating[Any]]
    kernel: NDArray[np.floating[Any]]
    padded: NDArray[np.bool_]
    sum: WeightedSum

    @property
    def value(self) -> float:
        """The output pixel, which is larger if the window matches the kernel better."""
        return self.sum.value

    @property
    def text(self) -> str:
        """The sum with its terms: `0.6·1 + 0.4·1 = 1`."""
        return self.sum.text

    @property
    def latex(self) -> str:
        """The sum with its terms as LaTeX, for `$…$`."""
        return self.sum.latex

    def __float__(self) -> float:
        return float(self.value)


def convolution_step(  # noqa: PLR0917  an image, a kernel and a position, in this order
    image: ArrayLike,
    kernel: str | ArrayLike,
    row: int,
    column: int,
    *,
    strides: int | Sequence[int] = 1,
    padding: Literal["same", "valid"] = "same",
) -> ConvolutionStep:
    """One pixel of a filtered image, with the weighted sum that gives it.

    Args:
        image: grey, of shape (height, width) or (height, width, 1).
        kernel: a name of `kernel_names()`, or an array of shape (height, width).
        row: row of the output pixel, from 0.
        column: column of the output pixel, from 0.
        strides: as for `filter_image`.
        padding: as for `filter_image`.

    Returns:
        The pixels below the kernel and their sum. Its value is `filter_image(…)[row, column]`,
        computed with exact decimals.

    Raises:
        ArgumentError: the image is coloured, or the output has no such pixel.

    Examples:
        >>> image = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
        >>> convolution_step(image, "horizontal", 1, 1).value
        2.8
        >>> print(convolution_step(image, [[1, -1]], 0, 2).text)  # half on the padding
        0.6·1 + 0·(−1) = 0.6
        >>> convolution_step(image, "horizontal", 1, 1, padding="valid")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: row must be an integer from 0 to 0; received row=1.
            The output has 1 row and 1 column.
    """
    pixels = read_image(image)
    if pixels.ndim == 3:  # noqa: PLR2004  with channels
        if pixels.shape[2] > 1:
            mend = "Take one of its channels: image[..., 0]."
            reject("image.shape", "be (height, width): one sum", pixels.shape, mend=mend)
        pixels = pixels[..., 0]
    weights = read_kernel(kernel)
    down, across = image_axes(pixels.shape, weights.shape, strides=strides, padding=padding)
    mend = (
        f"The output has {_counted(down.outputs, 'row')} and {_counted(across.outputs, 'column')}."
    )
    row = integer("row", row, minimum=0, maximum=down.outputs - 1, mend=mend)
    column = integer("column", column, minimum=0, maximum=across.outputs - 1, mend=mend)
    rows, columns = down.window(row)[:, None], across.window(column)
    height, width = pixels.shape
    padded = (rows < 0) | (rows >= height) | (columns < 0) | (columns >= width)
    nearest = pixels[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    window = np.where(padded, pixels.dtype.type(0), nearest)
    return ConvolutionStep(row, column, window, weights, padded, weighted_sum(window, weights))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@dataclass(frozen=True, slots=True)
class ImageAxis:
    """One axis of an image and the window that moves along it.

    Attributes:
        taps: pixels of the window.
        strides: pixels between two windows.
        padding: zeros added (before, after).
        outputs: number of windows.
    """

    taps: int
    strides: int
    padding: tuple[int, int]
    outputs: int

    def window(self, index: int) -> NDArray[np.intp]:
        """The indices of the pixels of one window in the image; those of padding lie outside it."""
        return np.arange(self.taps) + (index * self.strides - self.padding[0])

    def below_tap(self, tap: int) -> slice:
        """The indices in the padded image of the pixels below one tap, for all windows."""
        return slice(tap, tap + (self.outputs - 1) * self.strides + 1, self.strides)


def image_axes(
    shape: tuple[int, ...],
    kernel_size: tuple[int, ...],
    *,
    strides: int | Sequence[int],
    padding: str,
) -> tuple[ImageAxis, ImageAxis]:
    """The checked axes of an image, vertical and horizontal.

    Args:
        shape: shape of the image, which begins with (height, width).
        kernel_size: height and width of the kernel.
        strides: one number for both axes, or (down, across).
        padding: `"same"` or `"valid"`.

    Raises:
        ArgumentError: strides or padding are wrong, or the kernel is larger than the image.
    """
    padding = choice("padding", padding, ("same", "valid"))
    steps = [
        positive_integer("strides", step) for step in one_or_per("strides", strides, 2, item="axis")
    ]
    if padding == "valid" and (shape[0] < kernel_size[0] or shape[1] < kernel_size[1]):
        reject(
            "image.shape",
            f"be at least {tuple(kernel_size)}, as large as the kernel, with padding='valid'",
            shape,
            mend="Use padding='same'.",
        )
    return (
        _axis(shape[0], kernel_size[0], strides=steps[0], padding=padding),
        _axis(shape[1], kernel_size[1], strides=steps[1], padding=padding),
    )


def _axis(size: int, taps: int, *, strides: int, padding: str) -> ImageAxis:
    # `padding_of` returns None for unknown sizes only.
    before, after = padding_of(size, taps, strides=strides, padding=padding) or (0, 0)
    outputs = (size + before + after - taps) // strides + 1
    return ImageAxis(taps, strides, (before, after), outputs)


def read_image(image: ArrayLike) -> NDArray[np.floating[Any]]:
    """An image as an array of floats, of shape (height, width) or (height, width, 1 or 3).

    Raises:
        ArgumentError: the image has another shape, is empty, or contains anything but finite
            numbers; the message says how to convert other common shapes.
    """
    refuse_palette("image", image)
    try:
        array = np.asarray(image)
    except (TypeError, ValueError, RuntimeError):
        reject("image", "be an array of numbers", image)
    if array.dtype.kind not in "biuf":
        reject("image", "be an array of numbers", f"an array of {array.dtype}")
    _check_shape(array.shape)
    # Bytes, booleans and half floats become float32; wider numbers stay exact as float64.
    pixels: NDArray[np.floating[Any]] = array.astype(np.result_type(array.dtype, np.float32))
    wrong = pixels.size - int(np.count_nonzero(np.isfinite(pixels)))
    if wrong:
        reject(
            "image",
            "hold finite numbers",
            f"{wrong:,} of {pixels.size:,} NaN or infinite",
            mend="Replace them: numpy.nan_to_num(image).",
        )
    return pixels


def _check_shape(shape: tuple[int, ...]) -> None:
    flat, deep = len(shape) == 2, len(shape) == 3  # noqa: PLR2004  without and with channels
    if 0 not in shape and (flat or (deep and shape[2] in _COLOURED)):
        return
    mend = ""
    if len(shape) == 4:  # noqa: PLR2004  a batch
        mend = "Filter one image of the batch at a time: image[0]."
    elif deep and shape[2] == 4:  # noqa: PLR2004  with alpha
        mend = "Leave transparency out: image[..., :3]."
    elif deep and shape[0] in _COLOURED:
        mend = "Put the channels last: numpy.moveaxis(image, 0, -1)."
    expected = "be (height, width), (height, width, 1) or (height, width, 3)"
    reject("image.shape", expected, shape, mend=mend)
