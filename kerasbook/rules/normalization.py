"""Normalisation: a scale and a shift, and for batches what they were like in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.rules.common import elements
from kerasbook.rules.facts import Buffer, LayerFacts, prefixed, weight
from kerasbook.rules.views import WHOLE, pointwise

if TYPE_CHECKING:
    from kerasbook.rules.facts import Weight
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, Views

__all__ = [
    "batch_normalization",
    "group_normalization",
    "layer_normalization",
    "rms_normalization",
    "spectral_normalization",
    "unit_normalization",
]


def batch_normalization(spec: LayerSpec) -> LayerFacts:
    """`BatchNormalization`: γ and β are trained, the moving mean and variance only kept."""
    shape = spec.input_shape
    axis = spec.axis("axis", len(shape), default=-1)
    channels = {"channels": spec.size(axis)}
    kept = ["moving_mean", "moving_variance"]
    if spec.flag("renorm", default=False):
        kept += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    return LayerFacts(
        shape,
        weights=(
            *_scale_and_shift(spec, channels),
            *(weight(name, channels, trainable=False) for name in kept),
        ),
        views=pointwise(shape),
        # Keras centres first and scales then, and both steps keep what they were given. Kernels
        # that do both at once, as TensorFlow's on images, keep the inputs alone, and so do all
        # where the layer is frozen and takes the moving mean and variance.
        saved=("inputs", Buffer(elements(shape))) if spec.trainable else ("inputs",),
    )


def layer_normalization(spec: LayerSpec) -> LayerFacts:
    """`LayerNormalization`: γ and β for each place of the axes that are normalised."""
    shape = spec.input_shape
    axes = spec.axes("axis", len(shape), default=-1)
    sizes = _sizes(spec, axes)
    if spec.flag("rms_scaling", default=False):
        weights: tuple[Weight, ...] = (weight("gamma", sizes),)
    else:
        weights = _scale_and_shift(spec, sizes)
    return LayerFacts(shape, weights=weights, views=_over(shape, axes), saved=("inputs",))


def rms_normalization(spec: LayerSpec) -> LayerFacts:
    """`RMSNormalization`: a scale for each place of the axes that are normalised."""
    shape = spec.input_shape
    axes = spec.axes("axis", len(shape), default=-1)
    scale = weight("scale", _sizes(spec, axes))
    return LayerFacts(shape, weights=(scale,), views=_over(shape, axes), saved=("inputs",))


def group_normalization(spec: LayerSpec) -> LayerFacts:
    """`GroupNormalization`: γ and β per channel; the channels are normalised in groups."""
    shape = spec.input_shape
    axis = spec.axis("axis", len(shape), default=-1)
    channels = spec.size(axis)
    groups = spec.integer("groups", default=32, minimum=-1)
    if groups == -1:
        groups = channels
    if groups < 1 or channels % groups:
        spec.fail("groups", f"divide the {channels} channels", f"groups={groups}")
    return LayerFacts(
        shape,
        weights=_scale_and_shift(spec, {"channels": channels}),
        views=_over(shape, tuple(range(1, len(shape)))),
        saved=("inputs",),
    )


def unit_normalization(spec: LayerSpec) -> LayerFacts:
    """`UnitNormalization`: nothing is learned."""
    shape = spec.input_shape
    axes = spec.axes("axis", len(shape), default=-1)
    return LayerFacts(shape, views=_over(shape, axes), saved=("inputs",))


def spectral_normalization(spec: LayerSpec) -> LayerFacts:
    """`SpectralNormalization`: a layer, and an estimate of its kernel's first singular vector.

    The power iteration runs in training only and is not counted.
    """
    layer = spec.nested("layer")
    inner = layer.called(*spec.arguments, **spec.keywords)
    if inner.weights is None:
        return inner
    names = ("kernel", "embeddings")
    kernel = next((each for each in inner.weights if each.name in names), None)
    if kernel is None:
        spec.fail("the layer inside", "have a kernel or embeddings", f"a {layer.class_name}")
    vector = weight("vector_u", {"one": 1, "units": kernel.shape[-1]}, trainable=False)
    others = (each for each in inner.weights if each is not kernel)
    return LayerFacts(
        inner.output_shape,
        weights=(*prefixed(layer.name, [kernel]), vector, *prefixed(layer.name, others)),
        macs=inner.macs,
        views=inner.views,
        saved=inner.saved,
        reason=inner.reason,
    )


def _scale_and_shift(spec: LayerSpec, sizes: dict[str, int]) -> tuple[Weight, ...]:
    """γ and β, where they are asked for."""
    learned = (("gamma", "scale"), ("beta", "center"))
    return tuple(weight(name, sizes) for name, key in learned if spec.flag(key, default=True))


def _sizes(spec: LayerSpec, axes: tuple[int, ...]) -> dict[str, int]:
    """The sizes of some axes, in their order."""
    if len(axes) == 1:
        return {"features": spec.size(axes[0])}
    return {f"axis_{axis}": spec.size(axis) for axis in axes}


def _over(shape: Shape, axes: tuple[int, ...]) -> Views:
    """Each unit sees the axes that are normalised from end to end, and its place on the others."""
    (own,) = pointwise(shape)
    return (tuple(WHOLE if axis in axes else view for axis, view in enumerate(own, 1)),)
