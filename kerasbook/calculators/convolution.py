"""Parameters and multiply-accumulates of convolutions."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Literal

from kerasbook.arithmetic import PADDINGS, Macs, divide, number, plus, product
from kerasbook.calculators.axes import kernel, read_axes
from kerasbook.calculators.numbers import term, terms, trainable
from kerasbook.calculators.sizes import window_sizes
from kerasbook.checks import boolean, positive_integer, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.arithmetic import Formula, Params
    from kerasbook.calculators.axes import Axis, OnePer, Padding

__all__ = [
    "conv_macs",
    "conv_params",
    "conv_transpose_macs",
    "conv_transpose_params",
    "depthwise_conv_macs",
    "depthwise_conv_params",
    "separable_conv_macs",
    "separable_conv_params",
]


def conv_params(
    *,
    kernel_size: Sequence[int],
    channels: int,
    filters: int,
    groups: int = 1,
    use_bias: bool = True,
) -> Params:
    """Parameters of a convolution: per filter, a weight per tap and input channel, and a bias.

    Args:
        kernel_size: taps per axis: `(4,)` for `Conv1D`, `(4, 4)` for `Conv2D`.
        channels: input channels, at least 1.
        filters: output channels, at least 1.
        groups: parts into which the channels are split; it divides `channels` and `filters`.
        use_bias: whether each filter has a bias.

    Returns:
        An integer that knows its arithmetic.

    Raises:
        ArgumentError: a value is not a positive integer, or `groups` does not divide.

    Examples:
        >>> params = conv_params(kernel_size=(4, 4), channels=3, filters=10)
        >>> params
        Params(490)
        >>> print(params.text)
        (4·4·3 + 1)·10 = 490
        >>> print(conv_params(kernel_size=(3, 3), channels=64, filters=32, groups=4).text)
        (3·3·(64/4) + 1)·32 = 4,640
        >>> conv_params(kernel_size=(3, 3), channels=3, filters=10, groups=2)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: groups must divide channels=3; received groups=2.
            Use groups=1.

    Reference:
        The counts are those of `keras.layers.Conv2D`.
    """
    taps = terms("kernel_size", kernel(kernel_size))
    inputs = channels_per_filter(channels, filters, groups)
    bias = int(boolean("use_bias", use_bias))
    return trainable(product(plus(product(*taps, inputs), bias), term("filters", filters)))


def conv_macs(
    size: OnePer,
    kernel_size: OnePer,
    *,
    channels: int,
    filters: int,
    strides: OnePer = 1,
    padding: Padding = "valid",
    dilation_rate: OnePer = 1,
    groups: int = 1,
) -> Macs:
    """Multiply-accumulates of a convolution, for one sample.

    For each output pixel, each filter is multiplied with a whole window, padding included.

    Args:
        size: input size per axis, in pixels; a single number means one axis.
        kernel_size: taps per axis.
        channels: input channels.
        filters: output channels.
        strides: pixels between two windows.
        padding: `"valid"`, `"same"`, `"causal"`, or pixels as `(before, after)`.
        dilation_rate: distance between taps.
        groups: parts into which the channels are split; it divides `channels` and `filters`.

    Returns:
        An integer that knows its arithmetic, and its `flops`.

    Raises:
        ArgumentError: a value is not a positive integer, the output is empty, or `groups` does
            not divide.

    Examples:
        >>> macs = conv_macs((32, 32), 4, channels=3, filters=10, strides=2, padding="same")
        >>> print(macs.text)
        16·16·4·4·3·10 = 122,880
        >>> macs.flops
        Number(245760)

    Reference:
        Sze et al., *Efficient processing of deep neural networks*, 2017,
        https://arxiv.org/abs/1703.09039, section II.
    """
    axes = read_axes(
        size,
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        paddings=PADDINGS,
    )
    inputs = channels_per_filter(channels, filters, groups)
    return Macs(product(*_outputs(axes), *_taps(axes), inputs, term("filters", filters)))


def conv_transpose_params(
    *,
    kernel_size: Sequence[int],
    channels: int,
    filters: int,
    groups: int = 1,
    use_bias: bool = True,
) -> Params:
    """Parameters of a transposed convolution: as many as of a convolution.

    Args:
        kernel_size: taps per axis.
        channels: input channels.
        filters: output channels.
        groups: parts into which the channels are split; it divides `channels` and `filters`.
        use_bias: whether each filter has a bias.

    Examples:
        >>> print(conv_transpose_params(kernel_size=(3, 3), channels=4, filters=10).text)
        (3·3·4 + 1)·10 = 370

    Reference:
        The counts are those of `keras.layers.Conv2DTranspose`.
    """
    return conv_params(
        kernel_size=kernel_size,
        channels=channels,
        filters=filters,
        groups=groups,
        use_bias=use_bias,
    )


def conv_transpose_macs(
    size: OnePer, kernel_size: OnePer, *, channels: int, filters: int, groups: int = 1
) -> Macs:
    """Multiply-accumulates of a transposed convolution, for one sample.

    Each input pixel is multiplied with the whole kernel, for any strides. Products that fall
    outside the output count too.

    Args:
        size: input size per axis, in pixels; a single number means one axis.
        kernel_size: taps per axis.
        channels: input channels.
        filters: output channels.
        groups: parts into which the channels are split; it divides `channels` and `filters`.

    Examples:
        >>> print(conv_transpose_macs((14, 14), 3, channels=4, filters=10).text)
        14·14·3·3·4·10 = 70,560

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, chapter 4.
    """
    axes = read_axes(size, kernel_size)
    inputs = channels_per_filter(channels, filters, groups)
    sizes = terms("size", [axis.size for axis in axes])
    return Macs(product(*sizes, *_taps(axes), inputs, term("filters", filters)))


def depthwise_conv_params(
    *,
    kernel_size: Sequence[int],
    channels: int,
    depth_multiplier: int = 1,
    use_bias: bool = True,
) -> Params:
    """Parameters of a depthwise convolution: each channel has its own kernels.

    Args:
        kernel_size: taps per axis.
        channels: input channels.
        depth_multiplier: number of kernels, and so of output channels, for each input channel.
        use_bias: whether each output channel has a bias.

    Examples:
        >>> print(depthwise_conv_params(kernel_size=(3, 3), channels=32).text)
        (3·3 + 1)·32 = 320
        >>> depthwise_conv_params(kernel_size=(3, 3), channels=32, depth_multiplier=2)
        Params(640)

    Reference:
        The counts are those of `keras.layers.DepthwiseConv2D`.
    """
    taps = terms("kernel_size", kernel(kernel_size))
    bias = int(boolean("use_bias", use_bias))
    return trainable(product(plus(product(*taps), bias), *_depth(channels, depth_multiplier)))


def depthwise_conv_macs(
    size: OnePer,
    kernel_size: OnePer,
    *,
    channels: int,
    depth_multiplier: int = 1,
    strides: OnePer = 1,
    padding: Literal["valid", "same"] = "valid",
    dilation_rate: OnePer = 1,
) -> Macs:
    """Multiply-accumulates of a depthwise convolution, for one sample.

    Args:
        size: input size per axis, in pixels; a single number means one axis.
        kernel_size: taps per axis.
        channels: input channels.
        depth_multiplier: output channels for each input channel.
        strides: pixels between two windows.
        padding: `"valid"` or `"same"`.
        dilation_rate: distance between taps.

    Examples:
        >>> macs = depthwise_conv_macs((112, 112), 3, channels=32, padding="same")
        >>> print(macs.text)
        112·112·3·3·32 = 3,612,672

    Reference:
        Howard et al., *MobileNets*, 2017, https://arxiv.org/abs/1704.04861, section 3.1.
    """
    axes = read_axes(
        size, kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    return Macs(product(*_outputs(axes), *_taps(axes), *_depth(channels, depth_multiplier)))


def separable_conv_params(
    *,
    kernel_size: Sequence[int],
    channels: int,
    filters: int,
    depth_multiplier: int = 1,
    use_bias: bool = True,
) -> Params:
    """Parameters of a separable convolution: depthwise without bias, then pointwise.

    Args:
        kernel_size: taps per axis.
        channels: input channels.
        filters: output channels.
        depth_multiplier: channels after the depthwise step for each input channel.
        use_bias: whether each filter of the pointwise step has a bias.

    Examples:
        >>> print(separable_conv_params(kernel_size=(3, 3), channels=32, filters=64).text)
        3·3·32 + (32 + 1)·64 = 2,400

    Reference:
        The counts are those of `keras.layers.SeparableConv2D`.
    """
    taps = terms("kernel_size", kernel(kernel_size))
    depth = _depth(channels, depth_multiplier)
    bias = int(boolean("use_bias", use_bias))
    pointwise = product(plus(product(*depth), bias), term("filters", filters))
    return trainable(plus(product(*taps, *depth), pointwise))


def separable_conv_macs(
    size: OnePer,
    kernel_size: OnePer,
    *,
    channels: int,
    filters: int,
    depth_multiplier: int = 1,
    strides: OnePer = 1,
    padding: Literal["valid", "same"] = "valid",
    dilation_rate: OnePer = 1,
) -> Macs:
    """Multiply-accumulates of a separable convolution, both its steps, for one sample.

    Args:
        size: input size per axis, in pixels; a single number means one axis.
        kernel_size: taps per axis.
        channels: input channels.
        filters: output channels.
        depth_multiplier: channels after the depthwise step for each input channel.
        strides: pixels between two windows.
        padding: `"valid"` or `"same"`.
        dilation_rate: distance between taps.

    Examples:
        >>> macs = separable_conv_macs((8, 8), 3, channels=32, filters=64, padding="same")
        >>> print(macs.text)
        8·8·(3·3·32 + 32·64) = 149,504

    Reference:
        Howard et al., *MobileNets*, 2017, https://arxiv.org/abs/1704.04861, section 3.1.
    """
    axes = read_axes(
        size, kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    depth = _depth(channels, depth_multiplier)
    steps = plus(product(*_taps(axes), *depth), product(*depth, term("filters", filters)))
    return Macs(product(*_outputs(axes), steps))


def channels_per_filter(channels: int, filters: int, groups: int) -> Formula:
    """The number of input channels of one filter, checked against the groups."""
    inputs, count = term("channels", channels), positive_integer("groups", groups)
    outputs = positive_integer("filters", filters)
    for name, total in (("channels", inputs.value or 0), ("filters", outputs)):
        if total % count:
            most = gcd(inputs.value or 0, outputs)
            mend = f"Use groups={most} or a divisor of it." if most > 1 else "Use groups=1."
            reject("groups", f"divide {name}={total}", count, mend=mend)
    return divide(inputs, number(count, "groups")) if count > 1 else inputs


def _depth(channels: int, depth_multiplier: int) -> list[Formula]:
    multiplier = term("depth_multiplier", depth_multiplier)
    return [term("channels", channels), *([multiplier] if depth_multiplier != 1 else [])]


def _outputs(axes: Sequence[Axis]) -> list[Formula]:
    return terms("output_size", window_sizes(axes))


def _taps(axes: Sequence[Axis]) -> list[Formula]:
    return terms("kernel_size", [axis.kernel_size for axis in axes])
