"""Output sizes of convolutions, poolings and transposed convolutions, and receptive fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from kerasbook.arithmetic import (
    PADDINGS,
    OutputSize,
    ReceptiveSize,
    convolve,
    convolve_transposed,
    minus,
    number,
    plus,
    product,
)
from kerasbook.calculators.axes import counts, read_axes, several
from kerasbook.checks import integer, one_or_per, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.arithmetic import Extent
    from kerasbook.calculators.axes import Axis, OnePer, Padding

__all__ = [
    "conv_output_size",
    "conv_transpose_output_size",
    "pool_output_size",
    "receptive_field",
]


if TYPE_CHECKING:

    @overload
    def conv_output_size(
        size: int,
        kernel_size: int,
        *,
        strides: int = 1,
        padding: Literal["valid", "same", "causal"] | tuple[int, int] = "valid",
        dilation_rate: int = 1,
    ) -> OutputSize: ...
    @overload
    def conv_output_size(
        size: OnePer,
        kernel_size: OnePer,
        *,
        strides: OnePer = 1,
        padding: Padding = "valid",
        dilation_rate: OnePer = 1,
    ) -> OutputSize | tuple[OutputSize, ...]: ...


def conv_output_size(
    size: OnePer,
    kernel_size: OnePer,
    *,
    strides: OnePer = 1,
    padding: Padding = "valid",
    dilation_rate: OnePer = 1,
) -> OutputSize | tuple[OutputSize, ...]:
    r"""Output size of a convolution along each axis, in pixels.

    The window covers $k = (f - 1)\,d + 1$ pixels and moves $s$ pixels at a time:
    $n_\text{out} = \lfloor (n + p - k) / s \rfloor + 1$, with $p$ the total padding. Depthwise,
    separable and grouped convolutions have the same sizes.

    Args:
        size: input size per axis, in pixels; at least 1.
        kernel_size: taps per axis, $f \ge 1$.
        strides: pixels between two windows, $s \ge 1$.
        padding: `"valid"`, `"same"`, `"causal"`, or pixels as `(before, after)`, for all axes or
            a pair for each.
        dilation_rate: distance between taps, $d \ge 1$.

    Returns:
        One size, or one per axis if any argument has several. Each is an integer that knows its
        padding and its arithmetic.

    Raises:
        ArgumentError: a value is not a positive integer, or the window is longer than the padded
            input; the message names the nearest settings that fit.

    Examples:
        >>> conv_output_size(32, 4, strides=2, padding="same")
        OutputSize(16)
        >>> print(conv_output_size(32, 4, strides=2, padding="same").text)
        ⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16
        >>> conv_output_size((32, 48), 3, strides=(2, 1))
        (OutputSize(15), OutputSize(46))
        >>> conv_output_size(5, 7)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernel_size must cover at most the padded input of
            5 pixels; received kernel_size=7. Use kernel_size <= 5 or padding='same'.

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016,
        https://arxiv.org/abs/1603.07285.
    """
    axes = read_axes(
        size,
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        paddings=PADDINGS,
    )
    sizes = window_sizes(axes)
    several_axes = several(size, kernel_size, strides, dilation_rate, padding=padding)
    return sizes if several_axes else sizes[0]


if TYPE_CHECKING:

    @overload
    def pool_output_size(
        size: int,
        pool_size: int = 2,
        *,
        strides: int | None = None,
        padding: Literal["valid", "same"] = "valid",
    ) -> OutputSize: ...
    @overload
    def pool_output_size(
        size: OnePer,
        pool_size: OnePer = 2,
        *,
        strides: OnePer | None = None,
        padding: Literal["valid", "same"] = "valid",
    ) -> OutputSize | tuple[OutputSize, ...]: ...


def pool_output_size(
    size: OnePer,
    pool_size: OnePer = 2,
    *,
    strides: OnePer | None = None,
    padding: Literal["valid", "same"] = "valid",
) -> OutputSize | tuple[OutputSize, ...]:
    r"""Output size of a max or average pooling along each axis, in pixels.

    $n_\text{out} = \lfloor (n + p - f) / s \rfloor + 1$, with $p$ the total padding.

    Args:
        size: input size per axis, in pixels; at least 1.
        pool_size: pixels of the window per axis, $f \ge 1$.
        strides: pixels between two windows, $s \ge 1$; `None` for `pool_size`.
        padding: `"valid"` or `"same"`.

    Returns:
        One size, or one per axis if any argument has several.

    Raises:
        ArgumentError: a value is not a positive integer, or the window is longer than the input.

    Examples:
        >>> pool_output_size(28)
        OutputSize(14)
        >>> pool_output_size((28, 15), 3, strides=2, padding="same")
        (OutputSize(14), OutputSize(8))
        >>> pool_output_size(2, 3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: pool_size must cover at most the padded input of 2 pixels;
            received pool_size=3. Use pool_size <= 2 or padding='same'.

    Reference:
        The sizes are those of `keras.layers.MaxPooling2D`.
    """
    axes = read_axes(
        size,
        pool_size,
        strides=pool_size if strides is None else strides,
        padding=padding,
        window="pool_size",
    )
    sizes = window_sizes(axes, window="pool_size")
    return sizes if several(size, pool_size, strides) else sizes[0]


if TYPE_CHECKING:

    @overload
    def conv_transpose_output_size(
        size: int,
        kernel_size: int,
        *,
        strides: int = 1,
        padding: Literal["valid", "same"] = "valid",
        output_padding: int | None = None,
        dilation_rate: int = 1,
    ) -> OutputSize: ...
    @overload
    def conv_transpose_output_size(
        size: OnePer,
        kernel_size: OnePer,
        *,
        strides: OnePer = 1,
        padding: Literal["valid", "same"] = "valid",
        output_padding: OnePer | None = None,
        dilation_rate: OnePer = 1,
    ) -> OutputSize | tuple[OutputSize, ...]: ...


def conv_transpose_output_size(
    size: OnePer,
    kernel_size: OnePer,
    *,
    strides: OnePer = 1,
    padding: Literal["valid", "same"] = "valid",
    output_padding: OnePer | None = None,
    dilation_rate: OnePer = 1,
) -> OutputSize | tuple[OutputSize, ...]:
    r"""Output size of a transposed convolution along each axis, in pixels.

    Without `output_padding`, `"same"` gives $n\,s$ and `"valid"` $(n - 1)\,s + \max(k, s)$; with
    it, $(n - 1)\,s + k - 2p + o$, where $k = (f - 1)\,d + 1$ and $p$ is $\lfloor k/2 \rfloor$ for
    `"same"` and 0 for `"valid"`.

    Args:
        size: input size per axis, in pixels; at least 1.
        kernel_size: taps per axis, $f \ge 1$.
        strides: output pixels between two inputs, $s \ge 1$.
        padding: `"valid"` or `"same"`.
        output_padding: pixels added to the output, $0 \le o < s$; `None` for Keras's default.
        dilation_rate: distance between taps, $d \ge 1$.

    Returns:
        One size, or one per axis if any argument has several. Its `padding` counts the pixels
        cut from the full output of $(n - 1)\,s + k$ pixels.

    Raises:
        ArgumentError: a value is out of its range, or the output is empty.

    Examples:
        >>> conv_transpose_output_size(14, 3, strides=2, padding="same")
        OutputSize(28)
        >>> print(conv_transpose_output_size(14, 3, strides=2).text)
        (14 − 1)·2 + max(3, 2) = 29
        >>> conv_transpose_output_size(14, 3, strides=2, output_padding=2)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: output_padding must be an integer from 0 to 1;
            received output_padding=2. It must be less than strides=2.

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, chapter 4;
        the sizes are those of `keras.layers.Conv2DTranspose`.
    """
    axes = read_axes(
        size, kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    extras = one_or_per("output_padding", output_padding, len(axes), item="axis")
    sizes = tuple(_transposed(axis, extra) for axis, extra in zip(axes, extras, strict=True))
    several_axes = several(size, kernel_size, strides, dilation_rate, output_padding)
    return sizes if several_axes else sizes[0]


def receptive_field(
    kernel_size: OnePer, strides: OnePer = 1, dilation_rate: OnePer = 1
) -> ReceptiveSize:
    r"""The number of input pixels that one output of a stack of layers depends on, along one axis.

    Each window of $f$ taps adds $(f - 1)\,d\,j$ pixels, where $j$, the jump, is the product of
    the strides of the layers before it: $r = 1 + \sum_i (f_i - 1)\,d_i \prod_{l<i} s_l$. This holds
    for convolutions and poolings, with any padding.

    Args:
        kernel_size: taps of the window; one value for all layers, or one per layer in order.
        strides: pixels between two windows; one value for all layers, or one per layer.
        dilation_rate: distance between taps; one value for all layers, or one per layer.

    Returns:
        An integer that knows its arithmetic, with the `jump` between two outputs.

    Raises:
        ArgumentError: a value is not a positive integer, or the lengths differ.

    Examples:
        >>> receptive_field([3, 3, 2], strides=[1, 1, 2])
        ReceptiveSize(6)
        >>> print(receptive_field([3, 2, 3], strides=[1, 2, 1]).text)
        1 + (3 − 1)·1 + (2 − 1)·1 + (3 − 1)·2 = 8
        >>> receptive_field([3, 3, 2], strides=[1, 2])
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: strides must have one value per layer (3); received 2:
            strides=(1, 2). Give one value for all, or 3.

    Reference:
        Araujo, Norris and Sim, *Computing receptive fields of convolutional neural networks*,
        Distill, 2019, https://doi.org/10.23915/distill.00021.
    """
    arguments = (kernel_size, strides, dilation_rate)
    given = [value for value in arguments if isinstance(value, list | tuple)]
    layers = len(given[0]) if given else 1
    if not layers:
        reject("kernel_size", "have at least one layer", kernel_size)
    windows, steps, rates = (
        counts(name, value, layers, item="layer")
        for name, value in zip(("kernel_size", "strides", "dilation_rate"), arguments, strict=True)
    )
    jump, parts = 1, []
    for window, step, rate in zip(windows, steps, rates, strict=True):
        gaps = [number(rate, "dilation_rate")] if rate > 1 else []
        parts.append(product(minus(window, 1), *gaps, jump))
        jump *= step
    return ReceptiveSize(plus(1, *parts), jump=jump)


def window_sizes(axes: Sequence[Axis], *, window: str = "kernel_size") -> tuple[OutputSize, ...]:
    """The output sizes of a convolution or a pooling, one per axis."""
    return tuple(
        _sized(
            convolve(
                axis.size,
                axis.kernel_size,
                strides=axis.strides,
                padding=axis.padding,
                dilation_rate=axis.dilation_rate,
                window=window,
            )
        )
        for axis in axes
    )


def _transposed(axis: Axis, output_padding: int | None) -> OutputSize:
    if output_padding is not None:
        output_padding = integer(
            "output_padding",
            output_padding,
            minimum=0,
            maximum=axis.strides - 1,
            mend=f"It must be less than strides={axis.strides}.",
        )
    extent = convolve_transposed(
        axis.size,
        axis.kernel_size,
        strides=axis.strides,
        padding=str(axis.padding),
        dilation_rate=axis.dilation_rate,
        output_padding=output_padding,
    )
    size = _sized(extent)
    if size < 1:
        mend = "Use output_padding=None or padding='valid'."
        reject("output_padding", "leave at least 1 pixel of the output", output_padding, mend=mend)
    return size


def _sized(extent: Extent) -> OutputSize:
    # Only an unspecified input gives no size, and the calculators' inputs are integers.
    return OutputSize(extent.size, padding=extent.padding)  # type: ignore[arg-type]
