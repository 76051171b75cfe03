"""One line of a report: a layer, its numbers, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from kerasbook.arithmetic import Macs, Number, Params, number
from kerasbook.dtypes import width_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kerasbook.arithmetic import Formula
    from kerasbook.graph import Node, Row
    from kerasbook.rules import MacsOrigin, ParamsOrigin, Shape, Weight

__all__ = ["ReportRow", "report_rows"]


@dataclass(frozen=True, slots=True, eq=False)
class ReportRow:
    """One layer of a model, or of a model inside it.

    Attributes:
        name: the layer's name, after those of the models around it: `"encoder/conv_1"`.
        class_name: its class.
        connected_from: names of the layers whose outputs it is called on.
        output_shapes: shapes of its outputs, `None` where unknown; a size that is not specified is
            `None` as in Keras.
        params: its parameters, with `.trainable`, `.non_trainable` and `.text`; `None` if unknown.
        trainable_known: whether it is known which of them are trained; else `.trainable` is "at
            least", and `.non_trainable` the others.
        macs: multiply-accumulates of one sample over all its calls; `None` if unknown or not
            specified.
        macs_formula: where those come from, with symbols where sizes are not specified; `None` if
            unknown.
        receptive_field: input positions that one unit of its first output sees along each spatial
            axis of the input it sees most of; `None` for all of an axis whose size is not
            specified, and in all if no window describes it, as after `Flatten`.
        jump: input positions between two neighbouring units, likewise; 0 if all see the same.
        weights: the weights it holds, each with its name, shape and type, in Keras's order; none
            if they are unknown or were counted in an earlier row.
        weights_bytes: their bytes by their type.
        logical_params: parameters of the plain layer, where quantisation or LoRA stores others.
        params_origin: `"ruled"`; where no rule is known, `"counted from weights"` in memory or
            `"counted from arrays"` in a file.
        macs_origin: `"ruled"`, or `"traced"` on the backend where no rule is known.
        calls: how often it is called; its parameters count once.
        shapes_of_calls: shapes of the outputs of its calls, each once, where they differ; its MACs
            are those of all of them.
        depth: how many models are around it.
        is_model: whether it is itself a model: its numbers are the sums of the rows below it.
        shared: whether its parameters were counted in an earlier row.
        reason: why something of it is unknown; `""` if nothing is.
    """

    name: str
    class_name: str
    connected_from: tuple[str, ...]
    output_shapes: tuple[Shape | None, ...]
    params: Params | None
    trainable_known: bool
    macs: Macs | None
    macs_formula: Formula | None
    receptive_field: tuple[int | None, ...] | None
    jump: tuple[float, ...] | None
    weights: tuple[Weight, ...]
    weights_bytes: Mapping[str, int]
    logical_params: Number | None
    params_origin: ParamsOrigin
    macs_origin: MacsOrigin
    calls: int
    shapes_of_calls: tuple[tuple[Shape | None, ...], ...]
    depth: int
    is_model: bool
    shared: bool
    reason: str

    @property
    def own_name(self) -> str:
        """The layer's name in its own model."""
        return self.name.split("/", self.depth)[-1]

    @property
    def output_shape(self) -> Shape | None:
        """Shape of its first output, batch first; `None` if unknown."""
        return self.output_shapes[0]

    @property
    def flops(self) -> Number | None:
        """Floating-point operations, twice the MACs; `None` if those are."""
        return None if self.macs is None else self.macs.flops


def report_rows(rows: Iterable[Row]) -> Iterator[ReportRow]:
    """The lines for the rows of a graph, in which layers that share their facts share numbers."""
    known: dict[int, _Numbers] = {}
    for row in rows:
        node, calls = row.node, row.calls
        numbers = known.get(id(node.facts)) if calls == 1 else None
        if numbers is None:
            numbers = _numbers(row)
            if calls == 1 and node.inner is None:
                known[id(node.facts)] = numbers  # the graph holds the facts as long
        extents = row.receptive_field
        yield ReportRow(
            name=row.path,
            class_name=node.class_name,
            connected_from=node.connected_from,
            output_shapes=node.output_shapes,
            params=numbers.params,
            trainable_known=numbers.trainable_known,
            macs=numbers.macs,
            macs_formula=numbers.macs_formula,
            receptive_field=None if extents is None else tuple([each.size for each in extents]),
            jump=None if extents is None else tuple([each.jump for each in extents]),
            weights=() if row.shared else numbers.weights,
            weights_bytes={} if row.shared else numbers.weights_bytes,
            logical_params=numbers.logical_params,
            params_origin=node.facts.params_origin,
            macs_origin=node.facts.macs_origin,
            calls=calls,
            shapes_of_calls=row.shapes_of_calls if calls > 1 else (),
            depth=row.depth,
            is_model=node.inner is not None,
            shared=row.shared,
            reason=row.reason,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """What a layer comes to: the fields of its line that hold numbers."""

    params: Params | None
    trainable_known: bool
    macs: Macs | None
    macs_formula: Formula | None
    weights: tuple[Weight, ...]
    weights_bytes: Mapping[str, int]
    logical_params: Number | None


def _numbers(row: Row) -> _Numbers:
    node, macs = row.node, row.macs
    logical = node.facts.logical if node.inner is None else None
    weights = (node.facts.weights or ()) if node.inner is None else ()
    return _Numbers(
        _params(node),
        node.totals.trainable_known,
        None if macs is None or macs.value is None else Macs(macs),
        macs,
        weights,
        _weights_bytes(weights, node),
        None if logical is None else Number(logical),
    )


def _params(node: Node) -> Params | None:
    held = node.params
    if held is None or held.value is None:
        return None
    if node.inner is not None:
        count = node.inner.totals.trainable
        trainable, rest = number(count), number(held.value - count)
    else:
        # Known, since `held` is.
        trainable, rest = node.facts.trainable or held, node.facts.non_trainable or held
    return Params(held, trainable=Number(trainable), non_trainable=Number(rest))


def _weights_bytes(weights: Iterable[Weight], node: Node) -> dict[str, int]:
    found: dict[str, int] = {}
    for weight in weights:
        dtype = weight.dtype or node.policy.variable_dtype
        found[dtype] = found.get(dtype, 0) + prod(weight.shape) * width_bytes(dtype)
    return found
