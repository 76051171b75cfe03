"""The graph of a model: every layer with what is known of it, and the totals.

`Graph.nodes` are the layers of one model in the order they run. A model inside is one node, whose
`inner` is its own graph. `Graph.rows()` walks all of it, models inside included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, prod
from typing import TYPE_CHECKING

from kerasbook.formula import number, plus, product
from kerasbook.graph.fields import compose
from kerasbook.rules import dtype_policy, prefixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.formula import Formula
    from kerasbook.graph.fields import Field, Sight
    from kerasbook.graph.records import Member, Reference
    from kerasbook.rules import DTypePolicy, LayerFacts, Shape, Weight

__all__ = ["Extent", "Graph", "Node", "Row", "Step", "Totals", "sum_totals"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a model comes to; "at least", where something in it is unknown.

    Attributes:
        params: parameters.
        trainable: those of them that the optimizer changes.
        macs: multiply-accumulates of one sample.
        params_known: whether that is all the parameters.
        macs_known: whether that is all the MACs: no layer unknown, no size unspecified.
    """

    params: int = 0
    trainable: int = 0
    macs: int = 0
    params_known: bool = True
    macs_known: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call of a layer.

    Attributes:
        facts: what the rule answered for this call.
        inputs: the tensors of the same model that it is called on.
        input_shapes: their shapes; `None` where unknown.
        input_fields: what one unit of each sees of the inputs of that model.
        fields: what one unit of each output sees of them.
        inner: the graph of the layer, if it is a model.
    """

    facts: LayerFacts
    inputs: tuple[Reference, ...]
    input_shapes: tuple[Shape | None, ...]
    input_fields: tuple[Field, ...]
    fields: tuple[Field, ...]
    inner: Graph | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer in its model, with all its calls.

    Attributes:
        member: the layer as the source gives it.
        steps: its calls in order; at least one.
    """

    member: Member
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.member.layer.name

    @property
    def class_name(self) -> str:
        """The layer's class."""
        return self.member.layer.class_name

    @property
    def facts(self) -> LayerFacts:
        """The facts of its first call."""
        return self.steps[0].facts

    @property
    def policy(self) -> DTypePolicy:
        """In which types it holds its weights and computes; float32 if it does not say."""
        return dtype_policy(self.member.layer.config.get("dtype"))

    @property
    def inner(self) -> Graph | None:
        """The graph of the layer, if it is a model."""
        return self.steps[0].inner

    @property
    def connected_from(self) -> tuple[str, ...]:
        """Names of the layers whose outputs it is called on, each once, over all its calls."""
        return tuple(dict.fromkeys(ref.layer for step in self.steps for ref in step.inputs))

    @property
    def output_shapes(self) -> tuple[Shape | None, ...]:
        """Shapes of its outputs, from its first call."""
        return self.facts.output_shapes

    @property
    def params(self) -> Formula | None:
        """Its parameters; `None` if unknown."""
        if self.inner is None:
            return self.facts.params
        totals = self.inner.totals
        return number(totals.params) if totals.params_known else None

    @property
    def trainable(self) -> Formula | None:
        """Parameters that the optimizer changes; `None` if unknown."""
        if self.inner is None:
            return self.facts.trainable
        totals = self.inner.totals
        return number(totals.trainable) if totals.params_known else None

    @property
    def macs(self) -> Formula | None:
        """MACs of all its calls together; `None` if unknown, without a value if not specified."""
        each = [
            step.facts.macs
            if step.inner is None
            else number(step.inner.totals.macs)
            if step.inner.totals.macs_known
            else None
            for step in self.steps
        ]
        known = [macs for macs in each if macs is not None]
        if len(known) < len(each):
            return None
        return _times(known)

    @property
    def totals(self) -> Totals:
        """What it adds to its model."""
        if self.inner is None:
            params, trainable = self.facts.params, self.facts.trainable
            held = Totals(
                _value(params), _value(trainable), params_known=_known(params) and _known(trainable)
            )
        else:
            held = self.inner.totals
        macs = [
            (_value(step.facts.macs), _known(step.facts.macs))
            if step.inner is None
            else (step.inner.totals.macs, step.inner.totals.macs_known)
            for step in self.steps
        ]
        return replace(
            held, macs=sum(count for count, _ in macs), macs_known=all(known for _, known in macs)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model, walked.

    Attributes:
        name: the model's name.
        class_name: `"Functional"`, `"Sequential"`, or a user's class.
        nodes: its layers in the order they run.
        inputs: names of its inputs.
        outputs: its output tensors.
        output_shapes: their shapes; `None` where unknown.
        output_fields: what one unit of each sees of the inputs.
        totals: parameters and MACs, models inside included.
    """

    name: str
    class_name: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[Reference, ...]
    output_shapes: tuple[Shape | None, ...]
    output_fields: tuple[Field, ...]
    totals: Totals

    @property
    def unknown(self) -> tuple[str, ...]:
        """Paths of the layers whose shape, parameters or MACs nobody knows."""
        return tuple(row.path for row in self.rows() if row.reason)

    def _input_shapes(self) -> tuple[Shape | None, ...]:
        shapes = {node.name: node.facts.output_shape for node in self.nodes}
        return tuple(shapes.get(name) for name in self.inputs)

    def _channel_axis(self) -> int:
        """Where the channels are among the axes but the batch: last, unless a layer says first."""
        configs = (node.member.layer.config for node in self.nodes)
        return 0 if any(c.get("data_format") == "channels_first" for c in configs) else -1

    @property
    def weights(self) -> tuple[Weight, ...]:
        """All weights, under the paths of their layers, each layer's once; the unknown left out."""
        rows = [row for row in self.rows() if not row.shared and row.node.inner is None]
        return tuple(
            each for row in rows for each in prefixed(row.path, row.node.facts.weights or ())
        )

    def without_repeats(self) -> Graph:
        """The same graph, with a layer that several models hold counted once in the totals."""
        again = [row.node.totals for row in self.rows() if row.shared and row.node.inner is None]
        if not again:
            return self
        params = self.totals.params - sum(totals.params for totals in again)
        trainable = self.totals.trainable - sum(totals.trainable for totals in again)
        return replace(self, totals=replace(self.totals, params=params, trainable=trainable))

    def rows(self) -> Iterator[Row]:
        """All layers in order, those of a model inside after it.

        A layer that several models hold is one layer: its `shared` rows count no parameters anew.
        """
        seen: set[object] = set()
        # What is still to come, last first: nodes with how often and where they are called.
        pending = [_Place(((1, node),), "", 0, (), ()) for node in reversed(self.nodes)]
        frame = _Frame(self._input_shapes(), self._channel_axis())
        while pending:
            place = pending.pop()
            node = place.nodes[0][1]
            key = node.member.key or node.member
            yield place.row(frame, shared=key in seen)
            seen.add(key)
            pending.extend(reversed(place.inside()))


@dataclass(frozen=True, slots=True)
class Extent:
    """What one unit sees along one axis of the input.

    Attributes:
        size: positions seen; `None` for all of an axis whose size is not specified.
        jump: input positions between two neighbouring units; 0 if all units see the same.
        start: first position that unit 0 sees; negative in the padding.
    """

    size: int | None
    jump: float
    start: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """The inputs that fields are about: their shapes, and which of their axes are channels."""

    shapes: tuple[Shape | None, ...]
    channel_axis: int


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One layer of a model or of a model inside it.

    Attributes:
        node: the layer.
        path: its name, after those of the models around it: `"encoder/conv_1"`.
        depth: how many models are around it.
        calls: how often it is called.
        macs: MACs of all its calls; `None` if unknown.
        field: what one unit of its first output sees of the inputs of the whole model.
        shared: whether its parameters were counted in an earlier row.
    """

    node: Node
    path: str
    depth: int
    calls: int
    macs: Formula | None
    field: Field
    shared: bool
    frame: _Frame

    @property
    def receptive_field(self) -> tuple[Extent, ...] | None:
        """What one unit sees along each spatial axis of the input it sees most of.

        `None` if nobody knows, or if the units are in an order that no window describes: after
        `Flatten`.
        """
        extents = [
            _extents(sights, self.frame.shapes[origin], self.frame.channel_axis)
            for origin, sights in (self.field or {}).items()
        ]
        if not extents or None in extents:
            return None
        return max((each for each in extents if each is not None), key=_area)

    @property
    def facts(self) -> LayerFacts:
        """The facts of its first call."""
        return self.node.facts

    @property
    def params(self) -> Formula | None:
        """Its parameters; `None` if unknown."""
        return self.node.params

    @property
    def reason(self) -> str:
        """Why something of it is unknown; `""` if nothing is."""
        return self.node.facts.reason if self.node.inner is None else ""


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A layer where it is called: in each of the ways that the models around it are called."""

    nodes: tuple[tuple[int, Node], ...]
    above: str
    depth: int
    fields: tuple[Field, ...]
    shapes: tuple[Shape | None, ...]

    def row(self, frame: _Frame, *, shared: bool) -> Row:
        node = self.nodes[0][1]
        field = node.steps[0].fields[0]
        if self.depth:
            field = compose(self.fields, field, self.shapes)
        return Row(
            node,
            f"{self.above}{node.name}",
            self.depth,
            sum(count * len(each.steps) for count, each in self.nodes),
            self._macs(),
            field,
            shared,
            frame,
        )

    def inside(self) -> list[_Place]:
        """The layers of the model that this is, if it is one."""
        first = self.nodes[0][1].steps[0]
        if first.inner is None:
            return []
        counts: dict[Graph, int] = {}
        for count, node in self.nodes:
            for step in node.steps:
                if step.inner is not None:
                    counts[step.inner] = counts.get(step.inner, 0) + count
        fields, shapes = first.input_fields, first.input_shapes
        if self.depth:
            fields = tuple(compose(self.fields, field, self.shapes) for field in fields)
        above = f"{self.above}{self.nodes[0][1].name}/"
        return [
            _Place(
                tuple((count, graph.nodes[n]) for graph, count in counts.items()),
                above,
                self.depth + 1,
                fields,
                shapes,
            )
            for n in range(len(first.inner.nodes))
        ]

    def _macs(self) -> Formula | None:
        terms: list[Formula] = []
        for count, node in self.nodes:
            macs = node.macs
            if macs is None:
                return None
            terms.append(_repeated(macs, count))
        return _times(terms)


def _extents(
    sights: Sequence[Sight], shape: Shape | None, channel: int
) -> tuple[Extent, ...] | None:
    """The extents along the spatial axes; the only axis of a vector counts as one."""
    axes = list(range(1, len(sights) + 1))
    if len(axes) > 1:
        del axes[channel]
    extents = []
    for axis in axes:
        sight, size = sights[axis - 1], None if shape is None else shape[axis]
        if sight.scattered:
            return None
        if sight.field is None:
            extents.append(Extent(size, 0, 0))
        elif sight.axis is None and size is not None:  # what is seen of the padding does not count
            start = max(sight.field.start, 0)
            last = min(sight.field.start + sight.field.size, size)
            extents.append(Extent(max(last - start, 0), 0, start))
        else:
            extents.append(Extent(sight.field.size, sight.field.jump, sight.field.start))
    return tuple(extents)


def _area(extents: tuple[Extent, ...]) -> float:
    return prod(inf if extent.size is None else extent.size for extent in extents)


def sum_totals(each: Iterable[Totals]) -> Totals:
    """The totals of layers together."""
    parts = list(each)
    return Totals(
        sum(part.params for part in parts),
        sum(part.trainable for part in parts),
        sum(part.macs for part in parts),
        all(part.params_known for part in parts),
        all(part.macs_known for part in parts),
    )


def _times(terms: list[Formula]) -> Formula:
    """The sum of some terms; a product, if they are all the same."""
    if all(term == terms[0] for term in terms):
        return _repeated(terms[0], len(terms))
    return plus(*terms)


def _repeated(term: Formula, count: int) -> Formula:
    return term if count == 1 or term.value == 0 else product(count, term)


def _value(term: Formula | None) -> int:
    return 0 if term is None or term.value is None else term.value


def _known(term: Formula | None) -> bool:
    return term is not None and term.value is not None
