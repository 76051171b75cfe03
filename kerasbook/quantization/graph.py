"""A graph as it would be under another policy, or quantised: the same layers, other bytes.

Nothing is read or traced anew: shapes and MACs stay, weights and the types of tensors change. So it
answers for a model in memory and for a file alike, for what was traced too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.graph.graph import Node
from kerasbook.quantization.storage import recast_weights, recasts
from kerasbook.rules import is_operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.graph.graph import Graph, Step
    from kerasbook.quantization.storage import Storage
    from kerasbook.rules import LayerFacts

__all__ = ["Recast", "recast_graph"]


@dataclass(frozen=True, slots=True, eq=False)
class Recast:
    """A graph as it would be, with what its steps would read.

    Attributes:
        graph: the graph; models inside it are recast as well.
        read: for each step, there or in a model inside, the types of the tensors it is called on.
        kept: for each step why some of its layer's weights stay as they are; `""` if none does.
    """

    graph: Graph
    read: Mapping[Step, tuple[str, ...]]
    kept: Mapping[Step, str]


@dataclass(frozen=True, slots=True)
class _Task:
    """A graph on inputs of these types: equal tasks have equal graphs."""

    graph: Graph
    inputs: tuple[str, ...]


def recast_graph(graph: Graph, storage: Storage) -> Recast:
    """The graph with its weights held in another way, and tensors of the types that follow.

    A layer takes the new types as if it had been built under that policy and had none of its own.
    An operation of `keras.ops` has the types of what it is called on. Inputs stay as they are.
    """
    recaster = _Recaster(storage)
    own = tuple(_type_of(node, node.steps[0]) for node in graph.nodes if node.name in graph.inputs)
    made = recaster.run(_Task(graph, own))
    return Recast(made, recaster.read, recaster.kept)


class _Recaster:
    """One pass over a graph and those inside it."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.read: dict[Step, tuple[str, ...]] = {}
        self.kept: dict[Step, str] = {}
        self._done: dict[_Task, Graph] = {}

    def run(self, task: _Task) -> Graph:
        """A graph and those inside it as they would be, each task done once."""
        if task not in self._done:
            self._done[task] = self._recast(task)
        return self._done[task]

    def _recast(self, task: _Task) -> Graph:
        graph = task.graph
        given = dict(zip(graph.inputs, task.inputs, strict=True))
        types: dict[tuple[str, int], tuple[str, str]] = {}  # before and after
        steps: dict[tuple[Node, int], Step] = {}
        for node, call in graph.calls():
            step = node.steps[call]
            read = [types[ref.layer, ref.call] for ref in step.inputs]
            after = tuple(each[1] for each in read)
            if step.inner is not None:
                inner = self.run(_Task(step.inner, _entering(step.inner, after)))
                made = replace(step, inner=inner, facts=_put_out(inner, step.facts))
            elif node.name in given and not call:
                made = replace(step, facts=replace(step.facts, output_dtype=given[node.name]))
            else:
                made = self._step(node, step, read)
            types[node.name, call] = _type_of(node, step), _type_of(node, made)
            steps[node, call] = made
            # A step of a trace does not say what it reads: it is taken for what it puts out.
            self.read[made] = after or (_type_of(node, made),) * len(step.input_shapes)
        nodes = (
            Node(node.member, tuple([steps[node, n] for n in range(len(node.steps))]))
            for node in graph.nodes
        )
        return replace(graph, nodes=tuple(nodes))

    def _step(self, node: Node, step: Step, read: Sequence[tuple[str, str]]) -> Step:
        """A call of a layer that is no model, on tensors of types before and after."""
        layer, facts = node.member.layer, step.facts
        weights, kept = facts.weights, ""
        if weights:
            typed = tuple(
                replace(each, dtype=each.dtype or node.policy.variable_dtype) for each in weights
            )
            rank = len((step.input_shapes or ((),))[0] or ()) or 3
            weights, kept = recast_weights(layer, typed, self.storage, rank=rank)
        before = after = _type_of(node, step)
        if is_operation(layer):
            after = _promoted([new for old, new in read if old == before], before)
        elif recasts(layer, facts.weights or (), self.storage) and self.storage.source is not None:
            own = node.policy.compute_dtype
            after = self.storage.source.compute_dtype if before == own else before
        made = replace(step, facts=replace(facts, weights=weights, output_dtype=after))
        self.kept[made] = kept
        return made


def _entering(inner: Graph, read: tuple[str, ...]) -> tuple[str, ...]:
    """The types of a model's inputs: of what it is called on, or as it declares them."""
    if len(read) == len(inner.inputs):
        return read
    declared = {node.name: _type_of(node, node.steps[0]) for node in inner.nodes}
    return tuple(declared[name] for name in inner.inputs)


def _put_out(inner: Graph, facts: LayerFacts) -> LayerFacts:
    """The facts of a call of a model, with the type of its first output."""
    if not inner.outputs:
        return facts
    ref = inner.outputs[0]
    node = next(each for each in inner.nodes if each.name == ref.layer)
    return replace(facts, output_dtype=_type_of(node, node.steps[ref.call]))


def _type_of(node: Node, step: Step) -> str:
    dtype = step.facts.output_dtype
    return dtype or node.policy.compute_dtype


def _promoted(types: Sequence[str], other: str) -> str:
    """The type of what an operation makes of tensors of these; another one if there are none."""
    if len(set(types)) <= 1:
        return types[0] if types else other
    return "float64" if "float64" in types else "float32"
