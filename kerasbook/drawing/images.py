"""Images in one form for drawing: 0..1, channels last, grey without a channel axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.checks import choice, real_number, reject
from kerasbook.drawing.arrays import Summary, as_array, evenly_spaced, finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DataFormat", "Images", "read_images"]

DataFormat = Literal["auto", "channels_last", "channels_first"]
_FORMATS = ("auto", "channels_last", "channels_first")
_CHANNELS = (1, 3, 4)  # grey, RGB, RGB with alpha
_SAMPLE = 1000  # images looked at to tell the range of values
_MOST_PIXELS = 512  # a side; more cannot be seen in a grid
_BRIGHT = 100  # 0..255 images are brighter somewhere; 8×8 digits, 0..16, are not
_OVERSHOOT = 1e-3  # what resizing adds to 0..1 images by rounding


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Images as they came, and how to draw any of them.

    Attributes:
        array: (N, height, width), or (N, height, width, channels), or channels first.
        data_format: `"channels_last"`, `"channels_first"`, or `"grey"` without a channel axis.
        value_range: the values of black and white.
    """

    array: NDArray[Any]
    data_format: str
    value_range: tuple[float, float]

    def __len__(self) -> int:
        return len(self.array)

    def pictures(self, indices: NDArray[np.intp]) -> NDArray[np.float32]:
        """Some of the images, ready to draw.

        Args:
            indices: which, of shape (n,).

        Returns:
            Values in 0..1, of shape (n, height, width) or (n, height, width, 3 or 4). Sides
            longer than 512 pixels are shortened by a whole number, squares of pixels averaged.
        """
        import numpy as np  # noqa: PLC0415  loaded on first use

        low, high = self.value_range
        # One at a time: a selection of photographs need not be held at full size.
        shown = [(self._picture(index) - low) / (high - low) for index in indices]
        if not shown:
            shown = [self._picture(0)]
        result: NDArray[np.float32] = np.clip(np.stack(shown), 0, 1)[: len(indices)]
        return result

    def _picture(self, index: int) -> NDArray[np.float32]:
        """One image, channels last, grey without channels, at most 512 pixels a side."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        image = self.array[index]
        if self.data_format == "channels_first":
            image = np.moveaxis(image, 0, -1)  # (c, h, w) -> (h, w, c)
        if self.data_format != "grey" and image.shape[-1] == 1:
            image = image[..., 0]  # (h, w, 1) -> (h, w)
        step = -(-max(image.shape[:2]) // _MOST_PIXELS)
        if step == 1:
            return np.asarray(image, np.float32)
        height, width = (max(1, side // step) for side in image.shape[:2])
        across, down = min(step, image.shape[1]), min(step, image.shape[0])
        image = image[: height * down, : width * across]
        # (h·down, w·across, …) -> (h, down, w, across, …) -> (h, w, …)
        blocks = image.reshape(height, down, width, across, *image.shape[2:])
        return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def read_images(
    name: str,
    images: object,
    *,
    data_format: str = "auto",
    value_range: tuple[float, float] | None = None,
) -> Images:
    """Images whose layout and range of values are known: told, or plain from the array.

    Args:
        name: the argument's name, for the messages.
        images: grey of shape (N, height, width), or with 1, 3 or 4 channels, last or first.
        data_format: `"channels_last"`, `"channels_first"`, or `"auto"`: the one of the two axes
            that can be channels.
        value_range: the values of black and white. If left out: (0, 1) for values within 0..1,
            (0, 255) for values within 0..255 of which some exceed 100.

    Raises:
        ArgumentError: the shape is of no images, or what was left out cannot be told.

    Examples:
        >>> import numpy as np
        >>> read_images("images", np.full((2, 3, 32, 32), 200)).data_format
        'channels_first'
        >>> read_images("images", np.full((2, 8, 8), 16.0))
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: images must be plainly within 0..1 or 0..255;
            received images=<float64 array of shape (2, 8, 8)>. Its values go from 16 to 16.
            Say value_range=(black, white).
    """
    array = as_array(name, images)
    layout = _layout(name, array, choice("data_format", data_format, _FORMATS))
    sample = array[evenly_spaced(len(array), _SAMPLE)]
    finite(name, sample)
    if value_range is None:
        return Images(array, layout, _detected_range(name, array, sample))
    if not isinstance(value_range, tuple | list) or len(value_range) != 2:  # noqa: PLR2004  a pair
        reject("value_range", "be the values of black and white", value_range)
    black, white = (real_number("value_range", value) for value in value_range)
    if black == white:
        reject("value_range", "be two different values", value_range)
    return Images(array, layout, (black, white))


def _layout(name: str, array: NDArray[Any], data_format: str) -> str:
    shape = "have shape (N, height, width), or also 1, 3 or 4 channels, last or first"
    if array.size == 0 or array.ndim not in {3, 4}:
        reject(name, shape, Summary(array))
    if array.ndim == 3:  # noqa: PLR2004  (N, height, width)
        return "grey"
    last, first = (array.shape[axis] in _CHANNELS for axis in (-1, 1))
    possible = {"channels_last": last, "channels_first": first}
    if data_format != "auto":
        if not possible[data_format]:
            mend = f"It was read as data_format={data_format!r}."
            reject(name, shape, Summary(array), mend=mend)
        return data_format
    if last and first:
        mend = "Say data_format='channels_last' or data_format='channels_first'."
        reject(name, "have one axis that can be channels", Summary(array), mend=mend)
    if not last and not first:
        reject(name, shape, Summary(array))
    return "channels_last" if last else "channels_first"


def _detected_range(name: str, array: NDArray[Any], sample: NDArray[Any]) -> tuple[float, float]:
    low, high = float(sample.min()), float(sample.max())
    if array.dtype.name == "uint8":
        plain_bytes, fraction = high != 1, False  # at most 1 may be black, or a mask of 0 and 1
    else:
        plain_bytes = low >= 0 and _BRIGHT < high <= 255  # noqa: PLR2004  a byte's largest
        fraction = low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT
    if plain_bytes or fraction:
        return (0.0, 255.0) if plain_bytes else (0.0, 1.0)
    mend = f"Its values go from {low:.4g} to {high:.4g}. Say value_range=(black, white)."
    return reject(name, "be plainly within 0..1 or 0..255", Summary(array), mend=mend)
