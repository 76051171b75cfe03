"""All layers of a graph in order, those of models inside included, seen from the whole model."""

from __future__ import annotations

from functools import lru_cache
from math import inf, prod

from kerasbook.frozen import field, frozen
from kerasbook.graph.fields import compose
from kerasbook.graph.nodes import repeated, sum_formulas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kerasbook.formula import Formula
    from kerasbook.graph.fields import Field, Sight
    from kerasbook.graph.graph import Graph
    from kerasbook.graph.nodes import Node
    from kerasbook.rules import LayerFacts, Shape

__all__ = ["Extent", "Row", "walk_rows"]


@frozen
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


@frozen
class _Frame:
    """The inputs that fields are about: their shapes, and which of their axes are channels.

    Most layers see the same as the one before, so what was found is kept, under the field's
    identity and beside the field, which must live as long.
    """

    shapes: tuple[Shape | None, ...]
    channel_axis: int
    found: dict[int, tuple[Field, tuple[Extent, ...] | None]] = field(default_factory=dict)

    def extents(self, seen: Field) -> tuple[Extent, ...] | None:
        """What one unit sees along each spatial axis of the input it sees most of."""
        if id(seen) not in self.found:
            self.found[id(seen)] = seen, self._extents(seen)
        return self.found[id(seen)][1]

    def _extents(self, seen: Field) -> tuple[Extent, ...] | None:
        extents = [
            _extents(sights, self.shapes[origin], self.channel_axis)
            for origin, sights in (seen or {}).items()
        ]
        if not extents or None in extents:
            return None
        return max((each for each in extents if each is not None), key=_area)


@frozen(eq=False)
class Row:
    """One layer of a model or of a model inside it.

    Attributes:
        shared: whether its parameters were counted in an earlier row.
    """

    _place: _Place
    _frame: _Frame
    shared: bool

    @property
    def node(self) -> Node:
        """The layer."""
        return self._place.nodes[0][1]

    @property
    def path(self) -> str:
        """Its name, after those of the models around it: `"encoder/conv_1"`."""
        return f"{self._place.above}{self.node.name}"

    @property
    def depth(self) -> int:
        """How many models are around it."""
        return self._place.depth

    @property
    def uses(self) -> tuple[tuple[int, Node], ...]:
        """The layer as each call of the models around it has it, and how many such calls."""
        return self._place.nodes

    @property
    def calls(self) -> int:
        """How often it is called."""
        return sum([count * len(node.steps) for count, node in self._place.nodes])

    @property
    def macs(self) -> Formula | None:
        """MACs of all its calls; `None` if unknown."""
        terms: list[Formula] = []
        for count, node in self._place.nodes:
            macs = node.macs
            if macs is None:
                return None
            terms.append(repeated(macs, count))
        return sum_formulas(terms)

    @property
    def field(self) -> Field:
        """What one unit of its first output sees of the inputs of the whole model."""
        place, seen = self._place, self.node.steps[0].fields[0]
        return compose(place.fields, seen, place.shapes) if place.depth else seen

    @property
    def receptive_field(self) -> tuple[Extent, ...] | None:
        """What one unit sees along each spatial axis of the input it sees most of.

        `None` if nobody knows, or if the units are in an order that no window describes: after
        `Flatten`.
        """
        return self._frame.extents(self.field)

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


@frozen(eq=False)
class _Place:
    """A layer where it is called: in each of the ways that the models around it are called."""

    nodes: tuple[tuple[int, Node], ...]
    above: str
    depth: int
    fields: tuple[Field, ...]
    shapes: tuple[Shape | None, ...]

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
            fields = tuple(compose(self.fields, each, self.shapes) for each in fields)
        above = f"{self.above}{self.nodes[0][1].name}/"
        return [
            _Place(tuple(nodes), above, self.depth + 1, fields, shapes)
            for nodes in _by_layer(counts)
        ]


def _by_layer(counts: dict[Graph, int]) -> Iterable[list[tuple[int, Node]]]:
    """The layers in graphs that run so often: two calls of a model may call others inside it."""
    found: dict[object, list[tuple[int, Node]]] = {}
    for graph, count in counts.items():
        for node in graph.nodes:
            found.setdefault(node.key, []).append((count, node))
    return found.values()


def walk_rows(graph: Graph) -> Iterator[Row]:
    """All layers of a graph in order, those of a model inside after it."""
    seen: set[object] = set()
    # What is still to come, last first: nodes with how often and where they are called.
    pending = [_Place(((1, node),), "", 0, (), ()) for node in reversed(graph.nodes)]
    frame = _frame(graph)
    while pending:
        place = pending.pop()
        node = place.nodes[0][1]
        key = node.member.key or node.member
        yield Row(place, frame, shared=key in seen)
        seen.add(key)
        pending.extend(reversed(place.inside()))


def _frame(graph: Graph) -> _Frame:
    shapes = {node.name: node.facts.output_shape for node in graph.nodes}
    # Channels are last, unless a layer says that they are first.
    configs = (node.member.layer.config for node in graph.nodes)
    first = any(config.get("data_format") == "channels_first" for config in configs)
    return _Frame(tuple(map(shapes.get, graph.inputs)), 0 if first else -1)


def _extents(
    sights: Sequence[Sight], shape: Shape | None, channel: int
) -> tuple[Extent, ...] | None:
    """The extents along the spatial axes; the only axis of a vector counts as one."""
    axes = list(range(1, len(sights) + 1))
    if len(axes) > 1:
        del axes[channel]
    extents = [_extent(sights[n - 1], None if shape is None else shape[n]) for n in axes]
    known = tuple([extent for extent in extents if extent is not None])
    return known if len(known) == len(extents) else None


@lru_cache(maxsize=4096)  # both axes of an image and many layers in a row see the same
def _extent(sight: Sight, size: int | None) -> Extent | None:
    """The extent along one axis of the input, of that size; `None` if its units are scattered."""
    field = sight.field
    if sight.scattered:
        return None
    if field is None:
        return Extent(size, 0, 0)
    if sight.axis is None and size is not None:  # what is seen of the padding does not count
        start = max(field.start, 0)
        return Extent(max(min(field.start + field.size, size) - start, 0), 0, start)
    return Extent(field.size, field.jump, field.start)


def _area(extents: tuple[Extent, ...]) -> float:
    return prod(inf if extent.size is None else extent.size for extent in extents)
