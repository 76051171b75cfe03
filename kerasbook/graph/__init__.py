"""A model as a graph: layers in order, each with its shapes, its facts and its receptive field.

A source gives a `Model` (data only: layers, calls, ends), `build_graph` walks it and asks the
rules:

    graph = build_graph(read_config(config))      # read_config: kerasbook.sources.config
    graph.totals.params, graph.totals.macs        # with params_known, macs_known: else "at least"
    for row in graph_rows(graph):                 # models inside included, in order
        node = row.node
        row.path, row.depth, node.class_name      # "encoder/conv_1", 1, "Conv2D"
        node.connected_from                       # names in the same model
        node.output_shapes                        # None where unknown
        node.params, node.trainable, row.macs     # formulas; None where unknown, and row.reason
        node.facts.weights                        # names, shapes, types: bytes, optimizer slots
        node.facts.saved                          # what the backward pass needs
        row.calls, row.shared                     # a shared layer counts its weights once
        row.receptive_field                       # (AxisField(size, jump, start), …) or None

A row whose node has an `inner` is a model: its numbers are the sums of the rows under it, so leave
it out of totals.
"""

from kerasbook.graph.fields import Field, Sight
from kerasbook.graph.graph import Graph, Node, Step, Totals
from kerasbook.graph.inputs import Fill
from kerasbook.graph.nesting import check_nesting
from kerasbook.graph.records import (
    Call,
    Member,
    Model,
    Reference,
    TracedCall,
    Tracing,
    flattened,
    references_in,
)
from kerasbook.graph.rows import AxisField, Row, graph_rows, graph_weights, unknown_paths
from kerasbook.graph.walk import build_graph

__all__ = [
    "AxisField",
    "Call",
    "Field",
    "Fill",
    "Graph",
    "Member",
    "Model",
    "Node",
    "Reference",
    "Row",
    "Sight",
    "Step",
    "Totals",
    "TracedCall",
    "Tracing",
    "build_graph",
    "check_nesting",
    "flattened",
    "graph_rows",
    "graph_weights",
    "references_in",
    "unknown_paths",
]
