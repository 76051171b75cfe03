"""Convolutions: plain, grouped and dilated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.errors import ArgumentError
from kerasbook.formula import divide, number, product
from kerasbook.geometry import convolve
from kerasbook.rules.common import activation_saves, per_sample, use_bias
from kerasbook.rules.facts import LayerFacts, weight
from kerasbook.rules.views import Window, spatial

if TYPE_CHECKING:
    from kerasbook.formula import Term
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape

__all__ = ["conv"]

_TAPS = {1: ("kernel_size",), 2: ("kernel_h", "kernel_w"), 3: ("kernel_d", "kernel_h", "kernel_w")}


def conv(rank: int) -> Rule:
    """The rule of `Conv1D`, `Conv2D` or `Conv3D`.

    Each filter has one weight per tap and channel of its group, and multiplies them all at each
    output position.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        shape = spec.of_rank(rank + 2)
        channels, filters = spec.size(1 if spec.channels_first else -1), spec.positive("filters")
        groups = spec.positive("groups", default=1)
        if channels % groups or filters % groups:
            spec.fail(
                f"groups must divide the {channels} channels and the {filters} filters; "
                f"received groups={groups}"
            )
        windows, sizes = slide(spec, rank)
        kernel = weight(
            "kernel",
            {**taps(spec, rank), "channels": grouped(channels, groups), "filters": filters},
        )
        outputs = around(shape, sizes, filters, channels_first=spec.channels_first)
        return LayerFacts(
            outputs,
            weights=(kernel, *use_bias(spec, {"filters": filters})),
            macs=product(*per_sample((None, *sizes)), *kernel.sizes),
            views=spatial(windows, channels_first=spec.channels_first),
            saved=("inputs", *activation_saves(spec, outputs)),
        )

    return rule


def slide(spec: LayerSpec, rank: int) -> tuple[list[Window], list[int | None]]:
    """The windows of a convolution along the spatial axes, and the output sizes."""
    lengths = spatial_sizes(spec.input_shape, channels_first=spec.channels_first)
    kernel = spec.per_axis("kernel_size", rank)
    strides = spec.per_axis("strides", rank, default=1)
    dilation = spec.per_axis("dilation_rate", rank, default=1)
    names = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    padding = spec.choice("padding", *names, default="valid")
    windows, sizes = [], []
    for length, k, s, d in zip(lengths, kernel, strides, dilation, strict=True):
        try:
            extent = convolve(length, k, strides=s, padding=padding, dilation_rate=d)
        except ArgumentError as error:
            spec.fail(str(error))
        windows.append(Window(k, s, extent.padding, d))
        sizes.append(None if extent.size is None else extent.size.value)
    return windows, sizes


def spatial_sizes(shape: Shape, *, channels_first: bool) -> Shape:
    """The sizes of the spatial axes alone."""
    return shape[2:] if channels_first else shape[1:-1]


def around(
    shape: Shape, sizes: list[int | None], channels: int | None, *, channels_first: bool
) -> Shape:
    """A shape from its spatial sizes: the batch before, the channels where they belong."""
    if channels_first:
        return (shape[0], channels, *sizes)
    return (shape[0], *sizes, channels)


def taps(spec: LayerSpec, rank: int) -> dict[str, Term]:
    """The kernel's spatial sizes by name."""
    return dict(zip(_TAPS[rank], spec.per_axis("kernel_size", rank), strict=True))


def grouped(channels: int, groups: int) -> Term:
    """The channels that one group sees."""
    if groups == 1:
        return channels
    return divide(number(channels, "channels"), number(groups, "groups"))
