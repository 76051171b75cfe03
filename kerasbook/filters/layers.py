"""Hand-made kernels as a frozen layer of Keras, for any model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kerasbook.checks import positive_integer, reject, require
from kerasbook.filters.kernels import read_kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["edge_filter_layer"]


def edge_filter_layer(
    kernels: str | Sequence[str | ArrayLike],
    *,
    channels: int,
    strides: int | tuple[int, int] = 1,
    padding: Literal["same", "valid"] = "same",
    data_format: Literal["channels_last", "channels_first"] | None = None,
    name: str | None = None,
) -> Any:  # noqa: ANN401  a keras.layers.Conv2D; its type is known where Keras is installed
    """A frozen `keras.layers.Conv2D` with one output channel per kernel, in their order.

    Each kernel is applied to the mean of the input channels, so that a colour image gives the same
    as its grey version: the mean of `filter_image` over the channels.

    The layer is Keras's own, without custom objects: it has nothing to train, it can be cloned and
    saved, and the saved model opens without kerasbook.

    Args:
        kernels: names of `kernel_names()` or arrays of shape (height, width), all of one size; or
            a single name.
        channels: number of input channels: 1 for grey images, 3 for colour.
        strides: as for `Conv2D`.
        padding: as for `Conv2D`.
        data_format: as for `Conv2D`; Keras's setting if left out. On a CPU, TensorFlow computes
            `"channels_last"` only.
        name: the layer's name; Keras makes one if left out.

    Returns:
        The layer, built, with `trainable=False` and without a bias. Its only weight has the shape
        (height, width, channels, kernels).

    Raises:
        ArgumentError: a kernel is unknown, or the kernels differ in size.
        MissingDependencyError: the backend is not installed.

    Examples:
        >>> layer = edge_filter_layer(("horizontal", "vertical"), channels=1)
        >>> tuple(layer.kernel.shape), layer.trainable
        ((3, 3, 1, 2), False)
        >>> edge_filter_layer(("horizontal", [[1, -1]]), channels=1)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernels must all have one size; received
            kernels=('3×3', '1×2'). Pad the smaller ones with zeros.
    """
    channels = positive_integer("channels", channels)
    weights = _layer_weights(kernels, channels)
    layers = require("keras", extra="tensorflow").layers
    layer = layers.Conv2D(
        weights.shape[-1],
        weights.shape[:2],
        strides=strides,
        padding=padding,
        data_format=data_format,
        use_bias=False,
        # In the configuration, so that a clone of the model has the kernels too.
        kernel_initializer=require("keras", extra="tensorflow").initializers.Constant(weights),
        trainable=False,
        name=name,
    )
    # Built for this number of channels, so that Keras refuses inputs with another.
    first = layer.data_format == "channels_first"
    layer.build((None, channels, None, None) if first else (None, None, None, channels))
    return layer


def _layer_weights(kernels: str | Sequence[str | ArrayLike], channels: int) -> NDArray[np.float32]:
    """The weights of the layer, of shape (height, width, channels, kernels)."""
    chosen = [kernels] if isinstance(kernels, str) else kernels
    if not isinstance(chosen, list | tuple) or not chosen:
        reject("kernels", "be a name, or a list of names and arrays", kernels)
    arrays = [read_kernel(kernel) for kernel in chosen]
    if len({array.shape for array in arrays}) > 1:
        sizes = tuple("{}×{}".format(*array.shape) for array in arrays)
        reject("kernels", "all have one size", sizes, mend="Pad the smaller ones with zeros.")
    stack = np.stack(arrays, axis=-1)[:, :, None, :]  # (height, width, 1, kernels)
    return (np.repeat(stack, channels, axis=2) / channels).astype(np.float32)
