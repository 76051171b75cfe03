"""A batch of CIFAR-10: some images and their classes, in either of its two formats.

The Python version is a pickled dictionary with the array `data` of shape (images, 3072) and the
list `labels`. The binary version is one row of 3,073 bytes for each image, its label first. Both
store the red, the green and the blue plane of 32×32 pixels one after the other.

Reference:
    Krizhevsky, <https://www.cs.toronto.edu/~kriz/cifar.html>.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kerasbook.datasets.pickled import PickledCall, read_pickle
from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CLASS_NAMES", "Batch", "binary_batch", "python_batch"]

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_PIXELS = 3 * 32 * 32
# The names in NumPy's pickles of an array: numpy.core before NumPy 2.0, numpy._core since then.
_NAMES = frozenset(
    {
        "numpy.ndarray",
        "numpy.dtype",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.core.numeric._frombuffer",
        "numpy._core.numeric._frombuffer",
    }
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Images as they are stored, and their classes."""

    rows: NDArray[np.uint8]  # (images, 3072): three planes of 32 rows of 32 pixels
    classes: NDArray[np.uint8]  # (images,), 0 to 9


def binary_batch(content: bytes) -> Batch:
    """The images and classes of a file of the binary version.

    Raises:
        SourceError: its size is not a multiple of 3,073 bytes, or a label is above 9.

    Examples:
        >>> binary_batch(bytes([6]) + bytes(3072)).classes
        array([6], dtype=uint8)
        >>> binary_batch(b"GIF89a")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: there must be rows of 3,073 bytes; received 6 bytes
    """
    if not content or len(content) % (1 + _PIXELS):
        raise SourceError(
            f"there must be rows of {1 + _PIXELS:,} bytes; received {len(content):,} bytes"
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + _PIXELS)  # (images, 3073)
    highest = rows[:, 0].max()
    if highest >= len(CLASS_NAMES):
        raise SourceError(f"labels must be 0 to 9; received {highest}")
    return Batch(rows=rows[:, 1:], classes=rows[:, 0])


def python_batch(content: bytes) -> Batch:
    """The images and classes of a file of the Python version; nothing in it is executed.

    Raises:
        SourceError: it is not a pickle of such a batch, or names anything but NumPy arrays.

    Examples:
        >>> import pickle
        >>> data = np.zeros((2, 3072), np.uint8)
        >>> python_batch(pickle.dumps({b"data": data, b"labels": [6, 9]})).classes
        array([6, 9], dtype=uint8)
        >>> python_batch(pickle.dumps({b"data": data, b"labels": [6]}))
        Traceback (most recent call last):
        kerasbook.errors.SourceError: labels must be a list with one integer from 0 to 9 for each
            of the 2 images
    """
    batch = read_pickle(content, names=_NAMES)
    if not isinstance(batch, dict):
        raise SourceError(f"there must be a dictionary; received {type(batch).__name__}")
    # Python 2's keys are bytes, Python 3's are strings.
    rows = _rows(batch.get("data", batch.get(b"data")))
    labels = batch.get("labels", batch.get(b"labels"))
    if not (
        isinstance(labels, list)
        and len(labels) == len(rows)
        and all(type(label) is int and 0 <= label < len(CLASS_NAMES) for label in labels)
    ):
        raise SourceError(
            "labels must be a list with one integer from 0 to 9 for each "
            f"of the {len(rows):,} images"
        )
    return Batch(rows=rows, classes=np.array(labels, dtype=np.uint8))


def _rows(data: object) -> NDArray[np.uint8]:
    """The array of shape (images, 3072) that the recorded calls of a pickle describe."""
    raw: object
    match data:
        case PickledCall(
            state=(_, tuple(shape), PickledCall(arguments=(dtype, *_)), bool(fortran), raw)
        ):
            pass
        case PickledCall(
            arguments=(raw, PickledCall(arguments=(dtype, *_)), tuple(shape), "C" | "F" as order)
        ):
            fortran = order == "F"  # as protocol 5 writes an array
        case _:
            raise SourceError("data must be a NumPy array")
    if not isinstance(raw, bytes | bytearray):
        raise SourceError("data must have its pixels as bytes")
    images, rest = divmod(len(raw), _PIXELS)
    if dtype not in ("u1", b"u1") or shape != (images, _PIXELS) or rest or not images:
        raise SourceError(
            f"data must be uint8 of shape (images, {_PIXELS}); received {_described(dtype, shape)}"
        )
    return np.frombuffer(raw, np.uint8).reshape(shape, order="F" if fortran else "C")


def _described(dtype: object, shape: tuple[object, ...]) -> str:
    """A short description of an array, without the `repr` of values that may be endless."""
    if isinstance(dtype, bytes):
        dtype = dtype.decode("latin-1")
    if isinstance(dtype, str) and len(shape) < 5 and all(isinstance(size, int) for size in shape):  # noqa: PLR2004  more axes than a batch of images has
        return f"{dtype[:9]!a} of shape {shape}"
    return "something else"
