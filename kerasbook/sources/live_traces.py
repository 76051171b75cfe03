"""Traced calls of layers in memory, as data: each call with its own weights."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from kerasbook.graph import Call, Member, TracedCall
from kerasbook.sources.live_layers import layer_data
from kerasbook.tracing import TraceError, trace_call, untouched

if TYPE_CHECKING:
    from kerasbook.rules import LayerSpec
    from kerasbook.sources.live_weights import Holdings
    from kerasbook.tracing import RecordedCall, Trace

__all__ = ["LiveTracer"]


class LiveTracer:
    """Traces the layers of a model; `close` restores the model.

    Layers that a trace has built stay built until then, so that a layer in two places has one set
    of weights.

    Attributes:
        layers: the layers by the key of their members.
    """

    def __init__(self, keras: Any, model: Any, holdings: Holdings) -> None:
        self._keras = keras
        self._model = model
        self._holdings = holdings
        self._stack = ExitStack()
        self._touched = False
        self.layers: dict[object, Any] = {}

    def close(self) -> None:
        """Restore the model to its state before the first trace."""
        self._stack.close()

    def trace(self, member: Member, spec: LayerSpec, batch_size: int) -> TracedCall | str:
        """The traced call of a layer, or the reason why it cannot be traced."""
        layer = self.layers.get(member.key)
        if layer is None:
            return "it is not in memory, so it cannot be traced"
        if not self._touched:  # most models are known without a trace
            self._touched = True
            self._stack.enter_context(untouched(self._model))
        try:
            trace = trace_call(layer, spec.arguments, spec.keywords, batch_size=batch_size)
        except TraceError as error:
            return f"tracing it failed: {error}"
        if isinstance(layer, self._keras.Layer):  # an operation has no weights
            self._holdings.of(layer)  # what the trace has built too
        self._holdings.share(_deepest_first(trace.call))
        return self._traced(trace, trace.call, where=member.layer.where)

    def _traced(self, trace: Trace, seen: RecordedCall, *, where: str) -> TracedCall:
        """A call and the calls inside it, each with the weights that belong to no layer inside."""
        tally = trace.tally
        inside = tuple(
            self._traced(trace, each, where=f"{where}/{each.layer.name}") for each in seen.inside
        )
        unknown = tally.unknown.get(seen.place, [])
        layer = layer_data(self._keras, seen.layer, where=where)
        return TracedCall(
            Member(layer, held=self._holdings.share_of(seen.layer), key=id(seen.layer)),
            Call(seen.arguments, seen.keywords),
            seen.outputs,
            macs=None if unknown else tally.macs.get(seen.place, 0),
            times=max(tally.times.get(seen.place, 1), 1),
            inside=inside,
            reason=f"it is not known what {', '.join(unknown)} multiplies" if unknown else "",
        )


def _deepest_first(seen: RecordedCall) -> list[Any]:
    """The layers of a call, each after all layers that are called inside it."""
    found: list[Any] = []
    level = [seen]
    while level:
        found.extend(each.layer for each in level)
        level = [inner for each in level for inner in each.inside]
    return found[::-1]
