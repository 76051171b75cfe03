"""The named kernels: a table with the weights, the effect and the source of each."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasbook.checks import choice, reject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["KERNELS", "NamedKernel", "kernel_names", "named_kernel", "read_kernel"]

_FOSTER = "Foster, Generative Deep Learning, 2nd ed., 2023, chapter 2"
_SOBEL = "Sobel and Feldman, A 3×3 isotropic gradient operator for image processing, 1968"
_PREWITT = "Prewitt, Object enhancement and extraction, 1970"
_SCHARR = "Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung, 2000"
_GONZALEZ = "Gonzalez and Woods, Digital Image Processing, 4th ed., 2018, chapter 3"


@dataclass(frozen=True, slots=True)
class NamedKernel:
    """A kernel of the table, as integer weights and one divisor.

    Attributes:
        rows: the weights, from the top row down, before the division.
        shows: where the filtered image is bright.
        source: the publication.
        divisor: the number that each weight is divided by.

    Examples:
        >>> KERNELS["box_blur"].divisor
        9
    """

    rows: tuple[tuple[int, int, int], ...]
    shows: str
    source: str
    divisor: int = 1


# Keras does not flip a kernel, so the rows here are in the order of the image's rows. The article's
# edge kernels are positive where the upper or left side is brighter; `_x` and `_y` are positive
# where the right or lower side is brighter, as in OpenCV.
KERNELS: Mapping[str, NamedKernel] = MappingProxyType(
    {
        "horizontal": NamedKernel(
            rows=((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
            shows="horizontal edges, bright above dark",
            source=_FOSTER,
        ),
        "vertical": NamedKernel(
            rows=((1, 0, -1), (1, 0, -1), (1, 0, -1)),
            shows="vertical edges, bright left of dark",
            source=_FOSTER,
        ),
        "diagonal_rising": NamedKernel(
            rows=((1, 1, 0), (1, 0, -1), (0, -1, -1)),
            shows="edges that run like /, bright upper left of dark",
            source=_PREWITT,
        ),
        "diagonal_falling": NamedKernel(
            rows=((0, 1, 1), (-1, 0, 1), (-1, -1, 0)),
            shows="edges that run like \\, bright upper right of dark",
            source=_PREWITT,
        ),
        "sobel_x": NamedKernel(
            rows=((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
            shows="vertical edges, bright right of dark",
            source=_SOBEL,
        ),
        "sobel_y": NamedKernel(
            rows=((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
            shows="horizontal edges, bright below dark",
            source=_SOBEL,
        ),
        "prewitt_x": NamedKernel(
            rows=((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)),
            shows="vertical edges, bright right of dark",
            source=_PREWITT,
        ),
        "prewitt_y": NamedKernel(
            rows=((-1, -1, -1), (0, 0, 0), (1, 1, 1)),
            shows="horizontal edges, bright below dark",
            source=_PREWITT,
        ),
        "scharr_x": NamedKernel(
            rows=((-3, 0, 3), (-10, 0, 10), (-3, 0, 3)),
            shows="vertical edges, bright right of dark",
            source=_SCHARR,
        ),
        "scharr_y": NamedKernel(
            rows=((-3, -10, -3), (0, 0, 0), (3, 10, 3)),
            shows="horizontal edges, bright below dark",
            source=_SCHARR,
        ),
        "laplacian": NamedKernel(
            rows=((0, 1, 0), (1, -4, 1), (0, 1, 0)),
            shows="the dark side of edges, and dark spots",
            source=_GONZALEZ,
        ),
        "laplacian_8": NamedKernel(
            rows=((1, 1, 1), (1, -8, 1), (1, 1, 1)),
            shows="the dark side of edges, diagonals included, and dark spots",
            source=_GONZALEZ,
        ),
        "sharpen": NamedKernel(
            rows=((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
            shows="the image with crisper edges: the image minus its Laplacian",
            source=_GONZALEZ,
        ),
        "box_blur": NamedKernel(
            rows=((1, 1, 1), (1, 1, 1), (1, 1, 1)),
            divisor=9,
            shows="the mean of each pixel and its eight neighbours",
            source=_GONZALEZ,
        ),
        "gaussian_blur": NamedKernel(
            rows=((1, 2, 1), (2, 4, 2), (1, 2, 1)),
            divisor=16,
            shows="the mean of the neighbourhood, with larger weights near its centre",
            source=_GONZALEZ,
        ),
    }
)


def kernel_names() -> tuple[str, ...]:
    """The names of the kernels, in the order of the table.

    Examples:
        >>> kernel_names()[:4]
        ('horizontal', 'vertical', 'diagonal_rising', 'diagonal_falling')
    """
    return tuple(KERNELS)


def named_kernel(name: str) -> NDArray[np.float32]:
    """The kernel of a name, as an array of shape (3, 3).

    Args:
        name: one of `kernel_names()`.

    Returns:
        A new array, with its rows in the order of the image's rows.

    Raises:
        ArgumentError: there is no such kernel; the message names a similar one.

    Examples:
        >>> named_kernel("horizontal")
        array([[ 1.,  1.,  1.],
               [ 0.,  0.,  0.],
               [-1., -1., -1.]], dtype=float32)
        >>> named_kernel("gaussian_blur").sum()
        np.float32(1.0)
        >>> named_kernel("horizontl")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernel must be 'horizontal', 'vertical', 'diagonal_rising',
            ... or 'gaussian_blur'; received kernel='horizontl'. Did you mean 'horizontal'?
    """
    return read_kernel(choice("kernel", name, KERNELS)).astype(np.float32)


def read_kernel(kernel: str | ArrayLike) -> NDArray[np.floating[Any]]:
    """A kernel, given by name or as an array, as an array of shape (height, width).

    Raises:
        ArgumentError: the name is unknown, or the array is not two-dimensional and finite.

    Examples:
        >>> read_kernel([[1, -1]]).shape
        (1, 2)
        >>> read_kernel([1, -1])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernel must be a name, or an array of finite numbers of
            shape (height, width); received kernel=(1, -1).
    """
    if isinstance(kernel, str):
        found = KERNELS[choice("kernel", kernel, KERNELS)]
        return np.array(found.rows) / found.divisor
    expected = "be a name, or an array of finite numbers of shape (height, width)"
    try:
        weights = np.asarray(kernel)
    except (TypeError, ValueError, RuntimeError):
        reject("kernel", expected, kernel)
    numbers = weights.dtype.kind in "iuf" and weights.ndim == 2  # noqa: PLR2004  rows, columns
    if not numbers or weights.size == 0 or not np.isfinite(weights).all():
        reject("kernel", expected, kernel)
    return weights.astype(np.result_type(weights.dtype, np.float32))
