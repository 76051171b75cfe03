"""Reshaping: the same numbers in another shape."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kerasbook.rules.facts import LayerFacts
from kerasbook.rules.views import Scattered

if TYPE_CHECKING:
    from kerasbook.rules.spec import LayerSpec

__all__ = ["flatten"]


def flatten(spec: LayerSpec) -> LayerFacts:
    """`Flatten`: all axes but the batch as one."""
    batch, *sizes = spec.input_shape
    known = [size for size in sizes if size is not None]
    flat = prod(known) if len(known) == len(sizes) else None
    return LayerFacts((batch, flat), views=((Scattered(axis=1),) * len(sizes),))
