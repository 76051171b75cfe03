"""Images to be appended to a store, checked and grouped into blocks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasbook.checks import integer, reject
from kerasbook.errors import ArgumentError, SourceError
from kerasbook.training._store_file import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from kerasbook.training._store_file import StoreInfo

__all__ = ["after", "in_blocks"]

_BLOCK_BYTES = 8 * 2**20  # written and synced to disk at a time
_MOST_CLASSES = 2**31  # labels are written as 32 bits


def after(
    stream: Iterable[tuple[ArrayLike, int]], folder: Path, info: StoreInfo
) -> Iterator[tuple[ArrayLike, int]]:
    """The images of a stream that follow those already written; its beginning is compared.

    Raises:
        SourceError: the stream begins with other images or labels than the store.
    """
    rest = iter(stream)
    for start in range(0, info.samples, _count(info)):
        rows = np.arange(start, min(start + _count(info), info.samples))
        for row, pixels, label in zip(rows.tolist(), *read_rows(folder, info, rows), strict=True):
            image, known = _pair(next(rest, (None, None)))
            if known != label or not np.array_equal(image, pixels):
                raise SourceError(
                    f"{folder} was written from another stream: image {row} differs. "
                    f"Remove it, or give the images in the same order."
                )
    yield from rest


def _count(info: StoreInfo) -> int:
    """Number of images in a block."""
    return max(1, _BLOCK_BYTES // info.image_bytes)


def in_blocks(
    pairs: Iterable[tuple[ArrayLike, int]], info: StoreInfo
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int32]]]:
    """Pixels and labels of a block of images at a time, each image checked.

    Raises:
        ArgumentError: an image has another shape or dtype; a label is not an integer, or not a
            class number.
    """
    rest, first = iter(pairs), info.samples
    last = (len(info.class_names) or _MOST_CLASSES) - 1
    while block := list(islice(rest, _count(info))):
        pixels = np.empty((len(block), *info.image_shape), np.uint8)
        labels = np.empty(len(block), np.int32)
        for place, pair in enumerate(block):
            image, label = _pair(pair)
            pixels[place] = _bytes(image, info.image_shape)
            name = f"labels[{first + place}]"
            labels[place] = integer(name, label, minimum=0, maximum=last)
        first += len(block)
        yield pixels, labels


def _pair(item: Any) -> tuple[Any, Any]:  # noqa: ANN401  what a user's stream gives
    try:
        image, label = item
    except (TypeError, ValueError):
        reject("stream", "give pairs of an image and its label", item)
    return image, label


def _bytes(image: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    array = np.asarray(image)
    if array.dtype == np.uint8 and array.shape == shape:
        return array
    mend = {
        "f": " Multiply by 255, round, and use astype('uint8') if they are from 0 to 1.",
        "u": " Use (images >> 8).astype('uint8') if they have 16 bits.",
        "i": " Use astype('uint8') if they are from 0 to 255.",
    }
    raise ArgumentError(
        f"images must be bytes (uint8) of shape {shape}; received {array.dtype} of shape "
        f"{array.shape}.{mend.get(array.dtype.kind, '') * (array.dtype != np.uint8)}"
    )
