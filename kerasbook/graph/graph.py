"""The graph of a model: every layer with what is known of it, and the totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerasbook.graph.rows import walk_rows
from kerasbook.rules import prefixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.graph.fields import Field
    from kerasbook.graph.nodes import Counted, Node, Totals
    from kerasbook.graph.records import Reference
    from kerasbook.graph.rows import Row
    from kerasbook.rules import Shape, Weight

__all__ = ["Graph"]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model, walked.

    A model inside is one node, whose `inner` is its own graph; `rows()` walks all of it.

    Attributes:
        name: the model's name.
        class_name: `"Functional"`, `"Sequential"`, or a user's class.
        nodes: its layers in the order of the source.
        order: its calls in the order they run: the node's position, and which of its calls.
        inputs: names of its inputs.
        outputs: its output tensors.
        output_shapes: their shapes; `None` where unknown.
        output_fields: what one unit of each sees of the inputs.
        totals: parameters and MACs, models inside included; a layer's parameters once.
        reason: why the totals are unknown where all its layers are known; `""` if they are not.
        counted: how many numbers each layer trains and keeps that may be in other models too, by
            what it shares with itself there.
    """

    name: str
    class_name: str
    nodes: tuple[Node, ...]
    order: tuple[tuple[int, int], ...]
    inputs: tuple[str, ...]
    outputs: tuple[Reference, ...]
    output_shapes: tuple[Shape | None, ...]
    output_fields: tuple[Field, ...]
    totals: Totals
    reason: str = ""
    counted: Counted = field(default_factory=dict, repr=False)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Paths of the layers whose shape, parameters or MACs nobody knows."""
        return tuple(row.path for row in self.rows() if row.reason)

    @property
    def weights(self) -> tuple[Weight, ...]:
        """All weights, under the paths of their layers, each layer's once; the unknown left out."""
        rows = [row for row in self.rows() if not row.shared and row.node.inner is None]
        return tuple(
            each for row in rows for each in prefixed(row.path, row.node.facts.weights or ())
        )

    def calls(self) -> Iterator[tuple[Node, int]]:
        """The calls in the order they run: the layer, and which of its calls.

        Each comes after those whose outputs it reads; a model inside is one call.
        """
        nodes = self.nodes
        return ((nodes[place], call) for place, call in self.order)

    def rows(self) -> Iterator[Row]:
        """All layers in order, those of a model inside after it.

        A layer that several models hold is one layer: its `shared` rows count no parameters anew.
        """
        return walk_rows(self)
