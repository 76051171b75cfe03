"""Trip counts of TensorFlow's `While` loops, where the graph determines them."""

# TensorFlow publishes no types for what is read here:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

from typing import Any

__all__ = ["trip_count"]

_SAME = frozenset(("Identity", "Cast"))


def trip_count(loop: Any, condition: Any, body: Any) -> int | None:
    """Number of iterations of a loop; `None` if that depends on computed values.

    It is known for counting loops: the condition compares counters with constant limits, and the
    body adds a constant to each counter.

    Args:
        loop: the `While` operation.
        condition: the graph of its condition.
        body: the graph of its body.
    """
    counts = []
    pending = [condition.outputs[0]]
    while pending:
        operation = _source(pending.pop()).op
        if operation.type == "LogicalAnd":
            pending.extend(operation.inputs)
        elif operation.type == "Less":
            counts.append(_count(operation, loop=loop, condition=condition, body=body))
        else:
            return None
    known = [count for count in counts if count is not None]
    return min(known) if counts and len(known) == len(counts) else None


def _count(less: Any, *, loop: Any, condition: Any, body: Any) -> int | None:
    """Number of iterations for which `counter < limit` is true."""
    counter, limit = map(_source, less.inputs)
    place = _place(counter, condition)
    if place is None:
        return None
    first, step = _value(loop.inputs[place]), _step(body, place)
    last = _value(limit)
    if last is None:  # a limit that the loop passes through unchanged
        held = _place(limit, condition)
        if held is not None and _place(_source(body.outputs[held]), body) == held:
            last = _value(loop.inputs[held])
    if first is None or last is None or step is None:
        return None
    return max(-((first - last) // step), 0)


def _step(body: Any, place: int) -> int | None:
    """The positive constant that the body adds to a counter; `None` if it does anything else."""
    added = _source(body.outputs[place]).op
    if added.type not in ("AddV2", "Add"):
        return None
    one, other = map(_source, added.inputs)
    if _place(one, body) != place:
        one, other = other, one
    step = _value(other)
    return step if _place(one, body) == place and step is not None and step > 0 else None


def _place(tensor: Any, graph: Any) -> int | None:
    """Index of the graph's input that a tensor is; `None` if it is not an input."""
    for place, each in enumerate(graph.inputs):
        if each is tensor:
            return place
    return None


def _source(tensor: Any) -> Any:
    """The tensor at the start of a chain of identity operations."""
    while tensor.op.type in _SAME:
        tensor = tensor.op.inputs[0]
    return tensor


def _value(tensor: Any) -> int | None:
    """The constant integer of a tensor; `None` if it is not a constant."""
    import tensorflow as tf

    tensor = _source(tensor)
    if tensor.op.type == "Max" and tensor.op.inputs[0].shape.rank == 0:
        tensor = _source(tensor.op.inputs[0])
    value = tf.get_static_value(tensor)
    if value is None or value.ndim or value.dtype.kind not in "iu":
        return None
    return int(value)
