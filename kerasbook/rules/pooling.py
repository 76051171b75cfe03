"""Pooling: windows that take the greatest or the mean, and the global ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.errors import ArgumentError
from kerasbook.geometry import convolve
from kerasbook.rules.common import elements
from kerasbook.rules.conv import around, spatial_sizes
from kerasbook.rules.facts import Buffer, LayerFacts
from kerasbook.rules.views import SAME, WHOLE, Window, spatial

if TYPE_CHECKING:
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = ["global_pooling", "pooling"]


def pooling(rank: int) -> Rule:
    """The rule of `MaxPooling1D` … `AveragePooling3D`: a window that holds no weights."""

    def rule(spec: LayerSpec) -> LayerFacts:
        shape = spec.of_rank(rank + 2)
        pool = spec.per_axis("pool_size", rank)
        strides = spec.per_axis("strides", rank, default=pool)
        padding = spec.choice("padding", "valid", "same", default="valid")
        windows: list[Window] = []
        sizes: list[int | None] = []
        lengths = spatial_sizes(shape, channels_first=spec.channels_first)
        for length, k, s in zip(lengths, pool, strides, strict=True):
            try:
                extent = convolve(length, k, strides=s, padding=padding, window="pool_size")
            except ArgumentError as error:
                spec.fail(str(error))
            windows.append(Window(k, s, extent.padding))
            sizes.append(None if extent.size is None else extent.size.value)
        channels = shape[1] if spec.channels_first else shape[-1]
        outputs = around(shape, sizes, channels, channels_first=spec.channels_first)
        places = (Buffer(elements(outputs), "int64"),) if "Max" in spec.class_name else ()
        return LayerFacts(
            outputs,
            views=spatial(windows, channels_first=spec.channels_first, channels=SAME),
            saved=("inputs", *places),
        )

    return rule


def global_pooling(rank: int) -> Rule:
    """The rule of `GlobalMaxPooling1D` … `GlobalAveragePooling3D`: one window, the whole input."""

    def rule(spec: LayerSpec) -> LayerFacts:
        shape = spec.of_rank(rank + 2)
        first = spec.channels_first
        channels = shape[1] if first else shape[-1]
        if spec.flag("keepdims", default=False):
            outputs, seen = around(shape, [1] * rank, channels, channels_first=first), SAME
        else:
            outputs, seen = (shape[0], channels), Window(axis=1)
        return LayerFacts(
            outputs,
            views=spatial((WHOLE,) * rank, channels_first=first, channels=seen),
            saved=("inputs",) if "Max" in spec.class_name else (),
        )

    return rule
