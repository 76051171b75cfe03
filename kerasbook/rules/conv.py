"""Convolutions: plain and grouped, transposed, depthwise, separable; dilated or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kerasbook.arithmetic import convolve, convolve_transposed, divide, number, plus, product
from kerasbook.errors import ArgumentError
from kerasbook.rules.common import activation_saves, along_last, elements, per_sample, use_bias
from kerasbook.rules.facts import Buffer, LayerFacts, weight
from kerasbook.rules.views import SAME, WHOLE, Scattered, Window, spatial

if TYPE_CHECKING:
    from kerasbook.arithmetic import Extent, Formula, Term
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape, View, Views

__all__ = ["Plane", "conv", "conv_transposed", "depthwise_conv", "plane", "separable_conv"]

_TAPS = {1: ("kernel_size",), 2: ("kernel_h", "kernel_w"), 3: ("kernel_d", "kernel_h", "kernel_w")}


def conv(rank: int) -> Rule:
    """The rule of `Conv1D`, `Conv2D` or `Conv3D`.

    Each filter has one weight per tap and channel of its group, and multiplies them all at each
    output position.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        layout, filters = plane(spec, rank), spec.positive("filters")
        groups = spec.positive("groups", default=1)
        if layout.channels % groups or filters % groups:
            spec.fail(
                "groups",
                f"divide the {layout.channels} channels and the {filters} filters",
                f"groups={groups}",
            )
        windows, sizes = _slide(spec, layout)
        channels: Term = layout.channels
        if groups > 1:
            channels = divide(number(layout.channels, "channels"), number(groups, "groups"))
        kernel = weight("kernel", {**_taps(spec, rank), "channels": channels, "filters": filters})
        outputs = layout.around(sizes, filters)
        return LayerFacts(
            outputs,
            weights=(kernel, *use_bias(spec, {"filters": filters})),
            macs=product(*_positions(sizes), kernel.size),
            views=layout.views(windows, WHOLE),
            saved=("inputs", *activation_saves(spec, outputs)),
        )

    return rule


def conv_transposed(rank: int) -> Rule:
    """The rule of `Conv1DTranspose`, `Conv2DTranspose` or `Conv3DTranspose`.

    Each input position is multiplied with the whole kernel; what falls outside is cut away.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        layout, filters = plane(spec, rank), spec.positive("filters")
        windows, sizes = _spread(spec, layout)
        kernel = weight(
            "kernel", {**_taps(spec, rank), "filters": filters, "channels": layout.channels}
        )
        outputs = layout.around(sizes, filters)
        return LayerFacts(
            outputs,
            weights=(kernel, *use_bias(spec, {"filters": filters})),
            macs=product(*_positions(layout.sizes), kernel.size),
            views=layout.views(windows, WHOLE),
            saved=("inputs", *activation_saves(spec, outputs)),
        )

    return rule


def depthwise_conv(rank: int) -> Rule:
    """The rule of `DepthwiseConv1D` or `DepthwiseConv2D`: each channel has filters of its own."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        windows, sizes = _slide(spec, layout)
        own, channels = _own_filters(spec, layout)
        kernel = weight("kernel", {**_taps(spec, rank), **own})
        outputs = layout.around(sizes, channels.value)
        seen = SAME if channels.value == layout.channels else Scattered(layout.channel_axis)
        return LayerFacts(
            outputs,
            weights=(kernel, *use_bias(spec, {"channels": channels})),
            macs=product(*_positions(sizes), kernel.size),
            views=layout.views(windows, seen),
            saved=("inputs", *activation_saves(spec, outputs)),
        )

    return rule


def separable_conv(rank: int) -> Rule:
    """The rule of `SeparableConv1D` or `SeparableConv2D`: depthwise first, then across channels.

    The bias belongs to the second part.
    """

    def rule(spec: LayerSpec) -> LayerFacts:
        layout, filters = plane(spec, rank), spec.positive("filters")
        windows, sizes = _slide(spec, layout)
        own, channels = _own_filters(spec, layout)
        depthwise = weight("depthwise_kernel", {**_taps(spec, rank), **own})
        taps = {f"pointwise_{n}": 1 for n in range(rank)}
        pointwise = weight("pointwise_kernel", {**taps, "channels": channels, "filters": filters})
        between, outputs = layout.around(sizes, channels.value), layout.around(sizes, filters)
        return LayerFacts(
            outputs,
            weights=(depthwise, pointwise, *use_bias(spec, {"filters": filters})),
            macs=product(*_positions(sizes), plus(depthwise.size, pointwise.size)),
            views=layout.views(windows, WHOLE),
            saved=("inputs", Buffer(elements(between)), *activation_saves(spec, outputs)),
        )

    return rule


@dataclass(frozen=True, slots=True)
class Plane:
    """A tensor with spatial axes: where they are, and where the channels are.

    Attributes:
        batch: size of the batch axis.
        sizes: sizes of the spatial axes.
        depth: number of channels; `None` if not specified.
        channels_first: whether the channels come before the spatial axes.
        spec: the layer that it is the input of.
    """

    batch: int | None
    sizes: Shape
    depth: int | None
    channels_first: bool
    spec: LayerSpec

    @property
    def channels(self) -> int:
        """Number of channels, which the weights need.

        Raises:
            SourceError: it is not specified.
        """
        return self.spec.size(self.channel_axis)

    @property
    def channel_axis(self) -> int:
        """Which axis of the tensor the channels are."""
        return 1 if self.channels_first else len(self.sizes) + 1

    def around(self, sizes: Shape, channels: int | None) -> Shape:
        """A shape from its spatial sizes: the batch before, the channels where they belong."""
        if self.channels_first:
            return (self.batch, channels, *sizes)
        return (self.batch, *sizes, channels)

    def views(self, windows: list[Window], channels: View) -> Views:
        """The views of a layer: windows on the spatial axes, and how it sees the channels."""
        (seen,) = spatial(windows, channels_first=self.channels_first, channels=channels)
        return (along_last(self.spec, seen),)


def plane(spec: LayerSpec, rank: int) -> Plane:
    """The input of a layer, if it has `rank` spatial axes besides batch and channels.

    Raises:
        SourceError: it has another number of axes.
    """
    batch, *rest = spec.of_rank(rank + 2)
    if spec.channels_first:
        return Plane(batch, tuple(rest[1:]), rest[0], channels_first=True, spec=spec)
    return Plane(batch, tuple(rest[:-1]), rest[-1], channels_first=False, spec=spec)


def _slide(spec: LayerSpec, layout: Plane) -> tuple[list[Window], Shape]:
    """The windows of a convolution along the spatial axes, and the output sizes."""
    rank = len(layout.sizes)
    kernel = spec.per_axis("kernel_size", rank)
    strides = spec.per_axis("strides", rank, default=1)
    dilation = spec.per_axis("dilation_rate", rank, default=1)
    names = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    padding = spec.choice("padding", *names, default="valid")
    windows, sizes = [], []
    for settings in zip(layout.sizes, kernel, strides, dilation, strict=True):
        try:
            window, size = _window(*settings, padding)
        except ArgumentError as error:
            spec.refuse(error)
        windows.append(window)
        sizes.append(size)
    return windows, tuple(sizes)


@lru_cache(maxsize=1024)  # the axes and the blocks of a network share few settings
def _window(  # noqa: PLR0917  what a cache is asked by
    length: int | None, kernel_size: int, strides: int, dilation_rate: int, padding: str
) -> tuple[Window, int | None]:
    """The window of a convolution along one axis, and the output size."""
    extent = convolve(
        length, kernel_size, strides=strides, padding=padding, dilation_rate=dilation_rate
    )
    return Window(kernel_size, strides, extent.padding, dilation_rate), _size(extent)


def _spread(spec: LayerSpec, layout: Plane) -> tuple[list[Window], Shape]:
    """The windows of a transposed convolution along the spatial axes, and the output sizes."""
    rank = len(layout.sizes)
    kernel = spec.per_axis("kernel_size", rank)
    strides = spec.per_axis("strides", rank, default=1)
    dilation = spec.per_axis("dilation_rate", rank, default=1)
    padding = spec.choice("padding", "valid", "same", default="valid")
    more: tuple[int | None, ...] = (None,) * rank
    if spec.get("output_padding", default=None) is not None:
        more = spec.per_axis("output_padding", rank, minimum=0)
    windows, sizes = [], []
    for length, k, s, d, o in zip(layout.sizes, kernel, strides, dilation, more, strict=True):
        extent = convolve_transposed(
            length, k, strides=s, padding=padding, dilation_rate=d, output_padding=o
        )
        windows.append(Window(k, s, extent.padding, d, transposed=True))
        sizes.append(_size(extent))
        if extent.size is not None and extent.size.value is not None and extent.size.value < 1:
            spec.fail("its output", "not be empty", f"{extent.size.text} positions")
    return windows, tuple(sizes)


def _size(extent: Extent) -> int | None:
    return None if extent.size is None else extent.size.value


def _positions(sizes: Shape) -> tuple[Formula, ...]:
    """Sizes of the spatial axes as factors."""
    return per_sample((None, *sizes))


def _own_filters(spec: LayerSpec, layout: Plane) -> tuple[dict[str, Term], Formula]:
    """The last sizes of a depthwise kernel, and how many channels come out."""
    channels = number(layout.channels, "channels")
    each = number(spec.positive("depth_multiplier", default=1), "depth_multiplier")
    return {"channels": channels, "depth_multiplier": each}, product(channels, each)


def _taps(spec: LayerSpec, rank: int) -> dict[str, Term]:
    """The kernel's spatial sizes by name."""
    return dict(zip(_TAPS[rank], spec.per_axis("kernel_size", rank), strict=True))
