"""A graph as a flat list of operations on numbered tensors: what memory is counted on.

Models inside are opened in place, each call anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from kerasbook.dtypes import width_bytes
from kerasbook.rules import Buffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kerasbook.graph import Graph, Node, Reference, Step

__all__ = ["ALIASES", "Operation", "Tensors", "flatten_graph"]

# What hands its input on without a copy on every backend.
ALIASES = frozenset(("Flatten", "Identity", "InputLayer", "Reshape"))
# A block that is called a hundred times is opened a hundred times; some ask for a million.
_FREE_OPERATIONS = 10_000
_MOST_PER_CALL = 4


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a layer that is no model.

    Attributes:
        path: the layer's name, after those of the models around it.
        inputs: numbers of the tensors it reads.
        outputs: numbers of the tensors it makes; for an alias those it reads.
        saved: numbers of the tensors it keeps for the backward pass.
        buffers_bytes: what else it keeps for it, per sample.
        workspace_bytes: what a product computes on its way, per sample: the scores of attention.
        step_bytes: what compiled code holds of these at one time if nothing is kept: those of one
            step of a recurrent layer.
        product_bytes: a product before its bias is added and its activation applied, per sample.
    """

    path: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    saved: tuple[int, ...]
    buffers_bytes: int
    workspace_bytes: int
    step_bytes: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class Tensors:
    """The operations of a whole model in the order they run, and the tensors between them.

    Attributes:
        operations: each with the numbers of its tensors.
        sizes_bytes: bytes of each tensor, per sample; 0 where unknown.
        results: numbers of the model's outputs.
        differentiated: numbers of the tensors whose gradients are computed: those that depend on
            a weight that is trained.
        ends: for each tensor how many operations have run when the model ends that it is inside.
        known: whether every size is known.
    """

    operations: tuple[Operation, ...]
    sizes_bytes: tuple[int, ...]
    results: tuple[int, ...]
    differentiated: frozenset[int]
    ends: tuple[int, ...]
    known: bool


def flatten_graph(graph: Graph) -> Tensors:
    """The operations of a graph, those of the models inside it in their places.

    If there are far more of them than calls, none is listed, and nothing is known of them.
    """
    if _is_explosive(graph):
        return Tensors((), (), (), frozenset(), (), known=False)
    opener = _Opener(known=bool(graph.outputs))
    nodes = {node.name: node for node in graph.nodes}
    inputs = [opener.outputs_of(nodes[name], nodes[name].steps[0])[0] for name in graph.inputs]
    results = opener.run(graph, inputs)
    return Tensors(
        tuple(opener.operations),
        tuple(opener.sizes_bytes),
        results,
        differentiated=frozenset(opener.differentiated),
        ends=tuple(opener.ends.get(each, 0) for each in range(len(opener.sizes_bytes))),
        known=opener.known,
    )


def _is_explosive(graph: Graph) -> bool:
    """Whether opening every call of every model inside takes out of proportion long.

    A model that calls a model twice, which calls a model twice, and so on: 40 layers make a
    million operations.
    """
    opened: dict[Graph, int] = {}
    calls = 0

    def open_all(each: Graph) -> int:
        nonlocal calls
        if each not in opened:
            steps = [step for node in each.nodes for step in node.steps]
            calls += len(steps)
            inner = [step.inner for step in steps if step.inner is not None]
            opened[each] = len(steps) + sum(map(open_all, inner))
        return opened[each]

    return open_all(graph) > max(_FREE_OPERATIONS, _MOST_PER_CALL * calls)


class _Numbers(dict[tuple[str, int, int], int]):
    """Numbers of tensors by layer, call and output.

    If the outputs of a layer are unknown, the first stands for all.
    """

    def __missing__(self, key: tuple[str, int, int]) -> int:
        layer, call, output = key
        if output == 0:
            raise KeyError(key)
        return self[layer, call, 0]

    def of(self, references: Iterable[Reference]) -> tuple[int, ...]:
        """Numbers of the tensors that are referred to."""
        return tuple([self[ref.layer, ref.call, ref.output] for ref in references])


class _Opener:
    """One pass over a graph and those inside it, with what it has found so far."""

    def __init__(self, *, known: bool) -> None:
        self.operations: list[Operation] = []
        self.sizes_bytes: list[int] = []
        self.differentiated: set[int] = set()
        self.ends: dict[int, int] = {}
        self.known = known

    def run(self, graph: Graph, inputs: Sequence[int], *, above: str = "") -> tuple[int, ...]:
        """Numbers of a graph's outputs, after noting what all its calls do."""
        numbers = _Numbers(zip(((name, 0, 0) for name in graph.inputs), inputs, strict=True))
        for node, call in graph.calls():
            name = node.name
            if (name, call, 0) in numbers:  # the inputs are there already
                continue
            step = node.steps[call]
            read = numbers.of(step.inputs)
            if step.inner is not None and step.inner.outputs:
                constants = self.unsized(len(step.inner.inputs) - len(read))
                made = self.run(step.inner, (*read, *constants), above=f"{above}{name}/")
            else:
                self.known = self.known and step.facts.macs_origin == "ruled" and not step.inner
                made = self.operation(node, step, read, path=f"{above}{name}")
            numbers.update(((name, call, output), each) for output, each in enumerate(made))
        self.ends |= dict.fromkeys(numbers.values(), len(self.operations))
        return numbers.of(graph.outputs)

    def operation(
        self, node: Node, step: Step, read: tuple[int, ...], *, path: str
    ) -> tuple[int, ...]:
        """Numbers of the tensors that a call makes, after noting what it does."""
        if node.class_name in ALIASES and len(read) == 1:
            return read
        made = self.outputs_of(node, step)
        self.known = self.known and not step.facts.reason  # what it keeps is unknown too
        inside, at_once = self.buffers_bytes(node, step)
        differentiated = _is_trained(step) or not self.differentiated.isdisjoint(read)
        if differentiated:
            self.differentiated.update(made)
        product = sum(self.sizes_bytes[each] for each in made) if _is_dressed(step) else 0
        self.operations.append(
            Operation(
                path,
                read,
                made,
                saved=_saved(step, read, made) if differentiated else (),
                buffers_bytes=inside if differentiated else 0,
                workspace_bytes=inside if _multiplies(step) else 0,
                step_bytes=at_once if _multiplies(step) else 0,
                product_bytes=product,
            )
        )
        return made

    def buffers_bytes(self, node: Node, step: Step) -> tuple[int, int]:
        """What a call computes inside, and keeps if its gradient is wanted; and at one time."""
        everything, at_once = 0, 0
        for each in step.facts.saved:
            if isinstance(each, Buffer):
                width = width_bytes(each.dtype or _output_dtype(node, step))
                self.known = self.known and each.elements.value is not None
                everything += (each.elements.value or 0) * width
                at_once += ((each.step or each.elements).value or 0) * width
        return everything, at_once

    def unsized(self, count: int) -> range:
        """Numbers of new tensors of which nothing is known."""
        first = len(self.sizes_bytes)
        self.sizes_bytes += [0] * count
        self.known = self.known and not count
        return range(first, first + count)

    def outputs_of(self, node: Node, step: Step) -> tuple[int, ...]:
        """Numbers of new tensors for the outputs of a call."""
        first = len(self.sizes_bytes)
        width = width_bytes(_output_dtype(node, step))
        for shape in step.facts.output_shapes:
            sizes = (None,) if shape is None else shape[1:]
            known = [size for size in sizes if size is not None]
            self.known = self.known and len(known) == len(sizes)
            self.sizes_bytes.append(prod(known) * width if len(known) == len(sizes) else 0)
        return tuple(range(first, len(self.sizes_bytes)))


def _is_trained(step: Step) -> bool:
    """Whether the optimizer changes a weight in a call."""
    inside = 0 if step.inner is None else step.inner.totals.trainable
    return step.facts.counts[0] + inside > 0


def _multiplies(step: Step) -> bool:
    """Whether a call multiplies with weights."""
    macs = step.facts.macs
    return bool(step.facts.weights) and macs is not None and macs.value != 0


def _is_dressed(step: Step) -> bool:
    """Whether a call adds a bias to a product, or applies an activation to it."""
    more = any(each != "inputs" for each in step.facts.saved)
    bias = any(each.name.endswith("bias") for each in step.facts.weights or ())
    return _multiplies(step) and (more or bias)


def _saved(step: Step, read: tuple[int, ...], made: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers of the tensors that a call keeps for the backward pass.

    Of a product, only the gradient of a kernel needs the inputs.
    """
    kept: list[int] = []
    if "inputs" in step.facts.saved and (_is_trained(step) or not _multiplies(step)):
        kept += read
    if "outputs" in step.facts.saved:
        kept += made
    return tuple(kept)


def _output_dtype(node: Node, step: Step) -> str:
    dtype = step.facts.output_dtype
    return dtype or node.policy.compute_dtype
