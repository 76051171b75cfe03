"""Output size and padding of convolutions, poolings and their transposes, along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.arithmetic.formulas import (
    ceil_divide,
    floor_divide,
    maximum,
    minus,
    number,
    plus,
    product,
)
from kerasbook.checks import reject

if TYPE_CHECKING:
    from kerasbook.arithmetic.formulas import Formula

__all__ = [
    "PADDINGS",
    "Extent",
    "Padding",
    "Size",
    "convolve",
    "convolve_transposed",
    "covered",
    "padding_of",
    "padding_of_transposed",
]

PADDINGS = ("valid", "same", "causal")

# A padding by name, or positions added (before, after); a size, or None where it is not specified.
Padding: TypeAlias = "str | tuple[int, int]"
Size: TypeAlias = "int | Formula | None"


@dataclass(frozen=True, slots=True)
class Extent:
    """The output size and the padding of a window along one axis.

    Attributes:
        size: the output size; `None` if the input size is not specified.
        padding: positions added (before, after) the input. For a transposed convolution,
            positions cut from its full output; a negative count is a margin of zeros added to
            it. `None` if it depends on a size without a value.
    """

    size: Formula | None
    padding: tuple[int, int] | None


def covered(kernel_size: int, dilation_rate: int = 1) -> Formula:
    """The number of positions that a window covers: its taps and the gaps between them.

    Examples:
        >>> covered(3)
        Formula('3')
        >>> covered(3, 2)
        Formula('(3 − 1)·2 + 1 = 5')
    """
    taps = number(kernel_size, "kernel_size")
    if dilation_rate == 1:
        return taps
    return plus(product(minus(taps, 1), number(dilation_rate, "dilation_rate")), 1)


# ---------------------------------------------------------------- convolution and pooling


def convolve(
    size: Size,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: Padding = "valid",
    dilation_rate: int = 1,
    window: str = "kernel_size",
) -> Extent:
    r"""The output size and the padding of a convolution or a pooling along one axis.

    $n_\text{out} = \lfloor (n + p_\text{before} + p_\text{after} - k) / s \rfloor + 1$; with
    `"same"` and `"causal"` that is $\lceil n / s \rceil$.

    Args:
        size: input size; `None` or a symbol where it is not known.
        kernel_size: taps of the window, at least 1.
        strides: positions between two windows, at least 1.
        padding: `"valid"`, `"same"`, `"causal"`, or positions (before, after).
        dilation_rate: distance between taps, at least 1.
        window: name of the argument `kernel_size` in an error, for instance `"pool_size"`.

    Raises:
        ArgumentError: the window is longer than the padded input; the message names the nearest
            settings that fit.

    Examples:
        >>> convolve(32, 4, strides=2, padding="same")
        Extent(size=Formula('⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16'), padding=(1, 1))
        >>> convolve(None, 3, strides=2, padding="same")
        Extent(size=None, padding=None)
        >>> convolve(5, 7)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: kernel_size must cover at most the padded input of
            5 pixels; received kernel_size=7. Use kernel_size <= 5 or padding='same'.

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016,
        https://arxiv.org/abs/1603.07285.
    """
    length = _named(size)
    added = padding_of(
        _value(length), kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    if length is None:
        return Extent(None, added)
    step = number(strides, "strides")
    if length.value is None and padding in ("same", "causal"):
        return Extent(length if strides == 1 else ceil_divide(length, step), added)
    # Where the padding depends on the size, a symbolic size has returned above.
    before, after = added or (0, 0)
    if length.value is not None:
        _require_room(
            length.value,
            kernel_size,
            added=(before, after),
            padding=padding,
            dilation_rate=dilation_rate,
            window=window,
        )
    if padding != "valid":
        length = plus(length, number(before, "padding_before"), number(after, "padding_after"))
    spare = minus(length, covered(kernel_size, dilation_rate))
    return Extent(plus(floor_divide(spare, step), 1), added)


def padding_of(
    size: int | None,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: Padding = "valid",
    dilation_rate: int = 1,
) -> tuple[int, int] | None:
    r"""The positions that a convolution or a pooling adds (before, after) along one axis.

    Keras's `"same"` adds $\max((\lceil n/s \rceil - 1)\,s + k - n, 0)$ in total, the odd one after;
    `"causal"` adds $k - 1$ before.

    Returns:
        The two counts; `None` for `"same"` with strides if the size is not known.

    Examples:
        >>> padding_of(16, 3, strides=2, padding="same")
        (0, 1)
    """
    reach = (kernel_size - 1) * dilation_rate
    if isinstance(padding, tuple):
        return padding
    if padding == "valid":
        return 0, 0
    if padding == "causal":
        return reach, 0
    if strides == 1:
        total = reach
    elif size is None:
        return None
    else:
        outputs = -(-size // strides)
        total = max((outputs - 1) * strides + reach + 1 - size, 0)
    return total // 2, total - total // 2


def _require_room(
    size: int,
    kernel_size: int,
    *,
    added: tuple[int, int],
    padding: Padding,
    dilation_rate: int,
    window: str,
) -> None:
    """Raise, with the nearest settings that fit, if the window is longer than the input."""
    reach = (kernel_size - 1) * dilation_rate
    if padding in ("same", "causal") or size + sum(added) > reach:
        return
    available = size + sum(added)
    dilated = f" with dilation_rate={dilation_rate}, which covers {reach + 1}"
    mends = []
    if available > 0:
        mends.append(f"{window} <= {(available - 1) // dilation_rate + 1}")
        if dilation_rate > 1 and available >= kernel_size:
            mends.append(f"dilation_rate <= {(available - 1) // (kernel_size - 1)}")
    if isinstance(padding, tuple):
        missing = reach + 1 - available
        before = added[0] + missing // 2
        mends.append(f"padding=({before}, {added[1] + missing - missing // 2})")
    elif size > 0:
        mends.append("padding='same'")
    reject(
        window,
        f"cover at most the padded input of {available} pixel{'s' * (available != 1)}",
        kernel_size,
        note=dilated if dilation_rate > 1 else "",
        mend=f"Use {_alternatives(mends)}." if mends else "",
    )


def _alternatives(options: list[str]) -> str:
    *most, last = options
    return f"{', '.join(most)} or {last}" if most else last


# ------------------------------------------------------------------ transposed convolution


def convolve_transposed(
    size: Size,
    kernel_size: int,
    *,
    strides: int = 1,
    padding: str = "valid",
    dilation_rate: int = 1,
    output_padding: int | None = None,
) -> Extent:
    r"""The output size of a transposed convolution along one axis, and the positions cut from it.

    Without `output_padding`, `"same"` gives $n\,s$ and `"valid"` $(n - 1)\,s + \max(k, s)$; with
    it, $(n - 1)\,s + k - 2p + o$, where $p$ is $\lfloor k/2 \rfloor$ for `"same"` and 0 for
    `"valid"`.

    Args:
        size: input size; `None` or a symbol where it is not known.
        kernel_size: taps of the window, at least 1.
        strides: output positions between two inputs, at least 1.
        padding: `"valid"` or `"same"`.
        dilation_rate: distance between taps, at least 1.
        output_padding: positions added to the output, fewer than `strides`; or `None`.

    Examples:
        >>> convolve_transposed(14, 3, strides=2, padding="same")
        Extent(size=Formula('14·2 = 28'), padding=(0, 1))
        >>> convolve_transposed(14, 3, strides=2).size
        Formula('(14 − 1)·2 + max(3, 2) = 29')
        >>> convolve_transposed(14, 3, strides=2, padding="same", output_padding=0).size
        Formula('(14 − 1)·2 + 3 − 2·1 + 0 = 27')

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, chapter 4;
        the sizes are those of `keras.layers.Conv2DTranspose`.
    """
    cut = padding_of_transposed(
        kernel_size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation_rate,
        output_padding=output_padding,
    )
    length = _named(size)
    if length is None:
        return Extent(None, cut)
    step, window = number(strides, "strides"), covered(kernel_size, dilation_rate)
    if padding == "same" and output_padding is None:
        return Extent(product(length, step), cut)
    spread = product(minus(length, 1), step)
    if output_padding is None:
        return Extent(plus(spread, maximum(window, step)), cut)
    full = plus(spread, window)
    if padding == "same":
        half = ((kernel_size - 1) * dilation_rate + 1) // 2
        full = minus(full, product(2, number(half, "padding")))
    return Extent(plus(full, number(output_padding, "output_padding")), cut)


def padding_of_transposed(
    kernel_size: int,
    *,
    strides: int = 1,
    padding: str = "valid",
    dilation_rate: int = 1,
    output_padding: int | None = None,
) -> tuple[int, int]:
    """The positions cut (before, after) from the full output of a transposed convolution.

    The full output has (n − 1)·s + k positions; a negative count is a margin of zeros added to
    it. The count before equals the padding of the convolution that is transposed.

    Examples:
        >>> padding_of_transposed(4, strides=2, padding="same")
        (1, 1)
        >>> padding_of_transposed(2, strides=3)
        (0, -1)
    """
    window = (kernel_size - 1) * dilation_rate + 1
    if padding == "same":
        kept = strides if output_padding is None else window % 2 + output_padding
    else:
        kept = max(window, strides) if output_padding is None else window + output_padding
    total = window - kept
    before = max(total, 0) // 2
    return before, total - before


def _named(size: Size) -> Formula | None:
    return number(size, "size") if isinstance(size, int) else size


def _value(length: Formula | None) -> int | None:
    return None if length is None else length.value
