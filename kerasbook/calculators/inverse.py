"""Inverse problems: settings that give a wanted size, and the widest layer within a budget."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as every
from math import dist, prod
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

from kerasbook.arithmetic import Units, floor_divide, minus, plus
from kerasbook.calculators.axes import counts
from kerasbook.calculators.dense import dense_params
from kerasbook.calculators.numbers import term, trainable
from kerasbook.calculators.sizes import conv_output_size
from kerasbook.checks import boolean, choice, positive_integer, reject
from kerasbook.errors import ArgumentError

if TYPE_CHECKING:
    from kerasbook.arithmetic import OutputSize, Params
    from kerasbook.calculators.axes import OnePer

    _Padding: TypeAlias = Literal["valid", "same"]
    _Option: TypeAlias = tuple[int, int, _Padding, int]

__all__ = ["ConvSettings", "solve_conv", "widest_dense"]

# The usual kernel sizes, the most common first; the others follow by size.
_USUAL_KERNELS = (3, 5, 7, 2, 4, 1)
_PADDINGS: tuple[_Padding, ...] = ("same", "valid")
_MOST_TRIED = 100_000  # settings, each with both paddings; a search takes seconds at most


@dataclass(frozen=True, slots=True)
class ConvSettings:
    """Settings of a convolution and the output size that they give.

    Attributes:
        kernel_size: taps per axis, the same for all axes.
        strides: pixels between two windows.
        padding: `"valid"` or `"same"`.
        dilation_rate: distance between taps.
        output_size: the output size, one per axis if there are several.
    """

    kernel_size: int
    strides: int
    padding: str
    dilation_rate: int
    output_size: OutputSize | tuple[OutputSize, ...]

    @property
    def config(self) -> dict[str, int | str]:
        """The settings as keyword arguments: `layers.Conv2D(filters, **settings.config)`."""
        return {
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
        }


def solve_conv(
    size: OnePer,
    output_size: OnePer,
    *,
    kernel_size: int | None = None,
    strides: int | None = None,
    padding: Literal["valid", "same"] | None = None,
    dilation_rate: int | None = None,
    max_kernel_size: int = 11,
    max_strides: int = 32,
    max_dilation_rate: int = 1,
) -> tuple[ConvSettings, ...]:
    """Settings of a convolution that turn one size into another, simplest first.

    All kernel sizes, strides and dilation rates from 1 to their bounds are tried with both
    paddings, except strides together with dilation, which Keras does not support. The order is:
    small dilation rates first, then settings that skip no pixel, the usual kernel sizes
    (3, 5, 7, 2, 4, 1), small strides, and `"same"` before `"valid"`.

    Args:
        size: input size per axis, in pixels.
        output_size: wanted size per axis, in pixels.
        kernel_size: taps; `None` to search for them.
        strides: pixels between two windows; `None` to search for them.
        padding: `"valid"` or `"same"`; `None` to try both.
        dilation_rate: distance between taps; `None` to search for it.
        max_kernel_size: the largest kernel that is tried.
        max_strides: the largest strides that are tried.
        max_dilation_rate: the largest dilation rate that is tried.

    Returns:
        All settings that give the size on every axis; at least one.

    Raises:
        ArgumentError: no settings give the size; the message names the nearest size that some
            give. Or the bounds leave more settings than can be tried in seconds.

    Examples:
        >>> best, *others = solve_conv(28, 14)
        >>> best.config
        {'kernel_size': 3, 'strides': 2, 'padding': 'same', 'dilation_rate': 1}
        >>> print(best.output_size.text)
        ⌊(28 + 0 + 1 − 3) / 2⌋ + 1 = 14
        >>> [settings.kernel_size for settings in solve_conv(28, 24, padding="valid")]
        [5]
        >>> solve_conv(28, 14, padding="valid", kernel_size=5)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: output_size must be one that such a convolution gives
            for size=28; received output_size=14. The nearest is 12, with kernel_size=5, strides=2,
            padding='valid', dilation_rate=1.

    Reference:
        Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016,
        https://arxiv.org/abs/1603.07285.
    """
    given = [value for value in (size, output_size) if isinstance(value, list | tuple)]
    axes = len(given[0]) if given else 1
    sizes, wanted = counts("size", size, axes), counts("output_size", output_size, axes)
    if padding is not None:
        choice("padding", padding, _PADDINGS)
    kernels = _choices("kernel_size", kernel_size, max_kernel_size)
    steps = _choices("strides", strides, max_strides)
    dilations = _choices("dilation_rate", dilation_rate, max_dilation_rate)
    _reject_endless(kernels, steps, dilations)
    paddings = [known for known in _PADDINGS if padding in (None, known)]
    options = every(kernels, steps, paddings, dilations)
    allowed = [option for option in options if option[1] == 1 or option[3] == 1]
    if not allowed:
        reject(
            "dilation_rate",
            "be 1 where strides are above 1",
            dilation_rate,
            note=f" with strides={strides}",
            mend="Use strides=1 or dilation_rate=1.",
        )
    candidates = sorted(allowed, key=_simplicity)
    found = [option for option in candidates if _outputs(option, sizes) == wanted]
    if not found:
        _reject_unreachable(candidates, sizes, wanted)
    return tuple(_settings(option, sizes if given else sizes[0]) for option in found)


def widest_dense(
    max_params: int, inputs: int, *, outputs: int | None = None, use_bias: bool = True
) -> Units:
    r"""The number of units of the widest dense layer within a budget of parameters.

    $\lfloor P / (n + 1) \rfloor$ for one layer with $n$ inputs and a budget of $P$ parameters;
    $\lfloor (P - m) / (n + 1 + m) \rfloor$ if a layer of $m$ units follows and shares the budget.

    Args:
        max_params: the budget, in parameters.
        inputs: number of inputs of each unit.
        outputs: units of the dense layer that follows and shares the budget; `None` for none.
        use_bias: whether the units have a bias.

    Returns:
        An integer that knows its arithmetic, with the `params` of the layers.

    Raises:
        ArgumentError: not even one unit fits; the message says how many parameters it needs.

    Examples:
        >>> widest_dense(max_params=100_000, inputs=3072)
        Units(32)
        >>> print(widest_dense(100_000, 3072, outputs=10).text)
        ⌊(100000 − 10) / (3072 + 1 + 10)⌋ = 32
        >>> print(widest_dense(100_000, 3072, outputs=10).params.text)
        (3072 + 1)·32 + (32 + 1)·10 = 98,666
        >>> widest_dense(max_params=100, inputs=3072)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: max_params must be at least 3073, enough for one unit;
            received max_params=100.

    Reference:
        The counts are those of `keras.layers.Dense`.
    """
    budget, bias = term("max_params", max_params), int(boolean("use_bias", use_bias))
    per_unit = plus(term("inputs", inputs), bias)
    if outputs is not None:
        after = term("outputs", outputs)
        per_unit = plus(term("inputs", inputs), bias, after)
        budget = minus(budget, after) if bias else budget
    widest = floor_divide(budget, per_unit)
    units = widest.value or 0
    if units < 1:
        least = _dense_params(inputs, 1, outputs, use_bias=use_bias)
        reject("max_params", f"be at least {int(least)}, enough for one unit", max_params)
    return Units(widest, params=_dense_params(inputs, units, outputs, use_bias=use_bias))


def _dense_params(inputs: int, units: int, outputs: int | None, *, use_bias: bool) -> Params:
    hidden = dense_params(inputs, units, use_bias=use_bias)
    if outputs is None:
        return hidden
    return trainable(plus(hidden, dense_params(units, outputs, use_bias=use_bias)))


def _choices(name: str, value: int | None, maximum: int) -> range:
    if value is None:
        return range(1, positive_integer(f"max_{name}", maximum) + 1)
    fixed = positive_integer(name, value)
    return range(fixed, fixed + 1)


def _reject_endless(kernels: range, steps: range, dilations: range) -> None:
    """Raise if a search would take more than seconds, or much memory."""
    tried = prod(map(len, (kernels, steps, dilations)))
    if tried > _MOST_TRIED:
        raise ArgumentError(
            where="max_kernel_size, max_strides and max_dilation_rate",
            expected=f"leave at most {_MOST_TRIED:,} settings to try",
            received=f"bounds that leave {tried:,}: {len(kernels):,} kernels, "
            f"{len(steps):,} strides, {len(dilations):,} dilation rates",
            mend="Lower one of them, or give kernel_size, strides or dilation_rate.",
        )


def _simplicity(option: _Option) -> tuple[int | bool, ...]:
    kernel_size, strides, padding, dilation_rate = option
    usual = _USUAL_KERNELS.index(kernel_size) if kernel_size in _USUAL_KERNELS else kernel_size
    return dilation_rate, strides > kernel_size, usual, strides, padding == "valid"


def _outputs(option: _Option, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The output sizes, as plain integers for speed; below 1 if the window does not fit."""
    kernel_size, strides, padding, dilation_rate = option
    reach = 0 if padding == "same" else (kernel_size - 1) * dilation_rate
    return tuple((size - reach - 1) // strides + 1 for size in sizes)


def _settings(option: _Option, size: int | tuple[int, ...]) -> ConvSettings:
    kernel_size, strides, padding, dilation_rate = option
    return ConvSettings(
        *option,
        output_size=conv_output_size(
            size,
            kernel_size,
            strides=strides,
            padding=padding,
            dilation_rate=dilation_rate,
        ),
    )


def _reject_unreachable(
    candidates: list[_Option], sizes: tuple[int, ...], wanted: tuple[int, ...]
) -> NoReturn:
    """Raise, with the nearest size that some candidate gives."""
    fitting = [option for option in candidates if min(_outputs(option, sizes)) > 0]
    if not fitting:
        _settings(candidates[0], sizes)  # raises: the window does not fit
    nearest = min(fitting, key=lambda option: dist(_outputs(option, sizes), wanted))
    names = ("kernel_size", "strides", "padding", "dilation_rate")
    settings = ", ".join(f"{name}={value!r}" for name, value in zip(names, nearest, strict=True))
    reject(
        "output_size",
        f"be one that such a convolution gives for size={_bare(sizes)}",
        _bare(wanted),
        mend=f"The nearest is {_bare(_outputs(nearest, sizes))}, with {settings}.",
    )


def _bare(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    return sizes if len(sizes) > 1 else sizes[0]
