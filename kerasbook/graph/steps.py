"""One call of each kind of layer, with what is known of it: inputs, rules, models, the uncalled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number
from kerasbook.graph.fields import compose, input_field, look, merge
from kerasbook.graph.graph import Step
from kerasbook.graph.records import Reference
from kerasbook.graph.traced import as_held
from kerasbook.rules import LayerFacts, packed_weights, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kerasbook.graph.call_inputs import CallInputs, Passed
    from kerasbook.graph.fields import Field
    from kerasbook.graph.graph import Graph
    from kerasbook.graph.records import Member
    from kerasbook.rules import Shape, Tensor

__all__ = [
    "INPUT_UNKNOWN",
    "idle_step",
    "input_step",
    "loose_step",
    "model_step",
    "ruled_step",
    "specified_shape",
]

INPUT_UNKNOWN = "the shape of its input is not known"
_TRAINED_UNKNOWN = "its file does not say which of its weights are trained"


def ruled_step(given: CallInputs, facts: LayerFacts, *, frozen: bool) -> Step:
    """One call of a layer that is no model, of which that is known."""
    member = given.member
    if given.missing and facts.reason != INPUT_UNKNOWN:
        facts = replace(facts, output_shape=None, macs=None, reason=INPUT_UNKNOWN)
    facts = as_held(_as_stored(_less(facts, member.elsewhere), member), member)
    if frozen:
        facts = facts.frozen()
    if not facts.trainable_known:
        reason = f"{facts.reason}; {_TRAINED_UNKNOWN}" if facts.reason else _TRAINED_UNKNOWN
        facts = replace(facts, reason=reason)
    if facts.output_shape is None:
        first, *more = given.recorded
        facts = replace(facts, output_shape=first, more_outputs=tuple(more))
    field = _seen(facts, given)
    fields = (field,) * len(facts.output_shapes)
    return Step(facts, given.references, given.shapes, given.fields, fields)


def _as_stored(facts: LayerFacts, member: Member) -> LayerFacts:
    """The facts with the weights that the file stores, where no rule knows them.

    Nor does a rule know of parts that were quantised by themselves, which no configuration keeps.
    """
    ruled, stored = facts.weights, member.stored
    if stored is None:
        return facts
    held = stored if ruled is None else packed_weights(ruled, stored)
    if ruled is None or held is not None:
        return replace(
            facts, weights=held, logical=facts.params, params_origin="counted from arrays"
        )
    if not any((each.dtype or "").startswith("int") for each in ruled):
        return facts
    if [each.shape for each in ruled] != [each.shape for each in stored]:
        return facts
    # How long integers are depends on the backend that wrote the file.
    pairs = zip(ruled, stored, strict=True)
    return replace(facts, weights=tuple(replace(one, dtype=w.dtype) for one, w in pairs))


def _less(facts: LayerFacts, elsewhere: frozenset[int]) -> LayerFacts:
    """The facts without the weights that are counted in an earlier layer."""
    if not elsewhere or not facts.weights:
        return facts
    own = tuple(each for each in facts.weights if each.owner not in elsewhere)
    # Layers that are alike go on sharing their facts.
    return facts if len(own) == len(facts.weights) else replace(facts, weights=own)


def specified_shape(recorded: Shape | None, traced: Shape | None) -> Shape | None:
    """The shape that a trace found, with the batch that the source recorded.

    What a layer of the user's own says of its outputs may be wrong; what it puts out is not.
    """
    if recorded is None or traced is None or len(recorded) != len(traced):
        return traced
    sizes = zip(recorded, traced, strict=True)
    return tuple([old if new is None else new for old, new in sizes])


def input_step(tensor: Tensor | None, place: int) -> Step:
    """An input of the model, by its number."""
    if tensor is None:
        return Step(
            unknown(f"{INPUT_UNKNOWN}: give input_shapes=", weights=()), (), (), (), (None,)
        )
    facts = LayerFacts(tensor.shape, output_dtype=tensor.dtype)
    return Step(facts, (), (), (), (input_field(tensor.shape, place),))


def model_step(given: CallInputs, passed: Sequence[Passed], graph: Graph) -> Step:
    """One call of a model, from its graph."""
    first, *more = graph.output_shapes or given.recorded
    facts = LayerFacts(first, more_outputs=tuple(more), weights=None, macs=None)
    # One for each input of the model, in their order; a constant has no shape here and no field.
    shapes = dict(zip(given.references, given.shapes, strict=True))
    seen = dict(zip(given.references, given.fields, strict=True))
    sources = [p if isinstance(p, Reference) else None for p in passed]
    outer = [seen[source] if source else None for source in sources]
    inner_shapes = [shapes[source] if source else None for source in sources]
    fields = tuple(compose(outer, field, inner_shapes) for field in graph.output_fields)
    return Step(
        facts,
        tuple(source for source in sources if source),
        tuple(inner_shapes),
        tuple(outer),
        fields or (None,) * len(facts.output_shapes),
        graph,
    )


def _seen(facts: LayerFacts, given: CallInputs) -> Field:
    """What one unit of the outputs sees."""
    if facts.views is None:
        return None
    looks: list[Field] = []
    for shape, field, place in zip(given.shapes, given.fields, given.places, strict=True):
        if shape is None:
            return None
        if place < len(facts.views):  # masks and the like come after what the layer looks at
            looks.append(look(field, facts.views[place], shape))
    return merge(looks, facts.output_shape)


def loose_step(member: Member, why: str) -> Step:
    """A layer of a subclassed model: what it holds is known, what it is called on is not."""
    facts = unknown(f"a subclassed model does not record the calls of its layers{why}")
    return Step(as_held(_as_stored(facts, member), member), (), (), (), (None,))


def idle_step(member: Member) -> Step:
    """A layer that its model holds and never calls: its weights count, and nothing runs."""
    facts = LayerFacts(
        None, weights=member.held, macs=number(0), params_origin="counted from weights"
    )
    return Step(facts, (), (), (), (None,))
