"""All layers of a graph in order, those of models inside included, seen from the whole model."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, prod
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.graph.fields import compose
from kerasbook.graph.graph import repeated, sum_formulas
from kerasbook.rules import prefixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.graph.fields import Field, Sight
    from kerasbook.graph.graph import Graph, Node
    from kerasbook.rules import LayerFacts, Shape, Weight

    # A layer that is still to come: its uses, what is above it, and its depth; and what the model
    # around it is called on, fields and shapes.
    _Place: TypeAlias = tuple[
        tuple[tuple[int, Node], ...], str, int, tuple[Field, ...], tuple[Shape | None, ...]
    ]

__all__ = ["AxisField", "Row", "graph_rows", "graph_weights", "unknown_paths"]


@dataclass(frozen=True, slots=True)
class AxisField:
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
    """The inputs that fields are about: their shapes, and which of their axes are channels.

    Most layers see the same as the one before, so what was found is kept, under the field's
    identity and beside the field, which must live as long.
    """

    shapes: tuple[Shape | None, ...]
    channel_axis: int
    found: dict[int, tuple[Field, tuple[AxisField, ...] | None]] = field(default_factory=dict)

    def extents(self, seen: Field) -> tuple[AxisField, ...] | None:
        """What one unit sees along each spatial axis of the input it sees most of."""
        if id(seen) not in self.found:
            self.found[id(seen)] = seen, self._extents(seen)
        return self.found[id(seen)][1]

    def _extents(self, seen: Field) -> tuple[AxisField, ...] | None:
        extents = [
            _extents(sights, self.shapes[origin], self.channel_axis)
            for origin, sights in (seen or {}).items()
        ]
        if len(extents) == 1:
            return extents[0]
        if not extents or None in extents:
            return None
        return max((each for each in extents if each is not None), key=_area)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One layer of a model or of a model inside it.

    Attributes:
        uses: the layer as each call of the models around it has it, and how many such calls.
        above: the names of the models around it: `"encoder/"`.
        depth: how many models are around it.
        shared: whether its parameters were counted in an earlier row.
    """

    uses: tuple[tuple[int, Node], ...]
    above: str
    depth: int
    _fields: tuple[Field, ...]
    _shapes: tuple[Shape | None, ...]
    _frame: _Frame
    shared: bool

    @property
    def node(self) -> Node:
        """The layer."""
        return self.uses[0][1]

    @property
    def path(self) -> str:
        """Its name, after those of the models around it: `"encoder/conv_1"`."""
        return f"{self.above}{self.node.name}"

    @property
    def calls(self) -> int:
        """How often it is called."""
        return sum([count * len(node.steps) for count, node in self.uses])

    @property
    def shapes_of_calls(self) -> tuple[tuple[Shape | None, ...], ...]:
        """Shapes of the outputs of its calls, each once, if they differ; else nothing."""
        each = [step.facts.output_shapes for _, node in self.uses for step in node.steps]
        found = tuple(dict.fromkeys(each))
        return found if len(found) > 1 else ()

    @property
    def macs(self) -> Formula | None:
        """MACs of all its calls; `None` if unknown."""
        terms: list[Formula] = []
        for count, node in self.uses:
            macs = node.macs
            if macs is None:
                return None
            terms.append(repeated(macs, count))
        return sum_formulas(terms)

    @property
    def field(self) -> Field:
        """What one unit of its first output sees of the inputs of the whole model."""
        seen = self.node.steps[0].fields[0]
        return compose(self._fields, seen, self._shapes) if self.depth else seen

    @property
    def receptive_field(self) -> tuple[AxisField, ...] | None:
        """What one unit sees along each spatial axis of the input it sees most of.

        `None` if nobody knows, or if the units are in an order that no window describes: after
        `Flatten`.
        """
        return self._frame.extents(self.field)

    def inside(self) -> list[_Place]:
        """The layers of the model that this is, in order."""
        first = self.node.steps[0]
        counts: dict[Graph, int] = {}
        for count, node in self.uses:
            for step in node.steps:
                if step.inner is not None:
                    counts[step.inner] = counts.get(step.inner, 0) + count
        fields, shapes = first.input_fields, first.input_shapes
        if self.depth:
            fields = tuple(compose(self._fields, each, self._shapes) for each in fields)
        above, depth = f"{self.path}/", self.depth + 1
        return [(tuple(uses), above, depth, fields, shapes) for uses in _by_layer(counts)]

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
        inner = self.node.inner
        return self.node.facts.reason if inner is None else inner.reason


def _by_layer(counts: dict[Graph, int]) -> Iterable[list[tuple[int, Node]]]:
    """The layers in graphs that run so often: two calls of a model may call others inside it."""
    found: dict[object, list[tuple[int, Node]]] = {}
    for graph, count in counts.items():
        for node in graph.nodes:
            found.setdefault(node.key, []).append((count, node))
    return found.values()


def graph_rows(graph: Graph) -> Iterator[Row]:
    """All layers of a graph in order, those of a model inside after it.

    A layer that several models hold is one layer: its `shared` rows count no parameters anew.
    """
    seen: set[object] = set()
    # Last first.
    pending: list[_Place] = [(((1, node),), "", 0, (), ()) for node in reversed(graph.nodes)]
    frame = _frame(graph)
    while pending:
        uses, above, depth, fields, shapes = pending.pop()
        node = uses[0][1]
        key = node.member.key or node.member
        row = Row(uses, above, depth, fields, shapes, frame, shared=key in seen)
        yield row
        seen.add(key)
        if node.inner is not None:
            pending.extend(reversed(row.inside()))


def graph_weights(graph: Graph) -> tuple[Weight, ...]:
    """All weights, under the paths of their layers, each layer's once; the unknown left out."""
    rows = [row for row in graph_rows(graph) if not row.shared and row.node.inner is None]
    return tuple(each for row in rows for each in prefixed(row.path, row.node.facts.weights or ()))


def unknown_paths(graph: Graph) -> tuple[str, ...]:
    """The paths of the layers whose shape, parameters or MACs are unknown."""
    return tuple(row.path for row in graph_rows(graph) if row.reason)


def _frame(graph: Graph) -> _Frame:
    nodes = {node.name: node for node in graph.nodes}
    # Channels are last, unless a layer says that they are first.
    configs = (node.member.layer.config for node in graph.nodes)
    first = any(config.get("data_format") == "channels_first" for config in configs)
    shapes = tuple(nodes[name].facts.output_shape for name in graph.inputs)
    return _Frame(shapes, 0 if first else -1)


def _extents(
    sights: Sequence[Sight], shape: Shape | None, channel: int
) -> tuple[AxisField, ...] | None:
    """The extents along the spatial axes; the only axis of a vector counts as one."""
    axes = list(range(1, len(sights) + 1))
    if len(axes) > 1:
        del axes[channel]
    extents = [_extent(sights[n - 1], None if shape is None else shape[n]) for n in axes]
    known = tuple([extent for extent in extents if extent is not None])
    return known if len(known) == len(extents) else None


@lru_cache(maxsize=4096)  # both axes of an image and many layers in a row see the same
def _extent(sight: Sight, size: int | None) -> AxisField | None:
    """The extent along one axis of the input, of that size; `None` if its units are scattered."""
    field = sight.field
    if sight.scattered:
        return None
    if field is None:
        return AxisField(size, 0, 0)
    if sight.axis is None and size is not None:  # what is seen of the padding does not count
        start = max(field.start, 0)
        return AxisField(max(min(field.start + field.size, size) - start, 0), 0, start)
    return AxisField(field.size, field.jump, field.start)


def _area(extents: tuple[AxisField, ...]) -> float:
    return prod(inf if extent.size is None else extent.size for extent in extents)
