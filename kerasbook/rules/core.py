"""`Dense`, `Embedding` and the layers that hold or name tensors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, product
from kerasbook.rules.common import activation_saves, per_sample, use_bias
from kerasbook.rules.facts import LayerFacts, weight
from kerasbook.rules.layer import check_shape
from kerasbook.rules.views import WHOLE, Window, pointwise

if TYPE_CHECKING:
    from kerasbook.rules.spec import LayerSpec

__all__ = ["dense", "embedding", "input_layer", "layer_scale", "prelu", "reversible_embedding"]


def input_layer(spec: LayerSpec) -> LayerFacts:
    """`InputLayer`: a shape with a name."""
    shape = spec.get("batch_shape", spec.config.get("batch_input_shape"))
    return LayerFacts(check_shape(shape, where=f"layer {spec.layer.where!r} (InputLayer)"))


def dense(spec: LayerSpec) -> LayerFacts:
    """`Dense`: one weight per input and unit, one bias per unit; at every outer position anew."""
    outer = spec.input_shape[:-1]
    inputs, units = spec.size(-1), spec.positive("units")
    kernel = weight("kernel", {"inputs": inputs, "units": units})
    return LayerFacts(
        (*outer, units),
        weights=(kernel, *use_bias(spec, {"units": units})),
        macs=product(*per_sample(outer), *kernel.sizes),
        views=((*pointwise(outer)[0], WHOLE),),
        saved=("inputs", *activation_saves(spec, (*outer, units))),
    )


def embedding(spec: LayerSpec) -> LayerFacts:
    """`Embedding`: a table with one row per word; looking a row up multiplies nothing."""
    shape = spec.input_shape
    words, size = spec.positive("input_dim"), spec.positive("output_dim")
    return LayerFacts(
        (*shape, size),
        weights=(weight("embeddings", {"input_dim": words, "output_dim": size}),),
        views=((Window(),) * (len(shape) - 1),),
        saved=("inputs",),
    )


def reversible_embedding(spec: LayerSpec) -> LayerFacts:
    """`ReversibleEmbedding`: an embedding that can also score each word; tied, with one table."""
    facts = embedding(spec)
    words, size = spec.positive("input_dim"), spec.positive("output_dim")
    if not spec.flag("tie_weights", default=True):
        table = weight("reverse_embeddings", {"output_dim": size, "input_dim": words})
        facts = replace(facts, weights=(*(facts.weights or ()), table))
    if spec.argument("reverse", 1) is not True:
        return facts
    outer = spec.input_shape[:-1]
    if spec.size(-1) != size:
        spec.fail("it", f"be reversed on vectors of {size} numbers", f"{spec.input_shape}")
    return replace(
        facts,
        output_shape=(*outer, words),
        macs=product(*per_sample(outer), number(size, "output_dim"), number(words, "input_dim")),
        views=((*pointwise(outer)[0], WHOLE),),
    )


def prelu(spec: LayerSpec) -> LayerFacts:
    """`PReLU`: a slope for each place of a sample, one for all along the shared axes."""
    shape = spec.input_shape
    shared = spec.get("shared_axes", default=())
    axes = spec.axes("shared_axes", len(shape), default=()) if shared else ()
    sizes = {
        f"axis_{axis}": 1 if axis in axes else spec.size(axis) for axis in range(1, len(shape))
    }
    return LayerFacts(
        shape,
        weights=(weight("alpha", sizes),),
        views=pointwise(shape),
        saved=("inputs",),
    )


def layer_scale(spec: LayerSpec) -> LayerFacts:
    """`LayerScale` of `keras.applications`: a factor per channel."""
    shape = spec.input_shape
    factors = weight("gamma", {"channels": spec.positive("projection_dim")})
    return LayerFacts(shape, weights=(factors,), views=pointwise(shape), saved=("inputs",))
