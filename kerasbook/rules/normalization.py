"""Normalisation: a scale and a shift per channel, and for batches what they were in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.rules.facts import LayerFacts, weight
from kerasbook.rules.views import pointwise

if TYPE_CHECKING:
    from kerasbook.rules.spec import LayerSpec

__all__ = ["batch_normalization"]


def batch_normalization(spec: LayerSpec) -> LayerFacts:
    """`BatchNormalization`: γ and β are trained, the moving mean and variance only kept."""
    shape = spec.input_shape
    (axis,) = spec.axes("axis", len(shape), default=-1)
    channels = spec.size(axis)
    learned = [("gamma", "scale"), ("beta", "center")]
    kept = ["moving_mean", "moving_variance"]
    if spec.flag("renorm", default=False):
        kept += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    return LayerFacts(
        shape,
        weights=(
            *(
                weight(n, {"channels": channels})
                for n, key in learned
                if spec.flag(key, default=True)
            ),
            *(weight(name, {"channels": channels}, trainable=False) for name in kept),
        ),
        views=pointwise(shape),
        saved=("inputs",),
    )
