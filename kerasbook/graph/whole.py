"""What is known of a model as a whole, besides its layers one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.graph.inputs import common_batch, with_tensors
from kerasbook.graph.rows import graph_weights
from kerasbook.rules import LayerSpec, trained_and_kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.graph.graph import Graph
    from kerasbook.graph.records import Model, TracedCall
    from kerasbook.rules import Tensor, Weight

__all__ = ["against_stored", "checked", "trace_whole", "uncalled"]


def trace_whole(model: Model, inputs: Sequence[Tensor]) -> TracedCall | str:
    """A call of a subclassed model on these inputs, traced; or why it is not."""
    call = _called(model, inputs)
    if isinstance(call, str):  # the types were not recorded: it may look numbers up
        again = _called(model, [replace(each, dtype="int32") for each in inputs])
        if isinstance(again, str):
            return call
        call = again
    left = [name for name in model.optional if name not in call.call.keywords]
    if not left:
        return call
    reason = (
        f"it may be called on {' and '.join(map(repr, left))} too, which is not recorded: "
        "give input_shapes"
    )
    return replace(call, macs=None, reason=call.reason or reason)


def _called(model: Model, inputs: Sequence[Tensor]) -> TracedCall | str:
    """A call of a subclassed model on these inputs, traced; or why it is not."""
    whole, trace = model.whole, model.trace
    if whole is None or trace is None:
        return ""
    arguments, keywords = with_tensors(model.inputs, iter(inputs))
    return trace(whole, LayerSpec(whole.layer, arguments, keywords), common_batch(inputs) or 1)


def uncalled(graph: Graph) -> Graph:
    """The graph of a subclassed model whose calls are unknown, though each model inside is known.

    These are reported on inputs of their own.
    """
    if not graph.totals.macs_known:
        return graph
    reason = "a subclassed model does not record how often it calls the models inside it"
    return replace(graph, reason=reason, totals=replace(graph.totals, macs_known=False))


def checked(graph: Graph, weights: tuple[Weight, ...] | None) -> Graph:
    """The graph, its parameters unknown if they are not those of the weights that there are."""
    totals = graph.totals
    if weights is None or not totals.params_known:
        return graph
    trained, kept = trained_and_kept(weights)
    if (totals.params, totals.trainable) == (trained + kept, trained):
        return graph
    reason = (
        f"its layers come to {totals.params:,} parameters, {totals.trainable:,} of them trainable, "
        f"and its weights to {trained + kept:,}, {trained:,} of them trainable"
    )
    reason = f"{graph.reason}; {reason}" if graph.reason else reason
    return replace(graph, reason=reason, totals=replace(totals, params_known=False))


def against_stored(graph: Graph, stored: int) -> Graph:
    """The graph, its parameters unknown if they are not those that its file stores.

    LoRA's adapters are not stored: they are added to the kernel. Nor does Keras write the points
    that GPTQ and AWQ map to zero.
    """
    totals = graph.totals
    if not totals.params_known or totals.params == stored:
        return graph
    weights = graph_weights(graph)
    adapters = sum(trained_and_kept(each for each in weights if "lora_" in each.name))
    points = sum(trained_and_kept(each for each in weights if _is_zero_point(each)))
    if totals.params - stored in (adapters, points, adapters + points):
        return graph
    reason = f"its layers come to {totals.params:,} parameters, and its file stores {stored:,}"
    return replace(graph, reason=reason, totals=replace(totals, params_known=False))


def _is_zero_point(weight: Weight) -> bool:
    """Whether it is what groups of rows map to zero in a kernel that GPTQ or AWQ quantised."""
    return weight.dtype == "uint8" and weight.name.endswith(("/kernel_zero", "/zero_point"))
