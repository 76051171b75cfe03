"""The graph of a model: its layers, the calls of each, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from kerasbook.arithmetic import number, plus, product
from kerasbook.rules import policy_or_default

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from kerasbook.arithmetic import Formula
    from kerasbook.graph.fields import Field
    from kerasbook.graph.records import Member, Reference
    from kerasbook.rules import DTypePolicy, LayerFacts, Shape

__all__ = ["Counted", "Graph", "Node", "Step", "Totals", "repeated", "sum_formulas", "sum_totals"]

# How many numbers of a layer are trained, and how many others it has, by the layer's key.
Counted: TypeAlias = "Mapping[object, tuple[int, int]]"


@dataclass(frozen=True, slots=True)
class Totals:
    """What a model comes to; "at least", where something in it is unknown.

    Attributes:
        params: parameters.
        trainable: those of them that the optimizer changes.
        macs: multiply-accumulates of one sample.
        params_known: whether that is all the parameters.
        trainable_known: whether it is known of each of them if the optimizer changes it.
        macs_known: whether that is all the MACs: no layer unknown, no size unspecified.
    """

    params: int = 0
    trainable: int = 0
    macs: int = 0
    params_known: bool = True
    trainable_known: bool = True
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
    def key(self) -> object:
        """What it shares with itself in another call of its model."""
        return self.name if self.member.key is None else self.member.key

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
        return policy_or_default(self.member.layer.config.get("dtype"))

    @property
    def inner(self) -> Graph | None:
        """The graph of the layer, if it is a model."""
        return self.steps[0].inner

    @property
    def connected_from(self) -> tuple[str, ...]:
        """Names of the layers whose outputs it is called on, each once, over all its calls."""
        return tuple(dict.fromkeys([ref.layer for step in self.steps for ref in step.inputs]))

    @property
    def output_shapes(self) -> tuple[Shape | None, ...]:
        """Shapes of its outputs, from its first call."""
        return self.facts.output_shapes

    @property
    def params(self) -> Formula | None:
        """Its parameters; `None` if unknown."""
        if self.inner is None:
            return self.facts.params
        totals = self._inside
        return number(totals.params) if totals.params_known else None

    @property
    def trainable(self) -> Formula | None:
        """Parameters that the optimizer changes; `None` if unknown."""
        if self.inner is None:
            return self.facts.trainable
        totals = self._inside
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
        return sum_formulas(known)

    @property
    def _inside(self) -> Totals:
        """The parameters of what is inside it, of all its calls together."""
        first, *more = dict.fromkeys(step.inner for step in self.steps if step.inner is not None)
        # Only what was traced may call other layers in another call.
        return _together((first, *more)) if more and not first.inputs else first.totals

    @property
    def counted(self) -> Counted:
        """The numbers of those layers in it that may be in other models too."""
        if self.inner is None:
            return {} if self.member.key is None else {self.member.key: self.facts.counts}
        found: dict[object, tuple[int, int]] = {}
        for step in self.steps:
            found |= step.inner.counted if step.inner is not None else {}
        if self.member.key is not None:  # what of it may be elsewhere only as a part of it
            inside = self._inside
            trained = inside.trainable - sum(each[0] for each in found.values())
            kept = inside.params - inside.trainable - sum(each[1] for each in found.values())
            found[self.member.key] = trained, kept
        return found

    @property
    def totals(self) -> Totals:
        """What it adds to its model."""
        if self.inner is not None:
            each = [step.inner.totals for step in self.steps if step.inner is not None]
            macs, macs_known = sum(t.macs for t in each), all(t.macs_known for t in each)
            return replace(self._inside, macs=macs, macs_known=macs_known)
        counted = [step.facts.macs for step in self.steps]
        known = [macs.value for macs in counted if macs is not None and macs.value is not None]
        facts = self.facts
        trained, kept = facts.counts
        return Totals(
            trained + kept,
            trained,
            sum(known),
            params_known=facts.weights is not None,
            trainable_known=facts.trainable_known,
            macs_known=len(known) == len(counted),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model, walked.

    A model inside is one node, whose `inner` is its own graph; `graph_rows` walks all of it.

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

    def calls(self) -> Iterator[tuple[Node, int]]:
        """The calls in the order they run: the layer, and which of its calls.

        Each comes after those whose outputs it reads; a model inside is one call.
        """
        nodes = self.nodes
        return ((nodes[place], call) for place, call in self.order)


def _together(graphs: Iterable[Graph]) -> Totals:
    """The parameters of the layers in several graphs, each once where it is in several."""
    counted: dict[object, Totals] = {}
    pending: list[tuple[tuple[object, ...], Graph]] = [((), graph) for graph in graphs]
    for above, graph in pending:  # it grows while it is walked
        for node in graph.nodes:
            path = (*above, node.key)
            inner = dict.fromkeys(step.inner for step in node.steps if step.inner is not None)
            pending.extend((path, each) for each in inner)
            if not inner:
                counted[path] = node.totals
    return _summed(counted.values())


def sum_totals(nodes: Sequence[Node]) -> tuple[Totals, Counted]:
    """The totals of the layers of a model, each counted once, and what others may hold too."""
    totals = _sum_nodes(nodes)
    if all(node.inner is None for node in nodes):
        return totals, {key: each for node in nodes for key, each in node.counted.items()}
    counted: dict[object, tuple[int, int]] = {}
    trained = kept = 0
    for node in nodes:
        for key, numbers in node.counted.items():
            if key in counted:  # in two models inside, or in one of them and beside it
                trained, kept = trained + numbers[0], kept + numbers[1]
            counted.setdefault(key, numbers)
    params, trainable = totals.params - trained - kept, totals.trainable - trained
    return replace(totals, params=params, trainable=trainable), counted


def _sum_nodes(nodes: Iterable[Node]) -> Totals:
    """The totals of layers together; layers that share their facts come to the same."""
    known: dict[int, Totals] = {}
    each = []
    for node in nodes:
        if len(node.steps) == 1 and node.inner is None:
            facts = node.facts
            if id(facts) not in known:
                known[id(facts)] = node.totals
            each.append(known[id(facts)])
        else:
            each.append(node.totals)
    return _summed(each)


def _summed(each: Collection[Totals]) -> Totals:
    return Totals(
        sum([part.params for part in each]),
        sum([part.trainable for part in each]),
        sum([part.macs for part in each]),
        params_known=all(part.params_known for part in each),
        trainable_known=all(part.trainable_known for part in each),
        macs_known=all(part.macs_known for part in each),
    )


def sum_formulas(terms: list[Formula]) -> Formula:
    """The sum of some terms; a product, if they are all the same."""
    if len(terms) == 1:
        return terms[0]
    if all(term == terms[0] for term in terms):
        return repeated(terms[0], len(terms))
    return plus(*terms)


def repeated(term: Formula, count: int) -> Formula:
    """So many times the same."""
    return term if count == 1 or term.value == 0 else product(count, term)
