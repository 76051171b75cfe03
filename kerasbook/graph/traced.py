"""What a trace found, as a graph: the layers called inside a call, each with its facts.

Where a rule knows a layer, its formula is taken, on the shapes that the trace saw. What no rule
knows has the number that the trace counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number
from kerasbook.errors import SourceError
from kerasbook.graph.graph import Graph, Node, Step, repeated, sum_totals
from kerasbook.rules import LayerFacts, LayerSpec, trained_and_kept, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.graph.memo import Memo
    from kerasbook.graph.records import Member, TracedCall
    from kerasbook.rules import RuleBook, Shape, Weight

__all__ = ["TraceReader", "as_held"]


def as_held(facts: LayerFacts, member: Member) -> LayerFacts:
    """The facts with the weights in memory, where the rule does not know or says otherwise."""
    held, ruled = member.held, facts.weights
    if held is None:
        return facts
    if ruled is not None and [each.shape for each in ruled] == [each.shape for each in held]:
        # A part may have a flag of its own, and a backend integers of its own length.
        pairs = list(zip(ruled, held, strict=True))
        if all(
            one.trainable == other.trainable and one.dtype == other.dtype for one, other in pairs
        ):
            return facts
        weights = [replace(one, trainable=w.trainable, dtype=w.dtype) for one, w in pairs]
        return replace(facts, weights=tuple(weights))
    if ruled is not None and facts.counts == trained_and_kept(held):
        return facts
    return replace(facts, weights=held, params_origin="counted from weights")


@dataclass(frozen=True, slots=True)
class TraceReader:
    """Reads traces as steps and graphs.

    Attributes:
        book: the rules.
        memo: what was found out about layers before.
    """

    book: RuleBook
    memo: Memo

    def step(self, call: TracedCall) -> Step:
        """One call of a layer: by its rule, by the layers inside it, or by its own number."""
        ruled = self._ruled(call)
        facts = self._facts(call) if ruled is None else ruled
        shapes = tuple(tensor.shape for tensor in self._spec(call).tensors)
        inner = self.graph(call) if ruled is None and call.inside else None
        return Step(
            facts, (), shapes, (None,) * len(shapes), (None,) * len(facts.output_shapes), inner
        )

    def graph(self, call: TracedCall) -> Graph:
        """The layers called inside a call, and what it does besides them."""
        inside: dict[object, list[TracedCall]] = {}
        for each in call.inside:
            inside.setdefault(each.member.key, []).append(each)
        nodes = [
            Node(_renamed(calls[0].member, taken), tuple(map(self.step, _running(calls))))
            for taken, calls in _told_apart(list(inside.values()))
        ]
        member = call.member
        own = as_held(unknown(call.reason, weights=()), member)
        facts = replace(own, macs=None if call.macs is None else number(call.macs, "traced"))
        if call.macs != 0 or facts.weights:
            first, *more = _output_shapes(call)
            facts = replace(
                facts, output_shape=first, more_outputs=tuple(more), macs_origin="traced"
            )
            own_member = replace(member, key=("besides the layers inside", member.key))
            fields = (None,) * (1 + len(more))
            nodes.append(Node(own_member, (Step(facts, (), (), (), fields),)))
        totals, counted = sum_totals(nodes)
        return Graph(
            name=member.layer.name,
            class_name=member.layer.class_name,
            nodes=tuple(nodes),
            order=tuple(
                (place, n) for place, node in enumerate(nodes) for n in range(len(node.steps))
            ),
            inputs=(),
            outputs=(),
            output_shapes=tuple(tensor.shape for tensor in call.outputs),
            output_fields=(),
            totals=totals,
            counted=counted,
        )

    def _ruled(self, call: TracedCall) -> LayerFacts | None:
        """What a rule knows of a call, if it is one on a batch of samples; else `None`.

        A call that puts out nothing was given up half-way.
        """
        spec = self._spec(call)
        if (
            not call.outputs
            or not spec.tensors
            or any(tensor.shape[:1] != (None,) for tensor in spec.tensors)
        ):
            return None
        try:
            facts = self.memo.facts(spec, self.book)
        except SourceError:
            return None
        if facts.macs is None or facts.macs.value is None:
            return None
        if facts.macs.value and _multiplied(call) == 0:  # nobody uses what it puts out
            return None
        macs = repeated(facts.macs, call.times)
        first, *more = _output_shapes(call)
        facts = replace(facts, macs=macs, output_shape=first, more_outputs=tuple(more))
        return as_held(facts, replace(call.member, held=_held_in(call)))

    def _facts(self, call: TracedCall) -> LayerFacts:
        """What the trace says of a call that no rule knows."""
        first, *more = _output_shapes(call)
        facts = LayerFacts(
            first,
            more_outputs=tuple(more),
            weights=None,
            macs=None if call.macs is None else number(call.macs, "traced"),
            output_dtype=call.outputs[0].dtype if call.outputs else None,
            macs_origin="traced",
            reason=call.reason,
        )
        return facts if call.inside else as_held(facts, call.member)

    def _spec(self, call: TracedCall) -> LayerSpec:
        return LayerSpec(
            call.member.layer, call.call.arguments, call.call.keywords, evaluate=self.book.inside
        )


def _running(calls: list[TracedCall]) -> list[TracedCall]:
    """The calls of a layer less the trials: some backends try a loop out before it runs.

    Such a call multiplies nothing that reaches the outputs, though another one of its layer does.
    """
    return [call for call in calls if _multiplied(call) != 0] or calls


def _output_shapes(call: TracedCall) -> tuple[Shape | None, ...]:
    return tuple(tensor.shape for tensor in call.outputs) or (None,)


def _held_in(call: TracedCall) -> tuple[Weight, ...] | None:
    """The weights in memory of a layer and of those called inside it; `None` if unknown."""
    found: dict[object, tuple[Weight, ...] | None] = {}
    pending = [call]
    while pending:
        each = pending.pop()
        found.setdefault(each.member.key, each.member.held)
        pending.extend(each.inside)
    if None in found.values():
        return None
    return tuple(weight for held in found.values() for weight in held or ())


def _multiplied(call: TracedCall) -> int | None:
    """What a call and those inside it multiply; `None` if something of it is unknown."""
    total, pending = 0, [call]
    while pending:
        each = pending.pop()
        if each.macs is None:
            return None
        total += each.macs
        pending.extend(each.inside)
    return total


def _told_apart(
    groups: list[list[TracedCall]],
) -> Iterator[tuple[int, list[TracedCall]]]:
    """The calls of each layer, with how many layers before it have its name."""
    taken: dict[str, int] = {}
    for calls in groups:
        name = calls[0].member.layer.name
        yield taken.get(name, 0), calls
        taken[name] = taken.get(name, 0) + 1


def _renamed(member: Member, taken: int) -> Member:
    """A layer under a name of its own in its model."""
    if not taken:
        return member
    layer = replace(member.layer, name=f"{member.layer.name} ({taken + 1})")
    return replace(member, layer=layer)
