"""Pooling: windows that take the greatest or the mean; they hold no weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.arithmetic import convolve
from kerasbook.errors import ArgumentError
from kerasbook.rules.common import elements
from kerasbook.rules.conv import plane
from kerasbook.rules.facts import Buffer, LayerFacts
from kerasbook.rules.views import SAME, WHOLE, Scattered, Window, spatial

if TYPE_CHECKING:
    from kerasbook.rules.facts import Saved
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape, View

__all__ = ["adaptive_pooling", "global_pooling", "pooling"]


def pooling(rank: int) -> Rule:
    """The rule of `MaxPooling1D` … `AveragePooling3D`: a window that moves."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        pool = spec.per_axis("pool_size", rank)
        strides = spec.per_axis("strides", rank, default=pool)
        padding = spec.choice("padding", "valid", "same", default="valid")
        windows: list[Window] = []
        sizes: list[int | None] = []
        for length, k, s in zip(layout.sizes, pool, strides, strict=True):
            try:
                extent = convolve(length, k, strides=s, padding=padding, window="pool_size")
            except ArgumentError as error:
                spec.refuse(error)
            windows.append(Window(k, s, extent.padding))
            sizes.append(None if extent.size is None else extent.size.value)
        outputs = layout.around(tuple(sizes), layout.depth)
        return LayerFacts(outputs, views=layout.views(windows, SAME), saved=_saved(spec, outputs))

    return rule


def global_pooling(rank: int) -> Rule:
    """The rule of `GlobalMaxPooling1D` … `GlobalAveragePooling3D`: one window, the whole input."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        if spec.flag("keepdims", default=False):
            outputs, seen = layout.around((1,) * rank, layout.depth), SAME
        else:
            outputs, seen = (layout.batch, layout.depth), Window(axis=1)
        return LayerFacts(
            outputs,
            views=spatial((WHOLE,) * rank, channels_first=layout.channels_first, channels=seen),
            saved=_saved(spec, outputs) if "Max" in spec.class_name else (),
        )

    return rule


def adaptive_pooling(rank: int) -> Rule:
    """The rule of `AdaptiveMaxPooling1D` … : as many windows as asked for, of unequal sizes."""

    def rule(spec: LayerSpec) -> LayerFacts:
        layout = plane(spec, rank)
        sizes = spec.per_axis("output_size", rank)
        outputs = layout.around(sizes, layout.depth)
        axes = range(2, rank + 2) if layout.channels_first else range(1, rank + 1)
        windows = [
            _adapted(length, size, axis)
            for length, size, axis in zip(layout.sizes, sizes, axes, strict=True)
        ]
        return LayerFacts(
            outputs,
            views=spatial(windows, channels_first=layout.channels_first, channels=SAME),
            saved=_saved(spec, outputs),
        )

    return rule


def _adapted(length: int | None, size: int, axis: int) -> View:
    """The windows of an adaptive pooling: equal ones only where the sizes divide."""
    if size == 1:
        return WHOLE
    if length is None or length % size:
        return Scattered(axis)
    return Window(length // size, length // size)


def _saved(spec: LayerSpec, outputs: Shape) -> tuple[Saved, ...]:
    """The inputs, and for maxima where they were found."""
    places = (Buffer(elements(outputs), "int64"),) if "Max" in spec.class_name else ()
    return ("inputs", *places)
